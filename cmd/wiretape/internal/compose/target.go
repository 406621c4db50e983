package compose

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/idna"
)

// Pair is a name and a value, as headers, parameters and cookies have them: in
// order, and several times if need be.
type Pair [2]string

// Target is where to connect to and what to say first. Variables in the URL and
// in all values are resolved when it is used.
type Target struct {
	URL          string            `json:"url"`              // ws, wss, http or https
	Method       string            `json:"method,omitempty"` // of http and https; "" is GET, or POST with a body
	Params       []Pair            `json:"params,omitempty"` // added to the query, percent-encoded
	Headers      []Pair            `json:"headers,omitempty"`
	Cookies      []Pair            `json:"cookies,omitempty"`
	Subprotocols []string          `json:"subprotocols,omitempty"`
	Vars         map[string]string `json:"vars,omitempty"`
	Insecure     bool              `json:"insecure,omitempty"`   // the server's certificate is not checked
	NoDeflate    bool              `json:"no_deflate,omitempty"` // permessage-deflate is not offered (RFC 7692)
	Body         *Message          `json:"body,omitempty"`       // of http and https
	OnOpen       []Message         `json:"on_open,omitempty"`    // sent as soon as a socket is open
}

// address is a resolved URL, cut into what is needed of it.
type address struct {
	socket bool   // ws or wss
	secure bool   // TLS
	host   string // as the Host field has it
	dial   string // host:port
	name   string // of the server, in TLS
	path   string // the request target: path and query
	user   *url.Userinfo
	full   string // for people, without user info and query, which may hold secrets
}

// address resolves the URL and the parameters.
func (t *Target) address(s *Scope) (*address, error) {
	text, err := s.Resolve(t.URL)
	if err != nil {
		return nil, err
	}
	scheme, rest, found := strings.Cut(strings.TrimSpace(text), "://")
	scheme = strings.ToLower(scheme)
	if !found {
		return nil, badURL("it does not begin with ws://, wss://, http:// or https://")
	}
	switch scheme {
	case "ws", "wss", "http", "https":
	default:
		return nil, badURL(fmt.Sprintf("%q is not ws, wss, http or https", scheme))
	}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	a := &address{socket: scheme[0] == 'w', secure: scheme == "wss" || scheme == "https", path: encode(rest[end:])}
	if err := a.authority(rest[:end]); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(a.path, "/") {
		a.path = "/" + a.path
	}
	if err := a.addParams(t.Params, s); err != nil {
		return nil, err
	}
	path, _, _ := strings.Cut(a.path, "?")
	a.full = scheme + "://" + a.host + path
	return a, nil
}

// authority reads user info, host and port.
func (a *address) authority(s string) error {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		u, err := url.Parse("http://" + s[:i+1] + "h")
		if err != nil {
			return badURL("its user info cannot be read")
		}
		a.user, s = u.User, s[i+1:]
	}
	u, err := url.Parse("http://" + s)
	if err != nil || u.Hostname() == "" {
		return badURL("there is no host in it")
	}
	name := u.Hostname()
	if net.ParseIP(name) == nil {
		if name, err = idna.Lookup.ToASCII(name); err != nil {
			// Names that are no domain names, as those of containers, pass.
			if name = u.Hostname(); !httpguts.ValidHostHeader(name) {
				return badURL("its host is no name and no address")
			}
		}
	}
	port := "80"
	if a.secure {
		port = "443"
	}
	a.name, a.host = name, name
	if strings.Contains(name, ":") {
		a.host = "[" + name + "]"
	}
	if u.Port() != "" {
		port = u.Port()
		a.host += ":" + port
	}
	a.dial = net.JoinHostPort(name, port)
	return nil
}

func (a *address) addParams(params []Pair, s *Scope) error {
	for _, p := range params {
		name, err := s.Resolve(p[0])
		if err != nil {
			return err
		}
		value, err := s.Resolve(p[1])
		if err != nil {
			return err
		}
		sep := "?"
		if strings.Contains(a.path, "?") {
			sep = "&"
		}
		a.path += sep + component(name) + "=" + component(value)
	}
	return nil
}

func badURL(why string) error {
	return &TargetError{Part: "the URL", Why: why, hint: "as in wss://api.example.com/v1/ws?token=… or https://api.example.com/v1/events"}
}

// encode percent-encodes what may not stand in a request target at all; what
// is there already stays as it was written (RFC 9112 §3.2).
func encode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// component percent-encodes a name or a value of a query (RFC 3986 §3.4).
func component(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
