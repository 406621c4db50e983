package protocol

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// coinbase names the messages of Coinbase's feeds, of the older one too, whose
// subscriptions list "channels".
type coinbase struct{}

func (coinbase) name(s *Splitter, u *Unit, v jsontext.Value) {
	var typ, channel, product, products, channels, message, events jsontext.Value
	for name, m := range v.Members {
		switch string(name) {
		case "type":
			typ = m
		case "channel":
			channel = m
		case "product_id":
			product = m
		case "product_ids":
			products = m
		case "channels":
			channels = m
		case "message":
			message = m
		case "events":
			events = m
		}
	}
	op, name := s.text(typ), s.text(channel)
	switch {
	case u.Dir == capture.Send && op != "":
		u.Role = Request
		u.link.alt, u.link.verb = "subscriptions", verbOf(op)
		s.call(u, op)
		u.link.topics = coinbaseTopics(s, name, channels)
		s.topics(u)
		u.Label = s.label(u.Label, s.text(products.First()))
	case op == "subscriptions" || name == "subscriptions":
		s.call(u, "subscriptions")
		u.Role, u.link.alt = Answer, "subscriptions"
	case op == "error":
		u.Role, u.Error, u.link.any = Answer, true, true
		u.Label = s.label(op, s.text(message))
	case op == "heartbeat" || name == "heartbeats":
		u.beats(sign)
		s.call(u, "heartbeat")
	default:
		u.Role = Push
		if u.Topic = name; name == "" {
			u.Topic = op
		}
		s.call(u, u.Topic)
		u.Label = s.label(u.Topic, s.text(product), s.text(events.First().Get("type")))
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
