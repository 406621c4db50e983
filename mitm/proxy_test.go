package mitm_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/mitm"
)

// patience bounds every wait for something that has to come.
const patience = 10 * time.Second

// testCA is one CA for all tests of a run.
var testCA = sync.OnceValue(func() *certs.Authority {
	dir, err := mkdirTemp()
	if err != nil {
		panic(err)
	}
	ca, err := certs.LoadOrCreate(dir)
	if err != nil {
		panic(err)
	}
	return ca
})

// startProxy serves o on a port of its own until the test ends, and returns its
// address.
func startProxy(t testing.TB, o *mitm.ProxyOptions) (addr string) {
	t.Helper()
	addr, _ = startStoppable(t, o)
	return addr
}

func startStoppable(t testing.TB, o *mitm.ProxyOptions) (addr string, p *mitm.Proxy) {
	t.Helper()
	if o.CA == nil {
		o.CA = testCA()
	}
	if o.Handler == nil {
		o.Handler = http.HandlerFunc(tell)
	}
	if o.Log == nil && testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = mitm.NewProxy(o)
	served := make(chan error, 1)
	go func() { served <- p.Serve(l) }()
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String(), p
}

// tell answers with what the handler got to see.
func tell(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte(err.Error())
	}
	conn := mitm.ConnOf(r.Context())
	fmt.Fprintf(w, "%s %s %s host=%s target=%s to=%s tls=%t body=%q", r.Proto, r.Method, r.URL, r.Host, r.RequestURI, conn.Target(), r.TLS != nil, body)
}

// dial connects to addr until the test ends.
func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

func send(t *testing.T, c io.Writer, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// receive reads one response and its body.
func receive(t *testing.T, br *bufio.Reader, method string) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(br, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// connect opens a CONNECT connection to target.
func connect(t *testing.T, proxy, target string) net.Conn {
	t.Helper()
	c := dial(t, proxy)
	send(t, c, "CONNECT "+target+" HTTP/1.1\r\nHost: "+target+"\r\n\r\n")
	expect(t, c, "HTTP/1.1 200 Connection established\r\n\r\n")
	return c
}

// expect reads exactly want.
func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(r, got)
	if string(got) != want {
		t.Fatalf("got %q (%v), want %q", got[:n], err, want)
	}
}

// secure speaks TLS on c as a client that trusts the CA.
func secure(t *testing.T, c net.Conn, name string, protocols ...string) *tls.Conn {
	t.Helper()
	s := tls.Client(c, &tls.Config{RootCAs: testCA().Pool(), ServerName: name, NextProtos: protocols})
	if err := s.Handshake(); err != nil {
		t.Fatal(err)
	}
	return s
}

// through returns a client that uses the proxy at the given URL.
func through(t *testing.T, proxy string, http2 bool) *http.Client {
	t.Helper()
	u, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{
		Proxy:              http.ProxyURL(u),
		TLSClientConfig:    &tls.Config{RootCAs: testCA().Pool()},
		ForceAttemptHTTP2:  http2,
		DisableCompression: true,
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

// fetch returns the status and body of a GET.
func fetch(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// tunnels is a mitm.Tunnels that tells what it got.
type tunnels struct {
	given   chan given
	refused chan given
}

type given struct {
	target, note string
	first        string // what the client sent by then
	err          error
}

func newTunnels() *tunnels {
	return &tunnels{make(chan given, 8), make(chan given, 8)}
}

// Tunnel greets the client and waits for a few bytes.
func (u *tunnels) Tunnel(_ context.Context, c *mitm.Conn, target, note string) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, "220 ready\r\n")
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	u.given <- given{target, note, string(buf[:n]), err}
}

func (u *tunnels) Refused(_ context.Context, c *mitm.Conn, target string, err error) {
	u.refused <- given{target: target, err: err}
}

// await returns what comes on ch.
func await[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func lines(s ...string) string { return strings.Join(s, "\r\n") + "\r\n" }
