package mitm

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// welcomeHost is the host name under which the proxy itself answers.
const welcomeHost = "wiretape"

// serve takes every request that net/http has read, from every way in.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	if !p.enter() {
		panic(http.ErrAbortHandler)
	}
	defer p.wg.Done()
	c := connOf(r.Context())
	r.TLS = c.TLS()
	if r.ProtoMajor >= 2 {
		a := &answer{ResponseWriter: w}
		p.route(a, r, c)
		a.finish()
		return
	}
	a := &answer1{answer: answer{ResponseWriter: w}, conn: c}
	h := c.next()
	if h == nil {
		panic("mitm: a request without a head")
	}
	if h.refusal != nil {
		a.refuse(h.refusal)
		return
	}
	r.RequestURI = h.target
	if h.expect != nil {
		expectAgain(a, r, h.expect)
	}
	p.route(a, r, c)
	a.finish()
}

// route finds out whom a request is for.
func (p *Proxy) route(w http.ResponseWriter, r *http.Request, c *Conn) {
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case p.o.Origin != nil && (isListener(r.URL.Host, c) || r.URL.Host == "" && isListener(c.Target(), c)):
		// A client that goes through the proxy for everything also does so
		// for the proxy's own address, as one in origin form would not.
		r.URL.Scheme, r.URL.Host = "", ""
		p.o.Origin.ServeHTTP(w, r)
	case c.Target() != "":
		p.inside(w, r, c)
	case r.URL.IsAbs():
		p.forward(w, r)
	case p.o.Origin != nil:
		p.o.Origin.ServeHTTP(w, r)
	case isWelcome(r.Host) || r.ProtoMajor >= 2 && !isOwn(r.Host, c):
		// HTTP/2 has no absolute form: requests for others carry their names.
		r.URL.Scheme, r.URL.Host = c.scheme(), r.Host
		p.forward(w, r)
	default:
		explainOrigin(w, r)
	}
}

// inside takes a request in origin form on a connection that was to lead to
// another server.
func (p *Proxy) inside(w http.ResponseWriter, r *http.Request, c *Conn) {
	if r.URL.Host == "" {
		r.URL.Host = r.Host
	}
	if r.URL.Host == "" {
		r.URL.Host = c.Target() // HTTP/1.0 without Host
	}
	r.URL.Scheme = c.scheme()
	if isWelcome(c.Target()) {
		p.welcome.ServeHTTP(w, r)
		return
	}
	p.o.Handler.ServeHTTP(w, r)
}

// forward takes a request with an absolute URL that is meant for another
// server.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) {
	scheme, ok := map[string]string{"http": "http", "https": "https", "ws": "http", "wss": "https"}[strings.ToLower(r.URL.Scheme)]
	switch {
	case !ok:
		http.Error(w, "wiretape: no way to reach "+r.URL.Scheme+": URLs", http.StatusNotImplemented)
	case r.URL.Host == "":
		http.Error(w, "wiretape: a URL without a host", http.StatusBadRequest)
	case isWelcome(r.URL.Host):
		p.welcome.ServeHTTP(w, r)
	case p.o.Intercept != nil && !p.o.Intercept(r.URL.Hostname()):
		p.passBy(w, r, scheme)
	default:
		r.URL.Scheme = scheme
		p.o.Handler.ServeHTTP(w, r)
	}
}

// scheme returns the scheme of URLs on a connection.
func (c *Conn) scheme() string {
	if c.secure != nil {
		return "https"
	}
	return "http"
}

// hostname returns host without its port and without the brackets of an IPv6
// address.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

func isWelcome(host string) bool { return strings.EqualFold(hostname(host), welcomeHost) }

// isListener reports whether host is the very address that c came in on, or
// localhost for one on loopback. Another address with the same port may be
// another program's.
func isListener(host string, c *Conn) bool {
	local, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil || !isOwn(host, c) {
		return false
	}
	ip, err := netip.ParseAddr(hostname(host))
	if err != nil {
		return local.Addr().IsLoopback()
	}
	return ip.Unmap() == local.Addr().Unmap()
}

// isOwn reports whether host names the listener that c came in on: its port,
// and an address or a name that means this machine.
func isOwn(host string, c *Conn) bool {
	_, port, err := net.SplitHostPort(c.LocalAddr().String())
	if _, named, splitErr := net.SplitHostPort(host); err != nil || splitErr != nil || named != port {
		return false
	}
	name := hostname(host)
	_, err = netip.ParseAddr(name)
	return err == nil || strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost")
}
