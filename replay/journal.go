package replay

import (
	"sync/atomic"

	"github.com/wiretape/wiretape/capture"
)

// tally counts what of a plan has come true, over all live connections.
type tally struct {
	used []atomic.Int32 // by place among the plan's messages: how often the client sent it
	sent []atomic.Bool  // the server's messages: whether it was sent
}

func newTally(p *Plan) *tally {
	return &tally{used: make([]atomic.Int32, len(p.messages)), sent: make([]atomic.Bool, len(p.messages))}
}

// sum counts how often messages of a recorded client came, and names those of
// either side that never did.
func (t *tally) sum(rec *recording, unmet, unsent func(*message)) (matched int) {
	for _, m := range rec.messages {
		switch {
		case m.dir == capture.Send:
			n := int(t.used[m.order].Load())
			matched += n
			if n == 0 && m.beat == noBeat && !m.inject {
				unmet(m)
			}
		case !t.sent[m.order].Load() && m.beat == noBeat && !(m.cause != nil && m.cause.beat != noBeat):
			unsent(m)
		}
	}
	return matched
}

// maxJournal bounds how many divergences are kept.
const maxJournal = 1000

// journal is what went wrong so far.
type journal struct {
	divergences []*Divergence
	warnings    []*Divergence
	unmatched   map[capture.ExchangeID][]Item
	dropped     int // divergences beyond the bound
}

// diverged logs a divergence and keeps it for the report.
func (s *Server) diverged(d *Divergence, item Item) {
	s.mu.Lock()
	j := &s.journal
	if len(j.divergences) < maxJournal {
		j.divergences = append(j.divergences, d)
		if j.unmatched == nil {
			j.unmatched = map[capture.ExchangeID][]Item{}
		}
		j.unmatched[d.Exchange] = append(j.unmatched[d.Exchange], item)
	} else {
		j.dropped++
	}
	s.mu.Unlock()
	s.options.Log.Error(d.String())
}

// warned logs a difference that the level let pass and keeps it for the report.
func (s *Server) warned(d *Divergence) {
	s.mu.Lock()
	if len(s.journal.warnings) < maxJournal {
		s.journal.warnings = append(s.journal.warnings, d)
	}
	s.mu.Unlock()
	s.options.Log.Warn(d.String())
}

// Report tells what has happened so far.
func (s *Server) Report() *Report {
	r := &Report{Connections: []ConnectionReport{}, Divergences: []*Divergence{}, Warnings: []*Divergence{}, requireAll: s.options.RequireAll}
	for _, p := range s.plans() {
		for _, rec := range p.recordings {
			r.Connections = append(r.Connections, s.connection(p, rec))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Divergences = append(r.Divergences, s.journal.divergences...)
	r.Warnings = append(r.Warnings, s.journal.warnings...)
	r.OK = len(r.Divergences) == 0
	if s.options.RequireAll {
		for _, c := range r.Connections {
			r.OK = r.OK && len(c.Unmet) == 0 && len(c.Unsent) == 0
		}
	}
	return r
}

func (s *Server) plans() []*Plan {
	plans := append([]*Plan{}, s.endpoints...)
	if s.requests != nil {
		plans = append(plans, s.requests)
	}
	return plans
}

// connection tells what came of a recording.
func (s *Server) connection(p *Plan, rec *recording) ConnectionReport {
	c := ConnectionReport{
		Exchange: rec.ex.ID, URL: rec.ex.Request.URL, Unmatched: []Item{}, Unsent: []Item{}, Unmet: []Item{},
	}
	c.Matched = s.tallies[p].sum(rec,
		func(m *message) { c.Unmet = append(c.Unmet, m.item()) },
		func(m *message) { c.Unsent = append(c.Unsent, m.item()) })
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Served = s.served[rec]
	c.Unmatched = append(c.Unmatched, s.journal.unmatched[rec.ex.ID]...)
	return c
}
