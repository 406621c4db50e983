package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// sessions writes a tape of n sessions with random content.
func sessions(t *testing.T, path string, n, steps int, o *store.Options) {
	t.Helper()
	for seed := range uint64(n) {
		tape, err := store.Open(path, o)
		if err != nil {
			t.Fatal(err)
		}
		r := newRandom(t, seed+10, tape)
		r.lenient = true
		for range steps {
			r.step()
		}
		if err := tape.Finish(r.session, time.Unix(9, 0)); err != nil {
			t.Fatal(err)
		}
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

type exchange struct {
	Exchange *capture.Exchange
	Pieces   []seen
}

// everything reads a tape, all of it, by session.
func everything(t *testing.T, path string) (map[capture.SessionID][]exchange, []capture.Session) {
	t.Helper()
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	all := map[capture.SessionID][]exchange{}
	for ex, err := range view.Exchanges(0, false) {
		if err != nil {
			t.Fatal(err)
		}
		all[ex.Session] = append(all[ex.Session], exchange{ex, content(t, view, ex.ID)})
		marks(t, view, ex.ID)
	}
	list, err := view.Sessions()
	if err != nil {
		t.Fatal(err)
	}
	return all, list
}

func TestRemovedSessionIsGoneAndTheOthersStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	sessions(t, path, 3, 200, &store.Options{NoSync: true})
	want, _ := everything(t, path)
	tape := open(t, path, nil)
	before, err := tape.Info()
	if err != nil {
		t.Fatal(err)
	}
	if err := tape.Remove(2); err != nil {
		t.Fatal(err)
	}
	if err := tape.Remove(2); !errors.Is(err, capture.ErrNotFound) {
		t.Errorf("got %v, want that it is gone", err)
	}
	info, err := tape.Info()
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Sessions) != 2 || info.Free < before.Free+int64(before.Sessions[1].Stored)/2 {
		t.Errorf("%d sessions, %d bytes free, before %d", len(info.Sessions), info.Free, before.Free)
	}
	id := begin(t, tape)
	if err := tape.Remove(id); err == nil {
		t.Error("a session that is being recorded was removed")
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, path)
	delete(want, 2)
	got, _ := everything(t, path)
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d[:min(len(d), 3000)])
	}
}

// TestLongExchangeIsRemovedInSteps removes more than one transaction deletes,
// while something else is recorded.
func TestLongExchangeIsRemovedInSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	tape := open(t, path, &store.Options{NoSync: true, Queue: 1 << 30})
	first := begin(t, tape)
	ex := &capture.Exchange{Session: first}
	k, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 50<<10)
	for i := range 600 {
		if !tape.Reserve(len(data), time.Minute) {
			t.Fatal("no room")
		}
		k.Lock()
		k.Append(&capture.Piece{At: time.Duration(i), Data: data})
		k.Unlock()
	}
	k.Lock()
	k.Close()
	k.Unlock()
	if err := tape.Finish(first, time.Unix(9, 0)); err != nil {
		t.Fatal(err)
	}
	second := begin(t, tape)
	other := &capture.Exchange{Session: second, Open: true}
	if _, err := tape.Track(other, nil); err != nil {
		t.Fatal(err)
	}
	head := tape.Head()
	if err := tape.Remove(first); err != nil {
		t.Fatal(err)
	}
	if steps := tape.Head() - head; steps < 3 {
		t.Errorf("removed in %d steps", steps)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, path)
	all, _ := everything(t, path)
	if len(all) != 1 || len(all[second]) != 1 {
		t.Errorf("left: %v", all)
	}
	compacted := path + ".compacted"
	if err := store.Compact(path, compacted, nil); err != nil {
		t.Fatal(err)
	}
	if size(t, compacted)*10 > size(t, path) {
		t.Errorf("compacted from %d to %d bytes", size(t, path), size(t, compacted))
	}
	check(t, compacted)
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestCompactKeepsEverything(t *testing.T) {
	for _, compress := range []bool{false, true} {
		t.Run(fmt.Sprintf("compress %v", compress), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.tape")
			sessions(t, path, 3, 200, &store.Options{NoSync: true, CommitEvery: time.Microsecond, Compress: !compress})
			forget(t, path, 3)
			want, wantSessions := everything(t, path)
			before := size(t, path)
			if err := store.Compact(path, path, &store.Options{Compress: compress}); err != nil {
				t.Fatal(err)
			}
			check(t, path)
			got, gotSessions := everything(t, path)
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
				t.Error(d[:min(len(d), 3000)])
			}
			if d := cmp.Diff(wantSessions, gotSessions); d != "" {
				t.Error(d)
			}
			if after := size(t, path); after > before {
				t.Errorf("compacted from %d to %d bytes", before, after)
			}
			if left, _ := filepath.Glob(path + "?*"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			tape := open(t, path, nil)
			if id := begin(t, tape); id != 4 {
				t.Errorf("the next session is %d, want 4: numbers are not given again", id)
			}
		})
	}
}

func forget(t *testing.T, path string, id capture.SessionID) {
	t.Helper()
	tape, err := store.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tape.Remove(id); err != nil {
		t.Fatal(err)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCompactAndSalvageWriteOverNothing(t *testing.T) {
	dir := t.TempDir()
	path, there := filepath.Join(dir, "x.tape"), filepath.Join(dir, "there")
	empty(t, path)
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Compact(path, there, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("Compact: %v", err)
	}
	if _, err := store.Salvage(path, there, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("Salvage: %v", err)
	}
	if b, _ := os.ReadFile(there); string(b) != "mine" {
		t.Errorf("it holds %q now", b)
	}
}

func TestInfoCountsTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	sessions(t, path, 2, 300, &store.Options{NoSync: true})
	report := check(t, path)
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	fromView, err := view.Info()
	view.Close()
	if err != nil {
		t.Fatal(err)
	}
	tape := open(t, path, nil)
	fromTape, err := tape.Info()
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range []store.Info{fromView, fromTape} {
		var exchanges, payload uint64
		for _, s := range info.Sessions {
			exchanges += s.Exchanges
			payload += s.Payload
		}
		if exchanges != report.Exchanges || payload != report.Payload {
			t.Errorf("%d exchanges of %d bytes, checked %d of %d", exchanges, payload, report.Exchanges, report.Payload)
		}
		if o := info.Overhead(); o < 1 || o > 2 {
			t.Errorf("overhead %v", o)
		}
		if info.Version != store.Version || info.Tool != "wiretape" || info.Created.IsZero() || info.File < int64(payload) || info.Free < 0 || info.Free > info.File {
			t.Errorf("%+v", info)
		}
	}
	if d := fromTape.Free - fromView.Free; d < -1<<21 || d > 1<<21 {
		t.Errorf("free: %d in use, %d at rest", fromTape.Free, fromView.Free)
	}
}
