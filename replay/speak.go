package replay

import (
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// beatTimer is a heartbeat of the server that goes on while the connection does.
type beatTimer struct {
	timer *timer
	due   time.Time // zero: it does not run yet
}

// start starts the timer.
func (b *beatTimer) start(at time.Time, speed Speed) {
	b.due = at.Add(speed.steady().scale(b.timer.first))
}

// rare is how long after the opening a heartbeat that came once must have come
// for that to be its period.
const rare = 5 * time.Second

// speak sends what is due, and reports whether there is more.
func (k *socket) speak(now time.Time) (more bool) {
	if k.stalled && !now.Before(k.paused) {
		k.stalled = false
	}
	if f := k.trouble.now(now); f != nil {
		k.act(f, now)
	}
	for n := 0; !k.closing && k.broken == "" && !k.failed; n++ {
		if n == burst {
			return true
		}
		if len(k.outbox) > 0 {
			if !k.deliver(now) {
				break
			}
		} else if c := k.foremost(); c != nil && !c.queue[0].due.After(now) && !(!k.endDue.IsZero() && c.queue[0].due.After(k.endDue)) {
			k.say(c)
		} else {
			break
		}
		if len(k.out) > maxOut {
			k.flush()
		}
	}
	for i := range k.beats {
		k.beat(&k.beats[i], now)
	}
	return false
}

// foremost returns the conversation that has something to say first.
func (k *socket) foremost() (first *conversation) {
	for _, c := range k.talks {
		if len(c.queue) > 0 && (first == nil || c.queue[0].due.Before(first.queue[0].due)) {
			first = c
		}
	}
	return first
}

// say sends the next message of a conversation.
func (k *socket) say(c *conversation) {
	i, m, data := c.next()
	if m == nil || k.muted && i.m.beat == ask {
		return
	}
	if b := i.batch; b != nil && b.open > 0 && m.why >= byTurn && i.answers == 1 {
		b.parts = append(b.parts, part{m.order, data})
		if b.open--; b.open > 0 {
			return
		}
		data = b.join()
	} else if m.batch && (i.batch != nil || i.m == k.rec.root) {
		data = append(append([]byte{'['}, data...), ']')
	}
	if k.trouble != nil {
		k.outbox = append(k.outbox, outgoing{m: m, data: data})
		return
	}
	k.sendMessage(m, data)
}

// beat sends a heartbeat that is due and sets the time of the next.
func (k *socket) beat(b *beatTimer, now time.Time) {
	if b.due.IsZero() || b.due.After(now) || k.closing || k.stalled {
		return
	}
	if b.timer.m == nil {
		k.send(capture.OpPing, b.timer.ping)
	} else {
		m := b.timer.m
		k.sendMessage(m, m.doc.Apply(k.talks[0].counted(m, nil)))
	}
	period := b.timer.period
	if b.timer.n == 1 && period < rare {
		b.due = now.Add(1000 * time.Hour) // one alone is no rhythm
		return
	}
	b.due = now.Add(max(k.speed.steady().scale(period), time.Second/10))
}

// sendMessage sends a message as the recorded one was: fragments, compression.
func (k *socket) sendMessage(m *message, data []byte) {
	rsv := uint8(0)
	if m.compressed && k.deflater != nil {
		packed, err := k.deflater.Append(nil, data)
		if err == nil {
			data, rsv = packed, 4
		}
	}
	opcode := m.opcode
	for _, n := range m.fragments[:max(0, len(m.fragments)-1)] {
		n = min(n, len(data))
		k.out = wsframe.AppendFrame(k.out, capture.FrameHead{Opcode: opcode, RSV: rsv}, data[:n])
		data, opcode, rsv = data[n:], capture.OpContinuation, 0
	}
	k.out = wsframe.AppendFrame(k.out, capture.FrameHead{Fin: true, Opcode: opcode, RSV: rsv}, data)
}

// send sends a message of one frame.
func (k *socket) send(op capture.Opcode, data []byte) {
	k.out = wsframe.AppendFrame(k.out, capture.FrameHead{Fin: true, Opcode: op}, data)
}

// flush writes what was gathered.
func (k *socket) flush() {
	if len(k.out) == 0 || k.failed {
		return
	}
	if err := k.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		k.failed = true
		return
	}
	_, err := k.conn.Write(k.out)
	k.failed = err != nil
	k.out = k.out[:0]
}

// nextDue returns when something is to be sent, or the connection to be ended.
func (k *socket) nextDue() (next time.Time, ok bool) {
	consider := func(t time.Time) {
		if !ok || t.Before(next) {
			next, ok = t, true
		}
	}
	if k.stalled || len(k.outbox) > 0 {
		consider(k.paused)
	} else if c := k.foremost(); c != nil && !k.closing {
		consider(c.queue[0].due)
	}
	if at, waits := k.trouble.due(); waits {
		consider(at)
	}
	for i := range k.beats {
		if !k.beats[i].due.IsZero() {
			consider(k.beats[i].due)
		}
	}
	if !k.endDue.IsZero() {
		consider(k.endDue)
	}
	return next, ok
}
