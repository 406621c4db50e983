package replay

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// Bounds of a live connection.
const (
	writeTimeout = 30 * time.Second // how long a client may not read
	closeTimeout = 2 * time.Second  // how long a closing handshake may take
	maxOut       = 64 << 10         // bytes gathered before they are written
	maxLive      = 64 << 20         // longest message taken from a client
	maxHeard     = 1024             // reads of a client that wait while it does not read itself; then it is not read
	burst        = 256              // messages sent before the client is listened to again
)

// socket is one live WebSocket connection, from the 101 to its end. Its own
// goroutine speaks; a second one reads.
type socket struct {
	server *Server
	conn   net.Conn
	rec    *recording
	talks  []*conversation // with the plan of the endpoint, then with others where the client is pointed at one URL for all
	origin bool
	level  Level

	deflater *wsframe.Deflater // nil: nothing is compressed
	agreed   wsframe.Deflate
	out      []byte
	beats    []beatTimer
	opened   time.Time
	endDue   time.Time // when the recorded ending is due; zero: not yet
	closing  bool      // our close frame is out
	trouble  *trouble  // nil: no faults
	outbox   []outgoing
	paused   time.Time   // nothing is sent before
	stalled  bool        // nothing is sent at all until then, not even pongs
	muted    bool        // pings are not answered
	broken   Disturbance // how a fault ended the connection; "": it did not
	failed   bool        // the client stopped reading or is gone
}

// beatTimer is a heartbeat of the server that goes on while the connection does.
type beatTimer struct {
	timer *timer
	due   time.Time // zero: it does not run yet
}

// start starts the timer. Heartbeats keep their pace at Max, where all else
// comes at once.
func (b *beatTimer) start(at time.Time, speed Speed) {
	if speed == Max {
		speed = 0
	}
	b.due = at.Add(speed.scale(b.timer.first))
}

// heard is what one read of the client brought.
type heard struct {
	at       time.Time
	messages []*capture.Message
	err      error
}

// serveSocket opens a live connection, or refuses it.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	found, doc := s.openings.find(r, s.options.Level)
	if len(found) == 0 {
		found = s.openings.elsewhere(r)
	}
	if len(found) == 0 {
		s.missOpening(w, r, doc)
		return
	}
	x, again := s.take(found)
	trouble := s.troubles(x.rec.ex.Request.URL, began)
	if f := trouble.refused(); f != nil {
		turnAway(w, f)
		return
	}
	if !x.socket {
		s.answer(w, r, x.rec, began)
		return
	}
	if !s.wait(r.Context(), s.options.Speed.scale(x.rec.opened)-time.Since(began)) {
		return
	}
	conn, buffered, err := hijack(w)
	if err != nil {
		http.Error(w, "replay: "+err.Error(), http.StatusInternalServerError)
		return
	}
	agreed := agree(x.rec.ex.Response, r.Header.Values("Sec-WebSocket-Extensions"))
	k := &socket{
		server: s, conn: conn, rec: x.rec, agreed: agreed.deflate, level: s.options.Level,
		origin: r.URL.Host == "", opened: time.Now(), trouble: trouble,
	}
	if trouble != nil {
		trouble.opened = k.opened
	}
	k.out = switching(x.rec.ex.Response, r, agreed.value)
	if agreed.deflate.Enabled {
		k.deflater = wsframe.NewDeflater(agreed.deflate.ServerBits, agreed.deflate.ServerNoTakeover)
	}
	k.talks = []*conversation{newConversation(s, x.plan, x.rec, again)}
	for _, t := range x.rec.timers {
		k.beats = append(k.beats, beatTimer{timer: t})
		if !t.said {
			k.beats[len(k.beats)-1].start(k.opened, s.options.Speed)
		}
	}
	k.run(buffered)
}

// hijack takes the connection from the HTTP server, with what it had read.
func hijack(w http.ResponseWriter) (net.Conn, []byte, error) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	buffered := make([]byte, rw.Reader.Buffered())
	if _, err := io.ReadFull(rw.Reader, buffered); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, buffered, nil
}

// wait waits, and reports false if the client or the server went away.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil && s.closing.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.closing.Done():
	}
	return false
}

// run speaks and listens until the connection ends.
func (k *socket) run(buffered []byte) {
	incoming := make(chan heard, maxHeard)
	done := make(chan struct{})
	read := make(chan struct{})
	go func() {
		defer close(read)
		k.read(buffered, incoming, done)
	}()
	k.converse(incoming)
	close(done)
	k.conn.Close()
	<-read
	for _, c := range k.talks {
		c.close()
	}
}

// converse is the loop of the speaking goroutine. It returns when the
// connection may be closed.
func (k *socket) converse(incoming <-chan heard) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	k.arm()
	for {
		now := time.Now()
		more := k.speak(now)
		k.flush()
		if k.failed || k.breakOff(incoming) || k.ended(now, incoming) {
			return
		}
		var wake <-chan time.Time
		if !more {
			if next, ok := k.nextDue(); ok {
				timer.Reset(time.Until(next))
				wake = timer.C
			}
		} else {
			timer.Reset(0)
			wake = timer.C
		}
		select {
		case h := <-incoming:
			if !k.hear(h) {
				k.flush()
				return
			}
		case <-wake:
		case <-k.server.closing.Done():
			k.sendClose(closePayload(1001, "replay ends"))
			k.flush()
			return
		}
	}
}

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
		k.sendMessage(b.timer.m, b.timer.m.doc.Data)
	}
	period := b.timer.period
	if s := k.server.options.Speed; s != Max {
		period = s.scale(period)
	}
	b.due = now.Add(max(period, time.Second/10))
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
