// Package transcript stands behind the tape on the path bytes → mitm → capture
// → show, export, replay: it decodes the pieces a tape holds of one exchange
// into the frames, messages, events and bodies that people and clients saw.
//
// Nothing is decoded twice and nothing is kept: every method walks the pieces
// anew, from the last block at which decoding can start.
package transcript

import (
	"io"
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// Options bounds what decoding may hold in memory. The zero value is the
// default.
type Options struct {
	// MaxMessage is the longest inflated message kept, in bytes; of a longer
	// one Data holds the beginning, and Violation says so. 0 means 256 MiB.
	MaxMessage int64
}

// Transcript is one exchange, readable. It may be used concurrently; each
// iteration reads the tape for itself.
type Transcript struct {
	tape    capture.Reader
	ex      *capture.Exchange
	options Options
}

// Open looks the exchange up on the tape.
func Open(tape capture.Reader, id capture.ExchangeID, o *Options) (*Transcript, error) {
	ex, err := tape.Exchange(id)
	if err != nil {
		return nil, err
	}
	return Of(tape, ex, o), nil
}

// Of returns the transcript of an exchange that was read from tape.
func Of(tape capture.Reader, ex *capture.Exchange, o *Options) *Transcript {
	t := &Transcript{tape: tape, ex: ex}
	if o != nil {
		t.options = *o
	}
	if t.options.MaxMessage <= 0 {
		t.options.MaxMessage = 256 << 20
	}
	return t
}

// Exchange returns the exchange this is the transcript of.
func (t *Transcript) Exchange() *capture.Exchange { return t.ex }

// Frames yields the WebSocket frames whose Seq is at least from. What is
// yielded is the caller's.
func (t *Transcript) Frames(from uint64) iter.Seq2[*capture.Frame, error] {
	return func(yield func(*capture.Frame, error) bool) { panic("not yet") }
}

// Messages yields the WebSocket messages, control frames among them, whose Seq
// is at least from. What is yielded is the caller's.
func (t *Transcript) Messages(from uint64) iter.Seq2[*capture.Message, error] {
	return func(yield func(*capture.Message, error) bool) { panic("not yet") }
}

// Events yields the events of an event stream, or the records of a stream of
// JSON texts, whose Seq is at least from. What is yielded is the caller's.
func (t *Transcript) Events(from uint64) iter.Seq2[*capture.Event, error] {
	return func(yield func(*capture.Event, error) bool) { panic("not yet") }
}

// Chunks yields the runs of bytes of one direction as they were read: bodies
// in their content coding, tunnels as they are. At counts from the exchange's
// start. The data is valid until the next chunk is asked for.
func (t *Transcript) Chunks(dir capture.Direction) iter.Seq2[capture.Chunk, error] {
	return func(yield func(capture.Chunk, error) bool) { panic("not yet") }
}

// Body returns the body of one direction with its content coding undone. A
// coding that is unknown or broken ends it with an error that says so. Close
// it.
func (t *Transcript) Body(dir capture.Direction) io.ReadCloser { panic("not yet") }

// Wire returns the body of one direction as on the wire, in its content coding.
// Close it.
func (t *Transcript) Wire(dir capture.Direction) io.ReadCloser { panic("not yet") }
