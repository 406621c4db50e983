package merge

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/eventstream"
	"github.com/wiretape/wiretape/capture/ndjson"
	"github.com/wiretape/wiretape/capture/sse"
	"github.com/wiretape/wiretape/capture/transcript"
)

// maxSniff is how much of a body is looked at to tell how its events are set
// apart, in bytes.
const maxSniff = 4 << 10

// bodyDecoder cuts a body into events.
type bodyDecoder interface {
	feed(at time.Duration, p []byte, emit func(*event))
	close(at time.Duration, emit func(*event))
}

// body reads the body of a plain exchange: a binary event stream, text, one
// JSON text, or a stream of events under a media type that does not say so.
func (m *Merger) body(t *transcript.Transcript) error {
	ex := t.Exchange()
	if ex.Response == nil {
		return nil
	}
	coding, err := content.NewDecoder(content.Codings(capture.Values(ex.Response.Header, "Content-Encoding")))
	if err != nil {
		return fmt.Errorf("undo the content coding: %w", err)
	}
	defer coding.Close()
	b := &body{m: m}
	for c, err := range t.Chunks(capture.Receive) {
		if err != nil {
			return fmt.Errorf("read the body: %w", err)
		}
		b.at = c.At
		if err := coding.FeedTo(c.Data, b.take); err != nil {
			return fmt.Errorf("undo the content coding: %w", err)
		}
	}
	if ex.Open {
		return nil
	}
	rest, err := coding.Close()
	b.take(rest)
	b.end()
	if err != nil {
		return fmt.Errorf("undo the content coding: %w", err)
	}
	return nil
}

// body is one walk over a body.
type body struct {
	m       *Merger
	at      time.Duration
	head    []byte // what came before decoder was chosen
	decoder bodyDecoder
}

// take takes the next decoded bytes.
func (b *body) take(p []byte) {
	if b.decoder == nil {
		b.head = append(b.head, p...)
		if b.decoder = b.choose(false); b.decoder == nil {
			return
		}
		p, b.head = b.head, nil
	}
	b.decoder.feed(b.at, p, b.emit)
}

// end lets out what the end of the body completes or cuts off.
func (b *body) end() {
	if b.decoder == nil && len(b.head) > 0 {
		b.decoder = b.choose(true)
		b.decoder.feed(b.at, b.head, b.emit)
	}
	if b.decoder != nil {
		b.decoder.close(b.at, b.emit)
	}
}

// emit passes on the events that earlier walks did not.
func (b *body) emit(e *event) {
	if e.seq > b.m.read {
		b.m.read = e.seq
		b.m.add(e)
	}
}

// choose tells from the head of the body how to read it, or returns nil where
// it takes more bytes to tell.
func (b *body) choose(all bool) bodyDecoder {
	m := b.m
	if m.ex.essence == "application/vnd.amazon.eventstream" || m.draft.format == BedrockConverse {
		return &binaryBody{d: eventstream.NewDecoder(nil)}
	}
	if m.draft.format == PlainText {
		return &textBody{}
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(b.head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case len(head) > 0 && head[0] == '{':
		return &textsBody{d: ndjson.NewDecoder(&ndjson.Options{Format: ndjson.Concatenated})}
	case len(head) > 0 && head[0] == '[':
		return &textsBody{d: ndjson.NewDecoder(&ndjson.Options{Format: ndjson.Array})}
	case isEventStream(head):
		return &eventsBody{d: sse.NewDecoder(nil)}
	case !all && len(head) < maxSniff && bytes.IndexByte(head, '\n') < 0:
		return nil
	}
	if m.ex.essence == "text/plain" && m.known == nil && m.rule == nil {
		m.know(PlainText)
	}
	return &textBody{}
}

// isEventStream reports whether a body begins with a line of an event stream.
func isEventStream(head []byte) bool {
	for _, field := range [...]string{"data:", "event:", "id:", "retry:", ":"} {
		if bytes.HasPrefix(head, []byte(field)) {
			return true
		}
	}
	return false
}

// eventsBody reads an event stream.
type eventsBody struct{ d *sse.Decoder }

func (b *eventsBody) feed(at time.Duration, p []byte, emit func(*event)) {
	b.d.Feed(at, p, func(e *capture.Event) { emitText(e, emit) })
}

func (b *eventsBody) close(at time.Duration, emit func(*event)) {
	b.d.Close(at, func(e *capture.Event) { emitText(e, emit) })
}

// textsBody reads JSON texts.
type textsBody struct{ d *ndjson.Decoder }

func (b *textsBody) feed(at time.Duration, p []byte, emit func(*event)) {
	b.d.Feed(at, p, func(e *capture.Event) { emitText(e, emit) })
}

func (b *textsBody) close(at time.Duration, emit func(*event)) {
	b.d.Close(at, func(e *capture.Event) { emitText(e, emit) })
}

// emitText passes on an event or a record, unless it dispatches nothing.
func emitText(e *capture.Event, emit func(*event)) {
	if e.Data != "" || e.Dispatched {
		emit(&event{seq: e.Seq, at: e.At, name: e.Type, id: e.ID, cut: e.Incomplete, data: []byte(e.Data)})
	}
}

// binaryBody reads Amazon's event stream.
type binaryBody struct{ d *eventstream.Decoder }

func (b *binaryBody) feed(at time.Duration, p []byte, emit func(*event)) {
	b.d.Feed(at, p, func(m *eventstream.Message) { emitMessage(m, emit) })
}

func (b *binaryBody) close(at time.Duration, emit func(*event)) {
	b.d.Close(at, func(m *eventstream.Message) { emitMessage(m, emit) })
}

// emitMessage names an event after its type. An exception becomes an event
// called by the name of the exception behind a bang, which no event type has.
func emitMessage(m *eventstream.Message, emit func(*event)) {
	e := &event{seq: m.Seq, at: m.At, name: m.Get(":event-type"), cut: m.Incomplete, data: m.Payload}
	switch m.Get(":message-type") {
	case "exception":
		e.name = "!" + m.Get(":exception-type")
	case "error":
		e.name = "!" + m.Get(":error-code")
	}
	emit(e)
}

// textBody takes runs of bytes as they came, but for characters that two of
// them share.
type textBody struct {
	seq  uint64
	half []byte // the beginning of a character
}

func (b *textBody) feed(at time.Duration, p []byte, emit func(*event)) {
	p = append(b.half, p...)
	n := len(p)
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if tail := p[len(p)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				n -= i
			}
			break
		}
	}
	b.half = bytes.Clone(p[n:])
	b.emit(at, p[:n], emit)
}

func (b *textBody) close(at time.Duration, emit func(*event)) { b.emit(at, b.half, emit) }

func (b *textBody) emit(at time.Duration, p []byte, emit func(*event)) {
	if len(p) > 0 {
		b.seq++
		emit(&event{seq: b.seq, at: at, data: p})
	}
}
