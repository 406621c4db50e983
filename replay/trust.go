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

// trust finds the places at which the server has values of its own, though the
// client has its ids at the same place: both sides count there. What is equal
// then is so by chance.
func (g registry) trust(p *Plan) {
	type score struct{ hits, total float64 }
	all, kinds := map[string]*score{}, map[place]*score{}
	ids := map[recorded]bool{}
	renamed := map[string]int{} // how often the server repeated it under another name
	for _, m := range p.messages {
		for i := range m.doc.Leaves {
			l := &m.doc.Leaves[i]
			if l.Kind == payload.Literal || l.Kind == payload.Empty || l.Value == "" {
				continue
			}
			id := recorded{m.rec, l.Path.Field + "\x00" + l.Value}
			if m.dir == capture.Send {
				if c := p.fields.classOf(m.label, l); c == ClassToken || c == ClassSeq {
					ids[id] = true
					if all[l.Path.Field] == nil {
						all[l.Path.Field] = &score{}
					}
				}
				continue
			}
			for _, name := range aliases(l.Path.Name) {
				if l.Path.Depth == 1 && ids[recorded{m.rec, "$." + name + "\x00" + l.Value}] {
					renamed["$."+name]++
				}
			}
			s := all[l.Path.Field]
			if s == nil || callOf(m.doc).rpc {
				continue
			}
			at := place{m.label, l.Path.Field}
			k := kinds[at]
			if k == nil {
				k = &score{}
				kinds[at] = k
			}
			s.total++
			k.total++
			if ids[id] {
				s.hits++
				k.hits++
			}
		}
	}
	for at, k := range kinds {
		s := all[at.path]
		if s.hits < trustAll*s.total && (k.hits < trustKind*k.total || renamed[at.path] > 0) {
			g.doubtful[at] = true
		}
	}
}
