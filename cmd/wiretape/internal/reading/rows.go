// Package reading is what the command line and the page in the browser both do
// with a tape, at the end of the path bytes → mitm → capture → show: which rows
// an exchange has to a filter, whether it passes one, and what one row holds.
package reading

import (
	"bytes"
	"io"
	"iter"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/view"
)

// bodyLimit is how much of a plain body is held to show or to search it, in
// bytes.
const bodyLimit = 256 << 20

// Rows yields what a filter can look into inside one exchange: the bodies of a
// plain one, the messages of a socket, the events of a stream and the body of
// the request it answers. A row is valid until the next one is asked for.
func Rows(t *transcript.Transcript) iter.Seq2[filter.Row, error] {
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
			if b := Body(t, dir); b != nil && !yield(filter.Body(dir, 0, b.Data, uint64(b.Wire)), nil) {
				return
			}
		}
		if kind != capture.KindSSE && kind != capture.KindNDJSON {
			return
		}
		for e, err := range t.Events(1) {
			if err != nil || !yield(EventRow(t.Exchange(), e), nil) {
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

// EventRow returns the row of an event of ex, or of a record.
func EventRow(ex *capture.Exchange, e *capture.Event) filter.Row {
	if ex.Kind == capture.KindNDJSON {
		return filter.Record(e)
	}
	return filter.Event(e)
}

// Matches reports whether an exchange is wanted. A filter on payloads wants the
// exchanges in which at least one row matches.
func Matches(f *filter.Filter, t *transcript.Transcript) (bool, error) {
	ex := t.Exchange()
	switch f.Judge(ex) {
	case filter.Pass:
		return true, nil
	case filter.Fail:
		return false, nil
	}
	within := f.Within(ex)
	for row, err := range Rows(t) {
		if err != nil {
			return false, err
		}
		if within.Row(ex, row) {
			return true, nil
		}
	}
	return false, nil
}

// Body reads a plain body, or returns nil where there is none.
func Body(t *transcript.Transcript, dir capture.Direction) *view.Body {
	return bodyUpTo(t, dir, bodyLimit)
}

// bodyUpTo is Body of which no more than limit bytes are held.
func bodyUpTo(t *transcript.Transcript, dir capture.Direction, limit int64) *view.Body {
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
	into := bytes.NewBuffer(make([]byte, 0, min(int64(wire)+bytes.MinRead, limit)))
	_, err := into.ReadFrom(io.LimitReader(r, limit))
	data := into.Bytes()
	b := &view.Body{Wire: int64(wire), Len: int64(len(data)), Data: data}
	if err == nil && b.Len == limit && limit < bodyLimit {
		if capture.Get(Header(ex, dir), "Content-Encoding") == "" {
			b.Len = max(b.Len, b.Wire)
		} else {
			var rest int64
			rest, err = io.Copy(io.Discard, io.LimitReader(r, bodyLimit))
			b.Len += rest
		}
	}
	if err != nil {
		b.Err = err.Error()
	}
	return b
}

// Beginning returns the first bytes of a body, with its content coding undone as
// far as that goes.
func Beginning(t *transcript.Transcript, dir capture.Direction, limit int64) []byte {
	r := t.Body(dir)
	defer r.Close()
	data, _ := io.ReadAll(io.LimitReader(r, limit))
	return data
}

// Bodies returns the bodies that stand in the head of an exchange: both of a
// plain one, the request's of a stream. Of each, no more than limit bytes are
// held; 0 is as much as show does.
func Bodies(t *transcript.Transcript, limit int64) view.Bodies {
	if limit <= 0 {
		limit = bodyLimit
	}
	var bodies view.Bodies
	switch t.Exchange().Kind {
	case capture.KindWebSocket, capture.KindTunnel:
	case capture.KindHTTP:
		bodies.Request, bodies.Response = bodyUpTo(t, capture.Send, limit), bodyUpTo(t, capture.Receive, limit)
	default:
		bodies.Request = bodyUpTo(t, capture.Send, limit)
	}
	return bodies
}
