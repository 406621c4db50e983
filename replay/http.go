package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// serveRequest answers an ordinary request.
func (s *Server) serveRequest(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	body, err := readBody(r)
	if err != nil {
		http.Error(w, "replay: "+err.Error(), http.StatusBadRequest)
		return
	}
	if s.requests == nil {
		s.missRequest(w, r, body, nil)
		return
	}
	play, d := s.find(r, body, began)
	if d != nil {
		s.missRequest(w, r, body, d)
		return
	}
	play.run(w, r)
}

// readBody reads a live request's body and undoes its content coding. The
// request can be read again afterwards.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	wire, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody))
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(string(wire)), r.Body))
	codings := content.Codings(r.Header.Values("Content-Encoding"))
	if len(codings) == 0 {
		return wire, nil
	}
	decoder, err := content.NewReader(codings, strings.NewReader(string(wire)))
	if err != nil {
		return wire, nil // compared as it is
	}
	defer decoder.Close()
	plain, err := io.ReadAll(io.LimitReader(decoder, maxRequestBody))
	if err != nil {
		return wire, nil
	}
	return plain, nil
}

// find matches a request and prepares the answer.
func (s *Server) find(r *http.Request, body []byte, began time.Time) (*playback, *Divergence) {
	s.webMu.Lock()
	defer s.webMu.Unlock()
	c := s.web
	c.heard++
	c.origin = originOf(r)
	fields := liveFields(r)
	c.variant = variantOf(fields)
	doc := requestDoc(c.parser, r.Method, rawPath(r), r.URL.RawQuery, r.Header.Get("Content-Type"), body, fields)
	label := requestLabel(doc)
	key := c.plan.fields.key(label, doc, c.recorded)
	if r.URL.Host != "" {
		key += hostKey(r.URL.Scheme + "://" + r.URL.Host + "/")
	}
	var m *message
	from := 0
	if id := lastEventID(r); id != "" {
		m, from = c.resume(c.plan.groups[key], id)
	} else if g := c.plan.groups[key]; g != nil {
		m = c.choose(g, doc)
	}
	m = c.allowed(m, label, doc)
	if m == nil {
		return nil, c.divergeRequest(label, doc, r, began)
	}
	i := c.begin(m, doc, began)
	s.mu.Lock()
	s.served[m.rec]++
	s.mu.Unlock()
	return newPlayback(c, i, began, from), nil
}

// allowed applies the level to a request that was matched to m, nil for none.
func (c *conversation) allowed(m *message, label string, doc *payload.Doc) *message {
	switch level := c.server.options.Level; {
	case m == nil && (level == LevelNear || level == LevelTape):
		if n := c.nearest(label, doc, 1); len(n) > 0 {
			if level == LevelNear {
				c.warn(label, doc, n[0])
			}
			return n[0].m
		}
	case m == nil:
	case level == LevelBytes && string(m.doc.Data) != string(doc.Data):
		return nil
	case (level == LevelBytes || level == LevelOrdered) && !c.isNext(m):
		return nil
	}
	return m
}

// isNext reports whether a request has not come yet, and all have whose answers
// had come when it was made.
func (c *conversation) isNext(m *message) bool {
	if c.used[m] > 0 {
		return false
	}
	made := m.rec.wall(0)
	for _, r := range c.plan.recordings {
		if r == m.rec {
			break
		}
		if q := r.messages[0]; c.used[q] == 0 && r.wall(r.ex.Duration).Before(made) {
			return false
		}
	}
	return true
}

// liveFields returns the header fields of a live request, each as one line.
func liveFields(r *http.Request) []capture.Field {
	var out []capture.Field
	for name, values := range r.Header {
		out = append(out, capture.Field{Name: name, Value: strings.Join(values, ", ")})
	}
	slices.SortFunc(out, func(a, b capture.Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// divergeRequest reports a request that no recorded one stands for.
func (c *conversation) divergeRequest(label string, doc *payload.Doc, r *http.Request, began time.Time) *Divergence {
	d := c.divergence(label, doc, began)
	d.URL, d.Exchange, d.Recorded, d.State = urlOf(r), 0, time.Time{}, ""
	d.Got = requestJSON(r, nil)
	return d
}

func urlOf(r *http.Request) string {
	if r.URL.Host != "" {
		return r.URL.String()
	}
	return r.URL.RequestURI()
}

// requestJSON describes a request.
func requestJSON(r *http.Request, body []byte) json.RawMessage {
	got := struct {
		Method string          `json:"method"`
		URL    string          `json:"url"`
		Body   json.RawMessage `json:"body,omitempty"`
	}{Method: r.Method, URL: urlOf(r)}
	if len(body) > 0 {
		got.Body = rawJSON(body)
	}
	out, err := json.Marshal(got)
	if err != nil {
		return nil
	}
	return out
}

// missRequest refuses a request, or hands it to the fallback.
func (s *Server) missRequest(w http.ResponseWriter, r *http.Request, body []byte, d *Divergence) {
	if d == nil {
		d = &Divergence{URL: urlOf(r), Reason: "no such exchange was recorded", Fix: "record again"}
	}
	d.Got = requestJSON(r, body)
	if s.options.OnMiss != MissFail && s.options.Fallback != nil {
		s.options.Log.Info("not recorded, passed on", "method", r.Method, "url", d.URL)
		s.options.Fallback.ServeHTTP(w, r)
		return
	}
	s.diverged(d, Item{Seq: d.Seq, Text: string(d.Got)})
	refuse(w, d)
}

// missOpening refuses a WebSocket connection that was not recorded.
func (s *Server) missOpening(w http.ResponseWriter, r *http.Request, doc *payload.Doc) {
	d := &Divergence{URL: urlOf(r), Reason: "no WebSocket connection to this URL was recorded", Fix: "record again"}
	near := s.openings.nearest(doc)
	if near != nil {
		d.Nearest = near
		d.Reason = "no WebSocket connection was recorded whose URL is equal in all that lasts from run to run"
	}
	s.missRequest(w, r, nil, d)
}

// nearest returns the recorded opening that comes closest.
func (o *openings) nearest(doc *payload.Doc) *Nearest {
	var best *Nearest
	for _, x := range o.list {
		d := o.fields.compare(x.m, requestLabel(doc), doc, func(*payload.Leaf) (string, bool) { return "", false })
		if best == nil || d.cost < best.Cost {
			best = &Nearest{Exchange: x.rec.ex.ID, Cost: d.cost, Diff: d.diff}
		}
	}
	return best
}

// refuse answers 503 with the divergence, for people and programs.
func refuse(w http.ResponseWriter, d *Divergence) {
	body, err := json.MarshalIndent(struct {
		Error      string      `json:"error"`
		Message    []string    `json:"message"`
		Divergence *Divergence `json:"divergence"`
	}{"wiretape replay: no recorded exchange answers this request", strings.Split(d.String(), "\n"), d}, "", "  ")
	if err != nil {
		body = []byte(`{"error":"wiretape replay: no recorded exchange answers this request"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Wiretape-Replay", "miss")
	w.WriteHeader(http.StatusServiceUnavailable)
	w.Write(append(body, '\n'))
}

// answer plays the recorded answer to a request whatever it says.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, rec *recording, began time.Time) {
	s.webMu.Lock()
	c := s.web
	c.origin = originOf(r)
	i := c.begin(rec.messages[0], rec.messages[0].doc, began)
	p := newPlayback(c, i, began, 0)
	s.webMu.Unlock()
	p.run(w, r)
}

// lastEventID returns where an event stream is to go on (WHATWG HTML 9.2.4).
func lastEventID(r *http.Request) string { return r.Header.Get("Last-Event-ID") }

// resume finds where a stream goes on after an event: in the recorded request
// that did so, else in the middle of a recorded stream that has the event.
func (c *conversation) resume(g *group, id string) (m *message, from int) {
	if g == nil {
		return nil, 0
	}
	for _, r := range g.resumed {
		if capture.Get(r.rec.ex.Request.Header, "Last-Event-ID") == id && (m == nil || c.used[m] > 0) {
			m = r
		}
	}
	if m != nil {
		return m, 0
	}
	streams := g.resumed
	for _, r := range g.recordings {
		streams = append(streams[:len(streams):len(streams)], g.byRecording[r]...)
	}
	for _, r := range streams {
		at, ok := r.rec.body.after(id)
		if ok && (m == nil || from == len(m.rec.body.plain)) {
			m, from = r, at
		}
	}
	return m, from
}
