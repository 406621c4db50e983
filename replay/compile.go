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
// more samples. The exchanges of a session of Engine.IO over polling are one.
func Compile(tr ...*transcript.Transcript) (*Plan, error) {
	list, err := gatherPolls(tr)
	if err != nil {
		return nil, err
	}
	return compile(list, nil, nil)
}

// compile infers a plan with a person's corrections. web is the plan of the
// plain requests, for sockets; it may be nil.
func compile(list []source, o []*Overrides, web *Plan) (*Plan, error) {
	if len(list) == 0 {
		return nil, errors.New("compile a plan: no recording")
	}
	p := &Plan{socket: list[0].isSocket()}
	var parser payload.Parser
	for _, s := range list {
		if ex := s.tr.Exchange(); s.isSocket() != p.socket {
			return nil, fmt.Errorf("compile a plan: exchange %d is %s, unlike those before", ex.ID, ex.Kind)
		}
		r, err := s.load(&parser)
		if err != nil {
			return nil, err
		}
		p.recordings = append(p.recordings, r)
	}
	p.overrides = o
	p.infer(&parser, web)
	return p, nil
}

// isSocket reports whether messages went both ways over it.
func (s source) isSocket() bool {
	return s.rest != nil || s.tr.Exchange().Kind == capture.KindWebSocket
}

func (s source) load(p *payload.Parser) (*recording, error) {
	switch {
	case s.rest != nil:
		return loadPolled(s, p)
	case s.isSocket():
		return loadSocket(s.tr, p)
	}
	return loadRequest(s.tr, p)
}

// infer finds classes, entities and causes.
func (p *Plan) infer(parser *payload.Parser, web *Plan) {
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
		p.unpack(parser)
		p.layout(parser)
	}
	p.fields = learn(p.messages, !p.socket)
	p.correct()
	a := &attribution{registry: newRegistry(), table: p.fields, pairs: map[[2]uint64]int{}}
	a.registry.told = p.told()
	if web != nil {
		a.registry.web = &web.registry
	}
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
	p.serverFields()
	if p.socket {
		p.counts()
		p.fifo = p.inTurns()
	}
	p.finish(parser)
}

// requests attributes each response to its request, in the order in which they
// were made.
func (a *attribution) requests(p *Plan) {
	a.touched, a.ids, a.saidIn = map[*entity]*message{}, map[string]*entity{}, map[string]*message{}
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

// serverFields decides which of the server's values are made anew where an
// exchange is used again, and leaves the fields in which the client repeats
// nothing but such values to the comparison of what they stand for.
func (p *Plan) serverFields() {
	for _, e := range p.registry.byKey {
		e.minted = e.owner == capture.Receive && !e.shared && mintable(e) && creates(e.origin)
	}
	for _, m := range p.messages {
		for _, t := range m.tokens {
			if !t.entity.minted || t.made {
				continue
			}
			if f := p.fields.fieldAt(m, t.leaf); f != nil {
				f.fromServer++
			}
		}
	}
	for _, table := range p.fields.byKey {
		for _, f := range table {
			if f.fromServer == f.n && !f.class.Volatile() && rootOf(f.leaf) != "path" {
				f.class, f.why = ClassToken, "made by the server"
			}
		}
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
			if m.verb() == unsubscribe {
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
			return !e.minted
		}
		return false
	})
	m.times = timesIn(m)
	m.doc = &payload.Doc{Format: m.doc.Format, Framing: m.doc.Framing, Data: m.doc.Data} // the leaves are not needed any more
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

// parsers lends Parsers to live connections.
type parsers struct{ sync.Pool }
