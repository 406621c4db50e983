package mitm

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/elazarl/goproxy"
)

// newEngine returns the goproxy server that CONNECT requests go through. It
// answers none itself: each connection is hijacked and comes back to us.
func (p *Proxy) newEngine() *goproxy.ProxyHttpServer {
	e := goproxy.NewProxyHttpServer()
	e.Logger = slog.NewLogLogger(p.o.Log.Handler(), slog.LevelDebug)
	e.Tr, e.ConnectDial = nil, nil // nothing is ever dialled from here
	action := &goproxy.ConnectAction{Action: goproxy.ConnectHijack, Hijack: p.connected}
	e.OnRequest().HandleConnectFunc(func(host string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		return action, host
	})
	return e
}

// connect takes a CONNECT request.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.URL.Host)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" {
		// RFC 9110 §9.3.6: an empty or invalid port is to be rejected.
		http.Error(w, fmt.Sprintf("wiretape: CONNECT needs host:port, not %q", r.RequestURI), http.StatusBadRequest)
		return
	}
	if r.ProtoMajor >= 2 {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
	}
	p.engine.ServeHTTP(w, r)
}

// connected takes the connection of a CONNECT request from goproxy. Over
// HTTP/1 it returns at once, so that net/http's buffers and goroutine do not
// stay with the connection; an HTTP/2 stream lasts as long as its handler.
func (p *Proxy) connected(r *http.Request, client net.Conn, _ *goproxy.ProxyCtx) {
	if c, ok := client.(*Conn); ok {
		c.target = r.URL.Host
		c.SetWriteDeadline(time.Now().Add(greetTimeout))
		if _, err := fmt.Fprintf(c, "HTTP/1.%d 200 Connection established\r\n\r\n", r.ProtoMinor); err != nil {
			c.drop()
			return
		}
		c.SetWriteDeadline(time.Time{})
		c.forget()
		if !p.mark(c, false) {
			c.drop()
			return
		}
		p.spawn(c, func() { p.look(c) })
		return
	}
	c := newConn(newWire(&streamConn{Conn: client}))
	c.target = r.URL.Host
	closed := make(chan struct{})
	if !p.adopt(c) {
		return
	}
	forget := c.onClose
	c.onClose = func() { forget(); close(closed) }
	p.spawn(c, func() { p.look(c) })
	select {
	case <-closed:
	case <-r.Context().Done():
		c.drop()
	}
}

// look finds out what passes on a connection that is to lead to another
// server, and whether we are to see it.
func (p *Proxy) look(c *Conn) {
	host := hostname(c.Target())
	switch {
	case p.o.Intercept != nil && !p.o.Intercept(host):
		p.tunnel(c, noteExcluded)
		return
	case p.o.TunnelOnRefusal && p.refused.has(host):
		p.tunnel(c, noteRefused)
		return
	case p.opaque.has(c.Target()):
		p.tunnel(c, noteOpaque)
		return
	}
	if _, ok := c.below.Conn.(*streamConn); !ok { // a deadline that passes would end the stream
		c.SetReadDeadline(time.Now().Add(p.patience(c.Target())))
	}
	what, err := c.speaks()
	c.SetReadDeadline(time.Time{})
	switch {
	case what == speaksTLS:
		p.serveTLS(c)
	case what == speaksHTTP:
		p.serveHTTP(c)
	case what == speaksOther || isSilence(err) && c.buffered():
		p.tunnel(c, "neither TLS nor HTTP")
	case isSilence(err):
		p.tunnel(c, "the client waits for the server to speak first")
	case err == io.EOF && c.buffered():
		p.tunnel(c, "neither TLS nor HTTP")
	default:
		c.drop()
	}
}

// Why connections are not looked into.
const (
	noteExcluded = "excluded"
	noteRefused  = "a client refused our certificate before"
	noteOpaque   = "no HTTP inside TLS"
)

// patience returns how long to wait for the client's first bytes.
func (p *Proxy) patience(target string) time.Duration {
	if _, port, _ := net.SplitHostPort(target); port == "80" || port == "443" {
		return 10 * p.o.PeekTimeout
	}
	return p.o.PeekTimeout
}

// tunnel gives c away without looking into it.
func (p *Proxy) tunnel(c *Conn, note string) {
	if p.o.Tunnels == nil || !p.mark(c, true) {
		c.drop()
		return
	}
	p.o.Tunnels.Tunnel(p.ctx, c, c.Target(), note)
}

// spoken is what a client speaks inside CONNECT or SOCKS.
type spoken uint8

const (
	speaksNothing spoken = iota // too little has come to tell
	speaksTLS
	speaksHTTP
	speaksOther
)

// speaks reads ahead until it is clear what the client speaks.
func (r *requests) speaks() (spoken, error) {
	for n := 1; ; n++ {
		b, err := r.peek(n)
		if what := guess(b); what != speaksNothing || err != nil {
			return what, err
		}
		n = len(b)
	}
}

// buffered reports whether bytes lie here that were peeked at.
func (r *requests) buffered() bool { return len(r.pending) > 0 }

// guess tells what begins with b. An HTTP request begins with a method in
// capitals, a space and a target: a path, a URL or an asterisk.
func guess(b []byte) spoken {
	const longest = 32 // of all registered methods by far
	if len(b) == 0 {
		return speaksNothing
	}
	if b[0] == recordHandshake {
		switch {
		case len(b) == 1:
			return speaksNothing
		case b[1] == 3: // the version of all records (RFC 8446 §5.1)
			return speaksTLS
		}
		return speaksOther
	}
	method, rest, found := bytes.Cut(b, []byte(" "))
	for _, c := range method {
		if !('A' <= c && c <= 'Z' || c == '-' || c == '_') {
			return speaksOther
		}
	}
	switch {
	case len(method) == 0 || len(method) > longest:
		return speaksOther
	case !found || len(rest) == 0:
		return speaksNothing
	case bytes.IndexByte([]byte("/*hHwW"), rest[0]) >= 0:
		return speaksHTTP
	}
	return speaksOther
}
