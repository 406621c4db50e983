package mitm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// tunnel is a connection that is passed through without a look inside.
type tunnel struct {
	client *Conn

	mu      sync.Mutex
	cancel  context.CancelFunc
	pump    *pump
	stopped bool
}

// Tunnel implements Tunnels. The note stands in the end of the exchange unless
// something went wrong.
func (r *Relay) Tunnel(ctx context.Context, c *Conn, target, note string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &tunnel{client: c, cancel: cancel}
	if !r.enter(t) {
		c.Close()
		return
	}
	defer r.leave(t)
	defer c.Close()
	tap := r.recorder.Begin(r.tunnelOpening(c, target))
	e := r.tunnel(ctx, t, tap, target)
	if e.Err == "" {
		e.Err = note
	}
	e.At = r.recorder.Now()
	tap.End(e)
}

func (r *Relay) tunnelOpening(c *Conn, target string) capture.Opening {
	return capture.Opening{
		At:      r.recorder.Now(),
		Tunnel:  true,
		Request: capture.Request{Method: "CONNECT", URL: target},
		Client:  c.RemoteAddr().String(),
	}
}

func (r *Relay) tunnel(ctx context.Context, t *tunnel, tap capture.Tap, target string) capture.End {
	server, timing, err := r.upstream.dial(ctx, route{addr: target})
	if err != nil {
		if ctx.Err() != nil {
			return stoppedEnd()
		}
		e := capture.End{How: capture.HowError, By: capture.Proxy, Err: (&DialError{Addr: target, Err: err}).Error()}
		var guarded *GuardedError
		switch {
		case isTimeout(err):
			e.How = capture.HowTimeout
		case errors.As(err, &guarded):
			t.forbid(guarded)
		}
		return e
	}
	tap.Upstream(capture.Upstream{Addr: server.RemoteAddr().String(), Timing: timing})
	p := newPump(t.client, server, tap, r.recorder)
	if !t.handOver(p) {
		server.Close()
		return stoppedEnd()
	}
	return p.run(r.recorder.Now())
}

// forbid tells a client that speaks plain HTTP why it gets no further. The
// tunnel itself was granted before anything was dialled.
func (t *tunnel) forbid(why *GuardedError) {
	text := fmt.Sprintf("wiretape: 403 Forbidden\n\nerror: %v\nhint: %s\n", why, why.Hint())
	t.client.SetWriteDeadline(time.Now().Add(greetTimeout))
	fmt.Fprintf(t.client, "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(text), text)
}

// handOver makes p what is to be stopped. It reports false when it is too late
// for that.
func (t *tunnel) handOver(p *pump) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pump = p
	return !t.stopped
}

// stop implements stopper.
func (t *tunnel) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	t.cancel()
	if t.pump != nil {
		t.pump.stop()
	}
}

// Refused implements Tunnels: the refusal is recorded as an exchange of its
// own.
func (r *Relay) Refused(_ context.Context, c *Conn, target string, err error) {
	tap := r.recorder.Begin(r.tunnelOpening(c, target))
	tap.End(capture.End{
		At:  r.recorder.Now(),
		How: capture.HowError,
		By:  capture.Client,
		Err: "client refused our certificate: " + err.Error(),
	})
}

// hostPort returns host with a port, the scheme's own where it names none.
func hostPort(scheme, host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	if scheme == "https" || scheme == "wss" {
		return net.JoinHostPort(host, "443")
	}
	return net.JoinHostPort(host, "80")
}
