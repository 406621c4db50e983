package replay

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// mention notes which of the values that subscriptions to several things name
// the server's messages have.
func (p *Plan) mention() {
	named := map[string]bool{}
	for _, m := range p.messages {
		if m.dir == capture.Send && p.socket && m.verb() != otherVerb && payload.SplitList(m.doc) != nil {
			for i := range m.doc.Leaves {
				named[m.doc.Leaves[i].Value] = true
			}
		}
	}
	if len(named) == 0 {
		return
	}
	for _, m := range p.messages {
		if m.dir == capture.Send {
			continue
		}
		for i := range m.doc.Leaves {
			if v := m.doc.Leaves[i].Value; named[v] {
				if m.mentions == nil {
					m.mentions = map[string]bool{}
				}
				m.mentions[v] = true
			}
		}
	}
}

// stopped returns the subscriptions an unsubscribing message ends: the earlier
// messages that share a value with it or name the same topic.
func (p *Plan) stopped(r *recording, m *message) []*message {
	var out []*message
	for _, o := range r.messages {
		if o == m || len(out) >= maxTopics {
			break
		}
		if o.dir != capture.Send || o.beat != noBeat || o.verb() == unsubscribe {
			continue
		}
		if linked(o, m) || sameTopic(p.fields, o, m) {
			out = append(out, o)
		}
	}
	return out
}

// sameTopic reports whether two messages name the same things.
func sameTopic(table *fields, a, b *message) bool {
	var x, y topics
	x.add(a, table)
	y.add(b, table)
	if len(x.byValue) == 0 {
		return false
	}
	for value := range x.byValue {
		if y.byValue[value] == nil {
			return false
		}
	}
	return true
}
