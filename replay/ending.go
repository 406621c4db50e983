package replay

import (
	"encoding/binary"
	"net"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// closePayload returns the payload of a close frame (RFC 6455 §5.5.1), the
// reason cut to what fits.
func closePayload(code int, reason string) []byte {
	for len(reason) > 123 || !utf8.ValidString(reason) {
		reason = reason[:min(len(reason)-1, 123)]
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
}

// sendClose sends a close frame; nothing is sent after it.
func (k *socket) sendClose(payload []byte) {
	if !k.closing {
		k.send(capture.OpClose, payload)
		k.closing = true
	}
}

// arm sets when the recorded ending is due, once the client has said all it
// said when the server ended the connection, or has been silent for as long as
// it was then.
func (k *socket) arm() {
	end := &k.rec.end
	c := k.talks[0]
	if !end.byServer || k.closing {
		return
	}
	if k.level == LevelTape {
		k.endDue = k.opened.Add(k.speed.scale(end.at - k.rec.opened))
		return
	}
	after := end.at - k.rec.lastSaid(end.at)
	switch {
	case c.met >= k.rec.sent:
		k.endDue = c.last.Add(k.speed.scale(k.shorten(after)))
	case c.heard > 0 && c.usedLast():
		k.endDue = c.last.Add(max(k.shorten(after), time.Second))
	}
}

func (k *socket) shorten(d time.Duration) time.Duration {
	if g := k.server.options.MaxGap; g > 0 {
		d = min(d, g)
	}
	return max(d, 0)
}

// lastSaid returns when the client last said something before a moment, or when
// the connection was opened.
func (r *recording) lastSaid(before time.Duration) time.Duration {
	last := r.opened
	for _, m := range r.messages {
		if m.dir == capture.Send && m.beat == noBeat && m.done <= before {
			last = max(last, m.done)
		}
	}
	return last
}

// usedLast reports whether the last message of the recorded client has come.
func (c *conversation) usedLast() bool {
	for i := len(c.primary.messages) - 1; i >= 0; i-- {
		if m := c.primary.messages[i]; m.dir == capture.Send && m.beat == noBeat {
			return c.used[m] > 0
		}
	}
	return true
}

// ended ends the connection when that is due, and reports whether it did.
func (k *socket) ended(now time.Time, incoming <-chan heard) bool {
	if k.endDue.IsZero() || k.endDue.After(now) {
		return false
	}
	if k.closing { // the client did not answer our close frame in time
		return true
	}
	if len(k.talks[0].queue) > 0 && !k.talks[0].queue[0].due.After(k.endDue) {
		return false
	}
	end := &k.rec.end
	switch {
	case end.close != nil:
		k.sendClose(end.close)
		k.flush()
		k.endDue = now.Add(closeTimeout)
		return k.failed
	case end.how == capture.HowReset:
		reset(k.conn)
		return true
	}
	k.out = append(k.out, end.tail...)
	k.flush()
	k.finish(incoming)
	return true
}

// finish ends our side of the connection, without a close frame, and waits for
// the client's.
func (k *socket) finish(incoming <-chan heard) {
	half, ok := k.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	timeout := time.NewTimer(closeTimeout)
	defer timeout.Stop()
	for {
		select {
		case h := <-incoming:
			if h.err != nil {
				return
			}
		case <-timeout.C:
			return
		case <-k.server.closing.Done():
			return
		}
	}
}

// reset ends a connection with RST.
func reset(conn net.Conn) {
	switch c := conn.(type) {
	case interface{ Reset() error }:
		c.Reset()
	case interface{ SetLinger(int) error }:
		c.SetLinger(0)
	case interface{ NetConn() net.Conn }:
		reset(c.NetConn())
	}
	conn.Close()
}
