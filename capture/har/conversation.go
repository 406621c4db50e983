package har

import (
	"cmp"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// messages writes _webSocketMessages: whole messages, inflated, each at the time
// of its last byte. Control frames and what never became whole are told of in
// _wiretape alone, since readers take everything here for a message.
func (n *entry) messages() error {
	if err := n.survey.frames(n.script, &n.links); err != nil {
		return err
	}
	n.array("_webSocketMessages")
	var index uint64
	var latest time.Duration
	for m, err := range n.script.Messages(0) {
		if err != nil {
			return err
		}
		n.survey.violate(m.FirstFrame, m.Violation)
		if m.Opcode == capture.OpClose && !m.Incomplete && n.closed == 0 {
			n.closed = m.At + m.Took
		}
		data := !m.Incomplete && (m.Opcode == capture.OpText || m.Opcode == capture.OpBinary)
		if !data && !(n.ControlFrames && m.Opcode.Control() && !m.Opcode.Reserved() && !m.Incomplete) {
			continue
		}
		latest = max(latest, m.At+m.Took)
		n.message(m, latest)
		if data {
			whole := uint64(len(m.Data)) == m.Len && (m.Opcode != capture.OpText || utf8.Valid(m.Data))
			if err := n.links[m.Dir].message(m, index, whole); err != nil {
				return err
			}
			n.Messages++
		}
		index++
	}
	n.close("]")
	return nil
}

func (n *entry) message(m *capture.Message, at time.Duration) {
	n.element()
	n.text("type", m.Dir.String())
	n.seconds("time", n.ex.Started.Add(at))
	n.number("opcode", int64(m.Opcode))
	if m.Opcode == capture.OpText {
		n.utf8("data", m.Data)
	} else {
		n.base64("data", m.Data)
	}
	n.close("}")
}

// socketEnd writes how a socket ended, in HTTP Toolkit's field.
func (n *entry) socketEnd() {
	e := n.ex.End
	switch {
	case e == nil:
	case e.How == capture.HowClose && e.Code != 0:
		n.object("_webSocketClose")
		n.number("code", int64(e.Code))
		n.text("reason", e.Reason)
		n.seconds("timestamp", n.ex.Started.Add(cmp.Or(n.closed, e.At)))
		n.close("}")
	case e.How != capture.HowClose:
		n.text("_webSocketClose", "aborted")
	}
}

// events writes _eventSourceMessages: the events that a client would see, each
// at the time of its last byte. Without any the field is left out, because with
// it DevTools does not look at the body any more.
func (n *entry) events() error {
	begun := false
	var latest time.Duration
	for ev, err := range n.script.Events(0) {
		if err != nil {
			if fromCoding(err) {
				break
			}
			return err
		}
		if !ev.Dispatched {
			continue
		}
		if !begun {
			n.array("_eventSourceMessages")
			begun = true
		}
		latest = max(latest, ev.At+ev.Took)
		n.element()
		n.seconds("time", n.ex.Started.Add(latest))
		n.text("eventName", ev.Type)
		n.text("eventId", ev.ID)
		n.text("data", ev.Data)
		n.close("}")
		n.Events++
	}
	if begun {
		n.close("]")
	}
	return nil
}
