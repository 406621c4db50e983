package stats

import (
	"cmp"
	"slices"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Reconnections are the times at which a client came back to one endpoint: a
// socket or an event stream that began after one to the same address had ended.
type Reconnections struct {
	Endpoint    string `json:"endpoint"`
	Kind        string `json:"kind"`
	Connections int    `json:"connections"`
	Count       int    `json:"reconnections"`
	// Resumed are those that said where they want to go on: Last-Event-ID.
	Resumed int `json:"resumed"`
	// Away is the time without a connection, from the end of one to the opening
	// of the next.
	Away Spread `json:"away"`
}

// lineKey is what the connections of one client to one endpoint share.
type lineKey struct {
	session  capture.SessionID
	kind     capture.Kind
	endpoint string
}

// span is how long a connection lasted.
type span struct {
	start, end time.Duration
	open       bool
	resumes    bool
}

// lasting reports whether a client that loses the exchange comes back for more
// of the same: sockets, and event streams that were got. An answer to a POST is
// asked for once.
func lasting(ex *capture.Exchange) bool {
	switch ex.Kind {
	case capture.KindWebSocket:
		return true
	case capture.KindSSE:
		return ex.Request.Method == "GET"
	}
	return false
}

// Reconnections returns the endpoints that had several connections one after
// the other, in order. Connections at the same time are no reconnections.
func (s *Summary) Reconnections() []Reconnections {
	all := map[lineKey]*Reconnections{}
	away := map[lineKey]*sample{}
	for key, spans := range s.lines {
		key.session = 0
		r := all[key]
		if r == nil {
			r = &Reconnections{Endpoint: key.endpoint, Kind: key.kind.String()}
			all[key], away[key] = r, &sample{}
		}
		r.Connections += len(spans)
		r.follow(spans, away[key])
	}
	var out []Reconnections
	for key, r := range all {
		if r.Count > 0 {
			r.Away = away[key].spread()
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b Reconnections) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Endpoint, b.Endpoint), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// follow finds for each connection the one it came after: of those that had
// ended and that no other came after, the one that ended last.
func (r *Reconnections) follow(spans []span, away *sample) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	ends := slices.Clone(spans)
	slices.SortFunc(ends, func(a, b span) int { return cmp.Compare(a.end, b.end) })
	var ended []time.Duration // and not followed
	next := 0
	for _, s := range spans {
		for next < len(ends) && ends[next].end <= s.start {
			if !ends[next].open {
				ended = append(ended, ends[next].end)
			}
			next++
		}
		if n := len(ended); n > 0 {
			away.add(s.start - ended[n-1])
			ended = ended[:n-1]
			r.Count++
			if s.resumes {
				r.Resumed++
			}
		}
	}
}
