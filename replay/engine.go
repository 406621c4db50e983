package replay

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// Bounds of a session of Engine.IO.
const (
	engineIdle    = 2 * time.Minute // how long a client may neither poll nor send
	engineWaiting = 1024            // packets that wait to be polled; then the server's side waits
)

// engine is a live session of Engine.IO that was opened by polling. Within, it
// is a WebSocket connection like any other, over a pipe: what the mock sends is
// handed out by polls, and by a WebSocket once the session was upgraded.
//
//	GET, POST ─┐
//	           ├─ engine ⇄ pipe ⇄ socket ⇄ conversation
//	WebSocket ─┘
type engine struct {
	rec  *recording
	conn net.Conn    // the client's end of the pipe
	idle *time.Timer // ends a session that nobody goes on with

	writing sync.Mutex // of conn

	mu      sync.Mutex
	waiting []*capture.Message // for the client
	close   []byte             // payload of the close frame, nil: none came
	over    bool
	probed  bool          // a WebSocket asks whether it may take over
	changed chan struct{} // closed when any of these changes
}

// servePolled answers what belongs to a session of Engine.IO over polling, and
// reports false for everything else.
func (s *Server) servePolled(w http.ResponseWriter, r *http.Request) bool {
	sid, polls, ok := enginePoll(r.URL.String())
	if !ok || !s.openings.polled {
		return false
	}
	if sid == "" {
		return polls && r.Method == http.MethodGet && s.openEngine(w, r)
	}
	s.mu.Lock()
	e := s.engines[sid]
	s.mu.Unlock()
	switch {
	case e == nil:
		unknownSession(w)
	case isUpgrade(r):
		e.upgrade(w, r)
	case r.Method == http.MethodGet:
		e.poll(w, r)
	case r.Method == http.MethodPost:
		e.post(w, r)
	default:
		return false
	}
	return true
}

// unknownSession refuses a request as a server of Engine.IO does.
func unknownSession(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	io.WriteString(w, `{"code":1,"message":"Session ID unknown"}`)
}

// openEngine opens a session, and reports false if none like it was recorded.
func (s *Server) openEngine(w http.ResponseWriter, r *http.Request) bool {
	began := time.Now()
	found, _ := s.openings.find(r, s.options.Level, s.madeFor)
	found = slices.DeleteFunc(found, func(x opening) bool { return !x.rec.polled })
	if len(found) == 0 {
		return false
	}
	x, again := s.take(found)
	trouble := s.troubles(x.rec.ex.Request.URL, began)
	if f := trouble.refused(); f != nil {
		turnAway(w, f)
		return true
	}
	if !s.wait(r.Context(), s.Speed().scale(x.rec.opened)-time.Since(began)) {
		return true
	}
	client, server := net.Pipe()
	e := &engine{rec: x.rec, conn: client, changed: make(chan struct{})}
	e.idle = time.AfterFunc(engineIdle, func() { client.Close() })
	k := s.newSocket(server, x, again, trouble)
	k.plain(r)
	s.live.Go(func() { k.serve(nil) })
	s.live.Go(e.listen)
	e.await(r.Context(), func() bool { return len(e.waiting) > 0 || e.over })
	first := e.next(1)
	if len(first) == 0 {
		e.conn.Close()
		unknownSession(w)
		return true
	}
	packet := s.register(e, string(first[0].Data))
	e.idle.Reset(engineIdle)
	e.answer(w, packet)
	return true
}

// register makes a session known by the name that its open packet has, by
// another one if that is taken, and returns the packet.
func (s *Server) register(e *engine, packet string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sid := sidIn(packet)
	for random := s.newRandom(); s.engines[sid] != nil; {
		other := minted(random, sid)
		packet = strings.Replace(packet, sid, other, 1)
		sid = other
	}
	s.engines[sid] = e
	return packet
}

// listen takes what the mock sends, until the connection within ends.
func (e *engine) listen() {
	h := &hearing{dir: capture.Receive, assembler: wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, &wsframe.Options{MaxMessage: maxLive})}
	buf := make([]byte, 32<<10)
	for {
		n, err := e.conn.Read(buf)
		for _, m := range h.take(buf[:n]) {
			e.take(m)
		}
		if err != nil {
			e.change(func() { e.over = true })
			e.idle.Stop()
			e.conn.Close()
			return
		}
	}
}

// take keeps a message for the client. It waits while too many do.
func (e *engine) take(m *capture.Message) {
	switch {
	case m.Opcode == capture.OpClose:
		e.change(func() { e.close = append([]byte{}, m.Data...) })
		e.send(capture.OpClose, m.Data)
	case isData(m.Opcode):
		e.await(context.Background(), func() bool { return len(e.waiting) < engineWaiting || e.over })
		e.change(func() { e.waiting = append(e.waiting, m) })
	}
}

// change changes the state and wakes who waits for it.
func (e *engine) change(what func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	what()
	close(e.changed)
	e.changed = make(chan struct{})
}

// await waits until something is so, and reports false if ctx ended before.
func (e *engine) await(ctx context.Context, so func() bool) bool {
	for {
		e.mu.Lock()
		done, changed := so(), e.changed
		e.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// next takes at most n of the messages that wait.
func (e *engine) next(n int) (out []*capture.Message) {
	e.change(func() {
		n = min(n, len(e.waiting))
		out, e.waiting = e.waiting[:n:n], e.waiting[n:]
	})
	return out
}

// send sends a message to the mock.
func (e *engine) send(op capture.Opcode, data []byte) error {
	e.writing.Lock()
	defer e.writing.Unlock()
	if err := e.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := e.conn.Write(wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: op, Masked: true}, data))
	return err
}

// poll answers a GET with what waits, once there is something.
func (e *engine) poll(w http.ResponseWriter, r *http.Request) {
	e.idle.Stop()
	if !e.await(r.Context(), func() bool { return len(e.waiting) > 0 || e.over || e.probed }) {
		e.idle.Reset(engineIdle)
		return
	}
	messages := e.next(engineWaiting)
	e.mu.Lock()
	over, reason := e.over, e.close
	e.mu.Unlock()
	switch {
	case len(messages) > 0:
		var packets []string
		for _, m := range messages {
			packets = append(packets, packetOf(m.Opcode, m.Data))
		}
		e.answer(w, strings.Join(packets, packetEnd))
	case over && reason == nil:
		panic(http.ErrAbortHandler) // the connection within broke off
	case over:
		e.refuse(w, reason)
	default:
		e.answer(w, "6")
	}
	if !over {
		e.idle.Reset(engineIdle)
	}
}

// refuse ends a session that the mock closed: with a close packet, or with what
// was not recorded.
func (e *engine) refuse(w http.ResponseWriter, payload []byte) {
	if len(payload) <= 2 || int(payload[0])<<8|int(payload[1]) != 1008 {
		e.answer(w, "1")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Wiretape-Replay", "miss")
	w.WriteHeader(http.StatusServiceUnavailable)
	json.NewEncoder(w).Encode(map[string]string{"error": string(payload[2:])})
}

// answer sends packets with the header that the recorded server had.
func (e *engine) answer(w http.ResponseWriter, packets string) {
	h := w.Header()
	for _, f := range e.rec.ex.Response.Header {
		switch strings.ToLower(f.Name) {
		case "content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive", "date", "etag", "trailer":
		default:
			if !strings.HasPrefix(f.Name, ":") {
				h[f.Name] = append(h[f.Name], f.Value)
			}
		}
	}
	io.WriteString(w, packets)
}

// post takes the packets of a body.
func (e *engine) post(w http.ResponseWriter, r *http.Request) {
	e.idle.Stop()
	body, err := readBody(r)
	if err != nil {
		http.Error(w, "replay: "+err.Error(), http.StatusBadRequest)
		return
	}
	for packet := range strings.SplitSeq(string(body), packetEnd) {
		if packet == "" {
			continue
		}
		op, data, err := messageOf(packet)
		if packet == "1" {
			op, data = capture.OpClose, nil
		}
		if err == nil {
			err = e.send(op, data)
		}
		if err != nil {
			unknownSession(w)
			return
		}
	}
	e.idle.Reset(engineIdle)
	e.answer(w, "ok")
}
