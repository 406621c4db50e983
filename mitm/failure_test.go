package mitm_test

import (
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// explained reads the relay's own answer and checks what it says.
func (w *world) explained(c *side, status string, texts ...string) *taped {
	w.t.Helper()
	head := c.head()
	if !strings.HasPrefix(head, "HTTP/1.1 "+status+" ") || !strings.Contains(head, "Content-Type: text/plain") {
		w.t.Errorf("the client got %q, want %s", head, status)
	}
	x := w.tape.next(w.t).wait(w.t)
	body := x.received.String()
	c.hears(body)
	for _, text := range append(texts, "error: ", "hint: ") {
		if !strings.Contains(body, text) {
			w.t.Errorf("%q is not in %q", text, body)
		}
	}
	if x.response == nil || !strings.HasPrefix(head, x.response.Proto) || x.end.Err == "" {
		w.t.Errorf("recorded %+v, %+v", x.response, x.end)
	}
	return x
}

// over returns a client's connection through CONNECT to target, with TLS where
// the world has it.
func (w *world) over(target string) *side {
	w.t.Helper()
	return newSide(w.t, connect(w.t, w.proxy, target), func(c net.Conn) net.Conn {
		if !w.secure {
			return c
		}
		return secureOver(w.t, c)
	})
}

func TestAnUnreachableServerIsExplained(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		nobody := l.Addr().String()
		l.Close()
		c := w.over(nobody)
		for _, lines := range []string{"", "Upgrade: websocket\r\nConnection: Upgrade\r\n"} {
			c.say("GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n")
			x := w.explained(c, "502", nobody, "refused", "running")
			x.ends(t, capture.HowError, capture.Proxy)
		}
	})
}

func TestAnUntrustedServerGetsNothing(t *testing.T) {
	w := newWorld(t, true, func(o *mitm.RelayOptions) { o.RootCAs = x509.NewCertPool() })
	c := w.client()
	c.say("GET /secret HTTP/1.1\r\nHost: h\r\n\r\n")
	s := w.accepted()
	if rest, how := s.end(); rest != "" || !strings.Contains(how, "certificate") {
		t.Errorf("the origin got %q, %s", rest, how)
	}
	w.explained(c, "502", "certificate", "--upstream-ca", "--insecure-upstream").ends(t, capture.HowError, capture.Proxy)
}

func TestAnUncheckedServerIsUsed(t *testing.T) {
	w := newWorld(t, true, func(o *mitm.RelayOptions) {
		o.RootCAs = x509.NewCertPool()
		o.InsecureUpstream = true
	})
	c, s := w.asked("/")
	s.say("HTTP/1.1 204 No Content\r\n\r\n")
	c.hears("HTTP/1.1 204 No Content\r\n\r\n")
}

func TestAServerWithoutTLSIsExplained(t *testing.T) {
	plain := newWorld(t, false)
	w := newWorld(t, true)
	c := w.over(plain.addr())
	c.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	s := plain.accepted()
	s.br.Peek(1)
	s.say("HTTP/1.0 400 Bad Request\r\n\r\n")
	w.explained(c, "502", "TLS")
}

func TestARequestToOurselvesIsRefused(t *testing.T) {
	var proxy string
	w := newWorld(t, false, func(o *mitm.RelayOptions) {
		o.Self = func(a net.Addr) bool { return a.String() == proxy }
	})
	proxy = w.proxy
	c := w.over(proxy)
	c.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	w.explained(c, "508", "wiretape itself").ends(t, capture.HowError, capture.Proxy)
}

func TestWhatIsGuardedIsForbidden(t *testing.T) {
	var guarded string
	w := newWorld(t, false, func(o *mitm.RelayOptions) {
		o.Guarded = func(a net.Addr) bool { return a.String() == guarded }
	})
	guarded = w.addr()
	c := w.over(guarded)
	c.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	w.explained(c, "403", "not reachable through the proxy").ends(t, capture.HowError, capture.Proxy)
}

func TestAnAnswerThatIsNotHTTP(t *testing.T) {
	answers := map[string]string{
		"other protocol":          "SSH-2.0-OpenSSH_9.9\r\n\r\n",
		"line without a colon":    "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
		"two lengths":             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"signed length":           "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
		"unknown transfer coding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"101 without a question":  "HTTP/1.1 101 Switching Protocols\r\n\r\n",
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c, s := w.asked("/")
				s.say(answer)
				w.explained(c, "502", "not HTTP").ends(t, capture.HowError, capture.Proxy)
				if rest, _ := s.end(); rest != "" {
					t.Errorf("the origin got %q", rest)
				}
			})
		})
	}
}

func TestABrokenChunkCutsTheBody(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		s.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nnonsense\r\n")
		c.head()
		c.hears("2\r\nhi\r\n")
		c.ends("FIN")
		w.tape.next(t).ends(t, capture.HowError, capture.Server)
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, err := range []error{
		&mitm.DialError{Addr: "h:1", Err: io.ErrUnexpectedEOF},
		&mitm.DialError{Addr: "h:1", Err: &net.DNSError{Name: "h"}},
		&mitm.DialError{Addr: "h:1", Err: &mitm.ProxyError{Proxy: "http://p", Err: io.EOF}},
		&mitm.LoopError{Addr: "h:1"},
		&mitm.GuardedError{Addr: "h:1"},
		&mitm.ResponseError{Err: io.EOF},
	} {
		var hinter interface{ Hint() string }
		if !errors.As(err, &hinter) || hinter.Hint() == "" {
			t.Errorf("%v has no hint", err)
		}
	}
}
