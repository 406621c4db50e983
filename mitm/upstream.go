package mitm

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"

	"golang.org/x/net/proxy"

	"github.com/wiretape/wiretape/capture"
)

const (
	// dialPatience bounds everything up to a usable connection: the look-up of
	// the name, TCP, the upstream proxy and TLS.
	dialPatience = 30 * time.Second
	// keepAlive is how often a silent peer is asked whether it is still there.
	keepAlive = 15 * time.Second
)

// route is a way to a server.
type route struct {
	secure bool   // TLS
	addr   string // host:port to connect to
	name   string // what the server calls itself in TLS
	ask    bool   // the upstream proxy is asked for the resource, not for a tunnel
}

// upstream makes connections to servers, straight or through another proxy. It
// may be used concurrently.
type upstream struct {
	dialer net.Dialer
	config *tls.Config
	proxy  *url.URL // nil for none
	self   func(net.Addr) bool
	guard  func(net.Addr) bool
}

func newUpstream(o *RelayOptions) *upstream {
	config := &tls.Config{
		RootCAs:                     o.RootCAs,
		InsecureSkipVerify:          o.InsecureUpstream,
		KeyLogWriter:                o.KeyLog,
		ClientSessionCache:          tls.NewLRUClientSessionCache(256),
		DynamicRecordSizingDisabled: true,
	}
	if o.ClientCert != nil {
		config.Certificates = []tls.Certificate{*o.ClientCert}
	}
	return &upstream{
		dialer: net.Dialer{KeepAlive: keepAlive},
		config: config,
		proxy:  o.UpstreamProxy,
		self:   o.Self,
		guard:  o.Guarded,
	}
}

// dial connects to r and, where r is secure, speaks TLS, offering the given
// protocols. Of the timing it fills in DNS, Connect and TLS.
func (u *upstream) dial(ctx context.Context, r route, protocols ...string) (*Conn, capture.Timing, error) {
	timing := capture.NoTiming
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	c, err := u.connect(ctx, r, &timing)
	if err != nil || !r.secure {
		return c, timing, err
	}
	began := time.Now()
	config := u.config.Clone()
	config.ServerName = r.name
	config.NextProtos = protocols
	c, err = handshake(ctx, c, config)
	timing.TLS = time.Since(began)
	return c, timing, err
}

// connect makes the connection that reaches r, without TLS to the server.
func (u *upstream) connect(ctx context.Context, r route, timing *capture.Timing) (*Conn, error) {
	next := r.addr
	if u.proxy != nil {
		next = proxyAddr(u.proxy)
	}
	c, err := u.tcp(ctx, next, timing)
	if u.proxy == nil {
		return c, err
	}
	if err == nil {
		if guarded := u.guardBehind(ctx, c, r.addr); guarded != nil {
			c.wire().Close()
			return nil, guarded
		}
		c, err = u.pass(ctx, c, r)
	}
	if err != nil {
		return nil, &ProxyError{Proxy: u.proxy.Redacted(), Err: err}
	}
	return c, nil
}

// tcp connects to addr and makes sure that it is not ourselves.
func (u *upstream) tcp(ctx context.Context, addr string, timing *capture.Timing) (*Conn, error) {
	var mu sync.Mutex
	var lookedUp time.Duration = -1
	began := time.Now()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{DNSDone: func(httptrace.DNSDoneInfo) {
		mu.Lock()
		defer mu.Unlock()
		lookedUp = time.Since(began)
	}})
	c, err := u.dialer.DialContext(ctx, "tcp", addr)
	took := time.Since(began)
	mu.Lock()
	timing.DNS, timing.Connect = lookedUp, took-max(lookedUp, 0)
	mu.Unlock()
	if err != nil {
		return nil, err
	}
	if u.self != nil && u.self(c.RemoteAddr()) {
		c.Close()
		return nil, &LoopError{Addr: addr}
	}
	if u.guard != nil && u.guard(c.RemoteAddr()) {
		c.Close()
		return nil, &GuardedError{Addr: addr}
	}
	return newConn(newWire(c)), nil
}

// handshake speaks TLS over c as a client. It closes c when that fails.
func handshake(ctx context.Context, c *Conn, config *tls.Config) (*Conn, error) {
	stop := context.AfterFunc(ctx, func() { c.wire().Close() })
	t := tls.Client(c.Conn, config)
	err := t.Handshake()
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		c.wire().Close()
		return nil, err
	}
	return newSecureConn(c, t), nil
}

// proxyAddr returns the host:port of an upstream proxy.
func proxyAddr(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	switch u.Scheme {
	case "https":
		return net.JoinHostPort(u.Hostname(), "443")
	case "socks5", "socks5h":
		return net.JoinHostPort(u.Hostname(), "1080")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

// asks reports whether there is an upstream proxy that can be asked for plain
// resources (RFC 9112 §3.2.2); many give tunnels to TLS ports only.
func (u *upstream) asks() bool {
	return u.proxy != nil && (u.proxy.Scheme == "http" || u.proxy.Scheme == "https")
}

// pass makes c, a connection to the upstream proxy, the way to r. It closes c
// when there is none.
func (u *upstream) pass(ctx context.Context, c *Conn, r route) (*Conn, error) {
	var err error
	switch u.proxy.Scheme {
	case "socks5", "socks5h":
		err = u.socks(ctx, c, r.addr)
	case "https":
		config := u.config.Clone()
		config.ServerName = u.proxy.Hostname()
		config.NextProtos = []string{"http/1.1"}
		if c, err = handshake(ctx, c, config); err != nil {
			return nil, err
		}
		fallthrough
	case "http":
		if !r.ask {
			err = u.tunnel(ctx, c, r.addr)
		}
	default:
		err = fmt.Errorf("unknown kind of proxy %q", u.proxy.Scheme)
	}
	if err != nil {
		c.wire().Close()
		return nil, err
	}
	return c, nil
}

// socks asks a SOCKS5 proxy (RFC 1928). It resolves the name, not we.
func (u *upstream) socks(ctx context.Context, c *Conn, addr string) error {
	var auth *proxy.Auth
	if user := u.proxy.User; user != nil {
		password, _ := user.Password()
		auth = &proxy.Auth{User: user.Username(), Password: password}
	}
	d, err := proxy.SOCKS5("tcp", proxyAddr(u.proxy), auth, nil)
	if err != nil {
		return err
	}
	with, ok := d.(interface {
		DialWithConn(ctx context.Context, c net.Conn, network, addr string) (net.Addr, error)
	})
	if !ok {
		return fmt.Errorf("SOCKS5: %w", http.ErrNotSupported)
	}
	_, err = with.DialWithConn(ctx, c, "tcp", addr)
	return err
}

// tunnel asks an HTTP proxy by CONNECT (RFC 9110 §9.3.6).
func (u *upstream) tunnel(ctx context.Context, c *Conn, addr string) error {
	stop := context.AfterFunc(ctx, func() { c.wire().Close() })
	err := u.askTunnel(c, addr)
	if !stop() {
		return context.Cause(ctx)
	}
	return err
}

func (u *upstream) askTunnel(c *Conn, addr string) error {
	ask := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n" + proxyAuthorization(u.proxy) + "\r\n"
	if _, err := io.WriteString(c, ask); err != nil {
		return err
	}
	raw, err := readHeadBytewise(c)
	if err != nil {
		return err
	}
	h, err := parseHead(raw)
	if err != nil {
		return err
	}
	_, status, reason, err := parseStatusLine(h.first)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("it answered CONNECT %s with %d %s", addr, status, reason)
	}
	return err
}

// readHeadBytewise reads a head and not one byte of what follows it.
func readHeadBytewise(c *Conn) ([]byte, error) {
	var raw []byte
	var one [1]byte
	for len(raw) < maxHead {
		if _, err := io.ReadFull(c, one[:]); err != nil {
			return nil, err
		}
		raw = append(raw, one[0])
		if one[0] == '\n' && headEnd(raw, len(raw)-1) >= 0 {
			return raw, nil
		}
	}
	return nil, errLongHead
}

// proxyAuthorization returns the header line for the credentials in u, or "".
func proxyAuthorization(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(u.User.Username(), password)
	return "Proxy-Authorization: " + r.Header.Get("Authorization") + "\r\n"
}
