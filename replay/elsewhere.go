package replay

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// Values cross from requests to sockets: a client opens a socket with what an
// answer gave it, and the server pushes what a request was about.

// elsewhere returns the entity of a plain request that a leaf of a socket's
// server repeats, or nil. Only values that are like no other count.
func (g registry) elsewhere(l *payload.Leaf) *entity {
	if g.web == nil || l.Kind != payload.String && l.Kind != payload.Word && l.Kind != payload.Number || g.get("", l.Value) != nil {
		return nil
	}
	e := g.web.get("", l.Value)
	if e == nil || e.class == ClassTime || e.owner == capture.Receive && !e.minted || !distinct(l) {
		return nil
	}
	return e
}

// fillElsewhere is fill for a value of a plain request: the one that it had when
// it came last.
func (s *Server) fillElsewhere(at *slot) ([]byte, bool) {
	e := at.entity
	if e.owner == capture.Receive {
		s.mu.Lock()
		made := s.made[e]
		s.mu.Unlock()
		if made == "" || made == e.value {
			return nil, false
		}
		l := payload.Leaf{Kind: payload.String, Value: made}
		return at.text(&value{entity: e, leaf: l, raw: payload.AppendString(nil, made, 0)}), true
	}
	if s.web == nil {
		return nil, false
	}
	s.webMu.Lock()
	defer s.webMu.Unlock()
	i := s.web.latest[e]
	if i == nil {
		return nil, false
	}
	v := i.lookup(e, 0)
	if v == nil || v.leaf.Value == e.value {
		return nil, false
	}
	return at.text(v), true
}

// madeFor translates a value that the mock made into the recorded one.
func (s *Server) madeFor(l *payload.Leaf) (string, bool) {
	if e := s.mintedFor(entityKey{value: l.Value}, entityKey{nameIn(l.Path), l.Value}); e != nil {
		return e.value, true
	}
	return "", false
}
