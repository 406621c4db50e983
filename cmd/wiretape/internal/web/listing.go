package web

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// listingKey is what a listing is of: the exchanges of one session, or of all,
// that pass a filter.
type listingKey struct {
	session capture.SessionID
	filter  string
}

// listing knows which exchanges of the tape are listed. It is extended as far as
// the tape goes whenever it is asked; what was open then is judged again. It may
// be used concurrently.
type listing struct {
	key    listingKey
	filter *filter.Filter
	server *Server

	ctx  context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	moved   chan struct{}
	running bool
	used    time.Time
	head    uint64               // the commit it is up to date with
	last    capture.ExchangeID   // the last one looked at
	ids     []capture.ExchangeID // those that are listed, in order
	open    []*pending           // those that may change
	known   []capture.SessionID  // that were on the tape
	err     error
}

// pending is an exchange that goes on: how far its rows were looked at, and
// whether one of them passed.
type pending struct {
	id  capture.ExchangeID
	seq uint64
	hit bool
}

const (
	// keptListings is how many listings there are; the one that was not used for
	// longest makes way for a new one.
	keptListings = 8
	// listRun is how long a listing works before it tells how far it is.
	listRun = 5 * time.Millisecond
)

// listings are those of the page. They may be used concurrently.
type listings struct {
	mu   sync.Mutex
	kept map[listingKey]*listing
}

// find returns the listing of a key, new where there was none.
func (c *listings) find(s *Server, key listingKey, f *filter.Filter) *listing {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x := c.kept[key]; x != nil {
		return x
	}
	if c.kept == nil {
		c.kept = map[listingKey]*listing{}
	}
	for len(c.kept) >= keptListings {
		least := oldest(c.kept, (*listing).lastUse)
		c.kept[least].stop()
		delete(c.kept, least)
	}
	x := &listing{key: key, filter: f, server: s, moved: make(chan struct{}), used: time.Now()}
	x.ctx, x.stop = context.WithCancel(s.ctx)
	c.kept[key] = x
	return x
}

func (x *listing) lastUse() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.used
}

// catchUp extends the listing and waits until it is up to date, at most for a
// while. done tells that it is.
func (x *listing) catchUp(ctx context.Context, patience time.Duration) (done bool, err error) {
	head := x.server.tape.Head()
	x.mu.Lock()
	x.used = time.Now()
	if !x.running && (x.head < head || x.head == 0) && x.ctx.Err() == nil {
		x.running = true
		x.server.work.Go(func() { x.run(head) })
	}
	x.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		x.mu.Lock()
		running, err, moved := x.running, x.err, x.moved
		x.mu.Unlock()
		if !running {
			return true, err
		}
		select {
		case <-moved:
		case <-timer.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// run brings the listing up to date with a commit.
func (x *listing) run(head uint64) {
	err := x.again()
	if err == nil {
		err = x.walk()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running = false
	if x.ctx.Err() == nil {
		x.err, x.head = err, head
	}
	x.tell()
}

// again judges those that were open when they were judged last. Those that were
// removed from the tape are dropped.
func (x *listing) again() error {
	if err := x.dropFirst(); err != nil {
		return err
	}
	if err := x.dropRemoved(); err != nil {
		return err
	}
	x.mu.Lock()
	open := slices.Clone(x.open)
	x.mu.Unlock()
	for _, p := range open {
		ex, err := x.server.tape.Exchange(p.id)
		if errors.Is(err, capture.ErrNotFound) {
			x.keep(p, false, false)
			continue
		}
		if err != nil {
			return err
		}
		keep, err := x.judgeAgain(p, ex)
		if err != nil || x.ctx.Err() != nil {
			return err
		}
		x.keep(p, keep, growing(ex))
	}
	return nil
}

// keep takes over what came of judging an exchange again.
func (x *listing) keep(p *pending, listed, growing bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch i, found := slices.BinarySearch(x.ids, p.id); {
	case listed && !found:
		x.ids = slices.Insert(x.ids, i, p.id)
	case !listed && found:
		x.ids = slices.Delete(x.ids, i, i+1)
	}
	if !growing {
		x.open = slices.DeleteFunc(x.open, func(o *pending) bool { return o == p })
	}
}

// dropFirst drops those before the first exchange on the tape: mostly the oldest
// sessions go first.
func (x *listing) dropFirst() error {
	for ex, err := range x.server.tape.Exchanges(0, true) {
		if err != nil {
			return err
		}
		x.mu.Lock()
		gone, _ := slices.BinarySearch(x.ids, ex.ID)
		x.ids = x.ids[gone:]
		x.open = slices.DeleteFunc(x.open, func(p *pending) bool { return p.id < ex.ID })
		x.mu.Unlock()
		break
	}
	return nil
}

// dropRemoved drops those of sessions that have gone from between others.
func (x *listing) dropRemoved() error {
	sessions, err := x.server.tape.Sessions()
	if err != nil {
		return err
	}
	before := x.known
	x.known = x.known[:0:0]
	for i := range sessions {
		x.known = append(x.known, sessions[i].ID)
	}
	if !slices.ContainsFunc(before, func(id capture.SessionID) bool {
		_, found := slices.BinarySearch(x.known, id)
		return !found
	}) {
		return nil
	}
	there := map[capture.ExchangeID]bool{}
	for ex, err := range x.server.tape.Exchanges(0, true) {
		if err != nil {
			x.known = before // to be looked at again
			return err
		}
		there[ex.ID] = true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ids = slices.DeleteFunc(slices.Clone(x.ids), func(id capture.ExchangeID) bool { return !there[id] })
	x.open = slices.DeleteFunc(x.open, func(p *pending) bool { return !there[p.id] })
	return nil
}

// judgeAgain judges an exchange that was open, and looks only at rows that are
// new while it still is.
func (x *listing) judgeAgain(p *pending, ex *capture.Exchange) (bool, error) {
	if verdict := x.filter.Judge(ex); !growing(ex) || verdict != filter.Rows {
		return x.judge(ex)
	}
	if p.hit {
		return true, nil
	}
	r, err := x.server.reel(ex.ID, messages)
	if err != nil {
		return false, err
	}
	within := x.filter.Within(r.ex)
	for l, err := range r.from(p.seq + 1) {
		if err != nil {
			return false, err
		}
		if p.seq = l.seq; within.Row(r.ex, l.row(r.ex)) {
			p.hit = true
			break
		}
	}
	return p.hit, nil
}

// walk judges those that are new.
func (x *listing) walk() error {
	began := time.Now()
	for ex, err := range x.server.tape.Exchanges(x.last, !x.filter.NeedsHead()) {
		if err != nil {
			return err
		}
		keep, err := x.judge(ex)
		if err != nil {
			return err
		}
		if x.ctx.Err() != nil {
			return x.ctx.Err()
		}
		x.mu.Lock()
		x.last = ex.ID
		if keep {
			x.ids = append(x.ids, ex.ID)
		}
		if growing(ex) && (x.key.session == 0 || ex.Session == x.key.session) {
			x.open = append(x.open, &pending{id: ex.ID})
		}
		if time.Since(began) > listRun {
			x.tell()
			began = time.Now()
		}
		x.mu.Unlock()
	}
	return nil
}

func (x *listing) judge(ex *capture.Exchange) (bool, error) {
	if x.key.session != 0 && ex.Session != x.key.session {
		return false, nil
	}
	return reading.Matches(x.filter, transcript.Of(x.server.tape, ex, x.server.options()))
}

// tell wakes those who wait. The caller holds the lock.
func (x *listing) tell() {
	close(x.moved)
	x.moved = make(chan struct{})
}

// page returns n of the numbers from place at on, and how many there are.
func (x *listing) page(at, n int) (ids []capture.ExchangeID, total int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	at = min(max(at, 0), len(x.ids))
	return slices.Clone(x.ids[at:min(at+n, len(x.ids))]), len(x.ids)
}

// since returns the first few numbers after one, the newest where that is 0;
// those of exchanges that go on; and how many there are.
func (x *listing) since(id capture.ExchangeID, limit int) (ids, open []capture.ExchangeID, total int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	at, _ := slices.BinarySearch(x.ids, id+1)
	if id == 0 {
		at = max(len(x.ids)-1, 0)
	}
	for _, p := range x.open {
		open = append(open, p.id)
	}
	return slices.Clone(x.ids[at:min(at+limit, len(x.ids))]), open, len(x.ids)
}

// newest returns the last few numbers, as far as is known, and how many there are.
func (x *listing) newest(n int) (ids []capture.ExchangeID, total int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.ids[max(len(x.ids)-n, 0):]), len(x.ids)
}

// behind returns the place of the first exchange after id.
func (x *listing) behind(id capture.ExchangeID) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	at, _ := slices.BinarySearch(x.ids, id+1)
	return at
}
