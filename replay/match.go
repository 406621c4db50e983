package replay

import (
	"slices"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// maxCandidates bounds how many members of a group are weighed against each
// other.
const maxCandidates = 2048

// match finds the recorded message a live one stands for, or nil. near is the
// recorded message too where LevelNear let differences pass.
func (c *conversation) match(label string, doc *payload.Doc, opcode capture.Opcode, b beat) (m, near *message) {
	level := c.server.options.Level
	if level == LevelBytes {
		return c.exact(doc, b), nil
	}
	g := c.plan.groups[c.plan.fields.key(label, doc, c.recorded)]
	if g != nil {
		m = c.choose(g, doc)
		if b == ask && m != nil && !m.answers() {
			m = g.answered(m)
		}
	} else if level != LevelOrdered && len(c.plan.parts) > 0 {
		m = c.partFor(label, doc)
	}
	if m != nil && level == LevelOrdered && b == noBeat && !c.inOrder(m) {
		return nil, nil
	}
	if m == nil && level == LevelNear && b == noBeat {
		if n := c.nearest(label, doc, 1); len(n) > 0 && n[0].cost < tooFar {
			c.warn(label, doc, n[0])
			return n[0].m, n[0].m
		}
	}
	return m, nil
}

// exact finds the next message in recorded order, byte for byte.
func (c *conversation) exact(doc *payload.Doc, b beat) *message {
	for _, m := range c.primary.messages {
		if m.dir != capture.Send || b == noBeat && (m.beat != noBeat || c.used[m] > 0) {
			continue
		}
		if string(m.doc.Data) == string(doc.Data) {
			return m
		}
		if b == noBeat {
			return nil
		}
	}
	return nil
}

// inOrder reports whether all that a message may depend on has come, and the
// message has not.
func (c *conversation) inOrder(m *message) bool {
	if c.used[m] > 0 || m.rec != c.primary {
		return false
	}
	for _, o := range c.primary.messages {
		if o.dir == capture.Send && o.beat == noBeat && o.place < m.after && c.used[o] == 0 {
			return false
		}
	}
	return true
}

// choose picks a member of a group: of the recording this connection stands
// for if it has one, else of another; one that repeats the values the live
// message repeats; one not used yet; the first. The last is used again.
func (c *conversation) choose(g *group, doc *payload.Doc) *message {
	var list []*message
	if c.plan.socket {
		list = g.byRecording[c.primary]
	}
	own := list != nil
	if !own {
		list = g.all()
	}
	if !c.plan.socket {
		if list = suiting(list, c.variant); len(list) == 0 {
			return nil
		}
	}
	if !g.refers {
		return c.inTurn(list)
	}
	if g.same && c.plan.socket {
		if _, ok := c.agreement(list[0], doc); ok {
			return c.inTurn(list)
		}
	}
	m := c.weigh(list, doc)
	if m == nil && own {
		m = c.weigh(g.all(), doc)
	}
	return m
}

// turn names a list that is gone through.
type turn struct {
	first *message
	n     int
}

// inTurn picks the members of a list one after the other, and then the last one
// again, or what the options say.
func (c *conversation) inTurn(list []*message) *message {
	at := turn{list[0], len(list)}
	n := c.cursors[at]
	c.cursors[at]++
	if n < len(list) {
		return list[n]
	}
	if !c.plan.socket {
		switch c.server.options.OnExhausted {
		case ExhaustedFail:
			return nil
		case ExhaustedLoop:
			return list[n%len(list)]
		}
	}
	return list[len(list)-1]
}

// weigh picks the member of a list that fits best, nil if none does.
func (c *conversation) weigh(list []*message, doc *payload.Doc) *message {
	var best *message
	var bestScore, bestUsed int
	for _, m := range list[:min(len(list), maxCandidates)] {
		score, ok := c.agreement(m, doc)
		if !ok {
			continue
		}
		used := min(c.usedFor(m, doc), 1)
		if best == nil || score > bestScore || score == bestScore && (used < bestUsed || used == 1 && bestUsed == 1) {
			best, bestScore, bestUsed = m, score, used
		}
	}
	if best == nil || c.plan.socket {
		return best
	}
	switch c.server.options.OnExhausted {
	case ExhaustedFail:
		if bestUsed > 0 {
			return nil
		}
	case ExhaustedLoop:
		return c.leastUsed(list, doc, best, bestScore)
	}
	return best
}

// leastUsed picks among those that fit as well as best the first of those that
// were used least.
func (c *conversation) leastUsed(list []*message, doc *payload.Doc, best *message, score int) *message {
	least := c.usedFor(best, doc)
	for _, m := range slices.Backward(list[:min(len(list), maxCandidates)]) {
		if s, ok := c.agreement(m, doc); ok && s == score && c.usedFor(m, doc) <= least {
			best, least = m, c.usedFor(m, doc)
		}
	}
	return best
}

// usage is a recorded message and what it was used about: the live value in
// place of the first one it repeats.
type usage struct {
	m     *message
	about string
}

// maxUsages bounds how many of these are told apart.
const maxUsages = 1 << 16

// usage returns which use of m a live message would be.
func (c *conversation) usage(m *message, doc *payload.Doc) usage {
	for _, t := range m.tokens {
		if t.made {
			continue
		}
		if live := leafAt(doc, m.doc.Leaves[t.leaf].Path.Text); live != nil {
			return usage{m, live.Value}
		}
	}
	return usage{m, ""}
}

// usedFor counts how often m was used about what a live message is about: a job
// that was made again is polled from its beginning.
func (c *conversation) usedFor(m *message, doc *payload.Doc) int {
	if c.used[m] == 0 {
		return 0
	}
	return c.usedAbout[c.usage(m, doc)]
}

// agreement weighs how well the earlier values a live message repeats fit those
// that m repeated. It reports false where m repeated a value of the server's
// and the live message has another.
func (c *conversation) agreement(m *message, doc *payload.Doc) (score int, ok bool) {
	aligned := len(m.doc.Leaves) == len(doc.Leaves)
	for _, t := range m.tokens {
		if t.made {
			continue
		}
		recorded := &m.doc.Leaves[t.leaf]
		var live *payload.Leaf
		if aligned && doc.Leaves[t.leaf].Path.Text == recorded.Path.Text {
			live = &doc.Leaves[t.leaf]
		} else if live = leafAt(doc, recorded.Path.Text); live == nil {
			continue
		}
		k, known := c.stands(live)
		switch {
		case known && k.entity == t.entity:
			score += 2
		case known && k.entity.like(t.entity):
			score++
		case t.entity.owner == capture.Receive:
			if live.Value == recorded.Value {
				score += 2
			} else if !c.plan.fields.secret(m.label, recorded) {
				return 0, false
			}
		case c.latest[t.entity] != nil:
			score -= 2
		}
	}
	return score, true
}

// secret reports whether a field is a credential, which may have come another
// way than through this connection.
func (t *fields) secret(label string, l *payload.Leaf) bool {
	f := t.of(label, l)
	return f != nil && (f.why == whySecret || f.class == ClassSign || f.class == ClassTime || f.class == ClassSeq)
}
