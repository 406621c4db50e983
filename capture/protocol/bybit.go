package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// bybit names the messages of Bybit's API, version 5.
type bybit struct{}

func (bybit) name(s *Splitter, u *Unit, v jsontext.Value) {
	var op, id, args, topic, typ, success, code, msg jsontext.Value
	for name, m := range v.Members {
		switch string(name) {
		case "op":
			op = m
		case "req_id", "reqId":
			id = m
		case "args":
			args = m
		case "topic":
			topic = m
		case "type":
			typ = m
		case "success":
			success = m
		case "retCode":
			code = m
		case "ret_msg", "retMsg":
			msg = m
		}
	}
	if topic != nil {
		u.Role = Push
		u.Topic = s.text(topic)
		s.call(u, u.Topic)
		u.Label = s.label(u.Topic, s.text(typ))
		return
	}
	if op == nil {
		return
	}
	s.call(u, s.text(op))
	u.ID = s.id(id)
	if u.ID != "" {
		u.link.key = u.Op + " " + u.ID
	}
	switch {
	case u.Op == "ping" || u.Op == "pong":
		u.beats(asks)
		if u.Op == "pong" || u.Dir == capture.Receive {
			u.beats(replies)
			s.call(u, "pong")
		}
		u.link.key = u.ID
	case u.Dir == capture.Send:
		u.Role, u.link.alt = Request, u.Op
		if u.link.verb = verbOf(u.Op); u.link.verb != noVerb {
			u.link.topics = s.list(args)
			s.topics(u)
		}
	default:
		u.Role, u.link.alt = Answer, u.Op
		if n, ok := code.Int(); success.Is('f') || ok && n != 0 {
			u.Error = true
			u.Label = s.label(u.Label, "error", s.text(code), s.text(msg))
		}
	}
}
