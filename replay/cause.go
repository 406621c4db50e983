package replay

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// reason tells why a message of the server is held to be caused by one of the
// client.
type reason uint8

// The reasons, the surest last.
const (
	bySpontaneity reason = iota // nothing points to a cause: it follows what was said last
	byTimer                     // it comes at regular times
	byHabit                     // it comes right after the answer, every time
	byTurn                      // it follows the one message that had no answer
	byTopic                     // it has all that the subscription names
	byChain                     // it has an id of the server's that an answer showed
	byToken                     // it has a value the client made
	byRequest                   // HTTP: it is the response
)

var reasonNames = [...]string{"spontaneous", "timer", "habit", "turn", "topic", "server token", "token", "request"}

// String names the reason.
func (r reason) String() string { return reasonNames[r] }

// attribution finds the cause of each of the server's messages in one
// recording, going through it in time.
type attribution struct {
	registry  registry
	table     *fields
	touched   map[*entity]*message // the client's message an entity belongs to now
	ids       map[string]*entity   // of the client's messages so far, by value
	open      []*message           // client's messages without an answer
	passed    map[*message]bool    // of those, the ones after which a later one was answered
	topics    topics
	loose     map[string][]loose  // messages to which nothing points, by label
	spoken    time.Duration       // when the server last spoke because of it
	said      *message            // the client's last message that is no heartbeat
	saidIn    map[string]*message // the same in each namespace
	pairs     map[[2]uint64]int   // which shape answered which
	latencies []time.Duration     // how long answers took, in order of length
	heard     int                 // messages of the server so far
	head      *message            // the last packet of Socket.IO
	attached  int                 // how many of its attachments are to come
	pushed    int                 // place of the last one that nothing points to
}

// soon is how quickly an answer comes that nothing else shows to be one.
const soon = 5 * time.Second

// attribute goes through the messages of one recording.
func (a *attribution) attribute(r *recording) {
	a.touched, a.ids = map[*entity]*message{}, map[string]*entity{}
	a.loose = map[string][]loose{}
	a.passed = map[*message]bool{}
	a.topics = topics{pairs: a.pairs}
	a.open, a.said, a.saidIn = nil, nil, map[string]*message{}
	a.heard, a.pushed = 0, -1
	for _, m := range r.messages {
		if m.dir == capture.Send {
			a.client(m)
		} else {
			a.server(m)
			a.heard++
		}
	}
	for _, list := range a.loose {
		settle(list)
	}
	for _, m := range r.messages {
		if m.dir == capture.Receive && m.cause != nil {
			m.cause.effects = append(m.cause.effects, m)
		}
	}
}

// client takes a message of the client.
func (a *attribution) client(m *message) {
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		if len(l.Value) >= 4 {
			a.registry.said[l.Value] = true
		}
		class := a.table.classAt(m, i)
		if !class.Volatile() || l.Kind == payload.Literal || l.Kind == payload.Empty || l.Value == "" {
			if e := a.registry.find(l); e != nil && !class.Volatile() {
				m.tokens = append(m.tokens, token{i, e, false})
				a.touched[e] = m
			}
			continue
		}
		e, made := a.registry.own(m, l, class)
		if f := a.table.fieldAt(m, i); f != nil && f.refers {
			if earlier := a.ids[l.Value]; earlier != nil {
				e, made = earlier, false
			}
		} else if class != ClassTime {
			a.ids[l.Value] = e
		}
		m.tokens = append(m.tokens, token{i, e, made})
		a.touched[e] = m
		e.uses++
	}
	if m.inject {
		return
	}
	a.open = append(a.open, m)
	if len(a.open) > 64 {
		a.open = a.open[1:]
	}
	if m.beat == noBeat {
		a.said, a.spoken, a.saidIn[m.space] = m, m.done, m
		a.topics.add(m, a.table)
	}
}

// server takes a message of the server.
func (a *attribution) server(m *message) {
	hits := a.doubt(m, a.registry.hits(m, a.table))
	m.error = isError(m.doc)
	if a.attached > 0 && m.opcode == capture.OpBinary {
		a.attached--
		m.cause, m.why = a.head.cause, a.head.why // one packet in several messages
	} else {
		m.cause, m.why = a.causeOf(m, hits)
		a.head, a.attached = m, attachments(m)
		m.attached = a.attached
	}
	if c := m.cause; c != nil {
		if m.why >= byTurn {
			if slices.Contains(a.open, c) {
				a.took(m.at - c.done)
			}
			a.open = slices.DeleteFunc(a.open, func(o *message) bool { return o == c })
			for _, o := range a.open {
				if o.order < c.order {
					a.passed[o] = true
				}
			}
			a.pairs[[2]uint64{shapeOf(c), shapeOf(m)}]++
		}
		if c == a.said {
			a.spoken = m.at
		}
	}
	for _, h := range hits {
		if h.entity.owner == capture.Receive && !h.slot.elsewhere {
			a.ownServer(h.entity, m)
		}
		m.slots = append(m.slots, h.slot)
	}
}

// attachments counts the binary messages that belong to a packet of Socket.IO.
func attachments(m *message) int {
	for i := range m.doc.Leaves {
		if l := &m.doc.Leaves[i]; l.Path.Text == "attachments" {
			n, err := strconv.Atoi(strings.TrimSuffix(l.Value, "-"))
			if err != nil || n < 0 {
				return 0
			}
			return n
		}
	}
	return 0
}

// doubt leaves out short ids that are the same by chance: their request has had
// its answer, and the message belongs to a topic that the request did not name.
func (a *attribution) doubt(m *message, hits []hit) []hit {
	return slices.DeleteFunc(hits, func(h hit) bool {
		c := a.touched[h.entity]
		if len(hits) > 1 || h.strength != byPlace || c == nil || slices.Contains(a.open, c) ||
			roleIn(h.slot.leaf.Path) != shape.Top || !shape.Digits(h.entity.value) {
			return false
		}
		topics := a.topics.matches(m)
		return len(topics) > 0 && !slices.ContainsFunc(topics, func(t *topic) bool { return t.m == c })
	})
}

// ownServer notes to which exchange of messages a value of the server belongs.
func (a *attribution) ownServer(e *entity, m *message) {
	if m.cause == nil {
		return
	}
	if was := a.touched[e]; was != nil && was != m.cause && !linked(was, m.cause) {
		e.shared = true
	}
	a.touched[e] = m.cause
}

// linked reports whether two messages of the client speak of one thing: they
// share a value.
func linked(a, b *message) bool {
	for _, t := range a.tokens {
		for _, u := range b.tokens {
			if t.entity == u.entity {
				return true
			}
		}
	}
	return false
}

// causeOf finds the client's message that made the server send m.
func (a *attribution) causeOf(m *message, hits []hit) (*message, reason) {
	var best *message
	rank, uses := noEdge, 0
	for _, h := range hits {
		c := a.touched[h.entity]
		if c == nil || c.space != m.space || h.strength <= byClock || h.strength == byServer && (h.entity.shared || rank > byServer) {
			continue
		}
		// Of several values the rarest says most: the id of the request
		// before that of the session.
		n := h.entity.uses
		if h.strength > rank || h.strength == rank && (n < uses || n == uses && c.order > best.order) {
			best, rank, uses = c, h.strength, n
		}
	}
	if rank >= byValue {
		best = a.closing(m, best, hits)
		if rank == byValue {
			if c := a.topics.find(m); c != nil && c != best && c.verb() == subscribe {
				m.needs = c
			}
		}
		return best, byToken
	}
	c := a.topics.find(m)
	if best != nil && (c == nil || best.order > c.order) {
		if c != nil && c.verb() == subscribe {
			m.needs = c
		}
		return best, byChain
	}
	if c != nil {
		return c, byTopic
	}
	if c := a.turn(m); c != nil {
		return c, byTurn
	}
	return a.anchor(m)
}
