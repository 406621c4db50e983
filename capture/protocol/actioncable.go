package protocol

import (
	"github.com/wiretape/wiretape/capture/jsontext"
)

// actionCable names the messages of Rails' Action Cable.
type actionCable struct{}

// cableMessage is the members of a message that name it.
type cableMessage struct {
	typ, command, identifier, data, message jsontext.Value
}

func cableMessageOf(v jsontext.Value) (x cableMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			x.typ = m
		case "command":
			x.command = m
		case "identifier":
			x.identifier = m
		case "data":
			x.data = m
		case "message":
			x.message = m
		}
	}
	return x
}

func (actionCable) name(s *Splitter, u *Unit, v jsontext.Value) {
	x := cableMessageOf(v)
	// The identifier is a JSON text in a string: {"channel":"ChatChannel",…}.
	id := x.identifier.Bytes()
	u.Topic = s.word(id)
	channel := s.text(jsontext.Of(id).Get("channel"))
	if channel == "" {
		channel = u.Topic
	}
	u.Role = Control
	if x.command != nil {
		cableCommand(s, u, x, channel)
		return
	}
	switch op := s.text(x.typ); op {
	case "":
		u.Role = Push
		s.call(u, "message", channel)
		u.Body = x.message
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

// cableCommand names what a client says.
func cableCommand(s *Splitter, u *Unit, x cableMessage, channel string) {
	switch op := s.text(x.command); op {
	case "subscribe":
		s.call(u, op, channel)
		u.ask("", "")
		u.link.verb, u.link.alt = opens, "subscribe "+u.Topic
	case "unsubscribe": // is not confirmed
		s.call(u, op, channel)
		u.link.verb = ends
	default:
		u.Role = Push
		if action := s.text(jsontext.Of(x.data.Bytes()).Get("action")); action != "" {
			channel = s.word([]byte(channel + "#" + action))
		}
		s.call(u, op, channel)
	}
}
