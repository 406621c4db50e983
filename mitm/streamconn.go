package mitm

import (
	"net"
	"sync"
	"time"
)

// streamConn is the HTTP/2 stream of a CONNECT request as a connection. Once it is
// closed its handler may return, and nothing may touch the stream any more.
type streamConn struct {
	net.Conn
	writing sync.Mutex

	mu     sync.Mutex // guards closed, and is held while deadlines are set
	closed bool
}

// Write implements net.Conn.
func (s *streamConn) Write(p []byte) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.isClosed() {
		return 0, net.ErrClosed
	}
	return s.Conn.Write(p)
}

func (s *streamConn) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close implements net.Conn. It waits for a write under way, and ends it.
func (s *streamConn) Close() error {
	s.SetWriteDeadline(past())
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	return s.Conn.Close()
}

// SetDeadline implements net.Conn.
func (s *streamConn) SetDeadline(t time.Time) error { return s.set(s.Conn.SetDeadline, t) }

// SetReadDeadline implements net.Conn.
func (s *streamConn) SetReadDeadline(t time.Time) error { return s.set(s.Conn.SetReadDeadline, t) }

// SetWriteDeadline implements net.Conn.
func (s *streamConn) SetWriteDeadline(t time.Time) error { return s.set(s.Conn.SetWriteDeadline, t) }

func (s *streamConn) set(deadline func(time.Time) error, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	return deadline(t)
}
