package har

import (
	"github.com/wiretape/wiretape/capture"
)

func (im *importer) webSocketMessages() error {
	h := &im.one
	h.messages.reset()
	ok, err := im.elements("_webSocketMessages", func(i int) error { return im.webSocketMessage(i) })
	h.hasMessage = h.hasMessage || ok
	return err
}

// webSocketMessage reads one message; it may stand in the archive or on a line
// of an attached file.
func (im *importer) webSocketMessage(i int) error {
	const where = "_webSocketMessages"
	h := &im.one
	m := message{at: unknownTime, opcode: 1, offset: h.messages.data.n}
	kind, encoding := "", ""
	there := false
	ok, err := im.members(where, func(name string) error {
		switch name {
		case "type":
			return im.string(where+".type", &kind)
		case "time":
			return im.when(where+".time", &m.at)
		case "opcode":
			return im.integer(where+".opcode", &m.opcode)
		case "encoding":
			return im.string(where+".encoding", &encoding)
		case "data":
			there = true
			return im.messageData(where, &m)
		}
		return im.skip()
	})
	if err != nil || !ok {
		if err == nil {
			im.defect(where, "message %d is no message: left out", i)
		}
		return err
	}
	im.typed(i, kind, &m)
	m.coded = encoding == "base64"
	if !there && !m.failure {
		im.defect(where+".data", "message %d has none: taken for empty", i)
	}
	if m.opcode > 15 || m.opcode < -1 {
		im.defect(where+".opcode", "message %d has %d: taken for 1", i, m.opcode)
		m.opcode = 1
	}
	return h.messages.add(&m)
}

// typed takes the type of message number i.
func (im *importer) typed(i int, kind string, m *message) {
	switch kind {
	case "send", "request", "client", "outgoing":
		m.dir = capture.Send
	case "receive", "response", "server", "incoming":
		m.dir = capture.Receive
	case "error":
		m.failure = true
	default:
		im.defect("_webSocketMessages.type", "message %d is of type %q: taken for one received", i, clip(kind))
		m.dir = capture.Receive
	}
	m.failure = m.failure || m.opcode == -1
}

func (im *importer) messageData(where string, m *message) error {
	data := &im.one.messages.data
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c != '"' {
		if c != 'n' {
			im.defect(where+".data", "is %s, not a string", kindOf(c))
		}
		return im.skip()
	}
	m.offset = data.n
	im.lossy = false
	err = im.text(data)
	m.length = data.n - m.offset
	if im.lossy {
		im.defect(where+".data", "holds half a surrogate pair, which is no character: U+FFFD stands there now")
	}
	return err
}

// when reads a point in time; -1 and what is no time are unknown.
func (im *importer) when(where string, into *int64) error {
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c == '"' {
		var s string
		if err := im.string(where, &s); err != nil {
			return err
		}
		if at, _, ok := moment(s); ok {
			*into = at.UnixNano()
			return nil
		}
		if at, ok := epoch(s); ok {
			*into = at.UnixNano()
			return nil
		}
		im.defect(where, "is %q, not a time", clip(s))
		return nil
	}
	s, err := im.digits(where)
	if err != nil || s == "" || s == "-1" {
		return err
	}
	if at, ok := epoch(s); ok && countable(at) {
		*into = at.UnixNano()
		return nil
	}
	im.defect(where, "is %s, not a time since 1970", clip(s))
	return nil
}

func (im *importer) webSocketClose() error {
	const where = "_webSocketClose"
	c := &im.one.closing
	first, err := im.peek()
	if err != nil {
		return err
	}
	c.there = first != 'n'
	if first == '"' {
		var s string
		err := im.string(where, &s)
		if c.aborted = true; s != "aborted" {
			im.defect(where, "is %q: taken for aborted", clip(s))
		}
		return err
	}
	_, err = im.members(where, func(name string) error {
		switch name {
		case "code":
			return im.integer(where+".code", &c.code)
		case "reason":
			return im.string(where+".reason", &c.reason)
		case "timestamp":
			return im.when(where+".timestamp", &c.at)
		}
		return im.skip()
	})
	return err
}

func (im *importer) eventSourceMessages() error {
	const where = "_eventSourceMessages"
	events := &im.one.events
	events.reset()
	events.count = 0
	_, err := im.elements(where, func(i int) error {
		e := event{at: unknownTime, name: "message"}
		ok, err := im.members(where, func(name string) error {
			switch name {
			case "time":
				return im.when(where+".time", &e.at)
			case "eventName":
				return im.string(where+".eventName", &e.name)
			case "eventId":
				return im.string(where+".eventId", &e.id)
			case "data":
				return im.string(where+".data", &e.data)
			}
			return im.skip()
		})
		if err == nil && !ok {
			im.defect(where, "event %d is no event: left out", i)
			return nil
		}
		if err != nil {
			return err
		}
		return events.add(&e)
	})
	return err
}
