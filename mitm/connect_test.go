package mitm_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiretape/wiretape/mitm"
)

// firstWrite holds back the first write and sends it behind a prefix.
type firstWrite struct {
	net.Conn
	once   sync.Once
	prefix string
}

func (c *firstWrite) Write(p []byte) (n int, err error) {
	c.once.Do(func() {
		_, err = c.Conn.Write(append([]byte(c.prefix), p...))
		n = len(p)
	})
	if n == 0 && err == nil {
		return c.Conn.Write(p)
	}
	return n, err
}

// skipHead reads up to the end of a head first.
type skipHead struct {
	net.Conn
	br *bufio.Reader
}

func (c *skipHead) Read(p []byte) (int, error) {
	if c.br == nil {
		c.br = bufio.NewReader(c.Conn)
		for line := ""; line != "\r\n"; {
			var err error
			if line, err = c.br.ReadString('\n'); err != nil {
				return 0, err
			}
		}
	}
	return c.br.Read(p)
}

func TestClientHelloInTheSegmentOfCONNECT(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	c := &skipHead{Conn: &firstWrite{Conn: dial(t, addr), prefix: "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"}}
	s := secure(t, c, "a.test")
	send(t, s, "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n")
	_, body := receive(t, bufio.NewReader(s), "GET")
	if !strings.Contains(body, "https://a.test/x") {
		t.Errorf("got %q", body)
	}
}

func TestRequestInTheSegmentOfCONNECT(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	c := dial(t, addr)
	send(t, c, "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\nGET /x HTTP/1.1\r\nHost: a.test\r\n\r\n")
	expect(t, c, "HTTP/1.1 200 Connection established\r\n\r\n")
	_, body := receive(t, bufio.NewReader(c), "GET")
	if !strings.Contains(body, "http://a.test/x") {
		t.Errorf("got %q", body)
	}
}

func TestBadCONNECT(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	for _, target := range []string{"a.test", "a.test:", "a.test:0", "a.test:65536", "a.test:http", ":443", "/path", "http://a.test/"} {
		c := dial(t, addr)
		send(t, c, "CONNECT "+target+" HTTP/1.1\r\nHost: h\r\n\r\n")
		if resp, body := receive(t, bufio.NewReader(c), "GET"); resp.StatusCode != 400 {
			t.Errorf("%s: got %s %q", target, resp.Status, body)
		}
	}
}

func TestHTTP10CONNECTIsAnsweredInKind(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	c := dial(t, addr)
	send(t, c, "CONNECT a.test:80 HTTP/1.0\r\n\r\n")
	expect(t, c, "HTTP/1.0 200 Connection established\r\n\r\n")
}

func TestWhatIsNotLookedInto(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{
		Tunnels:     u,
		PeekTimeout: 50 * time.Millisecond,
		Intercept:   func(host string) bool { return host != "excluded.test" },
	})
	tests := []struct{ name, target, say, note string }{
		{"the server speaks first", "a.test:25", "", "the client waits for the server to speak first"},
		{"a method and no more", "a.test:6379", "PING", "neither TLS nor HTTP"},
		{"not HTTP", "a.test:6379", "PING\r\n", "neither TLS nor HTTP"},
		{"not HTTP, but words", "a.test:6667", "NICK me\r\nUSER me\r\n", "neither TLS nor HTTP"},
		{"SSH", "a.test:22", "SSH-2.0-x\r\n", "neither TLS nor HTTP"},
		{"bytes", "a.test:1883", "\x10\x0e\x00\x04MQTT", "neither TLS nor HTTP"},
		{"a TLS record of no known version", "a.test:443", "\x16\x07\x01\x00\x01\x00", "neither TLS nor HTTP"},
		{"one byte of TLS and no more", "a.test:4433", "\x16", "neither TLS nor HTTP"},
		{"CONNECT inside CONNECT", "proxy.test:8080", "CONNECT b.test:443 HTTP/1.1\r\n\r\n", "neither TLS nor HTTP"},
		{"an excluded host", "excluded.test:80", "GET / HTTP/1.1\r\n\r\n", "excluded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t, addr, test.target)
			send(t, c, test.say)
			expect(t, c, "220 ready\r\n")
			said := test.say
			if said == "" {
				said = "EHLO\r\n"
				send(t, c, said)
			}
			if got := await(t, u.given); got != (given{test.target, test.note, said, nil}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestExcludedHostInAbsoluteForm(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: u, Intercept: func(host string) bool { return host != "excluded.test" }})
	c := dial(t, addr)
	send(t, c, lines("POST http://excluded.test/x?y HTTP/1.1", "Host: other", "Connection: keep-alive", "Proxy-Authorization: Basic x", "Content-Length: 2", "")+"hi")
	got := await(t, u.given)
	want := lines("POST /x?y HTTP/1.1", "Host: excluded.test", "Content-Length: 2", "Connection: close", "")
	if got.target != "excluded.test:80" || got.note != "excluded" || strings.TrimSuffix(got.first, "hi") != want {
		t.Errorf("got %+v", got)
	}
	c = dial(t, addr)
	send(t, c, lines("GET https://excluded.test/ HTTP/1.1", "Host: excluded.test", ""))
	if resp, _ := receive(t, bufio.NewReader(c), "GET"); resp.StatusCode != 403 {
		t.Errorf("got %s", resp.Status)
	}
}

func TestExcludedByNameInTLS(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: u, Intercept: func(host string) bool { return host != "excluded.test" }})
	c := connect(t, addr, "127.0.0.1:443")
	s := tls.Client(c, &tls.Config{ServerName: "excluded.test", InsecureSkipVerify: true})
	if err := s.Handshake(); err == nil || !strings.Contains(err.Error(), "first record does not look like a TLS handshake") {
		t.Errorf("the client got %v, want the words of the tunnel", err)
	}
	if got := await(t, u.given); got.note != "excluded" || !strings.HasPrefix(got.first, "\x16\x03\x01") || !strings.Contains(got.first, "excluded.test") {
		t.Errorf("got %+v", got)
	}
}

func TestNoHTTPInsideTLS(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: u, PeekTimeout: 20 * time.Millisecond})
	t.Run("by ALPN", func(t *testing.T) {
		s := tls.Client(connect(t, addr, "a.test:8883"), &tls.Config{ServerName: "a.test", InsecureSkipVerify: true, NextProtos: []string{"mqtt"}})
		s.Handshake()
		if got := await(t, u.given); got.note != "no HTTP inside TLS: mqtt" || !strings.Contains(got.first, "mqtt") {
			t.Errorf("got %+v", got)
		}
	})
	for name, say := range map[string]string{"by the first bytes": "\x10\x0e\x00\x04MQTT", "by silence": ""} {
		t.Run(name, func(t *testing.T) {
			target := fmt.Sprintf("b%d.test:8883", len(say))
			s := secure(t, connect(t, addr, target), "b.test")
			send(t, s, say)
			if n, err := s.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("the connection goes on: %v", err)
			}
			next := connect(t, addr, target)
			send(t, next, "\x16\x03\x01 as it is")
			if got := await(t, u.given); got != (given{target, "no HTTP inside TLS", "\x16\x03\x01 as it is", nil}) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRefusedCertificate(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: u, TunnelOnRefusal: true})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		target := "a" + tls.VersionName(version)[4:] + ".test:443"
		name, _, _ := net.SplitHostPort(target)
		c := connect(t, addr, target)
		s := tls.Client(c, &tls.Config{ServerName: name, MaxVersion: version}) // does not trust the CA
		if err := s.Handshake(); err == nil {
			t.Fatal("the client trusts us")
		}
		if got := await(t, u.refused); got.target != target || !strings.Contains(got.err.Error(), "certificate") {
			t.Errorf("got %+v", got)
		}
		c = connect(t, addr, target)
		send(t, c, "\x16\x03\x01 as it is")
		if got := await(t, u.given); got != (given{target, "a client refused our certificate before", "\x16\x03\x01 as it is", nil}) {
			t.Errorf("after the refusal: got %+v", got)
		}
	}
}

func TestClientThatLeavesAtTheSightOfOurCertificate(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: u})
	c := connect(t, addr, "pinned.test:443")
	s := tls.Client(c, &tls.Config{ServerName: "pinned.test", InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error {
		c.(*net.TCPConn).CloseWrite()
		return io.ErrClosedPipe
	}})
	s.Handshake()
	c.Close()
	if got := await(t, u.refused); got.target != "pinned.test:443" || !strings.Contains(got.err.Error(), "without a word") {
		t.Errorf("got %+v", got)
	}
}

func TestBrokenHandshakesAreNotRefusals(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: u})
	c := connect(t, addr, "a.test:443")
	send(t, c, "\x16\x03\x01\x00\x05hello")
	io.Copy(io.Discard, c)
	connect(t, addr, "a.test:443").Close()
	if s := secure(t, connect(t, addr, "a.test:443"), "a.test"); s != nil {
		s.Close()
	}
	select {
	case got := <-u.refused:
		t.Errorf("got %+v", got)
	default:
	}
}
