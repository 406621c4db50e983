package protocol

import (
	"github.com/wiretape/wiretape/capture/jsontext"
)

// actionCable names the messages of Rails' Action Cable.
type actionCable struct{}

func (actionCable) name(s *Splitter, u *Unit, v jsontext.Value) {
	var typ, command, identifier, data, message jsontext.Value
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			typ = m
		case "command":
			command = m
		case "identifier":
			identifier = m
		case "data":
			data = m
		case "message":
			message = m
		}
	}
	// The identifier is a JSON text in a string: {"channel":"ChatChannel",…}.
	id := identifier.Bytes()
	u.Topic = s.word(id)
	channel := s.text(jsontext.Of(id).Get("channel"))
	if channel == "" {
		channel = u.Topic
	}
	switch op := s.text(command); {
	case op == "subscribe" || op == "unsubscribe":
		s.call(u, op, channel)
		u.Role = Control // unsubscribe is not confirmed
		u.link.verb = ends
		if op == "subscribe" {
			u.ask("", "")
			u.link.verb, u.link.alt = opens, "subscribe "+u.Topic
		}
		return
	case op != "":
		u.Role = Push
		if action := s.text(jsontext.Of(data.Bytes()).Get("action")); action != "" {
			channel = s.word([]byte(channel + "#" + action))
		}
		s.call(u, op, channel)
		return
	}
	u.Role = Control
	switch op := s.text(typ); op {
	case "":
		u.Role = Push
		s.call(u, "message", channel)
		u.Body = message
	case "ping":
		u.beats(sign)
		s.call(u, op)
	case "confirm_subscription", "reject_subscription":
		s.call(u, op, channel)
		u.answer("", "")
		u.Op, u.link.alt = "subscribe", "subscribe "+u.Topic
		u.Error = op == "reject_subscription"
	case "disconnect":
		s.call(u, op, s.text(v.Get("reason")))
	default:
		s.call(u, op)
	}
}
