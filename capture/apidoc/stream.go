package apidoc

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
	"github.com/wiretape/wiretape/capture/transcript"
)

// stream reads the events of an event stream, or the records of a stream of
// JSON texts.
func (b *builder) stream(t *transcript.Transcript) error {
	ex := t.Exchange()
	for e, err := range t.Events(1) {
		if err != nil {
			return err
		}
		if b.full() {
			return nil
		}
		if ex.Kind == capture.KindSSE && !e.Dispatched {
			continue
		}
		b.event(ex, e)
	}
	return nil
}

// event takes one event or record.
func (b *builder) event(ex *capture.Exchange, e *capture.Event) {
	v := jsontext.Of([]byte(e.Data))
	m := Message{Dir: capture.Receive, Role: "push", Name: "record"}
	if ex.Kind == capture.KindSSE {
		m.Name, m.Event = e.Type, e.Type
	}
	if ex.Kind != capture.KindSSE || e.Type == "message" {
		switch name := discriminate(v); {
		case name != "":
			m.Name = name
		case isSentinel(e.Data):
			m.Name = strings.TrimSpace(e.Data)
		}
	}
	m.Error = m.Name == "error"
	m.Name = clip(m.Name)
	b.kinds.of(m, false).see(example(ex, e.Seq, []byte(e.Data)), "", "")
}

// isSentinel reports whether the text of an event is one that stands for
// itself, as [DONE] does.
func isSentinel(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) > 2 && len(s) <= 24 && s[0] == '[' && s[len(s)-1] == ']' && isWord(s[1:len(s)-1])
}
