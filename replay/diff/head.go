package diff

import (
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// The header fields that are compared: those that say what is asked for and
// what came, not those by which clients and servers introduce themselves.
var (
	requestHeaders = []string{
		"accept", "authorization", "content-encoding", "content-type", "if-match", "if-none-match", "last-event-id",
		"origin", "range", "sec-websocket-protocol",
	}
	responseHeaders = []string{
		"access-control-allow-origin", "allow", "cache-control", "content-disposition", "content-encoding",
		"content-range", "content-type", "link", "location", "retry-after", "sec-websocket-extensions",
		"sec-websocket-protocol", "www-authenticate",
	}
)

// request takes the head of the request apart, and its body unless the
// exchange is a socket.
func (s *side) request(o *Options) *unit {
	u := &unit{dir: capture.Send, kind: "request", doc: &payload.Doc{}}
	s.say(u, "method", s.ex.Request.Method, true)
	s.address(u)
	s.headers(u, s.ex.Request.Header, requestHeaders, o)
	if s.ex.Kind != capture.KindWebSocket && s.ex.Kind != capture.KindTunnel {
		s.body(u, s.ex.Request.Header)
	}
	return u
}

// response takes the head of the response apart, and its body unless that is a
// stream.
func (s *side) response(o *Options) *unit {
	r := s.ex.Response
	if r == nil {
		return nil
	}
	u := &unit{dir: capture.Receive, kind: "response", done: s.ex.Duration, doc: &payload.Doc{}}
	s.say(u, "status", strconv.Itoa(r.Status), true)
	s.headers(u, r.Header, responseHeaders, o)
	if s.ex.Kind == capture.KindHTTP {
		s.body(u, r.Header)
	}
	return u
}

// end tells how the exchange ended, nil while it has not.
func (s *side) end() *unit {
	e := s.ex.End
	if e == nil {
		return nil
	}
	u := &unit{dir: capture.Receive, kind: "end", done: e.At, doc: &payload.Doc{}}
	s.say(u, "end", e.How.String(), true)
	if e.How != capture.HowClose || s.ex.Kind == capture.KindWebSocket {
		s.say(u, "by", e.By.String(), e.By != 0)
	}
	s.say(u, "code", strconv.Itoa(e.Code), e.Code != 0)
	s.say(u, "reason", e.Reason, e.Reason != "")
	return u
}

// address takes the URL apart: the host, its port, the path and the query.
func (s *side) address(u *unit) {
	raw := s.ex.Request.URL
	at, err := url.Parse(raw)
	if err != nil || at.Host == "" {
		s.say(u, "host", raw, true)
		return
	}
	s.say(u, "scheme", at.Scheme, true)
	s.say(u, "host", at.Hostname(), true)
	s.say(u, "port", at.Port(), at.Port() != "")
	for _, l := range s.parser.Segments(at.EscapedPath()) {
		s.add(u, &l)
	}
	if at.RawQuery != "" {
		leaves, _ := s.parser.Pairs("query", at.RawQuery)
		for i := range leaves {
			s.add(u, &leaves[i])
		}
	}
}

// headers adds the chosen header fields. What comes several times is one value,
// as RFC 9110 §5.3 has it.
func (s *side) headers(u *unit, header []capture.Field, usual []string, o *Options) {
	all := slices.Contains(o.Headers, "*")
	seen := map[string]bool{}
	for _, f := range header {
		name := strings.ToLower(f.Name)
		chosen := all || slices.Contains(usual, name) ||
			slices.ContainsFunc(o.Headers, func(h string) bool { return strings.EqualFold(h, name) })
		if !chosen || seen[name] {
			continue
		}
		seen[name] = true
		value := strings.Join(capture.Values(header, name), ", ")
		if name == "content-type" && strings.HasPrefix(strings.ToLower(value), "multipart/") {
			value = content.ParseMediaType(value).Essence // the boundary is drawn anew
		}
		l := s.parser.Member("headers", name, value)
		s.add(u, &l)
	}
}

// body takes a body apart by its media type, or by its look.
func (s *side) body(u *unit, header []capture.Field) {
	r := s.t.Body(u.dir)
	defer r.Close()
	data, _ := io.ReadAll(io.LimitReader(r, 256<<20)) // a coding that breaks off ends the body
	if len(data) == 0 {
		return
	}
	m := content.ParseMediaType(capture.Get(header, "Content-Type"))
	switch m.Essence {
	case "application/x-www-form-urlencoded":
		u.doc = &payload.Doc{Format: payload.Fields, Data: data}
		u.doc.Leaves, _ = s.parser.Pairs("form", string(data))
	case "multipart/form-data":
		frame := string(data)
		if boundary := m.Params["boundary"]; boundary != "" {
			frame = strings.ReplaceAll(frame, boundary, "boundary")
		}
		u.doc = &payload.Doc{Data: data, Frame: frame}
	default:
		s.parse(u, data, m.Essence != "" && !content.IsText(m.Essence))
	}
}

// hostOf returns the host of a URL without its port.
func hostOf(raw string) string {
	at, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	if at.Host == "" {
		host, _, err := net.SplitHostPort(raw)
		if err != nil {
			return raw
		}
		return host
	}
	return at.Hostname()
}
