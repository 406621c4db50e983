package protocol

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// jsonRPC names the messages of JSON-RPC 2.0: of MCP, of language servers, of
// Ethereum and Solana nodes. The id keeps its type: "1" is not 1 (§4).
type jsonRPC struct{ topics recall }

// call is what the dialects of JSON-RPC have in common.
type call struct {
	method, id, params, result, err, session jsontext.Value
}

func callOf(v jsontext.Value) (c call) {
	for name, m := range v.Members {
		switch string(name) {
		case "method":
			c.method = m
		case "id":
			c.id = m
		case "params":
			c.params = m
		case "result":
			c.result = m
		case "error":
			c.err = m
		case "sessionId":
			c.session = m
		}
	}
	return c
}

// key is an id with its type.
func (c call) key() string {
	return string(c.id[:min(len(c.id), maxID)]) + string(c.session[:min(len(c.session), maxID)])
}

func (p *jsonRPC) name(s *Splitter, u *Unit, v jsontext.Value) {
	if !v.Is('{') {
		return
	}
	c := callOf(v)
	switch method := s.text(c.method); {
	case method != "" && !c.id.Null():
		u.ask(s.id(c.id), c.key())
		s.call(u, method)
		p.request(s, u, c)
	case method != "":
		u.Role = Push
		s.call(u, method)
		if sub := c.params.Get("subscription"); sub != nil {
			u.Topic = p.topic(u.Dir, s.text(sub))
			s.call(u, method, u.Topic)
		}
	case c.result != nil || c.err != nil:
		p.answer(s, u, c)
	}
}

// request adds what is asked for to the label where the method does not tell.
func (p *jsonRPC) request(s *Splitter, u *Unit, c call) {
	lower := strings.ToLower(u.Op)
	switch {
	case u.Op == "tools/call" || u.Op == "prompts/get":
		u.Op = s.label(u.Op, s.text(c.params.Get("name")))
		u.Label = u.Op
	case strings.HasSuffix(lower, "unsubscribe"):
		topic := p.topic(u.Dir.Opposite(), s.text(c.params.First()))
		u.about(ends, topic)
		s.call(u, u.Op, topic)
	case strings.HasSuffix(lower, "subscribe"):
		topic := s.text(c.params.First())
		s.call(u, u.Op, topic)
		if topic == "" {
			topic = u.Op
		}
		u.about(opens, topic)
		p.topics.put(u.Dir, "request "+u.link.key, topic)
	}
}

func (p *jsonRPC) answer(s *Splitter, u *Unit, c call) {
	u.answer(s.id(c.id), c.key())
	u.Label = "result"
	asker := u.Dir.Opposite()
	if topic := p.topics.get(asker, "request "+u.link.key); topic != "" {
		// The result names the subscription as its notifications do.
		p.topics.drop(asker, "request "+u.link.key)
		if sub := s.text(c.result); sub != "" && c.err == nil {
			p.topics.put(u.Dir, sub, topic)
		}
	}
	if c.err != nil && !c.err.Null() {
		u.Error = true
		u.Label = s.label("error", s.text(c.err.Get("code")), s.text(c.err.Get("message")))
		u.link.any = c.id.Null()
	}
}

// topic returns what a subscription was made to, or its id.
func (p *jsonRPC) topic(dir capture.Direction, id string) string {
	if t := p.topics.get(dir, id); t != "" {
		return t
	}
	return id
}
