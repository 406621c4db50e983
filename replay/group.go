package replay

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// group is the client's messages that are equal in all that lasts: any of them
// stands for a live message that is equal to them in the same way.
type group struct {
	byRecording map[*recording][]*message // in recorded order
	recordings  []*recording              // in the order in which they started
	// refers tells that members differ in the earlier values they repeat, so
	// that it matters which of them is chosen.
	refers bool
	// same tells that all members repeat the same values.
	same  bool
	first bool      // no member yet
	refs  []*entity // of the first one
	// resumed are the requests that went on with an event stream where an
	// earlier connection ended (WHATWG HTML 9.2.4). They are not among the
	// others.
	resumed []*message
}

// file puts a message of the client into its group. An HTTP request is filed
// twice: with its host and without.
func (p *Plan) file(m *message) {
	m.key = p.fields.key(m.label, m.doc, nil)
	p.put(m.key, m)
	if !p.socket {
		p.put(m.key+hostKey(m.rec.ex.Request.URL), m)
	}
}

// hostKey is added to the key of a request whose host counts.
func hostKey(url string) uint64 {
	return maphash.String(seed, "host "+hostOf(baseOf(strings.ToLower(url))))
}

func (p *Plan) put(key uint64, m *message) {
	g := p.groups[key]
	if g == nil {
		g = &group{byRecording: map[*recording][]*message{}, first: true}
		p.groups[key] = g
	}
	if !p.socket && capture.Get(m.rec.ex.Request.Header, "Last-Event-ID") != "" {
		g.resumed = append(g.resumed, m)
		return
	}
	if g.byRecording[m.rec] == nil {
		g.recordings = append(g.recordings, m.rec)
	}
	g.byRecording[m.rec] = append(g.byRecording[m.rec], m)
	var refs []*entity
	for _, t := range m.tokens {
		if !t.made {
			refs = append(refs, t.entity)
		}
	}
	g.refers = g.refers || len(refs) > 0
	g.same = (g.first || g.same) && slices.Equal(refs, g.refs)
	if g.first {
		g.first, g.same, g.refs = false, true, refs
	}
}

// all returns the members of all recordings.
func (g *group) all() []*message {
	if len(g.recordings) == 0 {
		return g.resumed
	}
	if len(g.recordings) == 1 {
		return g.byRecording[g.recordings[0]]
	}
	var list []*message
	for _, r := range g.recordings {
		list = append(list, g.byRecording[r]...)
	}
	return list
}

// answered returns a member that the server answered, else m: the last ping of
// a recording may have had no time for it.
func (g *group) answered(m *message) *message {
	for _, r := range g.recordings {
		for _, o := range g.byRecording[r] {
			if o.answers() {
				return o
			}
		}
	}
	return m
}
