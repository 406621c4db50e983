package cli

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// follower is a Reader whose pieces do not end before the exchange does: where
// the tape has no more it waits for the next commit. When the exchange has
// ended, or its recorder has gone, it brings *ex up to date and ends. The source
// says io.EOF when the recorder has gone.
type follower struct {
	capture.Reader
	source store.Source
	ex     *capture.Exchange
	idle   func() // called before it waits, so that what is shown so far is seen
}

// Pieces implements capture.Reader.
func (f *follower) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		seen := from.Pieces
		for {
			head := f.source.Head()
			fresh, err := f.Reader.Exchange(id)
			if err != nil {
				yield(nil, err)
				return
			}
			next, ok, err := f.news(id, from, seen, yield)
			if err != nil {
				yield(nil, err)
			}
			if err != nil || !ok {
				return
			}
			seen = next
			if !fresh.Open {
				*f.ex = *fresh
				return
			}
			f.idle()
			ctx, cancel := context.WithTimeout(context.Background(), commitPause)
			_, err = f.source.Wait(ctx, head)
			cancel()
			if errors.Is(err, io.EOF) {
				fresh.Cut = true
				*f.ex = *fresh
				return
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				yield(nil, err)
				return
			}
		}
	}
}

// news yields the pieces after the first seen, and returns how many there are
// then. It begins at the last block that starts before them.
func (f *follower) news(id capture.ExchangeID, from capture.Mark, seen uint64,
	yield func(*capture.Piece, error) bool,
) (uint64, bool, error) {
	marks, err := f.Reader.Marks(id)
	if err != nil {
		return seen, false, err
	}
	start := from
	for _, m := range marks {
		if m.Pieces <= seen && m.Pieces > start.Pieces {
			start = m
		}
	}
	at := start.Pieces
	for p, err := range f.Reader.Pieces(id, start) {
		if err != nil {
			return seen, false, err
		}
		if at++; at <= seen {
			continue
		}
		seen = at
		if !yield(p, nil) {
			return seen, false, nil
		}
	}
	return seen, true, nil
}
