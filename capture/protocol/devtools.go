package protocol

import (
	"strings"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// devTools names the messages of the Chrome DevTools Protocol: JSON-RPC in all
// but name, with sessions.
type devTools struct{}

func (devTools) name(s *Splitter, u *Unit, v jsontext.Value) {
	if !v.Is('{') {
		return
	}
	c := callOf(v)
	method := s.text(c.method)
	domain, verb, _ := strings.Cut(method, ".")
	switch {
	case c.id != nil && method != "":
		u.ask(s.id(c.id), c.key())
		s.call(u, method)
		switch verb {
		case "enable":
			u.about(opens, s.label(domain, s.text(c.session)))
		case "disable":
			u.about(ends, s.label(domain, s.text(c.session)))
		}
	case c.id != nil:
		u.answer(s.id(c.id), c.key())
		if u.Label = "result"; c.err != nil {
			u.Error = true
			u.Label = s.label("error", s.text(c.err.Get("code")), s.text(c.err.Get("message")))
		}
	case method != "":
		u.Role = Push
		u.Topic = s.label(domain, s.text(c.session))
		s.call(u, method)
	}
}
