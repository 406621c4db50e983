package protocol

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// homeAssistant names the messages of Home Assistant's WebSocket API. Events
// bear the id of the subscription they belong to.
type homeAssistant struct{}

func (homeAssistant) name(s *Splitter, u *Unit, v jsontext.Value) {
	var typ, id, success, event, failed jsontext.Value
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			typ = m
		case "id":
			id = m
		case "success":
			success = m
		case "event":
			event = m
		case "error":
			failed = m
		}
	}
	op := s.text(typ)
	if op == "" {
		return
	}
	u.ID = s.id(id)
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
		s.call(u, op, s.text(event.Get("event_type")))
	default:
		u.answer(u.ID, key)
		u.Op = ""
		if u.Error = success.Is('f'); u.Error {
			u.Label = s.label("error", s.text(failed.Get("code")), s.text(failed.Get("message")))
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
