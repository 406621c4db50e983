package store_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// oddPieces are pieces of every type with every odd value.
func oddPieces() []capture.Piece {
	return []capture.Piece{
		{},
		{Type: capture.PieceChunk, Dir: capture.Receive, At: 5, Data: []byte("x")},
		{Type: capture.PieceChunk, At: -3, Data: bytes.Repeat([]byte("y"), 300)},
		{Type: capture.PieceMore, Dir: capture.Receive, At: math.MaxInt64, Data: []byte("z")},
		{Type: capture.PieceGap, At: math.MinInt64, Lost: math.MaxUint64, Frames: math.MaxUint64},
		{Type: capture.PieceGap, Dir: capture.Receive},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Size: 2}},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Fin: true, RSV: 7, Opcode: 15, Masked: true, MaskKey: [4]byte{1, 2, 3, 4}, Length: 125, Size: 6}},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Length: 126, Size: 4}, Inject: true},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Length: 65535, Size: 4}},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Length: 65536, Size: 10}, Since: 7},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Length: 1, Size: 14, Masked: true}, Data: []byte("w")},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Length: math.MaxUint64, Size: 10}, Since: -1, Data: []byte("cut")},
		{Type: capture.PieceFrame, Frame: capture.FrameHead{Length: 1}, Data: []byte("longer than it says")},
	}
}

func TestPiecesComeBackAsTheyWere(t *testing.T) {
	want := oddPieces()
	for _, base := range []time.Duration{0, 1e9, -1} {
		got, err := store.DecodePieces(store.EncodePieces(want, base), base)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("base %d: %s", base, d)
		}
	}
}

func TestPiecesCutAnywhereAreAnErrorOrFewer(t *testing.T) {
	all := oddPieces()
	b := store.EncodePieces(all, 0)
	for n := range b {
		got, err := store.DecodePieces(b[:n], 0)
		if err == nil && len(got) == len(all) {
			t.Errorf("%d of %d bytes hold all pieces", n, len(b))
		}
		if len(got) > 0 && !cmp.Equal(got, all[:len(got)]) {
			t.Errorf("%d bytes: other pieces", n)
		}
	}
}

func TestPieceExtensionsAreSkipped(t *testing.T) {
	b := []byte{0x80 | byte(capture.PieceChunk), 0, 3, 'e', 'x', 't', 1, 'x'}
	got, err := store.DecodePieces(b, 0)
	if err != nil || len(got) != 1 || string(got[0].Data) != "x" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	record, heads := store.EncodeExchange(fullExchange(1), 7)
	want, _, err := store.DecodeExchange(record, heads)
	if err != nil {
		t.Fatal(err)
	}
	unknown := "\xf0\x07\x05" + "\xf1\x07\x03abc" // tag 504: a number, then bytes
	got, n, err := store.DecodeExchange(unknown+record+unknown, unknown+heads)
	if err != nil || n != 7 {
		t.Fatal(n, err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRecordsCutAnywhereAreSurvived(t *testing.T) {
	record, heads := store.EncodeExchange(fullExchange(1), 7)
	for n := range record {
		store.DecodeExchange(record[:n], heads)
	}
	for n := range heads {
		store.DecodeExchange(record, heads[:n])
	}
}

func TestSmallestExchangeComesBack(t *testing.T) {
	for _, want := range []*capture.Exchange{
		{},
		{Response: &capture.Response{}},
		{End: &capture.End{}},
		{Tags: []string{""}},
		{Started: time.Date(1, 2, 3, 4, 5, 6, 7, time.UTC)},
		{Started: time.Date(9999, 1, 1, 0, 0, 0, 1, time.UTC)},
		{Timing: capture.NoTiming},
		{At: math.MinInt64, Duration: math.MaxInt64},
		{Response: &capture.Response{Status: -1, Early: []capture.Early{{}}}, End: &capture.End{Code: -1, How: 255, By: 255}},
	} {
		got, _, err := store.DecodeExchange(store.EncodeExchange(want, 0))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add(store.EncodePieces(oddPieces(), 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := store.DecodePieces(b, 0)
		if err != nil {
			return
		}
		again, err := store.DecodePieces(store.EncodePieces(list, 0), 0)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(list, again); d != "" {
			t.Error(d)
		}
	})
}

func FuzzExchange(f *testing.F) {
	record, heads := store.EncodeExchange(fullExchange(1), 7)
	f.Add(record, heads)
	f.Add("", "")
	f.Fuzz(func(t *testing.T, record, heads string) {
		ex, n, err := store.DecodeExchange(record, heads)
		if err != nil {
			return
		}
		again, m, err := store.DecodeExchange(store.EncodeExchange(ex, n))
		if err != nil {
			t.Fatal(err)
		}
		if ex.Response == nil || n != m {
			return // heads of a response that is not there are left out
		}
		if len(ex.Request.Header) == 0 || len(ex.Response.Header) == 0 {
			return // a content type without a head to take it from
		}
		if d := cmp.Diff(ex, again, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}

// FuzzBlock makes the checksum of what it is given right, so that what lies
// behind it is reached.
func FuzzBlock(f *testing.F) {
	for _, compress := range []bool{false, true} {
		path := filepath.Join(f.TempDir(), "x.tape")
		tape, err := store.Open(path, &store.Options{Compress: compress})
		if err != nil {
			f.Fatal(err)
		}
		k, err := tape.Track(&capture.Exchange{}, nil)
		if err != nil {
			f.Fatal(err)
		}
		k.Lock()
		for _, p := range oddPieces() {
			k.Append(&p)
		}
		k.Append(&capture.Piece{Data: make([]byte, 3000)})
		k.Close()
		k.Unlock()
		tape.Close()
		view, err := store.Read(path, nil)
		if err != nil {
			f.Fatal(err)
		}
		pairs, err := view.Source().Scan("log", nil, 0, 0)
		if err != nil || len(pairs) != 1 {
			f.Fatal(len(pairs), err)
		}
		f.Add(pairs[0].Key, pairs[0].Value)
		view.Close()
	}
	f.Fuzz(func(t *testing.T, k, v []byte) {
		if len(v) < 6 {
			return
		}
		v[0], v[1] = 'B', 1
		store.SealBlock(k, v)
		_, data, err := store.DecodeBlock(k, v)
		if err != nil {
			return
		}
		if len(data) > 1<<20 && len(data) > len(v) {
			t.Errorf("%d bytes out of %d", len(data), len(v))
		}
		store.DecodePieces(data, 0)
	})
}

// FuzzFile gives all of a file to those who read one.
func FuzzFile(f *testing.F) {
	path := filepath.Join(f.TempDir(), "x.tape")
	tape, err := store.Open(path, nil)
	if err != nil {
		f.Fatal(err)
	}
	k, err := tape.Track(fullExchange(0), nil)
	if err != nil {
		f.Fatal(err)
	}
	k.Lock()
	k.Append(&capture.Piece{Data: make([]byte, 3000)})
	k.Close()
	k.Unlock()
	tape.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "x.tape")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		store.Verify(path)
		store.Check(path)
		if view, err := store.Read(path, nil); err == nil {
			readAll(view)
			view.Close()
		}
		if tape, err := store.Open(path, &store.Options{NoSync: true}); err == nil {
			tape.Close()
		}
		os.WriteFile(path, b, 0o600)
		store.Salvage(path, path+".salvaged", &store.Options{NoSync: true})
	})
}
