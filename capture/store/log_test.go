package store_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// TestCheckFindsWhatDoesNotAgree takes values out of a tape whose pages are
// sound, or puts them where they do not belong.
func TestCheckFindsWhatDoesNotAgree(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "v2.tape"))
	if err != nil {
		t.Fatal(err)
	}
	middle := func(bucket *bbolt.Bucket) []byte {
		c := bucket.Cursor()
		c.First()
		c.Next()
		k, _ := c.Next()
		return append([]byte(nil), k...)
	}
	for _, test := range []struct {
		name   string
		change func(tx *bbolt.Tx) error
		want   string
	}{
		{"a block is missing", func(tx *bbolt.Tx) error {
			log := tx.Bucket([]byte("log"))
			return log.Delete(middle(log))
		}, "it is missing"},
		{"the last block is missing", func(tx *bbolt.Tx) error {
			log := tx.Bucket([]byte("log"))
			k, _ := log.Cursor().Last()
			return log.Delete(k)
		}, "it is missing"},
		{"a chunk of the index is missing", func(tx *bbolt.Tx) error {
			index := tx.Bucket([]byte("index"))
			return index.Delete(middle(index))
		}, "no exchange has it"},
		{"a tail is missing", func(tx *bbolt.Tx) error {
			tails := tx.Bucket([]byte("tails"))
			k, _ := tails.Cursor().Last()
			return tails.Delete(k)
		}, "its tail is missing"},
		{"a tail of another", func(tx *bbolt.Tx) error {
			tails := tx.Bucket([]byte("tails"))
			k, v := tails.Cursor().Last()
			other := binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(k)-1)
			w := append([]byte(nil), v...)
			store.SealBlock(other, w)
			return tails.Put(other, w)
		}, "no exchange has it"},
		{"a block under another number", func(tx *bbolt.Tx) error {
			log := tx.Bucket([]byte("log"))
			_, v := log.Cursor().Last()
			w := append([]byte(nil), v...)
			first, _ := log.Cursor().First()
			store.SealBlock(first, w)
			return log.Put(append([]byte(nil), first...), w)
		}, "it is not the block of exchange"},
		{"a chunk of an exchange that is not there", func(tx *bbolt.Tx) error {
			index := tx.Bucket([]byte("index"))
			_, v := index.Cursor().Last()
			w := append([]byte(nil), v...)
			k := append(binary.BigEndian.AppendUint64(nil, 999), make([]byte, 8)...)
			store.SealBlock(k, w)
			return index.Put(k, w)
		}, "its exchange is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.tape")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Update(test.change); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			report, err := store.Check(path)
			if err != nil {
				t.Fatal(err)
			}
			if s := report.Err(); s == nil || !strings.Contains(damageText(report), test.want) {
				t.Errorf("got %q, want %q", damageText(report), test.want)
			}
			saved := path + ".saved"
			if _, err := store.Salvage(path, saved, nil); err != nil {
				t.Fatal(err)
			}
			check(t, saved)
		})
	}
}

func damageText(r *store.Report) (s string) {
	for _, d := range r.Damage {
		s += d.String() + "\n"
	}
	return s
}

// TestBlocksOfManyExchangesAreReadInOrder records to exchanges in turns, so that
// their blocks lie mixed, and reads each from every mark.
func TestBlocksOfManyExchangesAreReadInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	tape := open(t, path, &store.Options{NoSync: true, Queue: 1 << 30, CommitBytes: 100 << 10})
	session := begin(t, tape)
	const exchanges, rounds = 7, 500
	var tracks [exchanges]capture.Track
	for i := range tracks {
		var n uint64
		var err error
		tracks[i], err = tape.Track(&capture.Exchange{Session: session}, func() capture.Mark {
			n++
			return capture.Mark{Clean: true, Messages: n, LastID: strings.Repeat("i", int(n%50))}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for round := range rounds {
		for i, k := range tracks {
			data := binary.BigEndian.AppendUint64(make([]byte, 5000*i/exchanges), uint64(round))
			k.Lock()
			k.Append(&capture.Piece{Data: data})
			k.Unlock()
		}
		if round%40 == 0 {
			if err := tape.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tape.Sync(); err != nil {
		t.Fatal(err)
	}
	for i := range tracks {
		id := capture.ExchangeID(i + 1)
		n := uint64(0)
		for p, err := range tape.Pieces(id, capture.Mark{}) {
			if err != nil {
				t.Fatal(err)
			}
			if got := binary.BigEndian.Uint64(p.Data[len(p.Data)-8:]); got != n {
				t.Fatalf("exchange %d: piece %d, want %d", id, got, n)
			}
			n++
		}
		if n != rounds {
			t.Errorf("exchange %d: %d pieces, want %d", id, n, rounds)
		}
		marks(t, tape, id)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, path)
}

// FuzzRefs gives lists of refs to those who read them.
func FuzzRefs(f *testing.F) {
	list := []store.Ref{
		{Number: 7, Mark: capture.Mark{Clean: true}},
		{Number: 57, Mark: capture.Mark{Pieces: 300, Frames: 290, Messages: 12, LastID: "an id"}},
		{Number: 1 << 60, Mark: capture.Mark{Pieces: 1 << 63, Frames: 3, Messages: 1 << 40, Clean: true}},
		{Mark: capture.Mark{Pieces: 1<<64 - 1, Frames: 1, LastID: strings.Repeat("x", 300)}},
	}
	whole := store.EncodeRefs(list)
	got, err := store.DecodeRefs(whole)
	if d := cmp.Diff(list, got); err != nil || d != "" {
		f.Fatal(err, d)
	}
	for i := range whole {
		if got, err := store.DecodeRefs(whole[:i]); err == nil && !cmp.Equal(list[:len(got)], got, cmpopts.EquateEmpty()) {
			f.Errorf("cut at %d: %+v", i, got)
		}
		f.Add(whole[:i])
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, s string) {
		list, err := store.DecodeRefs(s)
		if err != nil {
			return
		}
		again, err := store.DecodeRefs(store.EncodeRefs(list))
		if d := cmp.Diff(list, again); err != nil || d != "" {
			t.Error(err, d)
		}
	})
}
