package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// slack names the messages of Slack's Socket Mode: the server asks, by
// envelopes, and the client acknowledges them.
type slack struct{}

// slackMessage is the members of a message that name it.
type slackMessage struct {
	typ, envelope, payload, reason jsontext.Value
}

func slackMessageOf(v jsontext.Value) (x slackMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			x.typ = m
		case "envelope_id":
			x.envelope = m
		case "payload":
			x.payload = m
		case "reason":
			x.reason = m
		}
	}
	return x
}

func (slack) name(s *Splitter, u *Unit, v jsontext.Value) {
	x := slackMessageOf(v)
	id := s.id(x.envelope)
	switch op := s.text(x.typ); {
	case id != "" && u.Dir == capture.Send:
		u.answer(id, "envelope "+id)
		u.Label = "ack"
	case id != "":
		u.ask(id, "envelope "+id)
		s.call(u, op, slackDetail(s, op, x.payload))
	default: // hello, disconnect
		u.Role = Control
		s.call(u, op, s.text(x.reason))
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
