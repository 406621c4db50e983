package mitm

import (
	"errors"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// The first bytes that tell what comes.
const (
	recordAlert     = 0x15 // a TLS record with an alert (RFC 8446 §5.1)
	recordHandshake = 0x16 // one with a handshake
	socks4Version   = 0x04
	socks5Version   = 0x05 // RFC 1928 §3
)

// Serve accepts connections on l until Close or Shutdown, and then returns nil.
// It may be called for several listeners at once, and owns l.
func (p *Proxy) Serve(l net.Listener) error {
	if !p.listen(l) {
		l.Close()
		return nil
	}
	defer p.wg.Done()
	defer p.unlisten(l)
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			p.accept(c)
		case p.isStopping():
			return nil
		case isShortage(err):
			p.o.Log.Warn("accept a connection", "err", err)
			p.pause(100 * time.Millisecond)
		default:
			return err
		}
	}
}

// listen counts l among the listeners, and starts the HTTP server with the
// first one.
func (p *Proxy) listen(l net.Listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping {
		return false
	}
	p.listeners[l] = struct{}{}
	p.wg.Add(1)
	if !p.serving {
		p.serving = true
		p.wg.Go(func() { p.server.Serve(p.queue) })
	}
	return true
}

func (p *Proxy) unlisten(l net.Listener) {
	p.mu.Lock()
	delete(p.listeners, l)
	p.mu.Unlock()
	l.Close()
}

func (p *Proxy) isStopping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopping
}

// pause waits, but not past the end of the proxy.
func (p *Proxy) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.ctx.Done():
	}
}

// accept takes a new connection and finds out what the client speaks.
func (p *Proxy) accept(c net.Conn) {
	conn := newConn(newWire(c))
	conn.requests.most = p.o.MaxHead
	if !p.adopt(conn) {
		c.Close()
		return
	}
	p.spawn(conn, func() { p.sniff(conn) })
}

// spawn runs f, which owns c, in a goroutine of its own. A panic in f ends c
// and nothing else.
func (p *Proxy) spawn(c *Conn, f func()) {
	p.wg.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				p.o.Log.Error("panic on a connection", "client", c.RemoteAddr().String(), "panic", v, "stack", string(debug.Stack()))
				c.drop()
			}
		}()
		f()
	})
}

// sniff tells by the first byte what the client speaks.
func (p *Proxy) sniff(c *Conn) {
	c.SetReadDeadline(time.Now().Add(firstByte))
	first, err := c.peek(1)
	if err != nil {
		c.drop()
		return
	}
	c.SetReadDeadline(time.Time{})
	switch first[0] {
	case recordHandshake:
		p.serveTLS(c)
	case socks5Version, socks4Version:
		p.serveSOCKS(c)
	default:
		p.serveHTTP(c)
	}
}

// serveHTTP hands c to the HTTP server, which owns it then.
func (p *Proxy) serveHTTP(c *Conn) {
	c.follow()
	p.push(c)
}

// push hands c to the HTTP server as it is.
func (p *Proxy) push(c *Conn) {
	if !p.mark(c, false) || !p.queue.push(c) {
		c.drop()
	}
}

// queue is a net.Listener of connections that were accepted elsewhere. It holds
// none: push waits for Accept, which the HTTP server is never far from.
type queue struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newQueue() *queue {
	return &queue{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// push hands c to Accept, and reports false when there will be no more of that.
func (q *queue) push(c net.Conn) bool {
	select {
	case q.conns <- c:
		return true
	case <-q.closed:
		return false
	}
}

// Accept implements net.Listener.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// Addr implements net.Listener.
func (q *queue) Addr() net.Addr { return &net.TCPAddr{} }

// isSilence reports whether a read ended because nothing came in time.
func isSilence(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// readExactly reads len(p) bytes.
func readExactly(c *Conn, p []byte) error {
	_, err := io.ReadFull(c, p)
	return err
}
