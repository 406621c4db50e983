package mitm

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/elazarl/goproxy"

	"github.com/wiretape/wiretape/capture"
)

// RelayOptions say how a Relay reaches servers and where it hands its copies.
type RelayOptions struct {
	// Recorder takes the copies. Nil drops them.
	Recorder capture.Recorder
	// RootCAs are the authorities servers are checked against. Nil is the
	// system's.
	RootCAs *x509.CertPool
	// InsecureUpstream leaves servers unchecked.
	InsecureUpstream bool
	// ClientCert is shown to servers that ask for one. Nil for none.
	ClientCert *tls.Certificate
	// KeyLog gets the TLS secrets of connections to servers, in the format of
	// NSS. Nil for none.
	KeyLog io.Writer
	// UpstreamProxy is the proxy all traffic goes through: http, https or
	// socks5, credentials in its userinfo. Nil for none.
	UpstreamProxy *url.URL
	// MaxHead is how long the head of a response may be, in bytes. 0 is 1 MiB.
	// The client gets 502 for a longer one.
	MaxHead int
	// Self reports whether an address that was dialled is one of our own
	// listeners. Nil reports none.
	Self func(net.Addr) bool
	// Guarded reports whether an address that was dialled is one of our own
	// that no request may reach through the proxy, as that of the web page.
	// Nil reports none.
	Guarded func(net.Addr) bool
	// Log takes what goes wrong without an exchange to stand in. Nil drops it.
	Log *slog.Logger
}

// Relay forwards requests to their servers untouched and hands timed copies of
// what passes to a Recorder. It is an http.Handler for requests with absolute
// URLs and takes the tunnels of a Proxy. It may be used concurrently.
type Relay struct {
	recorder capture.Recorder
	maxHead  int
	upstream *upstream
	pool     *pool
	http2    *http2
	engine   *goproxy.ProxyHttpServer
	log      *slog.Logger

	mu     sync.Mutex
	live   map[stopper]struct{}
	closed bool
	wg     sync.WaitGroup
}

// stopper is an exchange under way.
type stopper interface{ stop() }

var (
	_ http.Handler         = (*Relay)(nil)
	_ Tunnels              = (*Relay)(nil)
	_ goproxy.RoundTripper = (*Relay)(nil)
)

var errClosed = errors.New("the recorder has stopped")

// NewRelay returns a Relay. It has no connections yet.
func NewRelay(o *RelayOptions) *Relay {
	if o == nil {
		o = &RelayOptions{}
	}
	u := newUpstream(o)
	r := &Relay{
		recorder: o.Recorder,
		maxHead:  cmp.Or(o.MaxHead, maxHead),
		upstream: u,
		pool:     newPool(u),
		http2:    newHTTP2(u),
		log:      o.Log,
		live:     map[stopper]struct{}{},
	}
	if r.recorder == nil {
		r.recorder = dropper{capture.NewClock()}
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.engine = r.newEngine()
	return r
}

// newEngine returns the goproxy server that routes ordinary requests to
// RoundTrip and the answers back. All that it would change is turned off:
// fields are dropped in Relay, where it is known which concern us.
func (r *Relay) newEngine() *goproxy.ProxyHttpServer {
	e := goproxy.NewProxyHttpServer()
	e.Logger = engineLog{r.log}
	e.KeepHeader = true
	e.KeepAcceptEncoding = true
	e.Tr = nil // nothing is fetched but through RoundTrip
	e.ConnectDial = nil
	e.NonproxyHandler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "wiretape: a relay takes requests with absolute URLs", http.StatusBadRequest)
	})
	e.OnRequest().DoFunc(func(req *http.Request, ctx *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		ctx.RoundTripper = r
		return req, nil
	})
	return e
}

// engineLog hands what goproxy has to say to a slog.Logger.
type engineLog struct{ log *slog.Logger }

func (l engineLog) Printf(format string, v ...any) {
	l.log.Debug("goproxy", "format", format, "values", v)
}

// ServeHTTP implements http.Handler. It panics with http.ErrAbortHandler where
// the server cut its response off, so that the client sees it cut off too.
func (r *Relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	x := newExchange(r, w, req)
	if !r.enter(x) {
		http.Error(w, "wiretape: "+errClosed.Error(), http.StatusServiceUnavailable)
		return
	}
	defer func() {
		if !x.handed {
			x.settle()
			r.leave(x)
		}
	}()
	x.begin()
	if x.upgrades() {
		x.upgrade()
	} else {
		r.engine.ServeHTTP(x, req.WithContext(context.WithValue(req.Context(), exchangeKey{}, x)))
	}
	x.finish()
}

// RoundTrip implements goproxy.RoundTripper for the exchange in the request's
// context.
func (r *Relay) RoundTrip(req *http.Request, _ *goproxy.ProxyCtx) (*http.Response, error) {
	x := req.Context().Value(exchangeKey{}).(*exchange)
	if req.ProtoMajor >= 2 {
		return x.roundTrip2(req)
	}
	return x.roundTrip1()
}

// enter counts x among what Close waits for, unless it is too late.
func (r *Relay) enter(x stopper) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.live[x] = struct{}{}
	r.wg.Add(1)
	return true
}

func (r *Relay) leave(x stopper) {
	r.mu.Lock()
	delete(r.live, x)
	r.mu.Unlock()
	r.wg.Done()
}

// replace puts y in the place of x among what Close waits for.
func (r *Relay) replace(x, y stopper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, x)
	r.live[y] = struct{}{}
}

// Close ends all exchanges under way, closes all connections to servers and
// waits until that is done.
func (r *Relay) Close() error {
	r.mu.Lock()
	r.closed = true
	live := slices.Collect(maps.Keys(r.live))
	r.mu.Unlock()
	for _, x := range live {
		r.wg.Go(x.stop)
	}
	r.wg.Wait()
	r.pool.Close()
	r.http2.Close()
	return nil
}

// dropper is the Recorder of a Relay that records nothing.
type dropper struct{ clock capture.Clock }

func (d dropper) Now() time.Duration                { return d.clock.Now() }
func (d dropper) Begin(capture.Opening) capture.Tap { return droppedTap{} }

type droppedTap struct{}

func (droppedTap) Upstream(capture.Upstream)                  {}
func (droppedTap) Early(time.Duration, int, []capture.Field)  {}
func (droppedTap) Response(time.Duration, capture.Response)   {}
func (droppedTap) Chunk(capture.Chunk)                        {}
func (droppedTap) Trailer(capture.Direction, []capture.Field) {}
func (droppedTap) End(capture.End)                            {}
