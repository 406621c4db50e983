package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// okx names the messages of OKX's API, version 5.
type okx struct{}

// okxMessage is the members of a message that name it.
type okxMessage struct {
	id, op, event, arg, args, code, msg, action jsontext.Value
	data                                        bool
}

func okxMessageOf(v jsontext.Value) (x okxMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "id":
			x.id = m
		case "op":
			x.op = m
		case "event":
			x.event = m
		case "arg":
			x.arg = m
		case "args":
			x.args = m
		case "code":
			x.code = m
		case "msg":
			x.msg = m
		case "action":
			x.action = m
		case "data":
			x.data = true
		}
	}
	return x
}

func (okx) name(s *Splitter, u *Unit, v jsontext.Value) {
	x := okxMessageOf(v)
	u.ID = s.id(x.id)
	if u.ID != "" {
		u.link.key = "id " + u.ID
	}
	if c := s.text(x.code); c != "" && c != "0" {
		u.Error = true
	}
	switch {
	case x.event != nil:
		okxEvent(s, u, s.text(x.event), x.arg)
	case x.op != nil && u.Dir == capture.Send:
		okxRequest(s, u, s.text(x.op), x.args)
	case x.op != nil:
		u.Role = Answer
		s.call(u, s.text(x.op))
	case x.arg != nil && x.data:
		u.Role = Push
		u.Topic = okxTopic(s, x.arg)
		s.call(u, s.text(x.arg.Get("channel")))
		u.Label = s.label(u.Topic, s.text(x.action))
	default:
		return
	}
	if u.Error {
		u.Label = s.label(u.Label, "error", s.text(x.code), s.text(x.msg))
	}
}

func okxRequest(s *Splitter, u *Unit, op string, args jsontext.Value) {
	u.Role = Request
	s.call(u, op)
	switch op {
	case "subscribe", "unsubscribe":
		u.link.verb = verbOf(op)
		for a := range args.Elements {
			if len(u.link.topics) < maxTopics {
				u.link.topics = append(u.link.topics, okxTopic(s, a))
			}
		}
		u.link.wants = int8(min(len(u.link.topics), 127)) // one answer for each
		s.topics(u)
	case "login":
		u.link.alt = op
	}
}

// okxEvent names an answer that tells its kind by "event".
func okxEvent(s *Splitter, u *Unit, event string, arg jsontext.Value) {
	u.Role = Answer
	s.call(u, event)
	switch event {
	case "subscribe", "unsubscribe":
		u.about(verbOf(event), okxTopic(s, arg))
		s.call(u, event, u.Topic)
	case "login":
		u.link.alt = event
	case "error":
		u.Op, u.Label = "", ""
		u.Error, u.link.any = true, true
	default: // notice, channel-conn-count
		u.Role = Control
	}
}

// okxTopic names a subscription: its channel, and what selects within it.
func okxTopic(s *Splitter, arg jsontext.Value) string {
	var channel, first, second string
	for name, m := range arg.Members {
		switch string(name) {
		case "channel":
			channel = s.text(m)
		case "instId":
			first = s.text(m)
		case "instFamily", "uly", "ccy", "instType", "algoId", "sprdId":
			second = s.text(m)
		}
	}
	if first == "" {
		first = second
	}
	return s.label(channel, first)
}
