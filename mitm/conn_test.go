package mitm_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/mitm"
)

const upgrade = "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

// hijacked starts a proxy that gives away connections at the first request.
func hijacked(t *testing.T) (addr string, conns <-chan *mitm.Conn) {
	t.Helper()
	ch := make(chan *mitm.Conn, 1)
	addr = startProxy(t, &mitm.ProxyOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if n := rw.Reader.Buffered(); n != 0 {
			t.Errorf("%d bytes are not in the Conn", n)
		}
		ch <- c.(*mitm.Conn)
	})})
	return addr, ch
}

// paths are connections to a handler, plain and over TLS.
var paths = map[string]func(t *testing.T, addr string) net.Conn{
	"plain": func(t *testing.T, addr string) net.Conn { return connect(t, addr, "a.test:80") },
	"TLS":   func(t *testing.T, addr string) net.Conn { return secure(t, connect(t, addr, "a.test:443"), "a.test") },
}

func below(c net.Conn) *net.TCPConn {
	if s, ok := c.(*tls.Conn); ok {
		c = s.NetConn()
	}
	return c.(*net.TCPConn)
}

func TestHijackedConnHasAllThatCameAfterTheHead(t *testing.T) {
	addr, conns := hijacked(t)
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			c := path(t, addr)
			send(t, c, upgrade+"first\r\n\r\nGET / HTTP/1.1\r\n\r\n")
			h := await(t, conns)
			defer h.Close()
			if got := string(h.Head()); got != upgrade {
				t.Errorf("head %q", got)
			}
			expect(t, h, "first\r\n\r\nGET / HTTP/1.1\r\n\r\n")
			send(t, c, "more")
			expect(t, h, "more")
			send(t, h, "back")
			expect(t, c, "back")
		})
	}
}

func TestEndingsBelowTLS(t *testing.T) {
	addr, conns := hijacked(t)
	endings := []struct {
		name   string
		end    func(c net.Conn)
		want   string
		notify bool // over TLS
	}{
		{"FIN", func(c net.Conn) { below(c).CloseWrite() }, "FIN", false},
		{"close_notify", func(c net.Conn) {
			if s, ok := c.(*tls.Conn); ok {
				s.CloseWrite()
			} else {
				below(c).CloseWrite()
			}
		}, "FIN", true},
		{"close_notify and FIN", func(c net.Conn) { c.Close() }, "FIN", true},
		{"RST", func(c net.Conn) { below(c).SetLinger(0); below(c).Close() }, "reset", false},
	}
	for name, path := range paths {
		for _, test := range endings {
			t.Run(name+"/"+test.name, func(t *testing.T) {
				c := path(t, addr)
				send(t, c, upgrade+"bytes")
				h := await(t, conns)
				defer h.Close()
				expect(t, h, "bytes")
				if got := mitm.Ending(h.Ended()); got != "none" || h.CloseNotify() != (name == "plain") {
					t.Errorf("before: %s, notify=%t", got, h.CloseNotify())
				}
				test.end(c)
				_, err := h.Read(make([]byte, 1))
				if (err == io.EOF) != (test.want == "FIN") {
					t.Errorf("Read: %v", err)
				}
				if got := mitm.Ending(h.Ended()); got != test.want || h.CloseNotify() != (name == "plain" || test.notify) {
					t.Errorf("after: %s, notify=%t", got, h.CloseNotify())
				}
			})
		}
	}
}

func TestHowAConnCanEnd(t *testing.T) {
	addr, conns := hijacked(t)
	for name, path := range paths {
		for _, test := range []struct {
			name string
			end  func(*mitm.Conn) error
			want string // what the client reads
			TLS  string // the same over TLS
			half bool   // the other direction goes on
		}{
			{"Close", (*mitm.Conn).Close, "EOF", "EOF", false},
			{"CloseWrite", (*mitm.Conn).CloseWrite, "EOF", "EOF", true},
			{"Abandon", (*mitm.Conn).Abandon, "EOF", "unexpected EOF", false},
			{"Reset", (*mitm.Conn).Reset, "connection reset by peer", "connection reset by peer", false},
		} {
			t.Run(name+"/"+test.name, func(t *testing.T) {
				c := path(t, addr)
				send(t, c, upgrade)
				h := await(t, conns)
				defer h.Close()
				send(t, h, "last")
				expect(t, c, "last")
				if err := test.end(h); err != nil {
					t.Error(err)
				}
				want := test.want
				if name == "TLS" {
					want = test.TLS
				}
				// crypto/tls calls a FIN without close_notify io.EOF, too, so look below.
				var err error
				if s, ok := c.(*tls.Conn); ok && test.name == "Abandon" {
					_, err = io.ReadAtLeast(s.NetConn(), make([]byte, 1), 1)
					if err == io.EOF {
						err = io.ErrUnexpectedEOF
					}
				} else {
					_, err = c.Read(make([]byte, 1))
				}
				if err == nil || !strings.HasSuffix(err.Error(), want) {
					t.Errorf("the client got %v, want %s", err, want)
				}
				if test.half {
					send(t, c, "still")
					expect(t, h, "still")
				}
			})
		}
	}
}

func TestRefusedUpgradeKeepsTheConnection(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		tell(w, r)
	})})
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			c := path(t, addr)
			br := bufio.NewReader(c)
			for range 3 {
				send(t, c, upgrade+"GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n")
				if resp, body := receive(t, br, "GET"); resp.StatusCode != 401 || body != "no\n" {
					t.Errorf("got %s %q", resp.Status, body)
				}
				if resp, body := receive(t, br, "GET"); resp.StatusCode != 200 || !strings.Contains(body, "/next") {
					t.Errorf("got %s %q", resp.Status, body)
				}
			}
		})
	}
}

func TestRequestAndCloseNotifyInOneSegment(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	c := connect(t, addr, "a.test:443")
	gather := &gathering{Conn: c}
	s := secure(t, gather, "a.test", "http/1.1")
	gather.on = true
	send(t, s, "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n")
	s.CloseWrite() // forbids all writes by a deadline
	c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write(gather.held); err != nil {
		t.Fatal(err)
	}
	if _, body := receive(t, bufio.NewReader(s), "GET"); !strings.Contains(body, "https://a.test/x") {
		t.Errorf("got %q", body)
	}
}

// gathering holds writes back while it is on.
type gathering struct {
	net.Conn
	on   bool
	held []byte
}

func (g *gathering) Write(p []byte) (int, error) {
	if !g.on {
		return g.Conn.Write(p)
	}
	g.held = append(g.held, p...)
	return len(p), nil
}
