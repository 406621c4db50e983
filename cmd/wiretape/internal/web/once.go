package web

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// maxDone is how many answers are remembered, so that what is asked for twice
// is done once, and maxDoneBytes how long they are together.
const (
	maxDone      = 256
	maxDoneBytes = 4 << 20
)

// deeds remembers the answers to requests with an Idempotency-Key. It may be
// used concurrently.
type deeds struct {
	mu    sync.Mutex
	order []string
	done  map[string]*deed
	bytes int // of the answers that are remembered
}

// deed is one request and its answer.
type deed struct {
	ready  chan struct{} // closed when what follows is there
	status int
	header http.Header
	body   bytes.Buffer
	err    error
	weight int // of the body, once it counts; the lock of deeds guards it
}

// errBrokenOff is the error of a deed whose handler did not return.
var errBrokenOff = errors.New("it was broken off")

// Header implements http.ResponseWriter.
func (d *deed) Header() http.Header { return d.header }

// WriteHeader implements http.ResponseWriter.
func (d *deed) WriteHeader(status int) { d.status = status }

// Write implements http.ResponseWriter.
func (d *deed) Write(p []byte) (int, error) { return d.body.Write(p) }

// once makes a handler do what is asked for with the same Idempotency-Key only
// once, and answer the same again: a double click sends once.
func (s *Server) once(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			return h(w, r)
		}
		if len(key) > 255 {
			return problem(http.StatusBadRequest, "the Idempotency-Key is too long", "", "255 bytes at most")
		}
		key = r.URL.Path + " " + key
		d, first := s.deeds.begin(key)
		if first {
			func() {
				defer func() {
					close(d.ready)
					s.deeds.finished(key, d, r.Context().Err() != nil)
				}()
				d.err = errBrokenOff
				d.err = h(d, r)
			}()
		}
		select {
		case <-d.ready:
		case <-r.Context().Done():
			return r.Context().Err()
		}
		if d.err != nil {
			return d.err
		}
		maps.Copy(w.Header(), d.header)
		w.WriteHeader(d.status)
		_, _ = w.Write(d.body.Bytes())
		return nil
	}
}

// begin returns the deed of a key, and whether it is to be done now.
func (s *deeds) begin(key string) (d *deed, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.done[key]; ok {
		return d, false
	}
	if s.done == nil {
		s.done = map[string]*deed{}
	}
	if len(s.order) == maxDone {
		s.forget(0)
	}
	d = &deed{ready: make(chan struct{}), status: http.StatusOK, header: http.Header{}}
	s.done[key], s.order = d, append(s.order, key)
	return d, true
}

// finished weighs an answer, and forgets the oldest while all are too long. One
// that failed because its asker went away is forgotten too: whoever asks again
// is to be answered.
func (s *deeds) finished(key string, d *deed, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.order, key)
	if at < 0 || s.done[key] != d { // it made way meanwhile
		return
	}
	d.weight = d.body.Len()
	s.bytes += d.weight
	if gone && d.err != nil {
		s.forget(at)
	}
	for s.bytes > maxDoneBytes && len(s.order) > 1 {
		s.forget(0)
	}
}

// forget forgets an answer. The caller holds the lock.
func (s *deeds) forget(at int) {
	s.bytes -= s.done[s.order[at]].weight
	delete(s.done, s.order[at])
	s.order = slices.Delete(s.order, at, at+1)
}
