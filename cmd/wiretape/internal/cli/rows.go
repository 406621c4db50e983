package cli

import (
	"io"
	"iter"
	"os"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/view"
)

// bodyLimit is how much of a plain body is held to show or to search it, in
// bytes.
const bodyLimit = 256 << 20

// rows yields what a filter can look into inside one exchange: the bodies of a
// plain one, the messages of a socket, the events of a stream and the body of
// the request it answers.
func rows(t *transcript.Transcript) iter.Seq2[filter.Row, error] {
	return func(yield func(filter.Row, error) bool) {
		kind := t.Exchange().Kind
		if kind == capture.KindWebSocket {
			for m, err := range t.Messages(1) {
				if err != nil || !yield(filter.Message(m), nil) {
					yieldError(yield, err)
					return
				}
			}
			return
		}
		for _, dir := range [...]capture.Direction{capture.Send, capture.Receive} {
			if dir == capture.Receive && kind != capture.KindHTTP {
				break
			}
			if b := readBody(t, dir); b != nil && !yield(filter.Body(dir, 0, b.Data, uint64(b.Wire)), nil) {
				return
			}
		}
		if kind != capture.KindSSE && kind != capture.KindNDJSON {
			return
		}
		for e, err := range t.Events(1) {
			if err != nil || !yield(eventRow(t, e), nil) {
				yieldError(yield, err)
				return
			}
		}
	}
}

func yieldError(yield func(filter.Row, error) bool, err error) {
	if err != nil {
		yield(filter.Row{}, err)
	}
}

func eventRow(t *transcript.Transcript, e *capture.Event) filter.Row {
	if t.Exchange().Kind == capture.KindNDJSON {
		return filter.Record(e)
	}
	return filter.Event(e)
}

// readBody reads a plain body, or nil where there is none.
func readBody(t *transcript.Transcript, dir capture.Direction) *view.Body {
	ex := t.Exchange()
	wire := ex.Sent.Bytes
	if dir == capture.Receive {
		wire = ex.Received.Bytes
	}
	if wire == 0 {
		return nil
	}
	r := t.Body(dir)
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, bodyLimit))
	b := &view.Body{Wire: int64(wire), Len: int64(len(data)), Data: data}
	if err != nil {
		b.Err = err.Error()
	}
	return b
}

// colorWanted follows the convention of no-color.org.
func colorWanted() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }
