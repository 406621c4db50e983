package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// coinbase names the messages of Coinbase's feeds, of the older one too, whose
// subscriptions list "channels".
type coinbase struct{}

// coinbaseMessage is the members of a message that name it.
type coinbaseMessage struct {
	typ, channel, product, products, channels, message, events jsontext.Value
}

func coinbaseMessageOf(v jsontext.Value) (x coinbaseMessage) {
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			x.typ = m
		case "channel":
			x.channel = m
		case "product_id":
			x.product = m
		case "product_ids":
			x.products = m
		case "channels":
			x.channels = m
		case "message":
			x.message = m
		case "events":
			x.events = m
		}
	}
	return x
}

func (coinbase) name(s *Splitter, u *Unit, v jsontext.Value) {
	x := coinbaseMessageOf(v)
	op, name := s.text(x.typ), s.text(x.channel)
	switch {
	case u.Dir == capture.Send && op != "":
		u.Role = Request
		u.link.alt, u.link.verb = "subscriptions", verbOf(op)
		s.call(u, op)
		u.link.topics = coinbaseTopics(s, name, x.channels)
		s.topics(u)
		u.Label = s.label(u.Label, s.text(x.products.First()))
	case op == "subscriptions" || name == "subscriptions":
		s.call(u, "subscriptions")
		u.Role, u.link.alt = Answer, "subscriptions"
	case op == "error":
		u.Role, u.Error, u.link.any = Answer, true, true
		u.Label = s.label(op, s.text(x.message))
	case op == "heartbeat" || name == "heartbeats":
		u.beats(sign)
		s.call(u, "heartbeat")
	default:
		u.Role = Push
		if u.Topic = name; name == "" {
			u.Topic = op
		}
		s.call(u, u.Topic)
		u.Label = s.label(u.Topic, s.text(x.product), s.text(x.events.First().Get("type")))
	}
}

// coinbaseTopics returns the channels that a subscription names, as words or as
// objects with a name.
func coinbaseTopics(s *Splitter, channel string, channels jsontext.Value) []string {
	if channel != "" {
		return []string{channel}
	}
	var all []string
	for c := range channels.Elements {
		name := s.text(c)
		if c.Is('{') {
			name = s.text(c.Get("name"))
		}
		if name != "" && len(all) < maxTopics {
			all = append(all, name)
		}
	}
	return all
}
