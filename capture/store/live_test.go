package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// recording is a tape with one exchange that is being recorded.
type recording struct {
	*store.Tape
	session capture.SessionID
	ex      *capture.Exchange
	track   capture.Track
	path    string
}

func newRecording(t *testing.T, o *store.Options) *recording {
	t.Helper()
	r := &recording{path: filepath.Join(t.TempDir(), "x.tape")}
	r.Tape = open(t, r.path, o)
	r.session = begin(t, r.Tape)
	r.ex = &capture.Exchange{Session: r.session, Open: true}
	var err error
	if r.track, err = r.Track(r.ex, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *recording) append(s string) {
	r.track.Lock()
	defer r.track.Unlock()
	r.track.Append(&capture.Piece{Dir: capture.Send, Data: []byte(s)})
}

func (r *recording) end(t *testing.T) {
	t.Helper()
	r.track.Lock()
	r.ex.Open = false
	r.track.Close()
	r.track.Unlock()
	if err := r.Finish(r.session, time.Unix(9, 0)); err != nil {
		t.Fatal(err)
	}
}

// text joins what the tape holds of an exchange.
func text(r capture.Reader, id capture.ExchangeID) (s string) {
	for p, err := range r.Pieces(id, capture.Mark{}) {
		if err != nil {
			return err.Error()
		}
		s += string(p.Data)
	}
	return s
}

func TestPiecesAreCommittedTogetherAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &store.Options{CommitEvery: 40 * time.Millisecond})
		r.append("a")
		head, start := r.Head(), time.Now()
		time.Sleep(30 * time.Millisecond)
		r.append("b")
		if r.Head() != head {
			t.Error("a commit before its time")
		}
		now, err := r.Wait(t.Context(), head)
		if err != nil || now != head+1 {
			t.Fatalf("head %d, %v; want %d", now, err, head+1)
		}
		if waited := time.Since(start); waited != 40*time.Millisecond {
			t.Errorf("a commit after %v, want 40ms", waited)
		}
		if got := text(r, 1); got != "ab" {
			t.Errorf("got %q, want both pieces", got)
		}
		r.Close()
		check(t, r.path)
	})
}

func TestNothingIsCommittedWhenNothingIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, nil)
		time.Sleep(time.Second)
		head := r.Head()
		time.Sleep(time.Hour)
		if r.Head() != head {
			t.Errorf("%d commits in an hour of silence", r.Head()-head)
		}
	})
}

func TestFullBlocksAreCommittedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &store.Options{CommitEvery: time.Hour, CommitBytes: 100 << 10})
		head := r.Head()
		big := string(make([]byte, 50<<10))
		for range 4 {
			r.append(big)
		}
		start := time.Now()
		if _, err := r.Wait(t.Context(), head); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v for 200 KiB", waited)
		}
	})
}

func TestReserveWaitsForTheDiskButNotLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &store.Options{Queue: 1000, CommitEvery: time.Hour})
		if err := r.Annotate(1, capture.Notes{}); err != nil {
			t.Fatal(err) // now the queue is empty
		}
		if !r.Reserve(600, 0) {
			t.Fatal("no room in an empty queue")
		}
		if r.Reserve(600, 0) {
			t.Fatal("1,200 bytes in a queue of 1,000")
		}
		// Asking for room starts a commit, and that brings it.
		if !r.Reserve(600, time.Minute) {
			t.Fatal("the commit brought no room")
		}
	})
}

func TestReserveOfMoreThanTheQueueHoldsGetsAllOfIt(t *testing.T) {
	r := newRecording(t, &store.Options{Queue: 1000})
	for range 3 {
		if !r.Reserve(5000, time.Minute) {
			t.Fatal("no room")
		}
	}
}

func TestWaitEndsWithTheContextAndWithTheTape(t *testing.T) {
	r := newRecording(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Wait(ctx, r.Head()+1000); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the time is over", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := r.Wait(context.Background(), 1<<60); err != io.EOF {
			t.Errorf("got %v, want io.EOF", err)
		}
	})
	r.Close()
	wg.Wait()
	view, err := store.Read(r.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	s := view.Source()
	if _, err := s.Wait(t.Context(), s.Head()); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
}

func TestReaderFollowsTheGrowingTape(t *testing.T) {
	r := newRecording(t, &store.Options{CommitEvery: time.Millisecond, NoSync: true})
	const pieces = 4000
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range pieces {
			r.Reserve(100, time.Second)
			r.append(fmt.Sprintf("%99d ", i))
		}
		r.end(t)
	})
	next := 0
	for head := r.Head(); next < pieces; {
		marks, err := r.Marks(1)
		if err == nil {
			// From the last mark at or before the next piece, as a follower does.
			from := marks[0]
			for _, m := range marks {
				if m.Pieces <= uint64(next) {
					from = m
				}
			}
			i := int(from.Pieces)
			for p, err := range r.Pieces(1, from) {
				if err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprintf("%99d ", i); string(p.Data) != want {
					t.Fatalf("piece %d is %q", i, p.Data)
				}
				i++
			}
			if i < next {
				t.Fatalf("%d pieces, there were %d", i, next)
			}
			next = i
		}
		if next < pieces {
			if head, err = r.Wait(t.Context(), head); err != nil {
				t.Fatal(err)
			}
		}
	}
	wg.Wait()
	r.Close()
	check(t, r.path)
}

func TestClosedTapeAndTrackTakeNothing(t *testing.T) {
	r := newRecording(t, nil)
	r.append("a")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.track.Lock()
	if err := r.track.Append(&capture.Piece{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Append: %v", err)
	}
	r.track.Close()
	r.track.Unlock()
	if _, err := r.Track(&capture.Exchange{}, nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Track: %v", err)
	}
	if err := r.Begin(&capture.Session{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Begin: %v", err)
	}
	if err := r.Finish(1, time.Now()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Finish: %v", err)
	}
	if err := r.Annotate(1, capture.Notes{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Annotate: %v", err)
	}
	if r.Reserve(1, time.Hour) {
		t.Error("Reserve found room")
	}
	if _, err := r.Exchange(1); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Exchange: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	check(t, r.path)
	view, err := store.Read(r.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	ex, err := view.Exchange(1)
	if err != nil || !ex.Open || !ex.Cut {
		t.Errorf("what was open at the end is %+v, %v; want it marked as cut", ex, err)
	}
	if got := text(view, 1); got != "a" {
		t.Errorf("got %q, want %q", got, "a")
	}
}

func TestNotesTagsAndLabels(t *testing.T) {
	r := newRecording(t, nil)
	notes := func(s string) capture.Notes { return capture.Notes{Note: s, Tags: []string{s + "1", s + "2"}} }
	steps := []struct {
		name string
		do   func()
	}{
		{"while it is recorded", func() {}},
		{"when it has ended", func() { r.end(t) }},
		{"in a later run", func() { r.Close(); r.Tape = open(t, r.path, nil) }},
	}
	for _, step := range steps {
		step.do()
		if err := r.Annotate(1, notes(step.name)); err != nil {
			t.Fatal(err)
		}
		if err := r.Label(1, "L "+step.name, notes(step.name)); err != nil {
			t.Fatal(err)
		}
		ex, err := r.Exchange(1)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(notes(step.name), capture.Notes{Note: ex.Note, Tags: ex.Tags}); d != "" {
			t.Errorf("exchange, %s: %s", step.name, d)
		}
		list, err := r.Sessions()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(notes(step.name), capture.Notes{Note: list[0].Note, Tags: list[0].Tags}); d != "" || list[0].Label != "L "+step.name {
			t.Errorf("session, %s: %q %s", step.name, list[0].Label, d)
		}
	}
	if err := r.Annotate(7, capture.Notes{}); !errors.Is(err, capture.ErrNotFound) {
		t.Errorf("got %v, want that there is no such exchange", err)
	}
	if err := r.Label(7, "", capture.Notes{}); !errors.Is(err, capture.ErrNotFound) {
		t.Errorf("got %v, want that there is no such session", err)
	}
	r.Close()
	check(t, r.path)
}
