package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// bybit names the messages of Bybit's API, version 5.
type bybit struct{}

// bybitMessage is the members of a message that name it.
type bybitMessage struct {
	op, id, args, topic, typ, success, code, msg jsontext.Value
}

func bybitMessageOf(v jsontext.Value) (x bybitMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "op":
			x.op = m
		case "req_id", "reqId":
			x.id = m
		case "args":
			x.args = m
		case "topic":
			x.topic = m
		case "type":
			x.typ = m
		case "success":
			x.success = m
		case "retCode":
			x.code = m
		case "ret_msg", "retMsg":
			x.msg = m
		}
	}
	return x
}

func (bybit) name(s *Splitter, u *Unit, v jsontext.Value) {
	x := bybitMessageOf(v)
	if x.topic != nil {
		u.Role = Push
		u.Topic = s.text(x.topic)
		s.call(u, u.Topic)
		u.Label = s.label(u.Topic, s.text(x.typ))
		return
	}
	if x.op == nil {
		return
	}
	s.call(u, s.text(x.op))
	u.ID = s.id(x.id)
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
			u.link.topics = s.list(x.args)
			s.topics(u)
		}
	default:
		u.Role, u.link.alt = Answer, u.Op
		if n, ok := x.code.Int(); x.success.Is('f') || ok && n != 0 {
			u.Error = true
			u.Label = s.label(u.Label, "error", s.text(x.code), s.text(x.msg))
		}
	}
}
