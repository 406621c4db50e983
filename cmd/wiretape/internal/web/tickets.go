package web

import (
	"net/http"
	"sync"
	"time"
)

// Bounds of tickets.
const (
	ticketLife = 60 * time.Second
	maxTickets = 64 // the oldest is forgotten first
)

// tickets are paths outside the API for what cannot carry the token: frames and
// downloads. Each can be asked for once, within a minute, and is as hard to
// guess as the token. They may be used concurrently.
type tickets struct {
	mu    sync.Mutex
	order []string
	open  map[string]ticket
}

type ticket struct {
	until time.Time
	serve handler
}

// issue returns the path, below prefix, at which serve answers once.
func (t *tickets) issue(prefix string, serve handler) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[string]ticket{}
	}
	for len(t.order) > 0 && (len(t.order) >= maxTickets || time.Now().After(t.open[t.order[0]].until)) {
		delete(t.open, t.order[0])
		t.order = t.order[1:]
	}
	path := prefix + "/" + newToken()
	t.order = append(t.order, path)
	t.open[path] = ticket{time.Now().Add(ticketLife), serve}
	return path
}

// redeem takes the handler of a path away, or returns nil.
func (t *tickets) redeem(path string) handler {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.open[path]
	if found.serve == nil || time.Now().After(found.until) {
		return nil
	}
	t.open[path] = ticket{until: found.until}
	return found.serve
}

// serveTicket answers what a ticket stands for.
func (s *Server) serveTicket(w http.ResponseWriter, r *http.Request) {
	serve := s.tickets.redeem(r.URL.Path)
	if serve == nil {
		s.refuse(w, r, problem(http.StatusNotFound, "this link has been used, or is older than a minute", "", "ask for it again on the page"))
		return
	}
	if err := serve(w, r); err != nil {
		s.refuse(w, r, err)
	}
}
