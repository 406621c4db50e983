package replay

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// ServeConn serves the requests of one connection, such as one end of a
// net.Pipe, until it ends, and then closes it. Requests are in origin form.
func (s *Server) ServeConn(conn net.Conn) error { return s.serveConn(conn, s) }

func (s *Server) serveConn(conn net.Conn, h http.Handler) error {
	l := &oneConn{conn: conn, over: make(chan struct{})}
	var handlers sync.WaitGroup
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handlers.Add(1)
			defer handlers.Done()
			h.ServeHTTP(w, r)
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed || state == http.StateHijacked {
				l.Close()
			}
		},
	}
	stop := context.AfterFunc(s.closing, func() { server.Close() })
	defer stop()
	err := server.Serve(l)
	handlers.Wait()
	if errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// oneConn is a listener that accepts one connection, and ends when that does.
type oneConn struct {
	mu   sync.Mutex
	conn net.Conn
	once sync.Once
	over chan struct{}
}

// Accept implements net.Listener.
func (l *oneConn) Accept() (net.Conn, error) {
	l.mu.Lock()
	c := l.conn
	l.conn = nil
	l.mu.Unlock()
	if c != nil {
		return c, nil
	}
	<-l.over
	return nil, net.ErrClosed
}

// Close implements net.Listener.
func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.over) })
	return nil
}

// Addr implements net.Listener.
func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "replay", Net: "pipe"} }

// Dial connects a client to the mock without a socket, as if to host:port over
// the scheme http or https; TLS is neither needed nor spoken. The connection is
// served until it ends or the Server closes.
func (s *Server) Dial(ctx context.Context, scheme, addr string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	client, server := net.Pipe()
	s.live.Go(func() {
		err := s.serveConn(server, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.Scheme, r.URL.Host = scheme, addr
			s.ServeHTTP(w, r)
		}))
		if err != nil {
			s.options.Log.Warn("replay: a connection ended", "error", err)
		}
	})
	return client, nil
}

// Transport returns an http.RoundTripper that is answered from the tape and
// opens no socket. It is for http and https alike.
func (s *Server) Transport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return s.Dial(ctx, "http", addr)
		},
		DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return s.Dial(ctx, "https", addr)
		},
		DisableCompression: true,
	}
}
