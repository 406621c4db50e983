package replay

import (
	"container/heap"
	"math"
	"sync"
	"time"
)

// tempo is the speed of a server, which may change while it serves. It may be
// used concurrently.
type tempo struct {
	mu      sync.Mutex
	speed   Speed
	changed chan struct{} // closed when the speed changes
}

// now returns the speed, and what is closed once it is another.
func (t *tempo) now() (Speed, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return t.speed, t.changed
}

func (t *tempo) set(v Speed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v == t.speed {
		return
	}
	t.speed = v
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// Speed returns the speed at which the server plays.
func (s *Server) Speed() Speed {
	v, _ := s.tempo.now()
	return v
}

// SetSpeed changes the speed from now on, for what is under way too: of a pause
// that has begun the rest is played at the new speed.
func (s *Server) SetSpeed(v Speed) { s.tempo.set(v) }

// recorded is the inverse of scale. At Max all recorded times are one, so that
// it is 0.
func (s Speed) recorded(d time.Duration) time.Duration {
	switch {
	case d <= 0 || math.IsInf(float64(s), 1):
		return 0
	case s == 0 || s == 1:
		return d
	}
	return time.Duration(float64(d) * float64(s))
}

// steady is the speed of heartbeats: they keep their pace at Max, where all
// else comes at once.
func (s Speed) steady() Speed {
	if s == Max {
		return 0
	}
	return s
}

// retime moves what is due at one speed to when it is due at another.
func retime(due, now time.Time, from, to Speed) time.Time {
	if due.IsZero() || !due.After(now) {
		return due
	}
	return now.Add(to.scale(from.recorded(due.Sub(now))))
}

// retime goes on at another speed.
func (k *socket) retime(now time.Time) {
	from := k.speed
	k.speed, k.changed = k.server.tempo.now()
	for _, c := range k.talks {
		c.retime(now, k.speed)
	}
	for i := range k.beats {
		k.beats[i].due = retime(k.beats[i].due, now, from.steady(), k.speed.steady())
	}
	if !k.closing {
		k.endDue = retime(k.endDue, now, from, k.speed)
	}
}

// retime goes on at another speed.
func (c *conversation) retime(now time.Time, to Speed) {
	p := &c.pace
	passed := p.speed.recorded(now.Sub(p.opened))
	if p.speed == Max && len(c.queue) > 0 {
		next := c.queue[0]
		passed = max(0, next.m.effects[next.next].at-p.recorded)
	}
	p.opened = now.Add(-to.scale(passed))
	for _, i := range c.queue {
		rest := p.speed.recorded(i.due.Sub(now))
		i.began = now.Add(-to.scale(i.delay - rest))
		i.due = retime(i.due, now, p.speed, to)
	}
	p.speed = to
	heap.Init(&c.queue)
}
