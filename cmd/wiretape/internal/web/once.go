package web

import (
	"bytes"
	"maps"
	"net/http"
	"sync"
)

// maxDone is how many answers are remembered, so that what is asked for twice
// is done once.
const maxDone = 256

// deeds remembers the answers to requests with an Idempotency-Key. It may be
// used concurrently.
type deeds struct {
	mu    sync.Mutex
	order []string
	done  map[string]*deed
}

// deed is one request and its answer.
type deed struct {
	ready  chan struct{} // closed when what follows is there
	status int
	header http.Header
	body   bytes.Buffer
	err    error
}

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
		d, first := s.deeds.begin(r.URL.Path + " " + key)
		if first {
			func() {
				defer close(d.ready)
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
		delete(s.done, s.order[0])
		s.order = s.order[1:]
	}
	d = &deed{ready: make(chan struct{}), status: http.StatusOK, header: http.Header{}}
	s.done[key], s.order = d, append(s.order, key)
	return d, true
}
