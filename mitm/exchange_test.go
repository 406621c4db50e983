package mitm_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// asked sends a request for path and returns both ends once the origin has its
// head.
func (w *world) asked(path string, lines ...string) (c, s *side) {
	w.t.Helper()
	c = w.client()
	method := "GET"
	if m, p, ok := strings.Cut(path, " "); ok {
		method, path = m, p
	}
	c.say(method + " " + path + " HTTP/1.1\r\nHost: h\r\n" + strings.Join(append(lines, ""), "\r\n") + "\r\n")
	s = w.accepted()
	s.head()
	return c, s
}

func TestStreamsArriveAsTheyAreWritten(t *testing.T) {
	tests := []struct{ name, head, piece, want string }{
		{"events", "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked", "9\r\ndata: 1\n\n\r\n", "9\r\ndata: 1\n\n\r\n"},
		{"json lines", "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked", "4\r\n{}\r\n\r\n", "4\r\n{}\r\n\r\n"},
		{"no type", "Transfer-Encoding: chunked", "1\r\nx\r\n", "1\r\nx\r\n"},
		{"events without a length", "Content-Type: text/event-stream\r\nConnection: close", "data: 1\n\n", "data: 1\n\n"},
		{"with a length", "Content-Length: 30", "0123456789", "0123456789"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c, s := w.asked("/stream")
				s.say("HTTP/1.1 200 OK\r\n" + test.head + "\r\n\r\n")
				if got := c.head(); !strings.Contains(got, strings.Split(test.head, "\r\n")[0]) {
					t.Errorf("head %q", got)
				}
				x := w.tape.next(t)
				for range 3 {
					s.say(test.piece)
					c.hears(test.want) // before the next is written
					<-x.passed
				}
				switch {
				case strings.Contains(test.head, "chunked"):
					s.say("0\r\n\r\n")
					c.hears("0\r\n\r\n")
					x.ends(t, capture.HowClose, capture.Server)
				case strings.Contains(test.head, "Length"):
					x.ends(t, capture.HowClose, capture.Server)
				default:
					s.fin()
					c.ends("FIN")
					x.ends(t, capture.HowFIN, capture.Server)
				}
				if len(x.chunks) != 3 {
					t.Errorf("recorded %d chunks, want 3", len(x.chunks))
				}
			})
		})
	}
}

func TestBodiesEndAsTheyDid(t *testing.T) {
	bodies := []struct{ name, head, sent, want string }{
		{"unterminated chunks", "Transfer-Encoding: chunked", "5\r\nhello\r\n", "5\r\nhello\r\n"},
		{"inside a chunk", "Transfer-Encoding: chunked", "9\r\nhello", "5\r\nhello\r\n"},
		{"short", "Content-Length: 10", "hello", "hello"},
		{"without a length", "Connection: close", "hello", "hello"},
	}
	ends := []struct {
		name     string
		end      func(*side)
		want     string
		how      capture.How
		noNotify bool
	}{
		{"FIN", (*side).fin, "FIN", capture.HowFIN, false},
		{"no close_notify", (*side).vanish, "FIN without close_notify", capture.HowFIN, true},
		{"reset", (*side).reset, "reset", capture.HowReset, true},
	}
	for _, body := range bodies {
		for _, end := range ends {
			t.Run(body.name+", "+end.name, func(t *testing.T) {
				overBoth(t, func(t *testing.T, w *world) {
					c, s := w.asked("/")
					s.say("HTTP/1.1 200 OK\r\n" + body.head + "\r\n\r\n" + body.sent)
					c.head()
					c.hears(body.want)
					end.end(s)
					want := end.want
					if !w.secure {
						want, _, _ = strings.Cut(want, " ")
					}
					c.ends(want)
					x := w.tape.next(t).ends(t, end.how, capture.Server)
					if x.received.String() != "hello" {
						t.Errorf("recorded %q", x.received.String())
					}
					if noNotify := end.noNotify && w.secure && end.how == capture.HowFIN; end.how == capture.HowFIN && x.end.NoNotify != noNotify {
						t.Errorf("recorded NoNotify=%t, want %t", x.end.NoNotify, noNotify)
					}
				})
			})
		}
	}
}

func TestAServerThatEndsBeforeItAnswers(t *testing.T) {
	ends := map[string]func(*side){"FIN": (*side).fin, "reset": (*side).reset}
	for want, end := range ends {
		t.Run(want, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c, s := w.asked("/")
				end(s)
				c.ends(want)
				how := map[string]capture.How{"FIN": capture.HowFIN, "reset": capture.HowReset}[want]
				x := w.tape.next(t).ends(t, how, capture.Server)
				if x.response != nil {
					t.Errorf("recorded a response: %+v", x.response)
				}
			})
		})
	}
}

func TestAClientThatGoesAway(t *testing.T) {
	t.Run("reset", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("/")
			s.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			c.head()
			c.reset()
			s.ends("reset")
			w.tape.next(t).ends(t, capture.HowReset, capture.Client)
		})
	})
	t.Run("half-close before the answer", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("/")
			c.fin()
			s.ends("FIN")
			s.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
			c.head()
			c.hears("hi")
			w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		})
	})
	t.Run("close in mid-stream", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("/")
			s.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
			c.head()
			c.Close()
			s.ends("FIN")
			for {
				if _, err := io.WriteString(s.Conn, "data: x\n\n"); err != nil {
					break
				}
			}
			w.tape.next(t).ends(t, capture.HowFIN, capture.Client)
		})
	})
}

func TestExpectContinue(t *testing.T) {
	t.Run("passed through", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("POST /", "Expect: 100-continue", "Content-Length: 4")
			s.say("HTTP/1.1 100 Continue\r\n\r\n")
			c.hears("HTTP/1.1 100 Continue\r\n\r\n")
			c.say("body")
			s.hears("body")
			s.say("HTTP/1.1 204 No Content\r\n\r\n")
			c.hears("HTTP/1.1 204 No Content\r\n\r\n")
			x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
			if x.sent.String() != "body" || len(x.early) != 0 {
				t.Errorf("recorded %q, early %v", x.sent.String(), x.early)
			}
		})
	})
	t.Run("answered at once", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("POST /", "Expect: 100-continue", "Content-Length: 4")
			refusal := "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
			s.say(refusal)
			c.hears(refusal)
			c.ends("FIN") // though the body has not come
			w.tape.next(t).ends(t, capture.HowClose, capture.Server)
			if rest, _ := s.end(); rest != "" {
				t.Errorf("the origin got %q", rest)
			}
		})
	})
	t.Run("answered at once, connection kept", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("POST /", "Expect: 100-continue", "Content-Length: 4")
			refusal := "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
			s.say(refusal)
			c.hears(refusal)
			c.say("body")
			s.hears("body")
			w.tape.next(t).ends(t, capture.HowClose, capture.Server)
			c.say("GET /again HTTP/1.1\r\nHost: h\r\n\r\n")
			if head := s.head(); !strings.HasPrefix(head, "GET /again HTTP/1.1\r\n") {
				t.Errorf("the origin got %q", head)
			}
		})
	})
	t.Run("answered and left in the middle of it", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("POST /", "Content-Length: 1000000")
			c.say("some")
			s.hears("some")
			refusal := "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
			s.say(refusal)
			s.fin()
			c.hears(refusal)
			c.ends("FIN")
			w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		})
	})
	t.Run("not waited for", func(t *testing.T) {
		overBoth(t, func(t *testing.T, w *world) {
			c, s := w.asked("POST /", "Expect: 100-continue", "Content-Length: 4")
			c.say("body")
			s.hears("body")
			s.say("HTTP/1.1 204 No Content\r\n\r\n")
			w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		})
	})
}

func TestEarlyHintsComeEarly(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		hints := "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nlink: </b.css>\r\n\r\n"
		s.say(hints)
		c.hears(hints)
		s.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
		c.hears("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if len(x.early) != 1 || x.early[0].Status != 103 || len(x.early[0].Header) != 2 || x.early[0].Header[1].Value != "</b.css>" {
			t.Errorf("recorded %+v", x.early)
		}
	})
}

func TestTrailersGoBothWays(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("POST /", "Transfer-Encoding: chunked", "Trailer: X-Sum")
		c.say("3\r\nabc\r\n")
		s.hears("3\r\nabc\r\n") // before the rest is written
		c.say("3\r\ndef\r\n0\r\nX-Sum: 6\r\n\r\n")
		s.hears("3\r\ndef\r\n0\r\nX-Sum: 6\r\n\r\n")
		s.say("HTTP/1.1 200 OK\r\nTrailer: X-Done\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Done: yes\r\nX-More: too\r\n\r\n")
		c.hears("HTTP/1.1 200 OK\r\nTrailer: X-Done\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Done: yes\r\nX-More: too\r\n\r\n")
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if got := fmt.Sprint(x.trailers); got != "[[{X-Sum 6}] [{X-Done yes} {X-More too}]]" {
			t.Errorf("recorded trailers %s", got)
		}
		if x.sent.String() != "abcdef" || x.received.String() != "ok" {
			t.Errorf("recorded %q, %q", x.sent.String(), x.received.String())
		}
	})
}

func TestResponsesWithoutABody(t *testing.T) {
	tests := []struct{ name, request, answer string }{
		{"HEAD", "HEAD /", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nContent-Type: text/plain\r\n\r\n"},
		{"204", "GET /", "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"},
		{"304", "GET /", "HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\ncontent-length: 1234\r\n\r\n"},
		{"empty", "GET /", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{"empty POST", "POST /", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c, s := w.asked(test.request)
				for range 2 { // the second time over the same connections
					s.say(test.answer)
					c.hears(test.answer)
					w.tape.next(t).ends(t, capture.HowClose, capture.Server)
					c.say(test.request + " HTTP/1.1\r\nHost: h\r\n\r\n")
					if got := s.head(); got != test.request+" HTTP/1.1\r\nHost: h\r\n\r\n" {
						t.Errorf("the origin got %q", got)
					}
				}
			})
		})
	}
}

func TestUploadsAreStreamed(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("PUT /big", "Content-Length: 3000000")
		piece := strings.Repeat("0123456789", 10_000)
		for range 30 {
			c.say(piece)
			s.hears(piece) // before the next is written
		}
		s.say("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
		c.hears("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if x.sent.Len() != 3_000_000 {
			t.Errorf("recorded %d bytes", x.sent.Len())
		}
	})
}

func TestBothBodiesAtOnce(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("POST /echo", "Transfer-Encoding: chunked")
		s.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.head()
		for range 3 {
			c.say("2\r\nhi\r\n")
			s.hears("2\r\nhi\r\n")
			s.say("2\r\nhi\r\n")
			c.hears("2\r\nhi\r\n")
		}
		c.say("0\r\n\r\n")
		s.hears("0\r\n\r\n")
		s.say("0\r\n\r\n")
		c.hears("0\r\n\r\n")
		w.tape.next(t).ends(t, capture.HowClose, capture.Server)
	})
}

func TestLargeBodiesArriveWhole(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		body := strings.Repeat("abcdefghij", 1_000_000)
		go s.say("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + body)
		c.head()
		c.hears(body)
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if x.received.String() != body {
			t.Errorf("recorded %d bytes", x.received.Len())
		}
	})
}

func TestHeaderListsKeepTheirOrder(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c := w.client()
		lines := "B: 1\r\nA: 2\r\nb: 3\r\nCookie: a=1\r\nCookie: b=2\r\nConnection: keep-alive\r\nProxy-Connection: kept inside CONNECT\r\n"
		c.say("GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n")
		s := w.accepted()
		if got, want := s.head(), "GET / HTTP/1.1\r\nHost: h\r\n"+lines+"\r\n"; got != want {
			t.Errorf("the origin got %q, want %q", got, want)
		}
		s.say("HTTP/1.1 200 Fine\r\nSet-Cookie: z=1\r\nSet-Cookie: a=2\r\nX-Lower: a\r\nx-lower: b\r\nContent-Length: 0\r\n\r\n")
		head := c.head()
		if !strings.Contains(head, "Set-Cookie: z=1\r\nSet-Cookie: a=2\r\n") || strings.Contains(head, "Date") {
			t.Errorf("the client got %q", head)
		}
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if x.response.Reason != "Fine" || x.response.Header[3] != (capture.Field{Name: "x-lower", Value: "b"}) {
			t.Errorf("recorded %+v", x.response)
		}
	})
}

func TestHTTP10(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c := w.client()
		c.say("GET / HTTP/1.0\r\n\r\n")
		s := w.accepted()
		if got := s.head(); got != "GET / HTTP/1.0\r\n\r\n" {
			t.Errorf("the origin got %q", got)
		}
		s.say("HTTP/1.0 200 OK\r\n\r\nhello")
		c.head()
		c.hears("hello")
		s.fin()
		c.ends("FIN")
		w.tape.next(t).ends(t, capture.HowFIN, capture.Server)
	})
}

// TestAHalfClosedClientDoesNotKeepTheProxy is about a server that does not
// answer either: nothing but the Proxy's own end can end the exchange soon.
func TestAHalfClosedClientDoesNotKeepTheProxy(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		var p *mitm.Proxy
		w.proxy, p = startStoppable(t, &mitm.ProxyOptions{Handler: w.relay, Tunnels: w.relay})
		c, s := w.asked("/")
		c.fin()
		s.ends("FIN")
		closed := make(chan error, 1)
		go func() { closed <- p.Close() }()
		select {
		case <-closed:
		case <-time.After(patience):
			t.Fatal("Close waits for the server")
		}
		w.tape.next(t).ends(t, capture.HowFIN, capture.Client)
	})
}
