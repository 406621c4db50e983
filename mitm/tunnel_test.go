package mitm_test

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// lockedBuffer is a bytes.Buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

// excluding starts a Proxy that looks into nothing, in front of w's Relay.
func (w *world) excluding() {
	w.proxy = startProxy(w.t, &mitm.ProxyOptions{
		Handler: http.NotFoundHandler(), Tunnels: w.relay, Intercept: func(string) bool { return false },
	})
}

func TestTunnelPassesBytes(t *testing.T) {
	w := newWorld(t, false)
	w.excluding()
	c := newSide(t, connect(t, w.proxy, w.addr()), nil)
	s := w.accepted()
	s.say("220 ready\r\n")
	c.hears("220 ready\r\n")
	c.say("\x16\x03\x01 not really TLS")
	s.hears("\x16\x03\x01 not really TLS")
	c.fin()
	s.ends("FIN")
	s.say("bye")
	c.hears("bye")
	s.fin()
	c.ends("FIN")
	x := w.tape.next(t).ends(t, capture.HowFIN, capture.Client)
	if !x.Tunnel || x.Request.URL != w.addr() || x.received.String() != "220 ready\r\nbye" || x.upstream.Addr != w.addr() || x.end.Err == "" {
		t.Errorf("recorded %+v, %q, %+v", x.Opening, x.received.String(), x.end)
	}
}

func TestTunnelPassesAResetOn(t *testing.T) {
	w := newWorld(t, false)
	w.excluding()
	c := newSide(t, connect(t, w.proxy, w.addr()), nil)
	s := w.accepted()
	s.say("hello")
	c.hears("hello")
	s.reset()
	c.ends("reset")
	w.tape.next(t).ends(t, capture.HowReset, capture.Server)
}

func TestTunnelToNowhere(t *testing.T) {
	w := newWorld(t, false)
	w.excluding()
	w.origin.Close()
	c := newSide(t, connect(t, w.proxy, w.addr()), nil)
	c.end()
	x := w.tape.next(t).ends(t, capture.HowError, capture.Proxy)
	if !strings.Contains(x.end.Err, "refused") {
		t.Errorf("recorded %+v", x.end)
	}
}

func TestRefusedIsRecorded(t *testing.T) {
	w := newWorld(t, false)
	a, b := net.Pipe()
	defer a.Close()
	w.relay.Refused(t.Context(), mitm.NewConn(b), "h:443", errors.New("unknown authority"))
	x := w.tape.next(t).ends(t, capture.HowError, capture.Client)
	if !x.Tunnel || x.Request.URL != "h:443" || x.end.Err != "client refused our certificate: unknown authority" {
		t.Errorf("recorded %+v, %+v", x.Opening, x.end)
	}
}
