package mitm

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/wiretape/wiretape/certs"
)

// Tunnels takes the connections a Proxy does not look into.
type Tunnels interface {
	// Tunnel connects to target, host:port, and moves bytes both ways until
	// both sides have ended. It owns c. The note says why, for people.
	Tunnel(ctx context.Context, c *Conn, target, note string)
	// Refused tells of a client that would not go on with our certificate for
	// target. The connection is closed already.
	Refused(ctx context.Context, c *Conn, target string, err error)
}

// ProxyOptions say what a Proxy does with what comes in.
type ProxyOptions struct {
	// CA signs the certificates clients get to see.
	CA *certs.Authority
	// Handler answers every request that was meant for another server.
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
	// the server is taken to be the one that speaks first. 0 is 300 ms.
	PeekTimeout time.Duration
	// Log takes what goes wrong without a request to blame. Nil drops it.
	Log *slog.Logger
}

// Proxy is every way in.
type Proxy struct{ o ProxyOptions }

// NewProxy returns a Proxy that listens nowhere yet.
func NewProxy(o *ProxyOptions) *Proxy { return &Proxy{o: *o} }

// Serve accepts connections on l until Close or Shutdown, and then returns nil.
// It may be called for several listeners at once.
func (p *Proxy) Serve(l net.Listener) error { return errors.ErrUnsupported }

// Shutdown stops accepting, lets exchanges go on until ctx is done, closes what
// is left and waits for all goroutines.
func (p *Proxy) Shutdown(ctx context.Context) error { return nil }

// Close is Shutdown without patience.
func (p *Proxy) Close() error { return nil }
