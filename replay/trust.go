package replay

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// Bounds of trust: how often what the server has at a place must be what the
// client sent at the same place, over all kinds of message, for that to be no
// chance; and how often in one kind where it is not so over all.
const (
	trustAll  = 0.7
	trustKind = 0.9
)

// confidence counts what trust goes by.
type confidence struct {
	traits  pathTraits
	ids     map[sentAt]bool   // what the client sent, with its place
	all     map[string]*tries // by place
	kinds   map[place]*tries  // by place and kind of message
	renamed map[string]int    // how often the server repeated it under another name
}

// sentAt is a value of the client and the field it stood in.
type sentAt struct {
	rec         *recording
	path, value string
}

// tries is how often the server had one of the client's ids at a place, and how
// often anything at all.
type tries struct{ hits, total float64 }

// trust finds the places at which the server has values of its own, though the
// client has its ids at the same place: both sides count there. What is equal
// then is so by chance.
func (g registry) trust(p *Plan) {
	c := &confidence{ids: map[sentAt]bool{}, traits: g.traits, all: map[string]*tries{}, kinds: map[place]*tries{}, renamed: map[string]int{}}
	for _, m := range p.messages {
		rpc := m.dir == capture.Receive && callOf(m.doc).rpc
		for i := range m.doc.Leaves {
			l := &m.doc.Leaves[i]
			switch {
			case l.Kind == payload.Literal || l.Kind == payload.Empty || l.Value == "":
			case m.dir == capture.Send:
				if class := p.fields.classAt(m, i); class == ClassToken || class == ClassSeq {
					c.client(m, l)
				}
			default:
				c.server(m, l, rpc)
			}
		}
	}
	for at, k := range c.kinds {
		s := c.all[at.path]
		if s.hits < trustAll*s.total && (k.hits < trustKind*k.total || c.renamed[at.path] > 0) {
			g.doubtful[at] = true
		}
	}
}

// client notes an id of the client.
func (c *confidence) client(m *message, l *payload.Leaf) {
	c.ids[sentAt{m.rec, l.Path.Field, l.Value}] = true
	if c.all[l.Path.Field] == nil {
		c.all[l.Path.Field] = &tries{}
	}
}

// server compares a value of the server with the ids of the client.
func (c *confidence) server(m *message, l *payload.Leaf, rpc bool) {
	if l.Path.Depth == 1 {
		for _, name := range c.traits.of(l.Path).aliases {
			if c.ids[sentAt{m.rec, "$." + name, l.Value}] {
				c.renamed["$."+name]++
			}
		}
	}
	s := c.all[l.Path.Field]
	if s == nil || rpc {
		return
	}
	at := place{m.label, l.Path.Field}
	k := c.kinds[at]
	if k == nil {
		k = &tries{}
		c.kinds[at] = k
	}
	s.total++
	k.total++
	if c.ids[sentAt{m.rec, l.Path.Field, l.Value}] {
		s.hits++
		k.hits++
	}
}
