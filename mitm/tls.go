package mitm

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// The protocols we speak inside TLS (RFC 7301 §6).
const (
	alpnHTTP2  = "h2"
	alpnHTTP11 = "http/1.1"
	alpnHTTP10 = "http/1.0"
)

// newTLS returns the configuration for all clients; one for all lets them
// resume sessions.
func (p *Proxy) newTLS() *tls.Config {
	protocols := []string{alpnHTTP2, alpnHTTP11, alpnHTTP10}
	if p.o.CA == nil {
		return &tls.Config{NextProtos: protocols}
	}
	config := p.o.CA.ServerConfig("", protocols)
	config.KeyLogWriter = p.o.KeyLog
	config.GetCertificate = func(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
		h := info.Conn.(*hello)
		h.shown = true
		return p.o.CA.Leaf(h.host())
	}
	near := config.Clone()
	near.CurvePreferences = classical
	config.GetConfigForClient = func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		if err := p.decide(info); err != nil || !staysHere(info) {
			return nil, err
		}
		return near, nil
	}
	return config
}

// classical is what is agreed on with clients on this machine. A key exchange
// that quantum computers cannot break costs a fifth of a new connection, and
// keeps secret what nobody else can listen to.
var classical = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// staysHere reports whether the client is on this machine, and has surely sent
// a share for a classical key exchange: one that must be asked for takes a
// round trip more.
func staysHere(info *tls.ClientHelloInfo) bool {
	from, ok := info.Conn.RemoteAddr().(*net.TCPAddr)
	return ok && from.IP.IsLoopback() && slices.Contains(info.SupportedCurves, tls.X25519)
}

// hello is a connection during the TLS handshake. Until the ClientHello was
// seen it keeps what is read, so that the handshake can be undone and the
// connection be given away untouched.
type hello struct {
	*Conn
	name    string // the client asked for, "" for none
	kept    []byte
	decided bool
	note    string         // why the connection is given away
	shown   bool           // our certificate was
	alert   tls.AlertError // the client sent in the clear, 0 for none
}

// Read implements net.Conn.
func (h *hello) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if !h.decided {
		h.kept = append(h.kept, p[:n]...)
	}
	if n >= 7 && [5]byte(p[n-7:n-2]) == [5]byte{recordAlert, 3, 3, 0, 2} {
		h.alert = tls.AlertError(p[n-1])
	}
	return n, err
}

// Write implements net.Conn. The alert that crypto/tls would send is not sent
// on connections that are given away.
func (h *hello) Write(p []byte) (int, error) {
	if h.note != "" {
		return len(p), nil
	}
	return h.Conn.Write(p)
}

// host returns the host our certificate is to be for.
func (h *hello) host() string {
	switch {
	case h.name != "":
		return h.name
	case h.target != "":
		return hostname(h.target)
	}
	host, _, _ := net.SplitHostPort(h.LocalAddr().String())
	return host
}

// errLookAway undoes a handshake.
var errLookAway = errors.New("not to be looked into")

// decide tells from the ClientHello whether to go on with the handshake. Names
// matter here for clients that ask for an address by CONNECT or SOCKS.
func (p *Proxy) decide(info *tls.ClientHelloInfo) error {
	h := info.Conn.(*hello)
	h.name = info.ServerName
	if h.target != "" {
		switch {
		case h.name != "" && p.o.Intercept != nil && !p.o.Intercept(h.name):
			h.note = noteExcluded
		case h.name != "" && p.o.TunnelOnRefusal && p.refused.has(h.name):
			h.note = noteRefused
		case !offersHTTP(info.SupportedProtos):
			h.note = noteOpaque + ": " + strings.Join(info.SupportedProtos, ", ")
		}
		if h.note != "" {
			return errLookAway
		}
	}
	h.kept, h.decided = nil, true
	return nil
}

// offersHTTP reports whether a client that offers protocols by ALPN may speak
// HTTP. Most that offer none do.
func offersHTTP(offered []string) bool {
	return len(offered) == 0 || slices.ContainsFunc(offered, func(o string) bool {
		return o == alpnHTTP2 || o == alpnHTTP11 || o == alpnHTTP10
	})
}

// serveTLS speaks TLS with the client of c, and HTTP inside.
func (p *Proxy) serveTLS(c *Conn) {
	h := &hello{Conn: c}
	t := tls.Server(h, p.secure)
	c.SetDeadline(time.Now().Add(greetTimeout))
	err := t.Handshake()
	c.SetDeadline(time.Time{})
	switch {
	case h.note != "":
		c.unread(h.kept)
		p.tunnel(c, h.note)
	case err != nil:
		c.drop()
		p.failed(h, err)
	default:
		p.serveInside(newSecureConn(c, t))
	}
}

// serveInside takes the connection inside TLS. What ALPN has agreed on holds;
// of clients that offered nothing some do not speak HTTP, or wait for the
// server. It is too late then for this connection, as TLS has ended here, but
// the next one to the same place is let through.
func (p *Proxy) serveInside(c *Conn) {
	switch {
	case c.state.NegotiatedProtocol == alpnHTTP2:
		p.push(c)
		return
	case c.state.NegotiatedProtocol == "" && c.target != "":
		c.SetReadDeadline(time.Now().Add(10 * p.patience(c.Target())))
		what, err := c.speaks()
		c.SetReadDeadline(time.Time{})
		if what == speaksOther || isSilence(err) {
			p.o.Log.Warn("no HTTP inside TLS; the next connection there is let through", "target", c.target)
			p.opaque.add(c.target)
		}
		if what != speaksHTTP {
			c.Close()
			return
		}
	}
	p.serveHTTP(c)
}

// failed tells of a handshake that came to nothing. Clients that went away
// before they saw anything of us are not worth telling of.
func (p *Proxy) failed(h *hello, err error) {
	target := h.target
	if target == "" {
		target = h.LocalAddr().String()
	}
	gone := errors.Is(err, io.EOF) || isReset(err)
	switch {
	case !h.shown || !gone && !isAlert(err) && h.alert == 0:
		p.o.Log.Warn("TLS handshake with a client", "client", h.RemoteAddr().String(), "target", target, "err", err)
		return
	case h.alert != 0:
		// Under TLS 1.3 OpenSSL sends it before it has changed its keys, and
		// crypto/tls sees a record that it cannot read.
		err = h.alert
	case gone:
		err = errors.New("it closed the connection without a word")
	}
	p.refused.add(h.host())
	p.refused.add(hostname(target))
	if p.o.Tunnels != nil {
		p.o.Tunnels.Refused(p.ctx, h.Conn, target, err)
	}
}

// isAlert reports whether err is an alert from the peer (RFC 8446 §6). After
// our certificate was shown it can hardly be about anything else.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// maxHosts bounds a hostSet.
const maxHosts = 1024

// hostSet is hosts to remember. The zero hostSet is empty.
type hostSet struct {
	mu    sync.Mutex
	hosts map[string]struct{}
}

func (s *hostSet) add(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hosts == nil || len(s.hosts) >= maxHosts {
		s.hosts = map[string]struct{}{} // what is forgotten is learned again
	}
	s.hosts[strings.ToLower(host)] = struct{}{}
}

func (s *hostSet) has(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.hosts[strings.ToLower(host)]
	return ok
}
