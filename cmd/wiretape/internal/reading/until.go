package reading

import (
	"context"
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// Until returns the tape, to be read only as long as ctx lasts: what is being
// read then ends with the error of ctx.
func Until(ctx context.Context, tape capture.Reader) *EndingTape {
	return &EndingTape{tape, ctx}
}

// EndingTape is a tape that is read only as long as a context lasts. It may be
// used concurrently if the tape may.
type EndingTape struct {
	capture.Reader
	ctx context.Context
}

// Exchanges implements capture.Reader.
func (t *EndingTape) Exchanges(after capture.ExchangeID, brief bool) iter.Seq2[*capture.Exchange, error] {
	return until(t.ctx, t.Reader.Exchanges(after, brief))
}

// Pieces implements capture.Reader.
func (t *EndingTape) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return until(t.ctx, t.Reader.Pieces(id, from))
}

// until yields what all does, and the end of ctx as an error.
func until[T any](ctx context.Context, all iter.Seq2[*T, error]) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for item, err := range all {
			if err == nil && ctx.Err() != nil {
				item, err = nil, context.Cause(ctx)
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}
