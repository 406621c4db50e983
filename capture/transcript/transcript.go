// Package transcript stands behind the tape on the path bytes → mitm → capture
// → show, export, replay: it decodes the pieces a tape holds of one exchange
// into the frames, messages, events and bodies that people and clients saw.
//
// Nothing is decoded twice and nothing is kept: every method walks the pieces
// anew, from the last block at which decoding can start.
package transcript

import (
	"fmt"

	"github.com/wiretape/wiretape/capture"
)

// DefaultMaxMessage is how much of a message is kept by default, in bytes.
const DefaultMaxMessage = 256 << 20

// Options bounds what decoding may hold in memory. The zero value is the
// default.
type Options struct {
	// MaxMessage is the longest inflated message kept, in bytes; of a longer
	// one Data holds the beginning, and Violation says so. 0 means
	// DefaultMaxMessage.
	MaxMessage int64
	// MaxEvent is the same for events of event streams and records of JSON
	// texts. 0 means MaxMessage.
	MaxEvent int64
	// Stops, where it is set, remembers places at which decoding can start.
	Stops *Stops
}

// Transcript is one exchange, readable. It may be used concurrently; each
// iteration reads the tape for itself.
type Transcript struct {
	tape       capture.Reader
	ex         *capture.Exchange
	maxMessage int64
	maxEvent   int64
	stops      *Stops // nil for none
}

// Open looks the exchange up on the tape.
func Open(tape capture.Reader, id capture.ExchangeID, o *Options) (*Transcript, error) {
	ex, err := tape.Exchange(id)
	if err != nil {
		return nil, fmt.Errorf("exchange %d: %w", id, err)
	}
	return Of(tape, ex, o), nil
}

// Of returns the transcript of an exchange that was read from tape.
func Of(tape capture.Reader, ex *capture.Exchange, o *Options) *Transcript {
	t := &Transcript{tape: tape, ex: ex, maxMessage: DefaultMaxMessage}
	if o != nil && o.MaxMessage > 0 {
		t.maxMessage = o.MaxMessage
	}
	if o != nil {
		t.stops = o.Stops
	}
	t.maxEvent = t.maxMessage
	if o != nil && o.MaxEvent > 0 {
		t.maxEvent = o.MaxEvent
	}
	return t
}

// Exchange returns the exchange this is the transcript of.
func (t *Transcript) Exchange() *capture.Exchange { return t.ex }

// start returns the last mark at which decoding can start and before which
// fewer than from rows lie; of counts the rows of a mark.
func (t *Transcript) start(from uint64, of func(capture.Mark) uint64) (capture.Mark, error) {
	if from <= 1 {
		return capture.Mark{Clean: true}, nil
	}
	marks, err := t.tape.Marks(t.ex.ID)
	if err != nil {
		return capture.Mark{}, fmt.Errorf("look for row %d of exchange %d: %w", from, t.ex.ID, err)
	}
	best := capture.Mark{Clean: true}
	for _, m := range marks {
		if m.Clean && of(m) < from {
			best = m
		}
	}
	return best, nil
}
