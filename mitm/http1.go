package mitm

import (
	"context"
	"net/http"
	"time"
)

// roundTrip1 forwards the request over HTTP/1 and returns the response with a
// body that relays itself. It is what goproxy calls for HTTP/1 clients.
//
// It does not go through http.Transport, which sends its own choice of lines in
// its own order, drops the response's head and reports a reset as an end of
// file: see docs/decisions.
func (x *exchange) roundTrip1() (*http.Response, error) {
	resp, err := x.ask(false)
	if err != nil {
		return x.failed(err)
	}
	if resp.status == http.StatusSwitchingProtocols {
		return x.failed(errUnaskedSwitch)
	}
	return x.response1(resp), nil
}

// response1 returns resp as goproxy takes it: without the fields, which
// WriteHeader adds. goproxy would copy them line by line, and take some answers
// for a switch of protocols.
func (x *exchange) response1(resp *response) *http.Response {
	x.answer = resp
	return &http.Response{
		StatusCode: resp.status,
		Body:       &download{x: x, resp: resp, body: newBody(x.server.br, resp.body)},
		Request:    x.r,
	}
}

// ask sends the request and reads heads up to the final one, over a connection
// of its own if fresh, else preferably over one that is there. An idle
// connection may turn out to be dead; then what can be repeated is.
func (x *exchange) ask(fresh bool) (*response, error) {
	for {
		c, err := x.connect(fresh)
		if err != nil {
			return nil, err
		}
		heard := false
		resp, err := x.askOver(c, &heard)
		if err == nil {
			return resp, nil
		}
		if _, lost := x.lost(); lost || heard || !c.reused || !x.repeatable() {
			return nil, err
		}
		c.wire().Close()
	}
}

// connect gets a connection and makes it the exchange's.
func (x *exchange) connect(fresh bool) (*http1Conn, error) {
	var c *http1Conn
	if !fresh {
		c = x.relay.pool.get(x.route)
	}
	if c == nil {
		var err error
		if c, err = x.dial(); err != nil {
			return nil, &DialError{Addr: x.route.addr, Err: err}
		}
	}
	x.addr, x.timing = c.addr, c.timing
	if !x.attach(c) {
		return nil, context.Canceled
	}
	return c, nil
}

// dial makes a new connection. A client that ends only its sending side does
// not stop it.
func (x *exchange) dial() (*http1Conn, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(x.r.Context()))
	defer cancel()
	x.mu.Lock()
	x.cancel = cancel
	if x.gone || x.stopped {
		cancel()
	}
	x.mu.Unlock()
	return x.relay.pool.dial(ctx, x.route)
}

// repeatable reports whether the request may be sent twice (RFC 9110 §9.2.2).
func (x *exchange) repeatable() bool {
	if x.r.Body != nil && x.r.Body != http.NoBody {
		return false
	}
	switch x.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// askOver sends the request over c and reads heads up to the final one. heard
// becomes true with the first byte that comes back.
func (x *exchange) askOver(c *http1Conn, heard *bool) (*response, error) {
	began := time.Now()
	if _, err := c.Write(x.requestHead()); err != nil {
		// A server may answer, and close, before it has read anything.
		c.SetReadDeadline(began.Add(time.Second))
	}
	sent := time.Now()
	x.timing.Send = sent.Sub(began)
	if x.r.Body != nil && x.r.Body != http.NoBody {
		x.upload = startUpload(x, c)
	}
	if x.clientHalfGone() {
		c.halfClose()
	}
	for {
		raw, err := readHead(c.br, x.relay.maxHead)
		at := x.relay.recorder.Now()
		*heard = *heard || len(raw) > 0
		if err == errLongHead {
			return nil, &ResponseError{Err: err}
		}
		if err != nil {
			return nil, err
		}
		resp, err := parseResponse(raw, x.r.Method)
		if err != nil {
			return nil, &ResponseError{Err: err}
		}
		resp.at = at
		if resp.status >= 200 || resp.status == http.StatusSwitchingProtocols {
			x.timing.Wait = time.Since(sent)
			if x.upload != nil {
				x.upload.answered(resp.lasts())
			}
			return resp, nil
		}
		x.inform(resp)
	}
}

// inform forwards an informational response (RFC 9110 §15.2) at once.
func (x *exchange) inform(resp *response) {
	if resp.status == http.StatusContinue && x.upload != nil {
		x.upload.proceed(resp)
		return
	}
	if x.r.ProtoAtLeast(1, 1) {
		x.informing.Lock()
		x.keepHead(resp)
		h := x.w.Header()
		for _, f := range resp.fields {
			h[f.Name] = append(h[f.Name], f.Value)
		}
		x.w.WriteHeader(resp.status)
		clear(h)
		x.informing.Unlock()
	}
	if resp.status != http.StatusContinue {
		x.tap.Early(resp.at, resp.status, resp.fields)
	}
}

// release lets the connection to the server go: back to the pool where it can
// be used again.
func (x *exchange) release(c *http1Conn, quiet bool) {
	if x.lasts && quiet && c.br.Buffered() == 0 && (x.upload == nil || x.upload.complete) {
		x.relay.pool.put(c)
		return
	}
	c.Close()
}
