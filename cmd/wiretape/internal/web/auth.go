package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// newToken returns 32 random bytes, base64url.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// policy is the page's content security policy. Trusted Types are on without a
// policy: every way from a string to markup throws.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
	"frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// protect sets what every answer carries. Whatever is data is kept nowhere;
// assets say otherwise.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// admit lets a request in, or says why not. A page elsewhere can make a browser
// ask us: by another name that resolves to us (Host), and from another origin
// (Origin, Sec-Fetch-Site). The token then is what no other page has.
func (s *Server) admit(r *http.Request) error {
	if !s.ours(r) {
		return &Problem{
			Status: http.StatusMisdirectedRequest, Title: "this host name is not the page's", Detail: r.Host,
			hint: "open the page by the address on the ready line",
		}
	}
	if origins := r.Header.Values("Origin"); len(origins) > 0 && (len(origins) > 1 || !strings.EqualFold(origins[0], "http://"+r.Host)) {
		return foreign("another page asks: " + strings.Join(origins, ", "))
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return foreign("the request comes from another site: " + site)
		}
	}
	if below(r.URL.Path, apiPrefix) && !s.holds(r) {
		return &Problem{
			Status: http.StatusUnauthorized, Title: "the token is missing or of another run",
			hint: "open the link on the ready line of this run",
		}
	}
	return nil
}

func foreign(detail string) *Problem {
	return &Problem{
		Status: http.StatusForbidden, Title: "only the page itself may ask", Detail: detail,
		hint: "type the address of the page into the browser, or open the link on the ready line",
	}
}

// below reports whether path is dir or lies in it.
func below(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// holds reports whether a request carries the token (RFC 6750 §2.1).
func (s *Server) holds(r *http.Request) bool {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return ok && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1
}

// ours reports whether Host is a name of the listener the request came in on,
// with its port. A name that anybody can let resolve to us is none, however it
// resolves; an address and localhost are.
func (s *Server) ours(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	own, err := netip.ParseAddrPort(local.String())
	if err != nil {
		return false
	}
	host, port := hostPort(r.Host)
	if port != portOf(own) {
		return false
	}
	host = strings.ToLower(host)
	if host == "localhost" || slices.ContainsFunc(s.o.Names, func(name string) bool { return strings.EqualFold(name, host) }) {
		return true
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return false
	}
	return addr == own.Addr().Unmap() || addr == netip.IPv6Loopback() || addr == netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// hostPort takes a Host field apart; browsers leave port 80 out (RFC 9110 §4.2.1).
func hostPort(field string) (host, port string) {
	if host, port, err := net.SplitHostPort(field); err == nil {
		return host, port
	}
	return strings.TrimSuffix(strings.TrimPrefix(field, "["), "]"), "80"
}

func portOf(a netip.AddrPort) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}
