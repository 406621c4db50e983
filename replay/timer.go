package replay

import (
	"slices"
	"time"

	"github.com/wiretape/wiretape/capture"
)

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
