package replay

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// live is one connection, or one answer that is under way, as it is steered
// from outside.
type live struct {
	rec *recording
	// orders takes what Disturb wants of it. One may wait; as long as it does,
	// further ones are dropped.
	orders chan *Fault
}

// enter counts a connection or an answer as under way until leave.
func (s *Server) enter(rec *recording) *live {
	l := &live{rec: rec, orders: make(chan *Fault, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lives[l] = true
	return l
}

func (s *Server) leave(l *live) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lives, l)
}

// Disturb plays a fault at once, on all that is under way, and returns on how
// much that is. Only what it does counts, DoClose with code and reason, DoFIN,
// DoReset, or DoStall with its time; its conditions do not. A body has
// no close frame: DoClose is its early but clean end. Errors are *FaultError.
func (s *Server) Disturb(f Fault) (int, error) {
	if err := f.check(); err != "" {
		return 0, &FaultError{string(f.Do), err}
	}
	switch f.Do {
	case DoClose, DoFIN, DoReset, DoStall:
	default:
		return 0, &FaultError{string(f.Do), "it cannot be played at once"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.lives {
		select {
		case l.orders <- &f:
		default:
		}
	}
	return len(s.lives), nil
}

// obey plays a fault at once.
func (k *socket) obey(f *Fault) {
	if k.trouble == nil {
		k.trouble = &trouble{server: k.server, opened: k.opened}
	}
	if !k.closing {
		k.act(f, time.Now())
	}
}

// Progress is what a run of a Server has come to so far, in numbers.
type Progress struct {
	Connections []ConnectionProgress `json:"connections"`
	Open        int                  `json:"open"` // connections and answers under way
	Divergences int                  `json:"divergences"`
	Warnings    int                  `json:"warnings"`
}

// ConnectionProgress is a ConnectionReport with numbers in place of messages.
type ConnectionProgress struct {
	Exchange  capture.ExchangeID `json:"exchange"`
	URL       string             `json:"url"`
	Served    int                `json:"served"`
	Open      int                `json:"open"` // of Served, those that are under way
	Matched   int                `json:"matched"`
	Unmatched int                `json:"unmatched"`
	Unsent    int                `json:"unsent"`
	Unmet     int                `json:"unmet"`
}

// Progress counts what has happened so far. It is cheaper than a Report.
func (s *Server) Progress() *Progress {
	r := &Progress{Connections: []ConnectionProgress{}}
	for _, p := range s.plans() {
		for _, rec := range p.recordings {
			c := ConnectionProgress{Exchange: rec.ex.ID, URL: rec.ex.Request.URL}
			c.Matched = s.tallies[p].sum(rec, func(*message) { c.Unmet++ }, func(*message) { c.Unsent++ })
			r.Connections = append(r.Connections, c)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Open, r.Divergences, r.Warnings = len(s.lives), len(s.journal.divergences)+s.journal.dropped, len(s.journal.warnings)
	open := map[capture.ExchangeID]int{}
	for l := range s.lives {
		open[l.rec.ex.ID]++
	}
	served := map[capture.ExchangeID]int{}
	for rec, n := range s.served {
		served[rec.ex.ID] = n
	}
	for i := range r.Connections {
		c := &r.Connections[i]
		c.Open, c.Served, c.Unmatched = open[c.Exchange], served[c.Exchange], len(s.journal.unmatched[c.Exchange])
	}
	return r
}
