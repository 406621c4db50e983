package protocol

import (
	"encoding/binary"
	"strconv"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// centrifugo is the cutter of Centrifugo's client protocol: JSON texts with line
// feeds between, or protobuf messages with lengths in front.
type centrifugo struct{ json messages }

func newCentrifugo() *centrifugo {
	c := &centrifugo{}
	c.json = messages{namer: c, end: '\n'}
	return c
}

func (c *centrifugo) close(*Splitter) {}

func (c *centrifugo) feed(s *Splitter, m *capture.Message) {
	if m.Opcode != capture.OpBinary || len(m.Data) > 0 && m.Data[0] == '{' {
		c.json.feed(s, m)
		return
	}
	p := m.Data
	for {
		u := s.unit(m)
		length, n := binary.Uvarint(p)
		if n <= 0 || length > uint64(len(p)-n) {
			u.Data, u.Body = p, p
			if len(p) > 0 && u.Violation == "" {
				u.Violation = "Centrifugo, protobuf: the length in front does not fit"
			}
			s.line(u)
			s.put(u)
			return
		}
		end := n + int(length)
		u.Data, u.Body = p[:end:end], p[n:end:end]
		c.protobuf(s, u)
		s.put(u)
		if p = p[end:]; len(p) == 0 {
			return
		}
	}
}

// centrifugoMessage is a command, a reply or a push.
type centrifugoMessage struct {
	id      string
	op      string // what is asked or answered, of a push its kind
	channel string
	method  string // of an rpc
	push    bool
	failed  string // why
}

// name implements namer.
func (c *centrifugo) name(s *Splitter, u *Unit, v jsontext.Value) {
	var x centrifugoMessage
	for name, m := range v.Members {
		switch string(name) {
		case "id":
			x.id = s.id(m)
		case "error":
			x.failed = s.label(s.text(m.Get("code")), s.text(m.Get("message")))
		case "push":
			x.push = true
			for kind, value := range m.Members {
				if string(kind) == "channel" {
					x.channel = s.text(value)
				} else if x.op == "" && value.Is('{') {
					x.op = s.word(kind)
				}
			}
		default:
			x.op = s.word(name)
			x.channel = s.text(m.Get("channel"))
			if x.op == "rpc" && u.Dir == capture.Send {
				x.method = s.text(m.Get("method"))
			}
		}
	}
	c.message(s, u, x)
}

// The fields of Command and Push in client.proto.
var (
	centrifugoCommands = [...]string{
		4: "connect", "subscribe", "unsubscribe", "publish", "presence", "presence_stats",
		"history", "ping", "send", "rpc", "refresh", "sub_refresh",
	}
	centrifugoPushes = [...]string{
		4: "pub", "join", "leave", "unsubscribe", "message", "subscribe", "connect",
		"disconnect", "refresh",
	}
)

// protobuf names a message by its fields.
func (c *centrifugo) protobuf(s *Splitter, u *Unit) {
	var x centrifugoMessage
	for f := range protobufFields(u.Body) {
		n := f.number
		switch {
		case n == 1:
			x.id = strconv.FormatUint(f.value, 10)
		case u.Dir == capture.Receive && n == 2:
			x.failed = s.label(strconv.FormatUint(protobufField(f.data, 1).value, 10), s.word(protobufField(f.data, 2).data))
		case u.Dir == capture.Receive && n == 4:
			x.push = true
			for g := range protobufFields(f.data) {
				switch {
				case g.number == 2:
					x.channel = s.word(g.data)
				case g.number < len(centrifugoPushes):
					x.op = centrifugoPushes[g.number]
				}
			}
		case u.Dir == capture.Send && n < len(centrifugoCommands):
			x.op = centrifugoCommands[n]
			switch {
			case x.op == "rpc":
				x.method = s.word(protobufField(f.data, 2).data)
			case x.op == "subscribe" || x.op == "unsubscribe" || x.op == "publish" || n >= 8 && n <= 10:
				x.channel = s.word(protobufField(f.data, 1).data)
			}
		}
	}
	c.message(s, u, x)
}

// message names what either encoding carries.
func (c *centrifugo) message(s *Splitter, u *Unit, x centrifugoMessage) {
	u.ID, u.Topic = x.id, x.channel
	switch {
	case x.push:
		u.Role = Push
		if x.op == "pub" {
			x.op = "publication"
		}
		s.call(u, x.op, x.channel)
	case x.id == "" && x.op == "":
		u.beats(sign)
		if u.Dir == capture.Receive {
			u.link.beat = asks
		} else {
			u.link.beat = replies
		}
		s.call(u, "ping")
	case u.Dir == capture.Receive:
		u.answer(x.id, "command "+x.id)
		u.Op, u.Label = "", "reply"
		if x.failed != "" {
			u.Error = true
			u.Label = s.label("error", x.failed)
		}
	default:
		s.call(u, x.op, x.method, x.channel)
		if u.Role = Push; x.id != "" {
			u.ask(x.id, "command "+x.id)
		}
		switch x.op {
		case "subscribe":
			u.link.verb = opens
		case "unsubscribe":
			u.link.verb = ends
		}
	}
}
