package replay

import (
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// divide prepares a message that subscribes to several things to stand for
// messages that subscribe to one of them: clients put the same topics together
// in other ways when they come back. Each part has the effects that name its
// topic, and those that name none.
func (p *Plan) divide(m *message, parser *payload.Parser) {
	if m.verb() == otherVerb {
		return
	}
	list := payload.SplitList(m.doc)
	if list == nil {
		return
	}
	var parts []*message
	var topics []*topic
	for _, data := range list {
		part := &message{
			rec: m.rec, seq: m.seq, order: m.order, dir: capture.Send, at: m.at, done: m.done, opcode: m.opcode,
			doc: parser.Parse(data, false), place: m.place, after: m.after, whole: m, stops: m.stops,
		}
		part.label = labelOf(part.doc)
		part.tokens = p.tokensIn(part, m)
		part.key = p.fields.key(part.label, part.doc, nil)
		t := topicOf(part, p.fields)
		if t == nil {
			return
		}
		parts, topics = append(parts, part), append(topics, t)
	}
	for i, part := range parts {
		for _, e := range m.effects {
			if named := namedBy(topics, e); named < 0 || named == i {
				part.effects = append(part.effects, e)
			}
		}
		p.parts[part.key] = append(p.parts[part.key], part)
	}
}

// tokensIn finds the entities of a message in a part of it, which has them under
// the same names.
func (p *Plan) tokensIn(part, m *message) []token {
	var out []token
	for _, t := range m.tokens {
		was := &m.doc.Leaves[t.leaf]
		for i := range part.doc.Leaves {
			l := &part.doc.Leaves[i]
			if l.Path.Field == was.Path.Field && l.Value == was.Value {
				out = append(out, token{i, t.entity, t.made})
			}
		}
	}
	return out
}

// namedBy returns which topic a message of the server names, by what the topics
// differ in, or -1.
func namedBy(topics []*topic, e *message) int {
	if e.doc == nil {
		return -1
	}
	named := -1
	for i, t := range topics {
		if t.heldBy(e) {
			if named >= 0 {
				return -1
			}
			named = i
		}
	}
	return named
}

// heldBy reports whether the bytes of a message have all that a topic names.
func (t *topic) heldBy(e *message) bool {
	for _, x := range t.pairs {
		if !e.mentions[x.value] {
			return false
		}
	}
	return len(t.pairs) > 0
}

// topicOf returns what a message names, nil where that is nothing or several
// things.
func topicOf(m *message, table *fields) *topic {
	var t topics
	t.add(m, table)
	var found *topic
	for _, list := range t.byValue {
		for _, x := range list {
			if found != nil {
				return nil
			}
			found = x
		}
	}
	return found
}

// hearList takes a message that subscribes to several things as one message for
// each, where all of these were recorded. It returns nil otherwise.
func (c *conversation) hearList(doc *payload.Doc, opcode capture.Opcode, at time.Time) []*instance {
	if verbOf(doc) == otherVerb || c.server.options.Level != LevelMatch && c.server.options.Level != LevelNear {
		return nil
	}
	type pair struct {
		m   *message
		doc *payload.Doc
	}
	var pairs []pair
	for _, data := range payload.SplitList(doc) {
		part := c.parser.Parse(data, opcode == capture.OpBinary)
		label := labelOf(part)
		m := c.partFor(label, part)
		if m == nil {
			return nil
		}
		pairs = append(pairs, pair{m, part})
	}
	var out []*instance
	said := map[string]bool{}
	for _, x := range pairs {
		i := c.begin(x.m, x.doc, at)
		i.answered = said
		out = append(out, i)
	}
	return out
}

// partFor finds a recorded message, or a part of one, that a message stands for
// which subscribes to one thing.
func (c *conversation) partFor(label string, doc *payload.Doc) *message {
	key := c.plan.fields.key(label, doc, c.recorded)
	if g := c.plan.groups[key]; g != nil {
		if m := c.choose(g, doc); m != nil {
			return m
		}
	}
	var other *message
	for _, m := range c.plan.parts[key] {
		switch {
		case m.rec == c.primary && c.used[m] == 0:
			return m
		case other == nil || m.rec == c.primary:
			other = m
		}
	}
	return other
}
