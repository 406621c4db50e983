package replaytest

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// sniffTimeout is how long a new connection may say nothing.
const sniffTimeout = 30 * time.Second

// accept takes connections from the port until it is closed.
func (m *mock) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		if !m.enter() {
			_ = c.Close()
			return
		}
		go func() {
			defer m.live.Done()
			m.welcome(m.track(c, origin{}), "127.0.0.1")
		}()
	}
}

// welcome finds out whether a client speaks TLS, and hands its connection to
// the HTTP server. name is for whom the certificate is if the client names no
// host.
func (m *mock) welcome(c *conn, name string) {
	first := make([]byte, 1)
	_ = c.SetReadDeadline(time.Now().Add(sniffTimeout))
	if _, err := io.ReadFull(c, first); err != nil {
		_ = c.Close()
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	c.peeked = first
	if first[0] != 0x16 { // a TLS handshake record, RFC 8446 §5.1
		m.funnel.give(c)
		return
	}
	if c.origin.host != "" {
		c.origin.scheme = "https"
	}
	m.funnel.give(tls.Server(c, m.ca.ServerConfig(name, []string{"http/1.1"})))
}

// connect answers CONNECT (RFC 9110 §9.3.6): what follows on the connection is
// served as if by the host it names.
func (m *mock) connect(w http.ResponseWriter, r *http.Request) {
	hijacked, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	c := m.track(hijacked, origin{scheme: "http", host: r.Host})
	if _, err := io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = c.Close()
		return
	}
	if n := rw.Reader.Buffered(); n > 0 {
		buffered, _ := rw.Reader.Peek(n)
		c.Conn = &conn{Conn: c.Conn, peeked: append([]byte(nil), buffered...)}
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	m.welcome(c, host)
}

// Dial connects a client to the mock without a socket, as if to the host of
// addr, "host:port", over the scheme http or https; TLS is neither needed nor
// spoken.
func (s *Server) Dial(ctx context.Context, scheme, addr string) (net.Conn, error) {
	s.t.Helper()
	return s.mock("Dial").dial(ctx, scheme, addr)
}

func (m *mock) dial(ctx context.Context, scheme, addr string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := net.Pipe()
	c := m.track(server, origin{scheme, addr})
	if !m.funnel.give(c) {
		return nil, net.ErrClosed
	}
	return client, nil
}

// Transport returns an http.RoundTripper that is answered from the recording
// and opens no socket, for http and https alike.
func (s *Server) Transport() *http.Transport {
	s.t.Helper()
	m := s.mock("Transport")
	tr := &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return m.dial(ctx, "http", addr)
		},
		DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return m.dial(ctx, "https", addr)
		},
		DisableCompression: true,
	}
	s.t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// funnel is a listener whose connections come from several places.
type funnel struct {
	conns chan net.Conn // unbuffered: who gives waits for the server
	once  sync.Once
	over  chan struct{}
}

func newFunnel() *funnel { return &funnel{conns: make(chan net.Conn), over: make(chan struct{})} }

// give hands over a connection, or closes it if the funnel is closed.
func (f *funnel) give(c net.Conn) bool {
	select {
	case f.conns <- c:
		return true
	case <-f.over:
		_ = c.Close()
		return false
	}
}

// Accept implements net.Listener.
func (f *funnel) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.over:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (f *funnel) Close() error {
	f.once.Do(func() { close(f.over) })
	return nil
}

// Addr implements net.Listener.
func (f *funnel) Addr() net.Addr { return &net.UnixAddr{Name: "replaytest", Net: "pipe"} }
