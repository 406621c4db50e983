package lint

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/eventstream"
	"github.com/wiretape/wiretape/capture/sse"
)

// maxHead is how much of a plain body is looked at, in bytes.
const maxHead = 4 << 10

// body looks at a body that is no stream by its type, and may be one by its
// looks.
func (l *linter) body() error {
	if l.media().Essence == "application/vnd.amazon.eventstream" {
		return l.binary()
	}
	body := l.t.Body(capture.Receive)
	defer body.Close()
	head := make([]byte, maxHead)
	n, err := io.ReadFull(body, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		l.add(&ruleCoding, "", Where{}, "the body cannot be decoded: %v", err)
	}
	if !isEventStream(bytes.TrimPrefix(head[:n], []byte(bom))) {
		return nil
	}
	typ := capture.Get(l.ex.Response.Header, "Content-Type")
	what := "there is no Content-Type"
	if typ != "" {
		what = "the type is " + quote(typ)
	}
	l.add(&ruleContentType, "", Where{}, "the body is an event stream, but %s", what)
	s := &stream{linter: l, format: l.answer()}
	d := sse.NewDecoder(nil)
	d.Feed(0, head[:n], s.event)
	if _, err := io.Copy(feeder{d, s.event}, body); err != nil {
		l.add(&ruleCoding, "", Where{Seq: s.events, Offset: s.offset}, "the body cannot be decoded from here on: %v", err)
	}
	if !l.ex.Open {
		d.Close(0, s.event)
	}
	return nil
}

// feeder writes to a decoder.
type feeder struct {
	d    *sse.Decoder
	emit func(*capture.Event)
}

func (f feeder) Write(p []byte) (int, error) {
	f.d.Feed(0, p, f.emit)
	return len(p), nil
}

// isEventStream reports whether a body begins with an event: a field of event
// streams, and data or a further field in the lines up to the blank one.
func isEventStream(head []byte) bool {
	block, _, _ := strings.Cut(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n\n")
	for line := range strings.SplitSeq(strings.TrimLeft(block, "\n"), "\n") {
		name, _, colon := strings.Cut(line, ":")
		switch {
		case name == "data" && colon:
			return true
		case colon && (name == "" || name == "event" || name == "id" || name == "retry"):
		default:
			return false
		}
	}
	return false
}

// binary looks through Amazon's event stream.
func (l *linter) binary() error {
	l.answer()
	body := l.t.Body(capture.Receive)
	defer body.Close()
	d := eventstream.NewDecoder(nil)
	offset := int64(0)
	emit := func(m *eventstream.Message) {
		at := Where{Seq: m.Seq, Offset: offset, Dir: capture.Receive}
		offset += int64(len(m.Raw))
		if m.Violation != "" {
			l.add(&ruleBinary, m.Violation, at, "message %d: %s", m.Seq, m.Violation)
		}
		if m.Incomplete {
			l.add(&ruleBinary, "tail", at, "the stream ends inside message %d", m.Seq)
		}
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := body.Read(buf)
		d.Feed(time.Duration(0), buf[:n], emit)
		if err == io.EOF {
			break
		}
		if err != nil {
			l.add(&ruleCoding, "", Where{Offset: offset}, "the body cannot be decoded from here on: %v", err)
			return nil
		}
	}
	if !l.ex.Open {
		d.Close(0, emit)
	}
	return nil
}
