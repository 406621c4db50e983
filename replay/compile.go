package replay

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// Compile infers the plan of the recordings of one endpoint: WebSocket
// connections to one URL, or any number of HTTP exchanges. More recordings are
// more samples.
func Compile(tr ...*transcript.Transcript) (*Plan, error) { return compile(tr, nil) }

// compile infers a plan with a person's corrections.
func compile(tr []*transcript.Transcript, o []*Overrides) (*Plan, error) {
	if len(tr) == 0 {
		return nil, errors.New("compile a plan: no recording")
	}
	p := &Plan{socket: tr[0].Exchange().Kind == capture.KindWebSocket}
	var parser payload.Parser
	for _, t := range tr {
		ex := t.Exchange()
		if (ex.Kind == capture.KindWebSocket) != p.socket {
			return nil, fmt.Errorf("compile a plan: exchange %d is %s, unlike those before", ex.ID, ex.Kind)
		}
		load := loadRequest
		if p.socket {
			load = loadSocket
		}
		r, err := load(t, &parser)
		if err != nil {
			return nil, err
		}
		p.recordings = append(p.recordings, r)
	}
	p.overrides = o
	p.infer(&parser)
	return p, nil
}

// infer finds classes, entities and causes.
func (p *Plan) infer(parser *payload.Parser) {
	slices.SortStableFunc(p.recordings, func(a, b *recording) int { return a.ex.Started.Compare(b.ex.Started) })
	for i, r := range p.recordings {
		r.index = i
		p.messages = append(p.messages, r.messages...)
	}
	slices.SortStableFunc(p.messages, func(a, b *message) int {
		return a.rec.wall(a.done).Compare(b.rec.wall(b.done))
	})
	for i, m := range p.messages {
		m.order = i
	}
	if p.socket {
		p.layout(parser)
	}
	p.fields = learn(p.messages, !p.socket)
	p.correct()
	a := &attribution{registry: newRegistry(), table: p.fields, pairs: map[[2]uint64]int{}}
	a.registry.told = p.told()
	if p.socket {
		a.registry.trust(p)
		for _, r := range p.recordings {
			a.attribute(r)
		}
	} else {
		a.requests(p)
	}
	p.registry = a.registry
	p.causes()
	p.finish(parser)
}

// requests attributes each response to its request, in the order in which they
// were made.
func (a *attribution) requests(p *Plan) {
	a.touched, a.ids = map[*entity]*message{}, map[string]*entity{}
	for _, m := range p.messages {
		if m.dir == capture.Send {
			a.client(m)
			continue
		}
		m.cause, m.why = m.rec.messages[0], byRequest
		m.cause.effects = []*message{m}
		for _, h := range a.registry.hits(m, a.table) {
			if h.entity.owner == capture.Receive {
				a.ownServer(h.entity, m)
			}
			m.slots = append(m.slots, h.slot)
		}
		m.heads = a.registry.headerSlots(m)
	}
}

// finish prepares what replaying needs, once all messages were seen.
func (p *Plan) finish(parser *payload.Parser) {
	p.groups, p.parts = map[uint64]*group{}, map[uint64][]*message{}
	p.mention()
	for _, r := range p.recordings {
		after, sent := 0, 0
		for _, m := range r.messages {
			switch {
			case m.dir == capture.Receive:
				p.finishServer(m)
				after = sent
				continue
			case m.beat == noBeat:
				m.place, m.after = sent, after
				sent++
			}
			p.file(m)
			if verbOf(m.doc) == unsubscribe {
				m.stops = p.stopped(r, m)
			}
		}
		r.sent = sent
		if p.socket {
			r.messages = joinParts(r.messages)
		}
		r.finishRoot()
	}
	if p.socket {
		for _, m := range p.messages {
			if m.dir == capture.Send {
				p.divide(m, parser)
			}
		}
	}
	p.parsers.New = func() any { return &payload.Parser{Layout: p.binary} }
}

// mention notes which of the values that subscriptions to several things name
// the server's messages have.
func (p *Plan) mention() {
	named := map[string]bool{}
	for _, m := range p.messages {
		if m.dir == capture.Send && p.socket && verbOf(m.doc) != otherVerb && payload.SplitList(m.doc) != nil {
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

// finishRoot gathers what the server sent without being asked.
func (r *recording) finishRoot() {
	r.root = &message{rec: r, dir: capture.Send, at: r.opened, done: r.opened}
	r.whole = &message{rec: r, dir: capture.Send, at: r.opened, done: r.opened}
	beats := map[string]*timer{}
	for _, p := range r.pings {
		r.timer(beats, "ping", p.at).ping = p.payload
	}
	for _, m := range r.messages {
		if m.dir == capture.Receive {
			r.whole.effects = append(r.whole.effects, m)
		} else if slices.ContainsFunc(m.effects, func(e *message) bool { return e.why == bySpontaneity }) {
			r.waiting = append(r.waiting, m)
		}
		switch {
		case m.dir == capture.Send || m.cause != nil:
		case m.why == byTimer:
			r.timer(beats, m.label+string(m.doc.Data[:min(8, len(m.doc.Data))]), m.at).m = m
		default:
			m.cause = r.root
			r.root.effects = append(r.root.effects, m)
		}
	}
}

// timer counts one more beat of a kind.
func (r *recording) timer(beats map[string]*timer, kind string, at time.Duration) *timer {
	t := beats[kind]
	if t == nil {
		from, said := r.opened, false
		for _, m := range r.messages {
			if m.dir == capture.Send && m.done <= at {
				from, said = m.done, true
				break
			}
		}
		t = &timer{first: at - from, begun: from, period: at - r.opened, said: said}
		beats[kind] = t
		r.timers = append(r.timers, t)
	} else {
		t.period = (at - t.begun - t.first) / time.Duration(t.n)
	}
	t.n++
	return t
}

// timer is a heartbeat of the server.
type timer struct {
	begun, first time.Duration // since when it runs, and how long until the first beat
	period       time.Duration
	said         bool // it runs since the client's first message, not since the opening
	n            int
	m            *message // what is sent; nil: a ping frame
	ping         []byte
}

// finishServer keeps of a message's slots those that can ever differ, in the
// order of their places.
func (p *Plan) finishServer(m *message) {
	keep := m.slots[:0]
	for _, s := range m.slots {
		e := s.entity
		if e.owner == capture.Receive {
			e.minted = !e.shared && mintable(e) && creates(e.origin)
			if !e.minted {
				continue
			}
		} else {
			s.keep = s.leaf.Kind != kindIn(e)
		}
		leaf := *s.leaf
		s.leaf = &leaf
		keep = append(keep, s)
	}
	slices.SortStableFunc(keep, func(a, b slot) int { return a.start - b.start })
	m.slots = slices.CompactFunc(keep, func(later, earlier slot) bool { return later.start < earlier.end })
	m.heads = slices.DeleteFunc(m.heads, func(h headerSlot) bool {
		e := h.slot.entity
		if e.owner == capture.Receive {
			e.minted = !e.shared && mintable(e) && creates(e.origin)
			return !e.minted
		}
		return false
	})
	m.times = timesIn(m)
	m.doc = &payload.Doc{Format: m.doc.Format, Data: m.doc.Data} // the leaves are not needed any more
}

// kindIn returns the type of scalar by which the client first sent an entity.
func kindIn(e *entity) payload.Kind {
	for _, t := range e.origin.tokens {
		if t.entity == e {
			return e.origin.doc.Leaves[t.leaf].Kind
		}
	}
	return payload.String
}

// stopped returns the subscriptions an unsubscribing message ends: the earlier
// messages that share a value with it or name the same topic.
func (p *Plan) stopped(r *recording, m *message) []*message {
	var out []*message
	for _, o := range r.messages {
		if o == m || len(out) >= maxTopics {
			break
		}
		if o.dir != capture.Send || o.beat != noBeat || verbOf(o.doc) == unsubscribe {
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

// joinParts puts the records of a frame together again where all have one
// cause, so that they are sent as the frame they were.
func joinParts(messages []*message) []*message {
	var out []*message
	for i := 0; i < len(messages); {
		j := i + 1
		for j < len(messages) && messages[j].seq == messages[i].seq {
			j++
		}
		run := messages[i:j]
		if j-i > 1 && run[0].dir == capture.Receive && !slices.ContainsFunc(run, func(m *message) bool { return m.cause != run[0].cause || m.batch }) {
			out = append(out, joinRun(run))
		} else {
			out = append(out, run...)
		}
		i = j
	}
	return out
}

func joinRun(run []*message) *message {
	whole := run[0]
	for _, m := range run[1:] {
		base := len(whole.doc.Data)
		data := append(slices.Clip(whole.doc.Data), m.doc.Data...)
		whole.doc = &payload.Doc{Format: payload.Lines, Data: data}
		for _, s := range m.slots {
			s.start += base
			s.end += base
			whole.slots = append(whole.slots, s)
		}
		for _, l := range m.times {
			l.Start += base
			l.End += base
			whole.times = append(whole.times, l)
		}
		if c := whole.cause; c != nil {
			c.effects = slices.DeleteFunc(c.effects, func(e *message) bool { return e == m })
		}
	}
	return whole
}

// parsers lends Parsers to live connections.
type parsers struct{ sync.Pool }
