package mitm

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// halfClosePatience is how long a connection may stay silent once one side has
// ended it. Peers that vanish after a FIN would stay for ever.
const halfClosePatience = 30 * time.Second

// cut is an ending that is to be passed on to the client.
type cut struct {
	how      ending
	noNotify bool
}

// clientEnded runs when the client's connection ended, or its HTTP/2 stream.
// Where only its sending side did, the server is told and may go on.
func (x *exchange) clientEnded() {
	half := x.conn != nil && x.r.ProtoMajor < 2 && x.conn.Ended() == endFIN
	x.mu.Lock()
	server := x.server
	if half {
		x.halfGone = true
		if stop, ok := x.r.Context().Value(stopKey{}).(context.Context); ok && x.unstop == nil {
			x.unstop = context.AfterFunc(stop, x.giveUp)
		}
	} else {
		x.gone = true
		x.hangUp()
	}
	x.mu.Unlock()
	if half && server != nil {
		server.halfClose()
	}
}

// giveUp ends an exchange whose client has ended its side already.
func (x *exchange) giveUp() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.gone = true
	x.hangUp()
}

// hangUp gives the server up. The caller holds x.mu.
func (x *exchange) hangUp() {
	if x.cancel != nil {
		x.cancel()
	}
	if x.server == nil {
		return
	}
	if x.conn != nil && x.conn.Ended() == endReset {
		x.server.Reset()
	} else {
		x.server.wire().Close()
	}
}

// clientHalfGone reports whether the client has ended its side.
func (x *exchange) clientHalfGone() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.halfGone
}

// halfClose tells the server that the client will say no more.
func (c *http1Conn) halfClose() {
	c.SetReadDeadline(time.Now().Add(halfClosePatience))
	c.CloseWrite()
}

// lost returns who gave the exchange up and how, or false when neither client
// nor recorder did.
func (x *exchange) lost() (capture.End, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.stopped:
		return stoppedEnd(), true
	case x.halfGone: // and whatever came after that
		return capture.End{How: capture.HowFIN, By: capture.Client, NoNotify: !x.conn.CloseNotify()}, true
	case !x.gone && (x.r.ProtoMajor < 2 || x.r.Context().Err() == nil):
		return capture.End{}, false
	case x.conn == nil || x.conn.Ended() == endReset || x.r.ProtoMajor >= 2 && x.conn.Ended() == endNone:
		return capture.End{How: capture.HowReset, By: capture.Client}, true
	case x.conn.Ended() == endNone: // net/http gave the request up
		return capture.End{How: capture.HowError, By: capture.Proxy, Err: "the connection to the client was closed"}, true
	}
	return capture.End{How: capture.HowFIN, By: capture.Client, NoNotify: !x.conn.CloseNotify()}, true
}

// stoppedEnd returns the end of an exchange that Relay.Close ended.
func stoppedEnd() capture.End {
	return capture.End{How: capture.HowFIN, By: capture.Proxy, Err: errClosed.Error()}
}

// severed ends an exchange that broke off: at the client's side, or because of
// what reading from the server ended with.
func (x *exchange) severed(err error) {
	x.cut = &cut{how: endFIN}
	e, lost := x.lost()
	var atClient *clientError
	switch {
	case lost:
	case errors.As(err, &atClient):
		x.clientEnded()
		if e, lost = x.lost(); !lost {
			e = capture.End{How: capture.HowFIN, By: capture.Client}
		}
	case x.server != nil && x.server.Ended() == endReset:
		x.cut.how = endReset
		e = capture.End{How: capture.HowReset, By: capture.Server}
	case isEOF(err):
		x.cut.noNotify = !x.server.CloseNotify()
		e = capture.End{How: capture.HowFIN, By: capture.Server, NoNotify: x.cut.noNotify}
	case isTimeout(err):
		e = capture.End{How: capture.HowTimeout, By: capture.Proxy, Err: err.Error()}
	default:
		e = capture.End{How: capture.HowError, By: capture.Server, Err: err.Error()}
	}
	x.end(e)
}

// clientError is what writing to the client failed with.
type clientError struct{ error }

func (e *clientError) Unwrap() error { return e.error }

// severClient ends an HTTP/1 client's connection as the server ended its own.
// Under HTTP/2 the panic that follows resets the stream.
func (x *exchange) severClient() {
	if x.conn == nil || x.r.ProtoMajor >= 2 {
		return
	}
	switch {
	case x.cut.how == endReset:
		x.conn.Reset()
	case x.cut.noNotify:
		x.conn.Abandon()
	default:
		x.conn.Close()
	}
}

// isTimeout reports whether err says that a time limit ran out.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// isEOF reports whether err says that a connection was closed.
func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
