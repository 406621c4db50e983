package mitm_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// nextProxy is an upstream proxy that leads everything to one server.
type nextProxy struct {
	*world             // for its listener
	asked  chan string // what it was asked for
}

// startNext starts an upstream proxy that leads to w's origin.
func startNext(t *testing.T, secure bool) *nextProxy {
	n := &nextProxy{world: newWorld(t, secure), asked: make(chan string, 10)}
	return n
}

// connects answers one CONNECT and joins the connection with addr.
func (n *nextProxy) connects(addr string) {
	c := n.accepted()
	n.asked <- c.head()
	s, err := net.Dial("tcp", addr)
	if err != nil {
		n.t.Error(err)
		return
	}
	c.say("HTTP/1.1 200 Here you are\r\nX-Via: next\r\n\r\n")
	join(c.Conn, s)
}

// socks answers one SOCKS5 request with a password and joins the connection
// with addr.
func (n *nextProxy) socks(addr string) {
	c := n.accepted()
	greeting := make([]byte, 4)
	io.ReadFull(c.br, greeting)
	c.say("\x05\x02")
	auth := make([]byte, 3+len("user")+len("pass"))
	io.ReadFull(c.br, auth)
	c.say("\x01\x00")
	ask := make([]byte, 10)
	io.ReadFull(c.br, ask)
	n.asked <- fmt.Sprintf("%q %q", auth, ask[3:8])
	s, err := net.Dial("tcp", addr)
	if err != nil {
		n.t.Error(err)
		return
	}
	c.say("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	join(c.Conn, s)
}

func join(a, b net.Conn) {
	go func() {
		io.Copy(a, b)
		a.Close()
	}()
	io.Copy(b, a)
	b.Close()
}

func TestUpstreamProxies(t *testing.T) {
	credentials := "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("user:pass")) + "\r\n"
	for _, scheme := range []string{"http", "https", "socks5"} {
		t.Run(scheme, func(t *testing.T) {
			for _, secure := range []bool{false, true} {
				t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
					t.Parallel()
					next := startNext(t, scheme == "https")
					w := newWorld(t, secure, func(o *mitm.RelayOptions) {
						o.UpstreamProxy = &url.URL{Scheme: scheme, Host: next.addr(), User: url.UserPassword("user", "pass")}
					})
					// A websocket takes a tunnel in any case.
					if scheme == "socks5" {
						go next.socks(w.addr())
					} else {
						go next.connects(w.addr())
					}
					c, s, x := w.upgraded()
					s.say("hello")
					c.hears("hello")
					asked := <-next.asked
					if scheme == "socks5" {
						if !strings.Contains(asked, "user") || !strings.Contains(asked, `\u007f\x00\x00\x01`) && !strings.Contains(asked, `\x7f\x00\x00\x01`) {
							t.Errorf("the proxy was asked %s", asked)
						}
					} else if !strings.HasPrefix(asked, "CONNECT "+w.addr()+" HTTP/1.1\r\n") || !strings.Contains(asked, credentials) {
						t.Errorf("the proxy was asked %q", asked)
					}
					s.fin()
					c.ends("FIN")
					c.fin()
					x.ends(t, capture.HowFIN, capture.Server)
					if x.upstream.Addr != next.addr() {
						t.Errorf("recorded address %s, want the proxy's", x.upstream.Addr)
					}
				})
			}
		})
	}
}

func TestAnUpstreamProxyIsAskedForPlainResources(t *testing.T) {
	next := startNext(t, false)
	w := newWorld(t, false, func(o *mitm.RelayOptions) {
		o.UpstreamProxy = &url.URL{Scheme: "http", Host: next.addr(), User: url.UserPassword("user", "pass")}
	})
	c := newSide(t, dial(t, w.proxy), nil)
	c.say("GET http://far.test:81/a//b HTTP/1.1\r\nHost: far.test:81\r\nProxy-Connection: x\r\nProxy-Authorization: y\r\nA: b\r\n\r\n")
	s := next.accepted()
	if got := s.head(); got != "GET http://far.test:81/a//b HTTP/1.1\r\nHost: far.test:81\r\nA: b\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n" {
		t.Errorf("the proxy got %q", got)
	}
	s.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
	c.head()
	c.hears("hi")
	x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
	if x.Request.URL != "http://far.test:81/a//b" {
		t.Errorf("recorded URL %s", x.Request.URL)
	}
}

func TestAnUpstreamProxyThatRefuses(t *testing.T) {
	next := startNext(t, false)
	w := newWorld(t, true, func(o *mitm.RelayOptions) {
		o.UpstreamProxy = &url.URL{Scheme: "http", Host: next.addr(), User: url.UserPassword("user", "secret")}
	})
	c := w.client()
	c.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	s := next.accepted()
	s.head()
	s.say("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	x := w.explained(c, "502", "407", "--upstream-proxy")
	if strings.Contains(x.received.String(), "secret") {
		t.Errorf("the password is in %q", x.received.String())
	}
}

func TestAClientCertificateAndAKeyLog(t *testing.T) {
	cert, pool := originCert()
	var keys lockedBuffer
	w := newWorld(t, true, func(o *mitm.RelayOptions) {
		o.ClientCert = &cert
		o.KeyLog = &keys
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	shown := make(chan int, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
		bufio.NewReader(s).ReadString('\n')
		shown <- len(s.ConnectionState().PeerCertificates)
		io.WriteString(s, "HTTP/1.1 204 No Content\r\n\r\n")
	}()
	c := w.over(l.Addr().String())
	c.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	c.hears("HTTP/1.1 204 No Content\r\n\r\n")
	if n := <-shown; n != 1 {
		t.Errorf("the server saw %d certificates", n)
	}
	if !bytes.Contains(keys.bytes(), []byte("CLIENT_TRAFFIC_SECRET_0 ")) {
		t.Errorf("key log: %q", keys.bytes())
	}
}
