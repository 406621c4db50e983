package mitm

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/elazarl/goproxy"

	"github.com/wiretape/wiretape/certs"
)

const (
	// peekTimeout is how long a client may stay silent after CONNECT when
	// nothing else is asked for.
	peekTimeout = 300 * time.Millisecond
	// firstByte bounds the wait for the first byte of a new connection, which
	// browsers open before they need it.
	firstByte = 5 * time.Minute
	// headTimeout bounds the arrival of a request's head.
	headTimeout = time.Minute
	// idleTimeout is how long a connection is kept for the next request.
	idleTimeout = 5 * time.Minute
	// greetTimeout bounds the negotiation of SOCKS and of TLS.
	greetTimeout = 15 * time.Second
)

// Tunnels takes the connections a Proxy does not look into.
type Tunnels interface {
	// Tunnel connects to target, host:port, and moves bytes both ways until
	// both sides have ended. It owns c, and returns when c is closed. The note
	// says why c is not looked into, for people.
	Tunnel(ctx context.Context, c *Conn, target, note string)
	// Refused tells of a client that would not go on with our certificate for
	// target. The connection is closed already. The error is what the client
	// had to say.
	Refused(ctx context.Context, c *Conn, target string, err error)
}

// ProxyOptions say what a Proxy does with what comes in.
type ProxyOptions struct {
	// CA signs the certificates clients get to see.
	CA *certs.Authority
	// Handler answers every request that was meant for another server. It gets
	// an absolute URL with scheme http or https, also for upgrades, and in
	// RequestURI the target as it came, "%zz" and all. Inside CONNECT, SOCKS
	// and TLS the URL is made of what the request says; where the client wanted
	// to be connected to is another matter, and Conn.Target has it.
	Handler http.Handler
	// Tunnels takes the connections that are not looked into. Nil closes them.
	Tunnels Tunnels
	// Intercept reports whether to look into connections to host, without
	// port. Nil looks into all.
	Intercept func(host string) bool
	// TunnelOnRefusal lets later connections to a host through untouched once
	// a client refused our certificate for it.
	TunnelOnRefusal bool
	// Origin answers requests in origin form, those meant for our own address.
	// Nil answers 421 and says how to use a proxy.
	Origin http.Handler
	// PeekTimeout is how long a client may stay silent after CONNECT before
	// the server is taken to be the one that speaks first. 0 is 300 ms. On
	// ports 80 and 443, where clients speak first, it counts tenfold, and
	// inside TLS tenfold again.
	PeekTimeout time.Duration
	// MaxHead is how long the head of a request may be, in bytes. 0 is 1 MiB.
	// Longer ones are answered with 431.
	MaxHead int
	// KeyLog gets the TLS secrets of connections with clients, in the format
	// of SSLKEYLOGFILE. Nil: they are not written down.
	KeyLog io.Writer
	// Log takes what goes wrong without a request to blame. Nil drops it.
	Log *slog.Logger
}

// Proxy is every way in: one port for HTTP proxy requests in absolute form,
// CONNECT, SOCKS 4, 4a and 5, requests in origin form, all of that over TLS,
// and HTTP/2 with or without TLS. It may be used concurrently.
type Proxy struct {
	o       ProxyOptions
	server  *http.Server // reads the requests of all connections
	queue   *queue       // connections for it
	engine  *goproxy.ProxyHttpServer
	secure  *tls.Config
	welcome http.Handler
	refused hostSet // whose clients refused our certificate
	opaque  hostSet // host:port; without HTTP inside TLS

	ctx  context.Context // done when the patience of Shutdown is at its end
	stop context.CancelFunc
	wg   sync.WaitGroup // all goroutines, and the handlers under way

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*Conn]bool // the accepted ones; true while something goes on that Shutdown waits for
	serving   bool
	stopping  bool
	stopped   bool
	empty     chan struct{} // closed when stopping and no connection is left
}

// NewProxy returns a Proxy that listens nowhere yet.
func NewProxy(o *ProxyOptions) *Proxy {
	p := &Proxy{
		o:         *o,
		queue:     newQueue(),
		listeners: map[net.Listener]struct{}{},
		conns:     map[*Conn]bool{},
		empty:     make(chan struct{}),
	}
	if p.o.PeekTimeout == 0 {
		p.o.PeekTimeout = peekTimeout
	}
	if p.o.Log == nil {
		p.o.Log = slog.New(slog.DiscardHandler)
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.server = p.newServer()
	p.engine = p.newEngine()
	p.secure = p.newTLS()
	p.welcome = newWelcome(p.o.CA)
	return p
}

// newServer returns the net/http server that reads requests from connections
// of every kind.
func (p *Proxy) newServer() *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	// TLS is undone below, so that HTTP/2 comes as with prior knowledge.
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           http.HandlerFunc(p.serve),
		Protocols:         &protocols,
		ReadHeaderTimeout: headTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    4 * cmp.Or(p.o.MaxHead, maxHead), // requests has refused longer ones already
		ErrorLog:          slog.NewLogLogger(p.o.Log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return context.WithValue(p.ctx, stopKey{}, p.ctx) },
		ConnContext:       withConn,
		ConnState:         p.count,
		// "OPTIONS *" is for the server it was sent to.
		DisableGeneralOptionsHandler: true,
	}
}

// stopKey is the context key of the context that is done when all is to end. A
// request's own is done already where its client has half-closed.
type stopKey struct{}

// count keeps net/http's goroutines among those that are waited for, and knows
// on which connections there is a request under way.
func (p *Proxy) count(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		p.wg.Add(1)
	case http.StateActive:
		p.mark(c.(*Conn), true)
	case http.StateIdle:
		p.mark(c.(*Conn), false)
	case http.StateHijacked, http.StateClosed:
		p.wg.Done()
	}
}

// adopt counts c among the connections that are open.
func (p *Proxy) adopt(c *Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping {
		return false
	}
	p.conns[c] = false
	c.onClose = func() { p.forget(c) }
	return true
}

// mark says whether something goes on on c that Shutdown is to wait for. It
// reports false when nothing may begin any more.
func (p *Proxy) mark(c *Conn, busy bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, open := p.conns[c.base()]; open {
		p.conns[c.base()] = busy
	}
	return !p.stopping
}

// forget lets go of a connection that is closed.
func (p *Proxy) forget(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	p.tellEmpty()
}

// tellEmpty closes p.empty if that is due. The caller holds p.mu.
func (p *Proxy) tellEmpty() {
	if !p.stopping || len(p.conns) > 0 {
		return
	}
	select {
	case <-p.empty:
	default:
		close(p.empty)
	}
}

// Shutdown stops accepting, lets exchanges go on until ctx is done, closes what
// is left and waits for all goroutines. It returns ctx's error when something
// was left.
func (p *Proxy) Shutdown(ctx context.Context) error {
	p.stopAccepting()
	err := p.server.Shutdown(ctx)
	if err == nil {
		select {
		case <-p.empty:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	p.cutOff()
	p.wg.Wait()
	return err
}

// Close is Shutdown without patience.
func (p *Proxy) Close() error {
	p.stopAccepting()
	p.cutOff()
	p.wg.Wait()
	return nil
}

// stopAccepting closes the listeners and the connections on which nothing has
// begun.
func (p *Proxy) stopAccepting() {
	p.mu.Lock()
	p.stopping = true
	var fresh []*Conn
	for c, busy := range p.conns {
		if !busy {
			fresh = append(fresh, c)
		}
	}
	for l := range p.listeners {
		l.Close()
	}
	p.tellEmpty()
	p.mu.Unlock()
	for _, c := range fresh {
		c.drop()
	}
}

// cutOff ends all that still goes on.
func (p *Proxy) cutOff() {
	p.mu.Lock()
	p.stopped = true
	left := make([]*Conn, 0, len(p.conns))
	for c := range p.conns {
		left = append(left, c)
	}
	p.mu.Unlock()
	p.stop()
	for _, c := range left {
		c.drop()
	}
	p.server.Close()
	p.queue.Close()
}

// enter counts a handler among what is waited for. It reports false when it is
// too late for that.
func (p *Proxy) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return false
	}
	p.wg.Add(1)
	return true
}
