package replay

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// playback is one answer to a live request, ready to be played: the head, the
// runs of the body and when each is due, and how it all ends.
type playback struct {
	server *Server
	rec    *recording
	began  time.Time
	plain  []byte  // the decoded body with the live values in it
	runs   []chunk // as the recorded chunks, for the body as it is sent
	edited bool    // the body differs from the recorded one
	origin origin
	from   int // where an event stream goes on, in the decoded body

	heads map[int]string // header fields with live values, by their place

	trouble *trouble // nil: no faults
	broken  Disturbance
	live    *live
}

// newPlayback renders the answer to an instance.
func newPlayback(c *conversation, i *instance, began time.Time, from int) *playback {
	p := &playback{server: c.server, rec: i.m.rec, began: began, from: from, origin: c.origin}
	b := i.m.rec.body
	p.plain, p.runs = b.plain, b.chunks
	if len(i.m.effects) == 0 {
		return p
	}
	m := i.m.effects[0]
	c.server.tallies[c.plan].sent[m.order].Store(true)
	edits := c.edits(i, m)
	p.heads = c.headers(i, m)
	if len(edits) == 0 {
		return p
	}
	p.edited = true
	p.plain = payload.Apply(nil, b.plain, edits)
	p.runs = slices.Clone(b.chunks)
	for k := range p.runs {
		p.runs[k].plain = moved(p.runs[k].plain, edits)
	}
	p.from = moved(from, edits)
	return p
}

// moved returns where a place in a text is after the edits; a place inside of
// what an edit replaced comes after it.
func moved(at int, edits []payload.Edit) int {
	shift := 0
	for _, e := range edits {
		switch {
		case e.End <= at:
			shift += len(e.Text) - (e.End - e.Start)
		case e.Start < at:
			return e.Start + shift + len(e.Text)
		default:
			return at + shift
		}
	}
	return at + shift
}

// run plays the answer.
func (p *playback) run(w http.ResponseWriter, r *http.Request) {
	ex := p.rec.ex
	p.trouble = p.server.troubles(ex.Request.URL, p.began).ofBody()
	if f := p.trouble.refused(); f != nil {
		turnAway(w, f)
		return
	}
	if ex.Response == nil {
		p.abort(w, r)
		return
	}
	p.live = p.server.enter(p.rec)
	defer p.server.leave(p.live)
	clock := newPacer(p, r.Context())
	for _, e := range ex.Response.Early {
		if !clock.until(e.At, 0) {
			p.unanswered(w, r, clock)
			return
		}
		p.early(w, e)
	}
	if !clock.until(ex.Response.At, 0) {
		p.unanswered(w, r, clock)
		return
	}
	body, ends := p.body(r)
	if p.trouble != nil {
		body, ends = p.disturb(body, ends)
	}
	p.head(w, r, len(body), p.from > 0 || len(body) != len(p.rec.body.wire))
	if p.send(w, clock, body, ends) || clock.ordered {
		p.finish(w, r, clock)
	}
}

// send sends the body, each run of it when it is due, and reports false if the
// client is gone.
func (p *playback) send(w http.ResponseWriter, clock *pacer, body []byte, ends []chunk) bool {
	out := http.NewResponseController(w)
	if len(ends) == 0 || ends[0].at > p.rec.ex.Response.At {
		if err := out.Flush(); err != nil {
			return false
		}
	}
	start := 0
	for _, e := range ends {
		if e.wire <= start {
			continue
		}
		if !clock.until(e.at, e.late) {
			return false
		}
		if _, err := w.Write(body[start:e.wire]); err != nil {
			return false
		}
		if err := out.Flush(); err != nil {
			return false
		}
		start = e.wire
	}
	return true
}

// body returns the bytes to be sent and where each run of them ends: those
// recorded if the client takes their coding, else the decoded ones.
func (p *playback) body(r *http.Request) ([]byte, []chunk) {
	b := p.rec.body
	if r.Method == http.MethodHead {
		return nil, nil
	}
	if !p.decoded(r) {
		return b.wire, b.chunks
	}
	var ends []chunk
	var base time.Duration
	for _, c := range p.runs {
		if c.plain <= p.from {
			base = max(0, c.at-p.rec.ex.Response.At)
			continue
		}
		ends = append(ends, chunk{at: c.at - base, wire: c.plain - p.from})
	}
	return p.plain[p.from:], ends
}

// decoded reports whether the body is sent without its content coding: because
// it was changed, or because the client does not take the coding.
func (p *playback) decoded(r *http.Request) bool {
	b := p.rec.body
	if len(b.codings) == 0 || p.edited || p.from > 0 {
		return true
	}
	if b.broken {
		return false
	}
	accepted := strings.ToLower(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	if accepted == "" && capture.Get(p.rec.ex.Request.Header, "Accept-Encoding") == "" {
		return false
	}
	for _, c := range b.codings {
		if !strings.Contains(accepted, c) && !strings.Contains(accepted, "*") {
			return true
		}
	}
	return false
}
