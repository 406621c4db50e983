package replay

import (
	"context"
	"time"
)

// pacer waits for the recorded times of one answer.
type pacer struct {
	p         *playback
	ctx       context.Context
	began     time.Time
	last, due time.Duration // the last recorded time, and the same with gaps shortened
	speed     Speed
	changed   <-chan struct{} // closed when the server's speed is another
	ordered   bool            // an order broke the answer off
}

func newPacer(p *playback, ctx context.Context) *pacer {
	c := &pacer{p: p, ctx: ctx, began: p.began}
	c.speed, c.changed = p.server.tempo.now()
	return c
}

// until waits for a recorded time, and so much longer as faults want it. It
// reports false if the client or the server went away, or the answer is broken
// off by order.
func (c *pacer) until(at, late time.Duration) bool {
	s := c.p.server
	gap := max(0, at-c.last)
	if s.options.MaxGap > 0 {
		gap = min(gap, s.options.MaxGap)
	}
	before := c.due
	c.last, c.due = max(c.last, at), c.due+gap
	if !time.Now().Before(c.target(late)) {
		return c.goOn()
	}
	timer := time.NewTimer(time.Until(c.target(late)))
	defer timer.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return false
		case <-s.closing.Done():
			return false
		case f := <-c.p.live.orders:
			c.obey(f)
			return false
		case <-c.changed:
			c.retime(before)
			timer.Reset(time.Until(c.target(late)))
		case <-timer.C:
			return true
		}
	}
}

// goOn reports whether nothing speaks against the next bytes.
func (c *pacer) goOn() bool {
	select {
	case <-c.ctx.Done():
		return false
	case <-c.p.server.closing.Done():
		return false
	case f := <-c.p.live.orders:
		c.obey(f)
		return false
	case <-c.changed:
		c.retime(c.due)
	default:
	}
	return true
}

func (c *pacer) target(late time.Duration) time.Time {
	return c.began.Add(c.speed.scale(c.due) + late)
}

// retime goes on at another speed. At Max all before is over.
func (c *pacer) retime(before time.Duration) {
	now, from := time.Now(), c.speed
	c.speed, c.changed = c.p.server.tempo.now()
	passed := before
	if from != Max {
		passed = min(from.recorded(now.Sub(c.began)), c.due)
	}
	c.began = now.Add(-c.speed.scale(passed))
}

// obey plays a fault at once: it is how the answer ends.
func (c *pacer) obey(f *Fault) { c.p.broken, c.ordered = f.Do, true }
