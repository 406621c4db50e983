package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// okx names the messages of OKX's API, version 5.
type okx struct{}

func (okx) name(s *Splitter, u *Unit, v jsontext.Value) {
	var id, op, event, arg, args, code, msg, action jsontext.Value
	data := false
	for name, m := range v.Members {
		switch string(name) {
		case "id":
			id = m
		case "op":
			op = m
		case "event":
			event = m
		case "arg":
			arg = m
		case "args":
			args = m
		case "code":
			code = m
		case "msg":
			msg = m
		case "action":
			action = m
		case "data":
			data = true
		}
	}
	u.ID = s.id(id)
	if u.ID != "" {
		u.link.key = "id " + u.ID
	}
	if c := s.text(code); c != "" && c != "0" {
		u.Error = true
	}
	switch {
	case event != nil:
		okxEvent(s, u, s.text(event), arg)
	case op != nil && u.Dir == capture.Send:
		okxRequest(s, u, s.text(op), args)
	case op != nil:
		u.Role = Answer
		s.call(u, s.text(op))
	case arg != nil && data:
		u.Role = Push
		u.Topic = okxTopic(s, arg)
		s.call(u, s.text(arg.Get("channel")))
		u.Label = s.label(u.Topic, s.text(action))
	default:
		return
	}
	if u.Error {
		u.Label = s.label(u.Label, "error", s.text(code), s.text(msg))
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
