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
	live   *live

	speed   Speed
	changed <-chan struct{} // closed when the server's speed is another

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

// heard is what one read of the client brought.
type heard struct {
	at       time.Time
	messages []*capture.Message
	err      error
}

// serveSocket opens a live connection, or refuses it.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	found, doc := s.openings.find(r, s.options.Level, s.madeFor)
	if len(found) == 0 {
		found = s.openings.otherTransport(r)
	}
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
	if s.wait(r.Context(), s.Speed().scale(x.rec.opened)-time.Since(began)) {
		s.converse(w, r, x, again, trouble)
	}
}

// converse accepts a live connection and holds the conversation.
func (s *Server) converse(w http.ResponseWriter, r *http.Request, x opening, again bool, t *trouble) {
	conn, buffered, err := hijack(w)
	if err != nil {
		http.Error(w, "replay: "+err.Error(), http.StatusInternalServerError)
		return
	}
	response := x.rec.ex.Response
	if x.rec.polled {
		response = plainSwitch
	}
	agreed := agree(response, r.Header.Values("Sec-WebSocket-Extensions"))
	k := s.newSocket(conn, x, again, t)
	k.plain(r)
	k.agreed = agreed.deflate
	k.out = switching(response, r, agreed.value)
	if agreed.deflate.Enabled {
		k.deflater = wsframe.NewDeflater(agreed.deflate.ServerBits, agreed.deflate.ServerNoTakeover)
	}
	k.serve(buffered)
}

// plain notes how the client knows the mock.
func (k *socket) plain(r *http.Request) {
	k.origin = r.URL.Host == ""
	k.talks[0].origin = originOf(r)
}

// newSocket prepares the conversation of a live connection.
func (s *Server) newSocket(conn net.Conn, x opening, again bool, t *trouble) *socket {
	k := &socket{server: s, conn: conn, rec: x.rec, level: s.options.Level, opened: time.Now(), trouble: t}
	k.speed, k.changed = s.tempo.now()
	if t != nil {
		t.opened = k.opened
	}
	k.talks = []*conversation{newConversation(s, x.plan, x.rec, again)}
	for _, beat := range x.rec.timers {
		k.beats = append(k.beats, beatTimer{timer: beat})
		if !beat.said {
			k.beats[len(k.beats)-1].start(k.opened, k.speed)
		}
	}
	return k
}

// serve holds the conversation.
func (k *socket) serve(buffered []byte) {
	k.live = k.server.enter(k.rec)
	defer k.server.leave(k.live)
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
		case <-k.changed:
			k.retime(time.Now())
		case f := <-k.live.orders:
			k.obey(f)
		case <-k.server.closing.Done():
			k.sendClose(closePayload(1001, "replay ends"))
			k.flush()
			return
		}
	}
}
