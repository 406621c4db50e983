package mitm

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wiretape/wiretape/capture"
)

// maxHeld is how much a client may send after a request that may leave HTTP,
// before it is answered.
const maxHeld = 1 << 20

var (
	errHeld    = errors.New("the client sent too much before its upgrade was answered")
	errRefused = errors.New("a request on this connection was refused")
)

// phase is what the next bytes on a connection are.
type phase uint8

const (
	passing  phase = iota // no requests: what was upgraded, tunnelled, HTTP/2
	inHead                // a request's head
	inBody                // a body of known length
	inChunks              // a body in the chunked coding
	held                  // behind a request that may leave HTTP, not yet answered
	barred                // behind what was refused
	finished              // behind a body that was given up
)

// requests stands between a connection and net/http and follows the requests
// that pass: net/http gets each head in one piece, only when it is whole and
// has one reading, and never anything from behind a request that may leave
// HTTP. So each head is kept byte for byte, also on connections that are kept
// alive, and an upgraded connection has lost nothing.
//
// One goroutine reads at a time. Heads are taken by the one that answers.
type requests struct {
	src   io.Reader
	phase phase
	most  int // bytes of a head; 0 is maxHead

	pending []byte // read from src, not looked at
	seen    int    // how much of pending was searched for the end of a head
	ready   []byte // looked at, to be delivered
	left    int64  // of the body at hand
	chunks  chunks

	freed atomic.Bool // the request that might have left HTTP did not

	mu      sync.Mutex
	waiting []*requestHead // delivered, not yet answered; net/http reads at most one ahead
	current *requestHead
	last    *requestHead // the one whose body comes, or has come
}

// Read delivers the next bytes, at most to the end of a head or a body.
func (r *requests) Read(p []byte) (int, error) {
	for len(r.ready) == 0 {
		switch r.phase {
		case passing:
			return r.pass(p)
		case inHead:
			if n, err := r.readHead(p); n > 0 || err != nil {
				return n, err
			}
		case inBody, inChunks:
			return r.readBody(p)
		case held:
			if r.freed.Load() {
				r.phase = inHead
			} else if err := r.more(maxHeld, errHeld); err != nil {
				return 0, err
			}
		case barred:
			return 0, errRefused
		case finished:
			return 0, io.EOF
		}
	}
	n := copy(p, r.ready)
	if r.ready = r.ready[n:]; len(r.ready) == 0 {
		r.ready = nil
	}
	return n, nil
}

// pass delivers bytes as they come.
func (r *requests) pass(p []byte) (int, error) {
	if len(r.pending) == 0 {
		return r.src.Read(p)
	}
	n := copy(p, r.pending)
	if r.pending = r.pending[n:]; len(r.pending) == 0 {
		r.pending = nil
	}
	return n, nil
}

// more reads into pending, which may grow to limit.
func (r *requests) more(limit int, over error) error {
	if len(r.pending) >= limit {
		return over
	}
	if len(r.pending) == cap(r.pending) {
		r.pending = append(make([]byte, 0, max(2*cap(r.pending), 1<<10)), r.pending...)
	}
	n, err := r.src.Read(r.pending[len(r.pending):cap(r.pending)])
	r.pending = r.pending[:len(r.pending)+n]
	if n > 0 {
		return nil // crypto/tls returns bytes with an error, and the error again
	}
	return err
}

// readHead looks for a head. It returns 0 and no error once one is ready. A
// head that comes whole into a large enough p is not copied twice.
func (r *requests) readHead(p []byte) (int, error) {
	if len(r.pending) == 0 && len(p) >= 1<<10 {
		n, err := r.src.Read(p)
		if n == 0 {
			return 0, err
		}
		// As in more, an error comes again.
		r.pending, r.seen = append(make([]byte, 0, n), p[:n]...), 0
	}
	r.skipEmptyLines()
	end, most := headEnd(r.pending, r.seen), cmp.Or(r.most, maxHead)
	if end < 0 && len(r.pending) < most {
		r.seen = len(r.pending)
		return 0, r.more(most, nil)
	}
	if end < 0 || end > most {
		rule := fmt.Sprintf("the head is longer than %d bytes", most)
		r.take(&requestHead{refusal: &refusal{http.StatusRequestHeaderFieldsTooLarge, rule}}, len(r.pending))
		return 0, nil
	}
	// What is kept takes no more memory than it has to.
	r.take(parseRequestHead(bytes.Clone(r.pending[:end])), end)
	return 0, nil
}

// skipEmptyLines drops line ends before a request line (RFC 9112 §2.2).
func (r *requests) skipEmptyLines() {
	for bytes.HasPrefix(r.pending, []byte("\r\n")) {
		r.pending, r.seen = r.pending[2:], 0
	}
}

// take makes h the next request; it ends at end in pending.
func (r *requests) take(h *requestHead, end int) {
	r.pending, r.seen = r.pending[end:], 0
	if len(r.pending) == 0 {
		r.pending = nil
	}
	switch {
	case h.method == "PRI" && h.target == "*" && h.proto == "HTTP/2.0":
		r.ready, r.phase = h.raw, passing // the preface of HTTP/2 (RFC 9113 §3.4)
		return
	case h.refusal != nil:
		// net/http answers in turn, to a request that nothing is wrong with.
		r.ready, r.phase = []byte("GET / HTTP/1.1\r\nHost: wiretape\r\nConnection: close\r\n\r\n"), barred
	default:
		r.ready = h.forServer()
		r.expect(h)
	}
	r.mu.Lock()
	r.waiting = append(r.waiting, h)
	r.last = h
	r.mu.Unlock()
}

// expect sets what comes behind h.
func (r *requests) expect(h *requestHead) {
	switch {
	case h.leaves:
		r.freed.Store(false)
		r.phase = held
	case h.chunked:
		r.phase, r.chunks = inChunks, chunks{}
	case h.length > 0:
		r.phase, r.left = inBody, h.length
	default:
		r.phase = inHead
	}
}

// readBody delivers a run of body bytes.
func (r *requests) readBody(p []byte) (int, error) {
	if r.phase == inBody {
		n, err := r.pass(p[:min(int64(len(p)), r.left)])
		if r.left -= int64(n); r.left == 0 {
			r.phase = inHead
		}
		return n, err
	}
	n, err := r.pass(p)
	body, end, bad := r.chunks.scan(p[:n])
	if bad != nil {
		r.phase = barred
		return 0, bad
	}
	if end {
		r.phase = inHead
		r.keepTrailer()
		r.unread(p[body:n])
	}
	return body, err
}

// unread puts bytes back, to be read next.
func (r *requests) unread(b []byte) {
	if len(b) == 0 {
		return
	}
	r.pending = append(bytes.Clone(b), r.pending...)
	r.seen = 0
}

// peek returns what is there without taking it, at least n bytes unless there
// is an error.
func (r *requests) peek(n int) ([]byte, error) {
	for len(r.pending) < n {
		if err := r.more(maxHead, errHeld); err != nil {
			return r.pending, err
		}
	}
	return r.pending, nil
}

// next makes the request that net/http hands over the one at hand.
func (r *requests) next() *requestHead {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = nil
	if len(r.waiting) > 0 {
		r.current = r.waiting[0]
		r.waiting = slices.Delete(r.waiting, 0, 1)
	}
	return r.current
}

// stay says that the request at hand was answered within HTTP.
func (r *requests) stay() { r.freed.Store(true) }

// follow makes Read take requests apart from here on.
func (r *requests) follow() { r.phase, r.seen = inHead, 0 }

// forget lets go of the request at hand, the last on the connection.
func (r *requests) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current, r.waiting, r.last = nil, nil, nil
}

// keepTrailer keeps the trailer fields of a body that has come.
func (r *requests) keepTrailer() {
	if len(r.chunks.section) == 0 {
		return
	}
	h, err := parseHead(slices.Concat([]byte("trailer\r\n"), r.chunks.section))
	if err != nil || !h.clean {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last != nil {
		r.last.trailer = h.fields
	}
}

// Trailer returns the trailer fields of the request at hand as they came, once
// its body has come to its end. It is nil where they cannot be passed on as
// they are.
func (r *requests) Trailer() []capture.Field {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil {
		return nil
	}
	return r.current.trailer
}

// finish lets nothing more come. Nobody may be reading.
func (r *requests) finish() {
	r.ready, r.pending, r.phase = nil, nil, finished
}

// leave ends HTTP on the connection. The first bytes are those net/http has
// read ahead. Nobody may be reading.
func (r *requests) leave(first []byte) {
	rest := append(bytes.Clone(first), r.ready...)
	r.ready, r.phase = nil, passing
	r.unread(rest)
}

// Head returns the head of the request at hand byte for byte as it came, from
// the request line to the blank line. It is nil under HTTP/2. The bytes stay
// valid; the next request on the connection has its own.
func (r *requests) Head() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil {
		return nil
	}
	return r.current.raw
}
