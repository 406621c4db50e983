package replay

import (
	"net/http"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// openings are the recorded requests to open a WebSocket connection, refused
// ones too, in the order in which they were made.
type openings struct {
	list   []opening
	fields *fields
	polled bool // some are of Engine.IO over polling
}

// opening is one of them.
type opening struct {
	plan   *Plan
	rec    *recording
	m      *message // its URL as a message, to be compared
	base   string   // without the query
	path   string
	socket bool
}

func openingsOf(plans []*Plan) openings {
	var o openings
	var parser payload.Parser
	for _, p := range plans {
		for _, r := range p.recordings {
			if !p.socket && !strings.EqualFold(capture.Get(r.ex.Request.Header, "Upgrade"), "websocket") {
				continue
			}
			path, query := splitURL(r.ex.Request.URL)
			doc := requestDoc(&parser, http.MethodGet, path, query, "", nil, nil)
			m := &message{rec: r, seq: 0, dir: capture.Send, doc: doc, label: requestLabel(doc), variant: variantOf(r.ex.Request.Header)}
			o.polled = o.polled || r.polled
			o.list = append(o.list, opening{p, r, m, baseOf(r.ex.Request.URL), path, p.socket})
		}
	}
	slices.SortStableFunc(o.list, func(a, b opening) int { return a.rec.ex.Started.Compare(b.rec.ex.Started) })
	var messages []*message
	for _, x := range o.list {
		messages = append(messages, x.m)
	}
	o.fields = learn(messages, true)
	for _, m := range messages {
		m.key = o.fields.key(m.label, m.doc, nil)
	}
	return o
}

// find returns the recorded openings a live one stands for: those of its path
// whose query is equal in all that lasts and that suit its header. Where there
// are none LevelNear takes those of the path, and LevelTape any. known tells
// which recorded value a live one stands for.
func (o *openings) find(r *http.Request, level Level, known func(*payload.Leaf) (string, bool)) (found []opening, doc *payload.Doc) {
	var parser payload.Parser
	doc = requestDoc(&parser, http.MethodGet, rawPath(r), r.URL.RawQuery, "", nil, nil)
	key := o.fields.key(requestLabel(doc), doc, known)
	found = o.those(r, func(x *opening) bool { return x.m.key == key })
	if len(found) == 0 && (level == LevelNear || level == LevelTape) {
		found = o.those(r, func(x *opening) bool { return x.path == rawPath(r) })
	}
	if len(found) == 0 && level == LevelTape {
		found = o.list
	}
	offered := protocols(r.Header.Values("Sec-WebSocket-Protocol"))
	if fit := slices.DeleteFunc(slices.Clone(found), func(x opening) bool { return !x.speaks(offered) }); len(fit) > 0 {
		found = fit
	}
	return found, doc
}

// those returns the openings that are so, are on the live host and suit the
// live header best.
func (o *openings) those(r *http.Request, so func(*opening) bool) []opening {
	live := variantOf(liveFields(r))
	var found []opening
	var messages []*message
	for _, x := range o.list {
		if so(&x) && x.onHost(r) {
			found = append(found, x)
			messages = append(messages, x.m)
		}
	}
	best := suiting(messages, live)
	return slices.DeleteFunc(found, func(x opening) bool { return !slices.Contains(best, x.m) })
}

// onHost reports whether a request in absolute form is for the recorded host.
// In origin form the host is the mock's own.
func (x *opening) onHost(r *http.Request) bool {
	return r.URL.Host == "" || strings.EqualFold(hostOf(x.base), hostOf(baseOf(r.URL.Scheme+"://"+r.URL.Host+"/")))
}

// hostOf returns scheme, host and port of a URL, the port left out where it is
// the scheme's own.
func hostOf(base string) string {
	scheme, rest, _ := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return scheme + "://" + host
}

// speaks reports whether the recorded choice of a subprotocol is one of those
// offered.
func (x *opening) speaks(offered []string) bool {
	if x.rec.ex.Response == nil {
		return true
	}
	chosen := capture.Get(x.rec.ex.Response.Header, "Sec-WebSocket-Protocol")
	if chosen == "" {
		return len(offered) == 0 || capture.Get(x.rec.ex.Request.Header, "Sec-WebSocket-Protocol") != ""
	}
	return slices.Contains(offered, chosen)
}

func protocols(values []string) []string {
	var out []string
	for _, v := range values {
		for p := range strings.SplitSeq(v, ",") {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}

// rawPath returns the path of a request as it was written.
func rawPath(r *http.Request) string {
	target := r.URL.EscapedPath()
	if r.RequestURI != "" && r.RequestURI[0] == '/' {
		target, _, _ = strings.Cut(r.RequestURI, "?")
	} else if strings.Contains(r.RequestURI, "://") {
		target, _ = splitURL(r.RequestURI)
	}
	if target == "" {
		target = "/"
	}
	return target
}

// take chooses among the recorded openings that a live one stands for: the n-th
// live connection takes the n-th, and the last one again. again tells that it
// was taken before.
func (s *Server) take(found []opening) (x opening, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.turns[found[0].rec]
	s.turns[found[0].rec]++
	if s.options.OnReconnect == ReconnectSame {
		n = 0
	}
	x = found[min(n, len(found)-1)]
	again = s.served[x.rec] > 0
	s.served[x.rec]++
	return x, again
}

// elsewhere returns all openings for a request in origin form whose path is
// that of no recording and says nothing: clients may be pointed at one URL for
// all endpoints.
func (o *openings) elsewhere(r *http.Request) []opening {
	if r.URL.Host != "" {
		return nil
	}
	for _, x := range o.list {
		if x.path == rawPath(r) {
			return nil
		}
	}
	if p := strings.Trim(rawPath(r), "/"); p != "" {
		return nil
	}
	return o.list
}

// otherTransport returns the sessions of Engine.IO at a path that were recorded
// over polling, for a client that begins with a WebSocket.
func (o *openings) otherTransport(r *http.Request) (found []opening) {
	if !isEngine(r.URL.RawQuery) {
		return nil
	}
	for _, x := range o.list {
		if x.rec.polled && x.path == rawPath(r) && x.onHost(r) {
			found = append(found, x)
		}
	}
	return found
}
