package replay

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
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
	from   int     // where an event stream goes on, in the decoded body

	heads map[int]string // header fields with live values, by their place

	trouble *trouble // nil: no faults
	broken  Disturbance
}

// newPlayback renders the answer to an instance.
func newPlayback(c *conversation, i *instance, began time.Time, from int) *playback {
	p := &playback{server: c.server, rec: i.m.rec, began: began, from: from}
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
	p.trouble = p.server.troubles(ex.Request.URL, p.began)
	if f := p.trouble.refused(); f != nil {
		turnAway(w, f)
		return
	}
	if ex.Response == nil {
		p.abort(w, r)
		return
	}
	out := http.NewResponseController(w)
	var last, due, late time.Duration
	until := func(at time.Duration) bool {
		gap := max(0, at-last)
		if g := p.server.options.MaxGap; g > 0 {
			gap = min(gap, g)
		}
		last, due = max(last, at), due+gap
		return p.server.wait(r.Context(), time.Until(p.began.Add(p.server.options.Speed.scale(due)+late)))
	}
	for _, e := range ex.Response.Early {
		if !until(e.At) {
			return
		}
		p.early(w, e)
	}
	if !until(ex.Response.At) {
		return
	}
	body, ends := p.body(r)
	if p.trouble != nil {
		body, ends = p.disturb(body, ends)
	}
	p.head(w, r, len(body), p.from > 0 || len(body) != len(p.rec.body.wire))
	if len(ends) == 0 || ends[0].at > ex.Response.At {
		out.Flush()
	}
	start := 0
	for _, e := range ends {
		if e.wire <= start {
			continue
		}
		if late = e.late; !until(e.at) {
			return
		}
		if _, err := w.Write(body[start:e.wire]); err != nil {
			return
		}
		out.Flush()
		start = e.wire
	}
	p.finish(w, r, until)
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

// early sends an informational response.
func (p *playback) early(w http.ResponseWriter, e capture.Early) {
	h := w.Header()
	for _, f := range e.Header {
		h[f.Name] = append(h[f.Name], f.Value)
	}
	w.WriteHeader(e.Status)
	clear(h)
}

// head sends the recorded head. Of its lines only those that frame the message
// may change, and the content coding where it was undone.
func (p *playback) head(w http.ResponseWriter, r *http.Request, length int, changed bool) {
	response := p.rec.ex.Response
	h := w.Header()
	h["Date"] = nil // none is added
	h["Content-Type"] = nil
	decoded := len(p.rec.body.codings) > 0 && p.decoded(r)
	framed := false
	for i, f := range response.Header {
		if v, ok := p.heads[i]; ok {
			f.Value = v
		}
		switch strings.ToLower(f.Name) {
		case "connection", "keep-alive", "proxy-connection", "upgrade", "trailer":
			if strings.EqualFold(f.Name, "connection") && strings.EqualFold(f.Value, "close") {
				h.Set("Connection", "close")
			}
			continue
		case "transfer-encoding":
			framed = true
			continue
		case "content-encoding":
			if decoded {
				continue
			}
		case "content-length":
			framed = true
			if p.broken == DoFIN || p.broken == DoReset || p.broken == DoStall {
				break // the client is to see that something is missing
			}
			if changed && r.Method != http.MethodHead && !p.cut() {
				f.Value = strconv.Itoa(length)
			}
		}
		if strings.HasPrefix(f.Name, ":") {
			continue
		}
		if p.server.options.ShiftTime && strings.EqualFold(f.Name, "Date") {
			f.Value, _ = shape.ShiftTime(f.Value, time.Since(p.rec.wall(response.At)))
		}
		h[f.Name] = append(h[f.Name], f.Value)
	}
	if !framed && strings.HasPrefix(response.Proto, "HTTP/1") && length > 0 && r.ProtoMajor == 1 {
		h.Set("Transfer-Encoding", "identity") // the end of the connection was the end of the body
	}
	w.WriteHeader(response.Status)
}

// cut reports whether the recorded body was cut off by its server.
func (p *playback) cut() bool {
	e := p.rec.ex.End
	return e != nil && e.How != capture.HowClose && e.By != capture.Client
}

// finish ends the answer as the recorded one ended.
func (p *playback) finish(w http.ResponseWriter, r *http.Request, until func(time.Duration) bool) {
	ex := p.rec.ex
	switch p.broken {
	case DoClose, DoTruncate:
		return
	case DoStall:
		p.server.hold(r)
		return
	case DoFIN, DoReset:
		p.breakOff(w, r, p.broken == DoReset)
		return
	}
	for _, f := range ex.Response.Trailer {
		w.Header().Add(http.TrailerPrefix+f.Name, f.Value)
	}
	if p.cut() {
		if until(ex.End.At) {
			p.abort(w, r)
		}
		return
	}
	if p.held() {
		p.server.hold(r)
		return
	}
	if ex.End != nil && p.stream() {
		until(ex.End.At)
	}
}

func (p *playback) stream() bool {
	return p.rec.ex.Kind == capture.KindSSE || p.rec.ex.Kind == capture.KindNDJSON
}

// held reports whether a stream stays open after the last recorded event: where
// its client left while it went on, or where the options say so.
func (p *playback) held() bool {
	if !p.stream() {
		return false
	}
	switch p.server.options.OnExhausted {
	case ExhaustedHold:
		return true
	case ExhaustedEnd, ExhaustedFail:
		return false
	}
	e := p.rec.ex.End
	return e == nil || e.By == capture.Client && e.How != capture.HowClose
}

// hold waits until the client or the server goes away.
func (s *Server) hold(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closing.Done():
	}
}

// abort breaks the connection off as it was when recorded: with RST, or before
// the message was complete.
func (p *playback) abort(w http.ResponseWriter, r *http.Request) {
	end := p.rec.ex.End
	if end != nil && p.rec.ex.Response == nil && !p.server.wait(r.Context(), time.Until(p.began.Add(p.server.options.Speed.scale(end.At)))) {
		return
	}
	p.breakOff(w, r, end != nil && end.How == capture.HowReset)
}

// breakOff ends the connection inside of the message.
func (p *playback) breakOff(w http.ResponseWriter, r *http.Request, withReset bool) {
	http.NewResponseController(w).Flush()
	if withReset && r.ProtoMajor == 1 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			reset(conn)
			return
		}
	}
	panic(http.ErrAbortHandler) // net/http closes the connection, or resets the stream
}
