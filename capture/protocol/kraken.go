package protocol

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// kraken names the messages of Kraken's API in both versions. Of version 1 are
// those with "event", and arrays.
type kraken struct{}

// krakenMessage is the members of a message that name it.
type krakenMessage struct {
	method, id, params, channel, typ, success, err, event, status, data jsontext.Value
}

func krakenMessageOf(v jsontext.Value) (x krakenMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "method":
			x.method = m
		case "req_id", "reqid":
			x.id = m
		case "params":
			x.params = m
		case "channel":
			x.channel = m
		case "type":
			x.typ = m
		case "success":
			x.success = m
		case "error", "errorMessage":
			x.err = m
		case "event":
			x.event = m
		case "status":
			x.status = m
		case "data":
			x.data = m
		}
	}
	return x
}

func (kraken) name(s *Splitter, u *Unit, v jsontext.Value) {
	if v.Is('[') {
		krakenUpdate(s, u, v)
		return
	}
	x := krakenMessageOf(v)
	u.ID = s.id(x.id)
	key := "id " + u.ID
	switch op := s.text(x.method); {
	case op == "ping" || op == "pong":
		u.beats(beatOf(op))
		u.link.key = key
		s.call(u, op)
	case op != "" && u.Dir == capture.Send:
		u.ask(u.ID, key)
		u.link.alt = op
		u.link.verb = verbOf(op)
		s.call(u, op, s.text(x.params.Get("channel")))
		if u.link.verb != noVerb {
			u.link.topics = krakenTopics(s, s.text(x.params.Get("channel")), x.params.Get("symbol"))
			u.link.wants = int8(min(len(u.link.topics), 127))
			s.topics(u)
		}
	case op != "":
		u.answer(u.ID, key)
		u.link.alt = op
		s.call(u, op)
		if u.Error = x.success.Is('f'); u.Error {
			u.Label = s.label(op, "error", s.text(x.err))
		}
	case s.text(x.channel) == "heartbeat":
		u.beats(sign)
		s.call(u, "heartbeat")
	case x.channel != nil:
		u.Role = Push
		u.Topic = s.label(s.text(x.channel), s.text(x.data.First().Get("symbol")))
		s.call(u, s.text(x.channel))
		u.Label = s.label(u.Topic, s.text(x.typ))
	case x.event != nil:
		krakenEvent(s, u, v, s.text(x.event), x.status, x.err)
	}
}

// krakenTopics returns a topic for each symbol.
func krakenTopics(s *Splitter, channel string, symbols jsontext.Value) []string {
	list := s.list(symbols)
	for i := range list {
		list[i] = s.label(channel, list[i])
	}
	if len(list) == 0 {
		list = []string{channel}
	}
	return list
}

// krakenEvent names a message of version 1.
func krakenEvent(s *Splitter, u *Unit, v jsontext.Value, event string, status, err jsontext.Value) {
	s.call(u, event)
	u.identify(u.ID, "id "+u.ID)
	channel := s.text(v.Get("subscription", "name"))
	switch {
	case event == "heartbeat":
		u.beats(sign)
		u.link.key = ""
	case event == "ping" || event == "pong":
		u.beats(beatOf(event))
	case event == "subscribe" || event == "unsubscribe":
		u.Role, u.link.alt = Request, "subscription"
		u.link.verb = verbOf(event)
		u.link.topics = krakenTopics(s, channel, v.Get("pair"))
		u.link.wants = int8(min(len(u.link.topics), 127))
		s.topics(u)
	case strings.HasSuffix(event, "Status") && event != "systemStatus":
		u.Role, u.link.alt = Answer, strings.TrimSuffix(event, "Status")
		u.Topic = s.label(channel, s.text(v.Get("pair")))
		s.call(u, event, s.text(status), u.Topic)
	case u.Dir == capture.Send:
		u.Role, u.link.alt = Request, event
	default:
		u.Role = Control
	}
	if u.Error = s.text(status) == "error"; u.Error {
		u.Label = s.label(u.Label, s.text(err))
	}
}

// krakenUpdate names an update of version 1: its last two elements are the
// channel and the pair.
func krakenUpdate(s *Splitter, u *Unit, v jsontext.Value) {
	var channel, pair jsontext.Value
	for e := range v.Elements {
		channel, pair = pair, e
	}
	if pair.Is('{') { // private channels end with a sequence
		channel, pair = nil, channel
	}
	u.Role = Push
	if !channel.Is('"') {
		channel, pair = pair, nil
	}
	u.Topic = s.label(s.text(channel), s.text(pair))
	s.call(u, s.text(channel), s.text(pair))
}
