package replay

import (
	"slices"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// render returns the payload of a message of the server as it is sent on behalf
// of an instance: the recorded bytes, with the live client's values in place of
// those the recorded client made. It returns the recorded slice itself where
// nothing differs.
func (c *conversation) render(i *instance, m *message) []byte {
	if len(m.slots) == 0 && len(m.counts) == 0 && len(m.addresses) == 0 && len(i.substitutes) == 0 && !c.server.options.ShiftTime {
		return m.doc.Data
	}
	edits := c.edits(i, m)
	if len(edits) == 0 {
		return m.doc.Data
	}
	return m.doc.Apply(edits)
}

// edits returns what of an answer differs from the recorded one.
func (c *conversation) edits(i *instance, m *message) []payload.Edit {
	var edits []payload.Edit
	for k := range m.slots {
		s := &m.slots[k]
		if text, ok := c.fill(i, s); ok {
			edits = append(edits, payload.Edit{Start: s.start, End: s.end, Text: text})
		}
	}
	if len(i.substitutes) > 0 {
		edits = i.substituteIn(m, edits, c.parser)
	}
	edits = c.addressed(m, c.counted(m, edits))
	if c.server.options.ShiftTime {
		edits = c.shiftTimes(m, edits)
	}
	return edits
}

// fill returns what stands in a slot, and false where that is what was
// recorded.
func (c *conversation) fill(i *instance, s *slot) ([]byte, bool) {
	if s.elsewhere {
		return c.server.fillElsewhere(s)
	}
	if s.entity.owner == capture.Receive {
		return c.fillServer(i, s)
	}
	v := i.lookup(s.entity, 0)
	if v == nil {
		if other := c.latest[s.entity]; other != nil {
			v = other.lookup(s.entity, 0)
		}
	}
	if v == nil || v.leaf.Value == s.entity.value && v.leaf.Kind == s.leaf.Kind {
		return nil, false
	}
	return s.text(v), true
}

// text writes a live value into a slot.
func (s *slot) text(v *value) []byte {
	if s.part {
		return s.inner(v.leaf.Value)
	}
	return s.leaf.AppendValue(nil, &v.leaf, v.raw, s.keep)
}

// inner writes a value into a longer string.
func (s *slot) inner(value string) []byte {
	l := payload.Leaf{Kind: s.leaf.Kind}
	if l.Kind != payload.String {
		return l.AppendValue(nil, &payload.Leaf{Kind: payload.Word, Value: value}, []byte(value), false)
	}
	quoted := payload.AppendString(nil, value, 0)
	return quoted[1 : len(quoted)-1]
}

// fillServer is fill for a value of the server's own: as recorded at first, new
// where the exchange that shows it is used again.
func (c *conversation) fillServer(i *instance, s *slot) ([]byte, bool) {
	e := s.entity
	owner := i
	made := i.mintedValue(e, 0)
	if made == "" && i.again && e.origin.cause == i.m {
		made = c.mint(e)
		i.stand(e, made)
	}
	if made == "" {
		made = e.value
	}
	key := entityKey{e.name, made}
	if was, ok := c.known[key]; !ok || was.entity != e && !was.entity.like(e) {
		c.known[key] = known{e, owner}
		c.remember(owner, []entityKey{key})
	}
	if made == e.value {
		return nil, false
	}
	l := payload.Leaf{Kind: s.leaf.Kind, Value: made}
	return s.text(&value{entity: e, leaf: l, raw: c.raw(&l, s)}), true
}

// raw is how a value is written that no peer wrote.
func (c *conversation) raw(l *payload.Leaf, s *slot) []byte {
	if l.Kind == payload.String {
		return payload.AppendString(nil, l.Value, 0)
	}
	return []byte(l.Value)
}

// substituteIn adds, at LevelNear, the values of lasting fields that the live
// client changed, where an answer repeats them under the same name.
func (i *instance) substituteIn(m *message, edits []payload.Edit, p *payload.Parser) []payload.Edit {
	doc := p.Parse(m.doc.Data, m.opcode == capture.OpBinary)
	if m.opcode == capture.OpBinary {
		doc = p.Record(m.doc.Data, capture.Receive)
	}
	for k := range doc.Leaves {
		l := &doc.Leaves[k]
		for j := range i.substitutes {
			s := &i.substitutes[j]
			if l.Value != s.recorded || nameIn(l.Path) != s.name {
				continue
			}
			edits = append(edits, payload.Edit{
				Start: l.Start, End: l.End, Text: l.AppendValue(nil, &s.value.leaf, s.value.raw, false),
			})
		}
	}
	return tidy(edits)
}

// tidy puts edits in order and leaves out those that overlap an earlier one.
func tidy(edits []payload.Edit) []payload.Edit {
	slices.SortStableFunc(edits, func(a, b payload.Edit) int { return a.Start - b.Start })
	return slices.CompactFunc(edits, func(later, earlier payload.Edit) bool { return later.Start < earlier.End })
}
