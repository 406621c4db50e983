package protocol

import (
	"strconv"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// The types of SignalR's hub messages (SignalR Hub Protocol, "Message Types").
const (
	hubInvocation       = 1
	hubStreamItem       = 2
	hubCompletion       = 3
	hubStreamInvocation = 4
	hubCancel           = 5
	hubPing             = 6
	hubClose            = 7
	hubAck              = 8
	hubSequence         = 9
)

// signalR is the cutter of ASP.NET Core SignalR: records of JSON that 0x1e
// ends, or MessagePack with lengths in front, after a handshake in JSON.
type signalR struct {
	json messages
	open [2]bool // the handshake of the direction has passed
}

func newSignalR() *signalR {
	c := &signalR{}
	c.json = messages{namer: c, end: 0x1e, missing: "SignalR Hub Protocol, JSON: a record without its end 0x1e"}
	return c
}

func (c *signalR) close(*Splitter) {}

func (c *signalR) feed(s *Splitter, m *capture.Message) {
	if m.Opcode != capture.OpBinary || len(m.Data) > 0 && m.Data[0] == '{' {
		c.json.feed(s, m)
		return
	}
	p := m.Data
	for {
		u := s.unit(m)
		start, n := hubLength(p)
		if n < 0 {
			u.Data, u.Body = p, p
			if u.Violation == "" {
				u.Violation = "SignalR Hub Protocol, MessagePack: the length in front does not fit"
			}
			s.line(u)
			s.put(u)
			return
		}
		u.Data, u.Body = p[:n:n], p[start:n:n]
		c.packed(s, u)
		s.put(u)
		if p = p[n:]; len(p) == 0 {
			return
		}
	}
}

// hubLength reads the length in front of a message, of up to five bytes ("The
// MessagePack Hub Protocol", "Framing"), and returns where the message begins
// and ends, or a negative end.
func hubLength(p []byte) (start, end int) {
	length := 0
	for i := 0; i < len(p) && i < 5; i++ {
		length |= int(p[i]&0x7f) << (7 * i)
		if p[i] < 0x80 {
			if start = i + 1; length > len(p)-start {
				return 0, -1
			}
			return start, start + length
		}
	}
	return 0, -1
}

// hubMessage is what the two encodings have in common.
type hubMessage struct {
	typ    int64
	id     string
	target string
	failed string // why, "" for not
}

// name implements namer.
func (c *signalR) name(s *Splitter, u *Unit, v jsontext.Value) {
	var h hubMessage
	h.typ = -1
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			h.typ, _ = m.Int()
		case "invocationId":
			h.id = s.id(m)
		case "target":
			h.target = s.text(m)
		case "error":
			h.failed = s.text(m)
		case "protocol":
			h.target = s.text(m)
		}
	}
	if h.typ < 0 {
		c.handshake(s, u, h)
		return
	}
	c.hub(s, u, h)
}

// handshake names the first record of each direction.
func (c *signalR) handshake(s *Splitter, u *Unit, h hubMessage) {
	if c.open[u.Dir] {
		s.call(u, "record")
		return
	}
	c.open[u.Dir] = true
	s.call(u, "handshake", h.target)
	u.link.alt = "handshake"
	u.Role = Request
	if u.Dir == capture.Receive {
		u.Role = Answer
		c.fail(s, u, h.failed)
	}
}

// packed names a MessagePack message.
func (c *signalR) packed(s *Splitter, u *Unit) {
	var h hubMessage
	h.typ = -1
	i := 0
	for item := range msgpackItems(u.Body) {
		switch {
		case i == 0:
			h.typ = item.num
		case h.typ == hubClose && i == 1:
			h.failed = s.word(item.text)
		case i == 2:
			h.id = string(item.text[:min(len(item.text), maxID)])
		case i == 3 && h.typ == hubCompletion:
			if item.num == 1 {
				h.failed = "error"
			}
		case i == 3:
			h.target = s.word(item.text)
		case i == 4 && h.typ == hubCompletion && h.failed != "":
			h.failed = s.word(item.text)
		}
		if i++; i > 4 {
			break
		}
	}
	c.hub(s, u, h)
}

// hub names a hub message.
func (c *signalR) hub(s *Splitter, u *Unit, h hubMessage) {
	key := "hub " + h.id
	switch h.typ {
	case hubInvocation, hubStreamInvocation:
		u.Role = Push
		if h.id != "" {
			u.ask(h.id, key)
		}
		op := "invocation"
		if h.typ == hubStreamInvocation {
			op = "stream"
		}
		s.call(u, h.target)
		u.Label = s.label(op, h.target)
	case hubStreamItem:
		u.ID, u.Label = h.id, "item"
		u.Role = Push // what a client uploads; its id is one of a stream
		if u.Dir == capture.Receive {
			u.answer(h.id, key)
			u.More = true
		}
	case hubCompletion:
		u.answer(h.id, key)
		u.Label = "completion"
		c.fail(s, u, h.failed)
	case hubCancel:
		u.ID, u.Role = h.id, Control
		s.call(u, "cancel")
	case hubPing:
		u.beats(sign)
		s.call(u, "ping")
	case hubClose:
		u.Role = Control
		s.call(u, "close")
		c.fail(s, u, h.failed)
	case hubAck, hubSequence:
		u.Role = Control
		s.call(u, [...]string{"ack", "sequence"}[h.typ-hubAck])
	default:
		s.call(u, "type", strconv.FormatInt(h.typ, 10))
	}
}

func (c *signalR) fail(s *Splitter, u *Unit, why string) {
	if why != "" {
		u.Error = true
		u.Label = s.label(u.Label, "error", why)
	}
}
