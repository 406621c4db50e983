package replay

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// conversation is the state of one live connection: what of the plan has come
// true on it, and with which values. It does no I/O and may not be used
// concurrently.
type conversation struct {
	server  *Server
	plan    *Plan
	primary *recording // the recorded connection this one stands for
	parser  *payload.Parser
	random  *rand.Rand
	opened  time.Time
	again   bool // the recorded connection had been served before

	bindings
	incoming      stream           // of the client
	counters      map[*count]int64 // where the server's counters stand
	pace          pace
	queue         queue
	root          *instance
	used          map[*message]int
	usedAbout     map[usage]int
	released      map[*message]bool // messages that have not come, but what followed them unasked has been said
	cursors       map[turn]int      // how far lists were gone through
	origin        origin            // how the client knows the mock
	variant       variant           // of the request at hand
	subscriptions map[uint64]bool   // by key: messages that came and were not taken back
	streams       []*instance       // with effects still to come, for unsubscribing
	heard         uint64            // messages of the client so far
	met           int               // how many of the primary's messages have come, heartbeats left out
	last          time.Time         // when the client last said something that is no heartbeat
	began         time.Time         // of the last instance
}

// newConversation opens the conversation of a live connection that stands for a
// recorded one.
func newConversation(s *Server, p *Plan, primary *recording, again bool) *conversation {
	c := &conversation{
		server: s, plan: p, primary: primary, again: again,
		parser:        p.parsers.Get().(*payload.Parser),
		random:        s.newRandom(),
		opened:        time.Now(),
		bindings:      newBindings(),
		used:          map[*message]int{},
		usedAbout:     map[usage]int{},
		released:      map[*message]bool{},
		subscriptions: map[uint64]bool{},
		cursors:       map[turn]int{},
		counters:      map[*count]int64{},
	}
	c.last = c.opened
	c.parser.Coding = primary.coding
	c.pace = pace{
		speed: s.Speed(), maxGap: s.options.MaxGap, absolute: s.options.Timing == TimingAbsolute,
		opened: c.opened, recorded: primary.opened, fifo: p.fifo,
	}
	if j := s.options.Jitter; j > 0 {
		c.pace.jitter = func() time.Duration { return time.Duration(c.random.Int64N(int64(j))) }
	}
	c.root = &instance{m: primary.root, began: c.opened, again: again, index: -1}
	if s.options.Level == LevelTape {
		c.root.m = primary.whole
	}
	c.queue.schedule(c.root, &c.pace)
	return c
}

// close gives back what the conversation borrowed.
func (c *conversation) close() { c.plan.parsers.Put(c.parser) }

// said is what the client's message leads to at once.
type said struct {
	replies    [][]byte // answers to heartbeats that no recording shows
	divergence *Divergence
}

// hear takes a data message of the client. The data is kept.
func (c *conversation) hear(data []byte, opcode capture.Opcode, at time.Time) said {
	c.heard++
	if c.server.options.Level == LevelTape {
		return said{}
	}
	var out said
	parts, isBatch := c.docsOf(data, opcode)
	var b *batch
	if isBatch {
		b = &batch{}
	}
	for _, part := range parts {
		i, reply, d := c.hearPart(part, opcode, at)
		if reply != nil {
			out.replies = append(out.replies, reply)
		}
		if d != nil && out.divergence == nil {
			out.divergence = d
		}
		if i != nil && b != nil {
			b.expect(i)
		}
	}
	return out
}

// hearPart takes one message of the client.
func (c *conversation) hearPart(doc *payload.Doc, opcode capture.Opcode, at time.Time) (*instance, []byte, *Divergence) {
	label, b := labelOf(doc), beatOf(doc, c.primary.engine)
	if b == noBeat {
		c.last = at
	}
	m, near := c.match(label, doc, opcode, b)
	if m == nil && b == noBeat {
		if list := c.hearList(doc, opcode, at); list != nil {
			return list[0], nil, nil
		}
	}
	if m == nil || b == ask && !m.answers() {
		switch b {
		case ask:
			return nil, conventional(doc), nil
		case answer, sign:
			return nil, nil, nil
		}
		return nil, nil, c.diverge(label, doc, at)
	}
	i := c.begin(m, doc, at)
	if near != nil {
		i.substitutes = c.substitutes(near, doc)
	}
	return i, nil, nil
}

// answers reports whether the server answered a message at once.
func (m *message) answers() bool {
	for _, e := range m.effects {
		if e.why >= byTurn {
			return true
		}
	}
	return false
}

// begin makes a recorded message come true.
func (c *conversation) begin(m *message, doc *payload.Doc, at time.Time) *instance {
	repeat := c.used[m] > 0
	// Messages that one read brought are told apart, so that what is due at
	// once is sent in the order in which it was asked for.
	if !at.After(c.began) {
		at = c.began.Add(1)
	}
	c.began = at
	i := &instance{m: m, began: at, index: -1, repeat: repeat, again: c.server.use(c.plan, m) > 0}
	c.used[m]++
	if m.whole != nil {
		if c.used[m.whole]++; c.used[m.whole] == 1 && m.rec == c.primary {
			c.met++
		}
	}
	if len(m.tokens) > 0 {
		if len(c.usedAbout) > maxUsages {
			clear(c.usedAbout)
		}
		c.usedAbout[c.usage(m, doc)]++
	}
	c.subscriptions[m.key] = true
	if !repeat && m.rec == c.primary && m.beat == noBeat && m.whole == nil {
		c.met++
		c.release(m, at)
	}
	i.spoken = c.released[m]
	c.values(i, doc)
	c.bind(i)
	for _, s := range m.stops {
		c.stop(s, i)
	}
	if len(m.effects) > 0 && c.plan.socket {
		c.queue.schedule(i, &c.pace)
		c.follow(i)
	}
	return i
}

// release lets the server say what it said unasked after messages that have not
// come, once one has that came after all that when it was recorded.
func (c *conversation) release(m *message, at time.Time) {
	for _, w := range m.rec.waiting {
		if w.beat != noBeat || w.place >= m.after || c.used[w] > 0 || c.released[w] {
			continue
		}
		c.released[w] = true
		i := &instance{m: w, began: at, index: -1, unasked: true}
		c.queue.schedule(i, &c.pace)
	}
}

// values takes the live values of the entities of i's message, and finds the
// earlier instances that they came from.
func (c *conversation) values(i *instance, doc *payload.Doc) {
	recorded := i.m.doc
	aligned := len(recorded.Leaves) == len(doc.Leaves)
	for _, t := range i.m.tokens {
		path := recorded.Leaves[t.leaf].Path.Text
		var live *payload.Leaf
		if aligned && doc.Leaves[t.leaf].Path.Text == path {
			live = &doc.Leaves[t.leaf]
		} else if live = leafAt(doc, path); live == nil {
			continue
		}
		if k, ok := c.known[liveKey(live, t.entity)]; ok && k.entity == t.entity && !t.made && k.instance != nil && len(i.parents) < 8 {
			i.parents = append(i.parents, k.instance)
		}
		if k, ok := c.stands(live); ok && k.entity != t.entity && k.entity.like(t.entity) {
			// Another thing of the kind: the answer speaks of this one.
			i.stand(t.entity, live.Value)
		}
		if t.entity.owner == capture.Send {
			i.values = append(i.values, value{t.entity, *live, doc.Data[live.Start:live.End], t.made})
		}
	}
}

// stands returns what a live value of the client stands for, by itself or
// under its name: on this connection or, of values made by the mock, on any.
func (c *conversation) stands(l *payload.Leaf) (known, bool) {
	byValue, byName := entityKey{value: l.Value}, entityKey{nameIn(l.Path), l.Value}
	if k, ok := c.known[byValue]; ok {
		return k, true
	}
	if k, ok := c.known[byName]; ok {
		return k, true
	}
	if e := c.server.mintedFor(byValue, byName); e != nil {
		return known{entity: e}, true
	}
	return known{}, false
}

// recorded translates a live value in a lasting field into the recorded one it
// stands for: a value made for a repeated exchange, or one of the client's own
// that is like no other.
func (c *conversation) recorded(l *payload.Leaf) (string, bool) {
	if v, ok := c.server.returned(l.Value); ok {
		return v, true
	}
	k, ok := c.stands(l)
	if !ok || k.entity.owner == capture.Send && k.entity.name != "" {
		return "", false
	}
	return k.entity.value, true
}

func leafAt(doc *payload.Doc, path string) *payload.Leaf {
	for i := range doc.Leaves {
		if doc.Leaves[i].Path.Text == path {
			return &doc.Leaves[i]
		}
	}
	return nil
}

// next takes the next message the server is to send, with its payload.
func (c *conversation) next() (*instance, *message, []byte) {
	i := c.queue[0]
	m := i.upcoming()
	if m == nil {
		c.queue.schedule(i, &c.pace)
		return i, nil, nil
	}
	if m.needs != nil && !c.subscribed(m.needs) {
		i.next++
		c.queue.schedule(i, &c.pace)
		return i, nil, nil
	}
	data := c.render(i, m)
	if m.why >= byTurn {
		i.answers++
	}
	if i.answered != nil && m.why >= byTurn && m.why != byTopic {
		if i.answered[string(data)] {
			i.next++
			c.queue.schedule(i, &c.pace)
			return i, nil, nil
		}
		i.answered[string(data)] = true
	}
	c.server.tallies[c.plan].sent[m.order].Store(true)
	if i.attached = max(0, i.attached-1); m.attached > 0 {
		i.attached = m.attached
	}
	i.next++
	c.queue.schedule(i, &c.pace)
	return i, m, data
}

// subscribed reports whether a subscription has come and has not been ended.
func (c *conversation) subscribed(m *message) bool { return c.subscriptions[m.key] }

// follow remembers an instance that has more to say, so that it can be
// unsubscribed, and forgets those that are done.
func (c *conversation) follow(i *instance) {
	if len(c.streams) > 64 {
		kept := c.streams[:0]
		for _, s := range c.streams {
			if s.index >= 0 {
				kept = append(kept, s)
			}
		}
		clear(c.streams[len(kept):])
		c.streams = kept
	}
	c.streams = append(c.streams, i)
}

// stop ends what m started: the instance whose values by repeats, or all of m's
// where by repeats none.
func (c *conversation) stop(m *message, by *instance) {
	delete(c.subscriptions, m.key)
	for _, s := range c.streams {
		if s.m != m || s.stopped {
			continue
		}
		if len(by.parents) > 0 && !contains(by.parents, s) {
			continue
		}
		s.stopped = true
		c.queue.schedule(s, &c.pace)
	}
}

func contains(list []*instance, i *instance) bool {
	return slices.Contains(list, i)
}
