package replay

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// address is an absolute URL in a message of the server whose host was recorded
// too. In front of a client that knows the mock as a plain server it names the
// mock, so that the client that follows it gets there.
type address struct {
	start, end int    // from the scheme up to the path
	until      int    // where the whole URL ends
	socket     bool   // of a WebSocket
	slashes    string // "//", or as JSON may write it
}

// origin is how a live client knows the mock: nothing for a proxy.
type origin struct {
	host   string
	secure bool
}

// originOf tells how the client of a request knows the mock.
func originOf(r *http.Request) origin {
	if r.URL.Host != "" {
		return origin{}
	}
	return origin{r.Host, r.TLS != nil}
}

// text is what stands for an address.
func (o origin) text(a address) string {
	scheme := "http"
	if a.socket {
		scheme = "ws"
	}
	if o.secure {
		scheme += "s"
	}
	return scheme + ":" + a.slashes + o.host
}

// absolute finds absolute URLs: scheme, slashes, authority, the rest.
var absolute = regexp.MustCompile(`\b(https?|wss?):(//|\\/\\/)([A-Za-z0-9._\-]+(?::[0-9]+)?|\[[0-9a-fA-F:.]+\](?::[0-9]+)?)([^\s"'<>]*)`)

// hosts are those of which anything was recorded, with their ports.
type hosts map[string]bool

// hostsOf gathers them.
func hostsOf(plans []*Plan) hosts {
	h := hosts{}
	for _, p := range plans {
		for _, r := range p.recordings {
			if m := absolute.FindStringSubmatch(r.ex.Request.URL); m != nil {
				h[withPort(m[1], m[3])] = true
			}
		}
	}
	return h
}

// withPort returns an authority with its port, that of the scheme if it has none.
func withPort(scheme, authority string) string {
	authority = strings.ToLower(authority)
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		return authority
	}
	if strings.HasSuffix(scheme, "s") {
		return authority + ":443"
	}
	return authority + ":80"
}

// addresses finds those in a text.
func (h hosts) addresses(text []byte) (out []address) {
	for _, m := range absolute.FindAllSubmatchIndex(text, -1) {
		scheme := string(text[m[2]:m[3]])
		if h[withPort(scheme, string(text[m[6]:m[7]]))] {
			out = append(out, address{m[0], m[7], m[9], scheme[0] == 'w', string(text[m[4]:m[5]])})
		}
	}
	return out
}

// locate finds the addresses in all that the servers said. Binary, whose lengths
// are stated, is left alone.
func (s *Server) locate() {
	h := hostsOf(s.plans())
	for _, p := range s.plans() {
		for _, m := range p.messages {
			if m.dir == capture.Send {
				continue
			}
			switch m.doc.Format {
			case payload.Binary, payload.CBOR, payload.MessagePack, payload.Packet:
			default:
				if bytes.Contains(m.doc.Data, []byte(":/")) || bytes.Contains(m.doc.Data, []byte(`:\/`)) {
					m.addresses = h.addresses(m.doc.Data)
				}
			}
		}
	}
	s.hosts = h
}

// maxReturns bounds how many rewritten URLs are remembered.
const maxReturns = 4096

// addressed adds the edits that let addresses in a message name the mock.
func (c *conversation) addressed(m *message, edits []payload.Edit) []payload.Edit {
	if c.origin.host == "" || len(m.addresses) == 0 {
		return edits
	}
	for _, a := range m.addresses {
		text := c.origin.text(a)
		edits = append(edits, payload.Edit{Start: a.start, End: a.end, Text: []byte(text)})
		c.server.mu.Lock()
		if len(c.server.returns) < maxReturns {
			plain := strings.NewReplacer(`\/`, "/")
			c.server.returns[plain.Replace(text+string(m.doc.Data[a.end:a.until]))] = plain.Replace(string(m.doc.Data[a.start:a.until]))
		}
		c.server.mu.Unlock()
	}
	return tidy(edits)
}

// returned translates a URL that names the mock back into the recorded one.
func (s *Server) returned(value string) (string, bool) {
	if !strings.Contains(value, "://") {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.returns[value]
	return v, ok
}

// location lets an address in a header field name the mock.
func (s *Server) location(o origin, value string) string {
	if o.host == "" {
		return value
	}
	found := s.hosts.addresses([]byte(value))
	if len(found) != 1 || found[0].start != 0 {
		return value
	}
	return o.text(found[0]) + value[found[0].end:]
}
