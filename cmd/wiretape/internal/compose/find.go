package compose

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// Tape is where the exchanges appear as they are recorded.
type Tape interface {
	Exchanges(after capture.ExchangeID, brief bool) iter.Seq2[*capture.Exchange, error]
	Head() uint64
	Wait(ctx context.Context, head uint64) (uint64, error)
}

// Last returns the number of the last exchange on a tape, 0 when there is none.
// It looks at a few dozen exchanges, however many there are.
func Last(tape Tape) (capture.ExchangeID, error) {
	low, high := capture.ExchangeID(0), capture.ExchangeID(1)
	for { // low is 0 or there; find a high with nothing behind it
		next, err := firstAfter(tape, high)
		if err != nil {
			return 0, err
		}
		if next == 0 {
			break
		}
		low, high = next, next*2
	}
	for low < high {
		middle := low + (high-low)/2
		next, err := firstAfter(tape, middle)
		switch {
		case err != nil:
			return 0, err
		case next == 0:
			high = middle
		default:
			low = next
		}
	}
	return low, nil
}

// firstAfter returns the number of the first exchange behind id, or 0.
func firstAfter(tape Tape, id capture.ExchangeID) (capture.ExchangeID, error) {
	for ex, err := range tape.Exchanges(id, true) {
		if err != nil {
			return 0, err
		}
		return ex.ID, nil
	}
	return 0, nil
}

// Find waits for the exchange behind after that the client at the given address
// began, and returns its number, or 0 when ctx is done before it is there.
func Find(ctx context.Context, tape Tape, after capture.ExchangeID, client string) (capture.ExchangeID, error) {
	for {
		head := tape.Head()
		for ex, err := range tape.Exchanges(after, false) {
			if err != nil {
				return 0, err
			}
			if ex.Client == client {
				return ex.ID, nil
			}
			after = ex.ID
		}
		_, err := tape.Wait(ctx, head)
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return 0, nil
		case err != nil:
			return 0, err
		}
	}
}
