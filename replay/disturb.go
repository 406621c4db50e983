package replay

import (
	"net/http"
	"strconv"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// outgoing is a message on its way through the faults.
type outgoing struct {
	m       *message
	data    []byte
	number  int // among the messages of the server; 0: not counted yet
	swapped bool
}

// deliver sends the first message of the outbox, disturbed as the faults want
// it, and reports false if it has to wait.
func (k *socket) deliver(now time.Time) bool {
	if now.Before(k.paused) {
		return false
	}
	k.stalled = false
	o := &k.outbox[0]
	t := k.trouble
	if o.number == 0 {
		t.sent++
		o.number = t.sent
		if f := t.at(o.number, o.data, now, true, DoDelay); f != nil {
			k.paused = now.Add(t.late(f))
			return false
		}
		if f := t.at(o.number, o.data, now, false, DoReorder); f != nil {
			o.swapped = true
		}
	}
	if o.swapped && len(k.outbox) == 1 {
		if c := k.foremost(); c != nil {
			o.swapped = false
			k.say(c) // the next one, before its time
			if len(k.outbox) > 1 {
				k.outbox[0], k.outbox[1] = k.outbox[1], k.outbox[0]
				return true
			}
		}
	}
	m, data, n := o.m, o.data, o.number
	k.outbox = k.outbox[1:]
	k.disturbed(m, data, n, now)
	return true
}

// disturbed sends a message with the faults of its number.
func (k *socket) disturbed(m *message, data []byte, n int, now time.Time) {
	t := k.trouble
	text := data
	if f := t.at(n, text, now, false, DoTruncate); f != nil {
		data = data[:min(f.Byte, len(data))]
	}
	if f := t.at(n, text, now, false, DoCorrupt); f != nil {
		data = t.corrupted(f, data)
	}
	end := t.at(n, text, now, false, DoClose, DoFIN, DoReset, DoStall, DoMute)
	before := len(k.out)
	switch {
	case end != nil && end.Byte > 0:
		whole := wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: m.opcode}, data)
		k.out = append(k.out, whole[:min(end.Byte, len(whole))]...)
	case t.at(n, text, now, false, DoDuplicate) != nil:
		k.sendMessage(m, data)
		fallthrough
	default:
		k.sendMessage(m, data)
	}
	if f := t.at(n, text, now, true, DoThrottle); f != nil {
		k.paused = now.Add(time.Duration(len(k.out)-before) * time.Second / time.Duration(f.Rate))
	}
	if end != nil {
		k.act(end, now)
	}
}

// act does what a fault does to a connection as a whole.
func (k *socket) act(f *Fault, now time.Time) {
	switch f.Do {
	case DoClose:
		code := f.Code
		if code == 0 {
			code = 1011
		}
		k.sendClose(closePayload(code, f.Reason))
		k.endDue = now.Add(closeTimeout)
	case DoFIN, DoReset:
		k.broken = f.Do
	case DoMute:
		k.muted = true
	case DoStall:
		k.stalled = true
		if k.paused = now.Add(f.Delay); f.Delay == 0 {
			k.paused = now.Add(1000 * time.Hour)
		}
		k.outbox = append([]outgoing{}, k.outbox...)
	}
}

// breakOff ends the connection as a fault wants it, and reports whether one did.
func (k *socket) breakOff(incoming <-chan heard) bool {
	switch k.broken {
	case DoFIN:
		k.finish(incoming)
	case DoReset:
		reset(k.conn)
	default:
		return false
	}
	return true
}

// turnAway refuses a connection: with a status, or without a word.
func turnAway(w http.ResponseWriter, f *Fault) {
	if f.Code == 0 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			conn.Close()
			return
		}
		panic(http.ErrAbortHandler)
	}
	if f.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((f.Retry+time.Second-1)/time.Second)))
	}
	http.Error(w, "wiretape: refused by a fault", f.Code)
}
