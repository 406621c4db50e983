package mitm_test

import (
	"net"
	"net/url"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// TestWhatIsGuardedIsForbiddenBehindAProxy asks a proxy on this machine for what
// is guarded, by every spelling that a proxy may understand.
func TestWhatIsGuardedIsForbiddenBehindAProxy(t *testing.T) {
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "0", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1",
		"017700000001", "0177.0.0.01", "127.0.0.1.",
	} {
		t.Run(host, func(t *testing.T) {
			next := startNext(t, false)
			guarded := "127.0.0.1:4711"
			w := newWorld(t, false, func(o *mitm.RelayOptions) {
				o.UpstreamProxy = &url.URL{Scheme: "http", Host: next.addr()}
				o.Guarded = func(a net.Addr) bool { return a.String() == guarded }
			})
			c := w.over(host + ":4711")
			c.say("GET / HTTP/1.1\r\nHost: 127.0.0.1:4711\r\n\r\n")
			w.explained(c, "403", "not reachable through the proxy").ends(t, capture.HowError, capture.Proxy)
		})
	}
}
