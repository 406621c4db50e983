package mitm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/wiretape/wiretape/capture"
)

// DialError says that a server could not be reached. Nothing of the request
// has left then.
type DialError struct {
	Addr string // host:port
	Err  error
}

func (e *DialError) Error() string { return "connect to " + e.Addr + ": " + e.Err.Error() }
func (e *DialError) Unwrap() error { return e.Err }

// Hint says what can be done.
func (e *DialError) Hint() string {
	var (
		lookup  *net.DNSError
		loop    *LoopError
		guarded *GuardedError
		proxy   *ProxyError
		alert   tls.AlertError
		record  tls.RecordHeaderError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(e.Err, &loop):
		return loop.Hint()
	case errors.As(e.Err, &guarded):
		return guarded.Hint()
	case errors.As(e.Err, &proxy):
		return "see whether the proxy given with --upstream-proxy runs, and whether its credentials are right"
	case errors.As(e.Err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired; to record all the same, use --insecure-upstream"
	case isUntrusted(e.Err):
		return "if you trust the server, give its authority with --upstream-ca FILE, or leave servers unchecked with --insecure-upstream; nothing of the request was sent"
	case errors.As(e.Err, &alert):
		return "the server refused the TLS connection; if it asks for a certificate, give one with --client-cert FILE"
	case errors.As(e.Err, &record):
		return "the server does not speak TLS on this port; try http:// or ws://"
	case errors.As(e.Err, &lookup):
		return "see whether the name is spelled right, and whether this machine can resolve it"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "see whether the server is running and listens on this port"
	case isTimeout(e.Err):
		return "see whether the server can be reached from this machine; if a proxy is needed, give it with --upstream-proxy URL"
	}
	return "see whether the server can be reached from this machine without wiretape"
}

// isUntrusted reports whether err says that a certificate was not accepted.
func isUntrusted(err error) bool {
	var untrusted *tls.CertificateVerificationError
	return errors.As(err, &untrusted)
}

// LoopError says that a request would have come back to its own proxy.
type LoopError struct {
	Addr string // host:port that was asked for
}

func (e *LoopError) Error() string { return e.Addr + " is wiretape itself" }

// Hint says what can be done.
func (e *LoopError) Hint() string {
	return "ask for the server itself, not for the proxy; to record a server under the proxy's address, use --reverse URL"
}

// GuardedError says that a request would have reached what is not to be reached
// through the proxy.
type GuardedError struct {
	Addr string // host:port that was asked for
}

func (e *GuardedError) Error() string {
	return e.Addr + " is a page of wiretape's own, which is not reachable through the proxy"
}

// Hint says what can be done.
func (e *GuardedError) Hint() string { return "open it without the proxy" }

// ProxyError says that the upstream proxy gave no way to a server.
type ProxyError struct {
	Proxy string // its URL without the password
	Err   error
}

func (e *ProxyError) Error() string { return "upstream proxy " + e.Proxy + ": " + e.Err.Error() }
func (e *ProxyError) Unwrap() error { return e.Err }

// ResponseError says that what a server answered is not HTTP.
type ResponseError struct{ Err error }

func (e *ResponseError) Error() string { return "the server's answer is not HTTP: " + e.Err.Error() }
func (e *ResponseError) Unwrap() error { return e.Err }

// Hint says what can be done.
func (e *ResponseError) Hint() string {
	return "see what the server sends without wiretape; what is not HTTP can be passed through with --exclude HOST"
}

var errUnaskedSwitch = &ResponseError{errors.New("it switches protocols without having been asked")}

// failed turns an error from before the response's head into the client's
// answer: one of our own where the server was not reached or makes no sense,
// and none where it closed the connection, for then ours is closed in the same
// way.
func (x *exchange) failed(err error) (*http.Response, error) {
	var dial *DialError
	var answer *ResponseError
	_, lost := x.lost()
	if lost || !errors.As(err, &dial) && !errors.As(err, &answer) {
		x.severed(err)
		return nil, err
	}
	e := capture.End{How: capture.HowError, By: capture.Proxy, Err: err.Error()}
	status := http.StatusBadGateway
	var loop *LoopError
	var guarded *GuardedError
	switch {
	case errors.As(err, &guarded):
		status = http.StatusForbidden
	case errors.As(err, &loop):
		status = http.StatusLoopDetected
	case isTimeout(err) || errors.Is(err, context.DeadlineExceeded):
		status, e.How = http.StatusGatewayTimeout, capture.HowTimeout
	}
	return x.ownResponse(status, err, e), nil
}

// ownResponse returns a response of ours for a person to read, recorded as the
// exchange's.
func (x *exchange) ownResponse(status int, err error, e capture.End) *http.Response {
	text := fmt.Sprintf("wiretape: %d %s\n\nerror: %v\n", status, http.StatusText(status), err)
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		text += "hint: " + hinter.Hint() + "\n"
	}
	fields := []capture.Field{
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		{Name: "Content-Length", Value: fmt.Sprint(len(text))},
		{Name: "X-Content-Type-Options", Value: "nosniff"},
		{Name: "Proxy-Status", Value: fmt.Sprintf("wiretape; details=%q", strings.Map(visible, err.Error()))}, // RFC 9209
	}
	x.timing.Wait = -1
	at := x.relay.recorder.Now()
	body := &ownBody{Reader: strings.NewReader(text), tell: func() {
		x.respond(at, capture.Response{Status: status, Reason: http.StatusText(status), Proto: x.r.Proto, Header: fields})
		x.tap.Chunk(capture.Chunk{Dir: capture.Receive, At: at, Data: []byte(text)})
		x.end(e)
	}}
	x.answer = ownFields(fields)
	return &http.Response{StatusCode: status, Body: body, Request: x.r}
}

// ownFields are the fields of a response of ours.
type ownFields []capture.Field

func (f ownFields) addTo(h http.Header) { addFields(h, f, http.StatusOK) }

// visible keeps what may stand in a quoted string of a field.
func visible(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// ownBody tells the tap once it was read.
type ownBody struct {
	io.Reader
	tell func()
}

// Close implements io.Closer.
func (b *ownBody) Close() error {
	if b.tell != nil {
		b.tell()
		b.tell = nil
	}
	return nil
}
