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

// rows yields what a filter can look into inside one exchange.
func rows(t *transcript.Transcript) iter.Seq2[filter.Row, error] {
	return func(yield func(filter.Row, error) bool) {
		switch t.Exchange().Kind {
		case capture.KindWebSocket:
			for m, err := range t.Messages(1) {
				if err != nil || !yield(filter.Message(m), nil) {
					yieldError(yield, err)
					return
				}
			}
		case capture.KindSSE, capture.KindNDJSON:
			for e, err := range t.Events(1) {
				if err != nil || !yield(eventRow(t, e), nil) {
					yieldError(yield, err)
					return
				}
			}
		case capture.KindHTTP:
			for _, dir := range [...]capture.Direction{capture.Send, capture.Receive} {
				b := readBody(t, dir)
				if b != nil && !yield(filter.Body(dir, 0, b.Data, uint64(b.Wire)), nil) {
					return
				}
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
