package mitm

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// exchangeKey is the context key under which goproxy carries an *exchange.
type exchangeKey struct{}

// exchange is one request on its way to its server, and what comes back. It is
// the http.ResponseWriter goproxy writes to.
type exchange struct {
	relay *Relay
	w     http.ResponseWriter
	out   *http.ResponseController
	r     *http.Request
	conn  *Conn // the client's; nil when the request did not come through a Proxy
	head  *head // of an HTTP/1 request, as it came; nil where it is not known
	route route
	tap   capture.Tap

	opened    time.Duration // on the recorder's clock
	upload    *upload       // nil without a body, and under HTTP/2
	informing sync.Mutex    // held while an informational response is written
	lasts     bool          // the connection to the server can be used again
	addr      string        // what was dialled
	timing    capture.Timing
	answer    fieldAdder // the response's fields, for the client
	responded bool       // the tap has been told of the response
	ended     bool       // and how; the tap is told last of all
	outcome   capture.End
	cut       *cut // how the client is to see that there is no more

	telling sync.Mutex // held where the tap is told of an HTTP/2 upload, and of the end
	over    bool       // the tap has been told of the end

	mu       sync.Mutex
	server   *http1Conn         // under way
	cancel   context.CancelFunc // of a dial under way, or of a request over HTTP/2
	gone     bool               // the client is
	halfGone bool               // the client has ended its side
	stopped  bool               // by Relay.Close
	unhook   func() bool
	unstop   func() bool // of a half-closed exchange
	handed   bool        // the connections have left HTTP, and a pump has them
}

// fieldAdder adds a response's fields to those net/http is going to write.
type fieldAdder interface{ addTo(http.Header) }

func newExchange(relay *Relay, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{
		relay:  relay,
		w:      w,
		out:    http.NewResponseController(w),
		r:      r,
		conn:   connOf(r.Context()),
		opened: relay.recorder.Now(),
		timing: capture.NoTiming,
	}
	if b, ok := r.Body.(*awaited); ok {
		x.r = r.WithContext(r.Context())
		x.r.Body = b.ReadCloser
	}
	if x.conn != nil && r.ProtoMajor < 2 {
		if raw := x.conn.Head(); raw != nil {
			x.head, _ = parseHead(raw)
		}
	}
	x.route = x.findRoute()
	return x
}

// findRoute returns the way to the server: to where the client asked to be
// connected, under the name it asked for in TLS, or else by the URL.
func (x *exchange) findRoute() route {
	u := x.r.URL
	r := route{secure: u.Scheme == "https" || u.Scheme == "wss", addr: hostPort(u.Scheme, u.Host), name: u.Hostname()}
	if x.conn != nil && x.conn.Target() != "" {
		r.addr, r.name = x.conn.Target(), hostname(x.conn.Target())
		if state := x.conn.TLS(); state != nil && state.ServerName != "" {
			r.name = state.ServerName
		}
	}
	r.ask = x.relay.upstream.asks() && !r.secure && !x.upgrades()
	return r
}

// begin opens the exchange at the recorder.
func (x *exchange) begin() {
	x.tap = x.relay.recorder.Begin(capture.Opening{At: x.opened, Request: x.captured(), Client: x.r.RemoteAddr})
	x.mu.Lock()
	x.unhook = context.AfterFunc(x.r.Context(), x.clientEnded)
	x.mu.Unlock()
}

// captured returns the head of the request as it is recorded.
func (x *exchange) captured() capture.Request {
	c := capture.Request{Method: x.r.Method, URL: x.url(), Proto: x.r.Proto}
	if x.head != nil {
		c.Header, c.Raw = x.head.fields, x.head.raw
		return c
	}
	c.Header = fieldsOf(x.r.Header)
	if x.r.ProtoMajor < 2 || x.r.Host != x.r.URL.Host {
		c.Header = append([]capture.Field{{Name: "Host", Value: x.r.Host}}, c.Header...)
	}
	return c
}

// url returns the absolute URL as it is recorded, in the client's spelling.
func (x *exchange) url() string {
	scheme, port := "http", ":80"
	if x.route.secure {
		scheme, port = "https", ":443"
	}
	if x.upgrades() && strings.EqualFold(x.r.Header.Get("Upgrade"), "websocket") {
		scheme = "ws" + strings.TrimPrefix(scheme, "http")
	}
	return scheme + "://" + strings.TrimSuffix(x.r.URL.Host, port) + x.target()
}

// attach makes c the connection to the server. It reports false when the
// client is gone already.
func (x *exchange) attach(c *http1Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.server = c
	if x.gone || x.stopped {
		x.hangUp()
		return false
	}
	return true
}

// stop implements stopper.
func (x *exchange) stop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stopped = true
	if x.conn != nil && x.r.ProtoMajor < 2 {
		x.conn.Close()
	}
	if x.server != nil {
		x.server.Close()
	}
	x.hangUp()
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.w.Header() }

// WriteHeader implements http.ResponseWriter. It adds the fields; it sends
// nothing yet.
func (x *exchange) WriteHeader(status int) {
	if x.cut == nil {
		if x.answer != nil {
			x.answer.addTo(x.w.Header())
			if r, ok := x.answer.(*response); ok {
				x.keepHead(r)
			}
		}
		x.w.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(p []byte) (int, error) {
	if x.cut != nil {
		return len(p), nil // goproxy's own words about an error; nobody is to see them
	}
	return x.w.Write(p)
}

// respond tells the tap of the response, and of where it came from.
func (x *exchange) respond(at time.Duration, r capture.Response) {
	x.responded = true
	x.tap.Upstream(capture.Upstream{Addr: x.addr, Timing: x.timing})
	x.tap.Response(at, r)
}

// end notes how and when the exchange ended. Only the first call counts.
func (x *exchange) end(e capture.End) {
	if !x.ended {
		x.ended = true
		x.outcome = e
		x.outcome.At = x.relay.recorder.Now()
	}
}

// tellEnd tells the tap how the exchange ended.
func (x *exchange) tellEnd() {
	x.end(capture.End{How: capture.HowError, By: capture.Proxy, Err: "the relay left the exchange unfinished"})
	if !x.responded && x.addr != "" {
		x.tap.Upstream(capture.Upstream{Addr: x.addr, Timing: x.timing})
	}
	x.telling.Lock()
	defer x.telling.Unlock()
	x.over = true
	x.tap.End(x.outcome)
}

// finish cuts the client off where the server did so.
func (x *exchange) finish() {
	if x.cut != nil {
		x.severClient()
		panic(http.ErrAbortHandler)
	}
}

// settle is the end of the exchange whatever happened: it waits for the
// upload, lets the connection to the server go, and tells the tap.
func (x *exchange) settle() {
	if x.upload != nil {
		x.upload.settle()
	}
	x.mu.Lock()
	unhook, c := x.unhook, x.server
	x.unhook, x.server = nil, nil
	if x.unstop != nil {
		x.unstop()
	}
	x.mu.Unlock()
	quiet := unhook == nil || unhook()
	if c != nil {
		x.release(c, quiet)
	}
	x.tellEnd()
}
