package mitm

import (
	"context"
	"net"
	"net/http"
	"time"
)

// http2 forwards the requests of HTTP/2 clients. It may be used concurrently.
type http2 struct {
	upstream *upstream
	secure   *http.Transport // HTTP/2, or HTTP/1 where the server knows nothing else
	clear    *http.Transport // HTTP/2 with prior knowledge (RFC 9113 §3.3)
}

func newHTTP2(u *upstream) *http2 {
	h := &http2{upstream: u}
	h.secure = h.transport(func(p *http.Protocols) { p.SetHTTP1(true); p.SetHTTP2(true) })
	h.clear = h.transport(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })
	return h
}

func (h *http2) transport(choose func(*http.Protocols)) *http.Transport {
	protocols := new(http.Protocols)
	choose(protocols)
	return &http.Transport{
		Protocols:             protocols,
		DialContext:           h.dial,
		DialTLSContext:        h.dial,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   maxIdle,
		MaxIdleConns:          maxIdle,
		IdleConnTimeout:       idlePatience,
		ExpectContinueTimeout: continuePatience,
		ReadBufferSize:        readSize,
		WriteBufferSize:       readSize,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 2 * keepAlive, PingTimeout: keepAlive},
	}
}

// dial connects to where the exchange of ctx leads.
func (h *http2) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	x := ctx.Value(exchangeKey{}).(*exchange)
	r := x.route
	r.ask = false // HTTP/2 needs a tunnel
	c, timing, err := h.upstream.dial(ctx, r, "h2", "http/1.1")
	if err != nil {
		return nil, &DialError{Addr: x.route.addr, Err: err}
	}
	c.wire().cost = timing
	return c.Conn, nil
}

// Close closes the idle connections.
func (h *http2) Close() {
	h.secure.CloseIdleConnections()
	h.clear.CloseIdleConnections()
}

// wireBelow returns the wire that c lies over.
func wireBelow(c net.Conn) *wire {
	for {
		switch t := c.(type) {
		case *wire:
			return t
		case interface{ NetConn() net.Conn }:
			c = t.NetConn()
		default:
			return nil
		}
	}
}

// roundTrip2 forwards the request of an HTTP/2 client and returns the response
// with a body that relays itself.
func (x *exchange) roundTrip2(req *http.Request) (*http.Response, error) {
	s := &stream{x: x}
	ctx, cancel := context.WithCancel(req.Context())
	x.mu.Lock()
	x.cancel = cancel
	x.mu.Unlock()
	resp, err := x.transport2().RoundTrip(s.request(req, ctx))
	s.at = x.relay.recorder.Now()
	if err != nil {
		cancel()
		return s.failed(err)
	}
	s.resp = resp
	x.timing.Wait = time.Since(s.sent)
	x.answer = s
	return &http.Response{StatusCode: resp.StatusCode, Body: s, Request: req}, nil
}

// transport2 keeps the client's protocol towards the server.
func (x *exchange) transport2() *http.Transport {
	if x.route.secure || x.conn != nil && x.conn.TLS() != nil {
		return x.relay.http2.secure
	}
	return x.relay.http2.clear
}
