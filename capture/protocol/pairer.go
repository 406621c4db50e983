package protocol

import (
	"bytes"
	"container/list"

	"github.com/wiretape/wiretape/capture"
)

const (
	maxPairs = 100_000
	maxBody  = 256
	maxOpen  = 1 << 16 // requests that wait; older ones are given up
	maxKinds = 1000    // kinds of pushes and heartbeats that are told apart
)

// Pairer puts units together as they come. It may not be used concurrently.
type Pairer struct {
	o      PairOptions
	c      *Conversation
	open   *list.List // of *waiting, the oldest first
	byKey  map[waitKey]*queue
	subs   subscriptions
	beats  heartbeats
	pushes map[pushKind]*Pushes
}

// waiting is a request whose answers are not all there.
type waiting struct {
	pair *Pair
	keys []waitKey
	left int  // answers that are to come; those with More do not count
	more bool // one with More came
	at   *list.Element
}

// waitKey is what an answer and its request share.
type waitKey struct {
	dir  capture.Direction // of the request
	kind byte              // 'k' for an id, 'a' for a word, 's' for a topic
	verb verb
	text string
}

type pushKind struct {
	dir capture.Direction
	op  string
}

// NewPairer returns a pairer for the units of one exchange.
func NewPairer(o *PairOptions) *Pairer {
	p := &Pairer{c: &Conversation{}, open: list.New(), byKey: map[waitKey]*queue{}, pushes: map[pushKind]*Pushes{}}
	if o != nil {
		p.o = *o
	}
	if p.o.MaxPairs == 0 {
		p.o.MaxPairs = maxPairs
	}
	if p.o.MaxBody == 0 {
		p.o.MaxBody = maxBody
	}
	return p
}

// Feed takes the next unit, which is only read.
func (p *Pairer) Feed(u *Unit) {
	p.c.Units++
	if u.Violation != "" {
		p.c.Violations++
	}
	switch u.Role {
	case Request:
		p.request(u)
	case Answer:
		p.answer(u)
	case Heartbeat:
		p.beats.feed(p.c, u)
	case Push:
		p.push(u)
	case Control:
		p.subs.change(p.c, u, p.keep)
	}
}

// Close ends what still waits and returns the conversation, which is the
// caller's. The pairer may not be used any more.
func (p *Pairer) Close() *Conversation {
	for e := p.open.Front(); e != nil; e = p.open.Front() {
		p.close(e.Value.(*waiting))
	}
	return p.c
}

// keep returns u as it is kept.
func (p *Pairer) keep(u *Unit) *Unit {
	if p.o.MaxBody < 0 {
		return u
	}
	slim := *u
	slim.Data = nil
	slim.Body = bytes.Clone(u.Body[:min(len(u.Body), p.o.MaxBody)])
	return &slim
}

func (p *Pairer) request(u *Unit) {
	p.c.Requests++
	pair := &Pair{Request: p.keep(u), Optional: u.link.wants == optional}
	if len(p.c.Pairs) < p.o.MaxPairs {
		p.c.Pairs = append(p.c.Pairs, pair)
	}
	w := &waiting{pair: pair, left: max(1, int(u.link.wants))}
	w.at = p.open.PushBack(w)
	if u.link.key != "" {
		p.wait(w, waitKey{dir: u.Dir, kind: 'k', text: u.link.key})
	}
	if u.link.alt != "" {
		p.wait(w, waitKey{dir: u.Dir, kind: 'a', text: u.link.alt})
	}
	if u.link.verb != noVerb {
		for topic := range u.subjects {
			p.wait(w, waitKey{dir: u.Dir, kind: 's', verb: u.link.verb, text: topic})
		}
		p.subs.change(p.c, u, func(*Unit) *Unit { return pair.Request })
	}
	if p.open.Len() > maxOpen {
		p.close(p.open.Front().Value.(*waiting))
	}
}

func (p *Pairer) wait(w *waiting, k waitKey) {
	w.keys = append(w.keys, k)
	q := p.byKey[k]
	if q == nil {
		q = &queue{}
		p.byKey[k] = q
	}
	q.push(w)
}

func (p *Pairer) answer(u *Unit) {
	w := p.find(u)
	if w == nil {
		p.c.Orphans++
		p.push(u)
		return
	}
	pair := w.pair
	pair.Last = p.keep(u)
	if pair.Answers++; pair.Answers == 1 {
		pair.Answer = pair.Last
	}
	if u.More {
		w.more = true
		p.subs.stream(pair.Request, u)
		return
	}
	p.subs.answered(pair.Request, pair.Last, w.more)
	if w.left--; w.left <= 0 {
		pair.Done = true
		p.close(w)
	}
}

// find returns the request that u answers, by what is most exact.
func (p *Pairer) find(u *Unit) *waiting {
	asker := u.Dir.Opposite()
	if u.link.key != "" {
		if w := p.first(waitKey{dir: asker, kind: 'k', text: u.link.key}); w != nil {
			return w
		}
	}
	if u.link.verb != noVerb {
		if w := p.first(waitKey{dir: asker, kind: 's', verb: u.link.verb, text: u.Topic}); w != nil {
			return w
		}
	}
	if u.link.alt != "" {
		if w := p.first(waitKey{dir: asker, kind: 'a', text: u.link.alt}); w != nil {
			return w
		}
	}
	if u.link.any {
		for e := p.open.Front(); e != nil; e = e.Next() {
			if w := e.Value.(*waiting); w.pair.Request.Dir == asker && w.pair.Answers == 0 {
				return w
			}
		}
	}
	return nil
}

// first returns the oldest request that waits under a key.
func (p *Pairer) first(k waitKey) *waiting {
	q := p.byKey[k]
	if q == nil {
		return nil
	}
	if w := q.front(); w != nil {
		return w
	}
	delete(p.byKey, k)
	return nil
}

// close ends the wait for answers.
func (p *Pairer) close(w *waiting) {
	p.open.Remove(w.at)
	w.at = nil
	for _, k := range w.keys {
		p.first(k) // lets go of queues that are empty now
	}
	pair := w.pair
	switch {
	case pair.Answers > 0:
		p.c.Answered++
		if pair.Failed() {
			p.c.Failed++
		}
	case !pair.Optional:
		p.c.Unanswered++
	}
	if p.o.Each != nil {
		p.o.Each(pair)
	}
}

// push counts what nobody asked for.
func (p *Pairer) push(u *Unit) {
	if u.link.verb != noVerb && u.Role == Push {
		p.subs.change(p.c, u, p.keep)
		return
	}
	if u.Topic != "" && p.subs.push(u) {
		return
	}
	k := pushKind{u.Dir, u.Op}
	if k.op == "" {
		k.op = u.Label
	}
	if p.pushes[k] == nil && len(p.pushes) >= maxKinds {
		k = pushKind{u.Dir, "…"}
	}
	g := p.pushes[k]
	if g == nil {
		g = &Pushes{Dir: u.Dir, Op: k.op, First: u.At}
		p.pushes[k] = g
		p.c.Pushes = append(p.c.Pushes, g)
	}
	g.Count++
	g.Last = u.At
}

// queue is the requests that wait under one key. Those that are done are let go
// of when they come to the front, or are many.
type queue struct {
	items []*waiting
	limit int
}

func (q *queue) push(w *waiting) {
	if q.items = append(q.items, w); len(q.items) <= q.limit {
		return
	}
	live := q.items[:0]
	for _, w := range q.items {
		if w.at != nil {
			live = append(live, w)
		}
	}
	clear(q.items[len(live):])
	q.items = live
	q.limit = max(8, 2*len(live))
}

// front returns the oldest that is not done, nil if there is none.
func (q *queue) front() *waiting {
	for len(q.items) > 0 {
		if w := q.items[0]; w.at != nil {
			return w
		}
		q.items[0] = nil
		q.items = q.items[1:]
	}
	return nil
}
