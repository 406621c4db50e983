package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// slack names the messages of Slack's Socket Mode: the server asks, by
// envelopes, and the client acknowledges them.
type slack struct{}

func (slack) name(s *Splitter, u *Unit, v jsontext.Value) {
	var typ, envelope, payload, reason jsontext.Value
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			typ = m
		case "envelope_id":
			envelope = m
		case "payload":
			payload = m
		case "reason":
			reason = m
		}
	}
	id := s.id(envelope)
	switch op := s.text(typ); {
	case id != "" && u.Dir == capture.Send:
		u.answer(id, "envelope "+id)
		u.Label = "ack"
	case id != "":
		u.ask(id, "envelope "+id)
		s.call(u, op, slackDetail(s, op, payload))
	default: // hello, disconnect
		u.Role = Control
		s.call(u, op, s.text(reason))
	}
}

// slackDetail says what an envelope is about.
func slackDetail(s *Splitter, op string, payload jsontext.Value) string {
	switch op {
	case "events_api":
		return s.text(payload.Get("event", "type"))
	case "slash_commands":
		return s.text(payload.Get("command"))
	}
	return s.text(payload.Get("type"))
}
