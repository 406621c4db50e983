package replaytest

import (
	"net"
)

// origin is what a connection stands for: the one to a recorded host, or, zero,
// the one to the mock itself.
type origin struct{ scheme, host string }

type originKey struct{}

// conn is an open connection of a client.
type conn struct {
	net.Conn
	mock   *mock // nil: not tracked
	origin origin
	peeked []byte // read before, to be read again
}

// track counts a connection among the open ones until it is closed.
func (m *mock) track(c net.Conn, o origin) *conn {
	t := &conn{Conn: c, mock: m, origin: o}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conns[t] = struct{}{}
	return t
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.peeked) > 0 {
		n := copy(p, c.peeked)
		c.peeked = c.peeked[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// Close implements net.Conn.
func (c *conn) Close() error {
	if c.mock != nil {
		c.mock.mu.Lock()
		delete(c.mock.conns, c)
		c.mock.mu.Unlock()
	}
	return c.Conn.Close()
}

// NetConn returns the connection below.
func (c *conn) NetConn() net.Conn { return c.Conn }

// CloseWrite ends our direction with FIN, where there is one.
func (c *conn) CloseWrite() error { return closeWrite(c.Conn) }

func closeWrite(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// originOf finds out what a connection of the HTTP server stands for.
func originOf(c net.Conn) origin {
	for c != nil {
		if found, ok := c.(*conn); ok {
			return found.origin
		}
		c = below(c)
	}
	return origin{}
}

func below(c net.Conn) net.Conn {
	if w, ok := c.(interface{ NetConn() net.Conn }); ok {
		return w.NetConn()
	}
	return nil
}

// reset ends a connection with RST, without a close frame or close_notify.
func reset(c net.Conn) {
	bottom := c
	for next := c; next != nil; next = below(next) {
		bottom = next
	}
	if tcp, ok := bottom.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = bottom.Close()
}

// Drop breaks every open connection off, as a network that fails does: with
// RST, without a close frame. It returns how many there were; that there was
// none fails the test. While recording the test is skipped from here on.
func (s *Server) Drop() int {
	s.t.Helper()
	m := s.mock("Drop")
	m.mu.Lock()
	var open []*conn
	for c := range m.conns {
		open = append(open, c)
	}
	m.mu.Unlock()
	if len(open) == 0 {
		s.t.Errorf("replaytest: there is no connection to drop")
	}
	for _, c := range open {
		reset(c)
		_ = c.Close()
	}
	return len(open)
}
