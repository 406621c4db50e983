package mitm

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// Conn is a connection as handlers see it: decrypted, with what lies below TLS
// still in reach. The http.Hijacker of a request that came through a Proxy
// returns one. One goroutine may read, any number may call the rest.
type Conn struct {
	net.Conn // the *wire, or a *tls.Conn over it

	below  *wire
	secure *tls.Conn            // nil on plain connections
	state  *tls.ConnectionState // as of the handshake
	target string               // host:port the client named to CONNECT or SOCKS
	root   *Conn                // the connection that was accepted, nil for itself

	requests          // takes apart what Read delivers
	verbatim verbatim // what Write replaces

	notified atomic.Bool // the peer sent close_notify
	over     sync.Once
	onClose  func() // runs once, when the connection is closed in any way
}

// newConn returns the plain connection over w.
func newConn(w *wire) *Conn {
	c := &Conn{Conn: w, below: w}
	c.requests.src = (*decrypted)(c)
	return c
}

// newSecureConn returns the connection inside t, whose handshake is done and
// which lies over c.
func newSecureConn(c *Conn, t *tls.Conn) *Conn {
	state := t.ConnectionState()
	s := &Conn{Conn: t, below: c.below, secure: t, state: &state, target: c.target, root: c.base(), onClose: c.end}
	s.requests.src, s.requests.most = (*decrypted)(s), c.requests.most
	return s
}

// wire returns the socket below all TLS.
func (c *Conn) wire() *wire { return c.below }

// base returns the connection that was accepted, below all TLS.
func (c *Conn) base() *Conn {
	if c.root != nil {
		return c.root
	}
	return c
}

// TLS returns the state of the TLS connection with the client, nil when there
// is none. ServerName is the name the client asked for, "" when it named none.
func (c *Conn) TLS() *tls.ConnectionState { return c.state }

// Target returns the host:port the client asked to be connected to by CONNECT
// or SOCKS, and "" for other connections. A relay dials it, whatever the Host
// fields of the requests inside say.
func (c *Conn) Target() string { return c.target }

// Read reads decrypted bytes. While net/http reads requests from the
// connection, it gets them one head at a time.
func (c *Conn) Read(p []byte) (int, error) { return c.requests.Read(p) }

// decrypted is a Conn as it comes out of TLS, before requests looks at it.
type decrypted Conn

func (d *decrypted) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	if err == io.EOF && d.secure != nil && d.below.Ended() == endNone {
		// The end of file came out of TLS before the socket's own.
		d.notified.Store(true)
	}
	return n, err
}

// Ended returns how the peer ended its side, as far as was read. A close_notify
// is an endFIN, whether or not the FIN was seen after it.
func (c *Conn) Ended() ending {
	if e := c.below.Ended(); e != endNone || !c.notified.Load() {
		return e
	}
	return endFIN
}

// CloseNotify reports whether the peer said in TLS that it ended its side (RFC
// 8446 §6.1). On plain connections it is true: nothing is missing there.
func (c *Conn) CloseNotify() bool { return c.secure == nil || c.notified.Load() }

// CloseWrite ends our side, with close_notify under TLS and then FIN. The
// peer's side goes on.
func (c *Conn) CloseWrite() error {
	if c.secure != nil {
		// close_notify forbids all later writes, so nothing may be held back.
		if err := c.below.Cork(false); err != nil {
			return err
		}
		if err := c.secure.CloseWrite(); err != nil {
			return err
		}
	}
	return c.below.CloseWrite()
}

// Close closes the connection, with close_notify under TLS.
func (c *Conn) Close() error {
	defer c.end()
	c.below.release()
	return c.Conn.Close()
}

// Reset closes the connection so that the peer sees RST.
func (c *Conn) Reset() error {
	defer c.end()
	return c.below.Reset()
}

// Abandon closes the connection with a FIN and, under TLS, without
// close_notify, as a server does that crashes or is cut off.
func (c *Conn) Abandon() error {
	defer c.end()
	if err := c.below.CloseWrite(); err != nil {
		c.below.Close()
		return err
	}
	return c.below.Close()
}

// drop closes the socket without a word.
func (c *Conn) drop() {
	defer c.end()
	c.below.Close()
}

// end tells the owner that the connection is closed.
func (c *Conn) end() {
	c.over.Do(func() {
		if c.onClose != nil {
			c.onClose()
		}
	})
}

// connKey is the context key of the client connection.
type connKey struct{}

// connOf returns the client connection a request came on, nil when the request
// did not come through a Proxy.
func connOf(ctx context.Context) *Conn {
	c, _ := ctx.Value(connKey{}).(*Conn)
	return c
}

// withConn returns a context that carries c.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}
