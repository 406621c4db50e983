package protocol

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// homeAssistant names the messages of Home Assistant's WebSocket API. Events
// bear the id of the subscription they belong to.
type homeAssistant struct{}

// homeAssistantMessage is the members of a message that name it.
type homeAssistantMessage struct {
	typ, id, success, event, failed jsontext.Value
}

func homeAssistantMessageOf(v jsontext.Value) (x homeAssistantMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			x.typ = m
		case "id":
			x.id = m
		case "success":
			x.success = m
		case "event":
			x.event = m
		case "error":
			x.failed = m
		}
	}
	return x
}

func (homeAssistant) name(s *Splitter, u *Unit, v jsontext.Value) {
	x := homeAssistantMessageOf(v)
	op := s.text(x.typ)
	if op == "" {
		return
	}
	u.ID = s.id(x.id)
	key := "id " + u.ID
	s.call(u, op)
	switch {
	case op == "ping" || op == "pong":
		u.beats(beatOf(op))
		u.link.key = key
	case op == "auth":
		u.ask("", "")
		u.link.alt = "auth"
	case strings.HasPrefix(op, "auth_"):
		u.Role = Control
		if op != "auth_required" {
			u.answer("", "")
			u.link.alt = "auth"
			u.Error = op == "auth_invalid"
		}
	case u.Dir == capture.Send:
		u.ask(u.ID, key)
		homeAssistantCommand(s, u, v)
	case op == "event":
		u.Role = Push
		u.Topic = u.ID
		s.call(u, op, s.text(x.event.Get("event_type")))
	default:
		u.answer(u.ID, key)
		u.Op = ""
		if u.Error = x.success.Is('f'); u.Error {
			u.Label = s.label("error", s.text(x.failed.Get("code")), s.text(x.failed.Get("message")))
		}
	}
}

// homeAssistantCommand adds what a command is about to its label.
func homeAssistantCommand(s *Splitter, u *Unit, v jsontext.Value) {
	switch u.Op {
	case "call_service":
		domain, service := s.text(v.Get("domain")), s.text(v.Get("service"))
		s.call(u, u.Op, s.word([]byte(domain+"."+service)))
	case "subscribe_events":
		s.call(u, u.Op, s.text(v.Get("event_type")))
	case "unsubscribe_events":
		u.about(ends, s.text(v.Get("subscription")))
		s.call(u, u.Op, u.Topic)
		return
	}
	if u.Op == "render_template" || verbOf(u.Op) == opens || strings.Contains(u.Op, "/subscribe") {
		u.about(opens, u.ID)
	}
}
