package mitm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
)

const handshake = "GET /chat?token=a%%2Fb HTTP/1.1\r\nHost: %s\r\nuPgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Odd:  two  spaces \r\n\r\n"

const switching = "HTTP/1.1 101 Switching Protocols\r\nUPGRADE: websocket\r\nconnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Origin: yes\r\n\r\n"

// upgraded returns both ends of a websocket connection, and its recording.
func (w *world) upgraded() (c, s *side, x *taped) {
	w.t.Helper()
	c = w.client()
	head := fmt.Sprintf(handshake, w.addr())
	c.say(head)
	s = w.accepted()
	if got := s.head(); got != head {
		w.t.Errorf("the origin got the handshake %q", got)
	}
	s.say(switching)
	if got := c.head(); got != switching {
		w.t.Errorf("the client got the answer %q", got)
	}
	return c, s, w.tape.next(w.t)
}

func TestUpgradeKeepsBothHeads(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s, x := w.upgraded()
		s.fin()
		c.ends("FIN")
		c.fin()
		x.ends(t, capture.HowFIN, capture.Server)
		if string(x.Request.Raw) != fmt.Sprintf(handshake, w.addr()) || string(x.response.Raw) != switching {
			t.Errorf("recorded heads: %q, %q", x.Request.Raw, x.response.Raw)
		}
		if want := w.url("ws") + "/chat?token=a%2Fb"; x.Request.URL != want {
			t.Errorf("recorded URL %q, want %q", x.Request.URL, want)
		}
		if got := x.Request.Header[4]; got != (capture.Field{Name: "Sec-WebSocket-Version", Value: "13"}) || x.response.Status != 101 {
			t.Errorf("recorded fields: %q, %d", x.Request.Header, x.response.Status)
		}
	})
}

func TestUpgradeMovesBytesAsTheyCome(t *testing.T) {
	// Nothing here is a frame of RFC 6455, and most pieces cut one: a relay that
	// understood frames would wait for more.
	pieces := []string{"\x81", "\x05hel", "lo\x89\x04ping", "\x01\x02ab", "\x80\x01c", "\xf3\xff\xff", strings.Repeat("x", 100_000), "\x88\x05\x0f\xa1bye"}
	overBoth(t, func(t *testing.T, w *world) {
		c, s, x := w.upgraded()
		for _, p := range pieces {
			s.say(p)
			c.hears(p) // before the next is written
			c.say(p)
			s.hears(p)
		}
		c.fin()
		s.ends("FIN")
		s.fin()
		c.ends("FIN")
		x.ends(t, capture.HowFIN, capture.Client)
		all := strings.Join(pieces, "")
		if x.sent.String() != all || x.received.String() != all {
			t.Errorf("recorded %d bytes sent, %d received, want %d each", x.sent.Len(), x.received.Len(), len(all))
		}
	})
}

func TestUpgradePassesAFrameThatCameWithTheHandshake(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c := w.client()
		head := fmt.Sprintf(handshake, w.addr())
		c.say(head + "\x81\x81mask!")
		s := w.accepted()
		s.head()
		s.say(switching + "\x81\x05first")
		c.hears(switching + "\x81\x05first")
		s.hears("\x81\x81mask!")
		s.fin()
		c.ends("FIN")
		c.fin()
		x := w.tape.next(t).ends(t, capture.HowFIN, capture.Server)
		if x.sent.String() != "\x81\x81mask!" || x.received.String() != "\x81\x05first" {
			t.Errorf("recorded %q, %q", x.sent.String(), x.received.String())
		}
	})
}

func TestUpgradePassesEndingsOn(t *testing.T) {
	tests := []struct {
		name   string
		end    func(*side)
		want   string
		how    capture.How
		silent bool // without close_notify under TLS
	}{
		{"FIN", (*side).fin, "FIN", capture.HowFIN, false},
		{"reset", (*side).reset, "reset", capture.HowReset, true},
		{"no close_notify", (*side).vanish, "FIN without close_notify", capture.HowFIN, true},
	}
	for _, test := range tests {
		for _, by := range []capture.Party{capture.Client, capture.Server} {
			t.Run(test.name+" by "+by.String(), func(t *testing.T) {
				overBoth(t, func(t *testing.T, w *world) {
					c, s, x := w.upgraded()
					from, to := c, s
					if by == capture.Server {
						from, to = s, c
					}
					from.say("last words")
					to.hears("last words")
					test.end(from)
					want := test.want
					if !w.secure {
						want, _, _ = strings.Cut(want, " ")
					}
					to.ends(want)
					if want != "reset" {
						// The other direction goes on.
						to.say("answer")
						from.hears("answer")
						to.fin()
						from.ends("FIN")
					}
					x.ends(t, test.how, by)
					if silent := test.silent && w.secure; x.end.NoNotify != silent {
						t.Errorf("recorded NoNotify=%t, want %t", x.end.NoNotify, silent)
					}
				})
			})
		}
	}
}

func TestRefusedUpgradeIsAnOrdinaryResponse(t *testing.T) {
	answers := map[string]string{
		"401 with a body": "HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nWWW-Authenticate: Bearer\r\n\r\nnope",
		"302":             "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
		"426 chunked":     "HTTP/1.1 426 Upgrade Required\r\nconnection: upgrade\r\nupgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n",
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c := w.client()
				c.say(fmt.Sprintf(handshake, w.addr()))
				s := w.accepted()
				s.head()
				s.say(answer)
				head := c.head()
				if want, _, _ := strings.Cut(answer, "\r\n"); !strings.HasPrefix(head, want+"\r\n") {
					t.Errorf("the client got %q, want %q", head, want)
				}
				if strings.HasPrefix(name, "426") {
					c.hears("4\r\nnope\r\n0\r\n\r\n")
				} else if strings.Contains(answer, "nope") {
					c.hears("nope")
				}
				x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
				if strings.Contains(answer, "nope") != (x.received.String() == "nope") {
					t.Errorf("recorded body %q", x.received.String())
				}
				// Both connections can be used again.
				c.say("GET /again HTTP/1.1\r\nHost: h\r\n\r\n")
				s.head()
				s.say("HTTP/1.1 204 No Content\r\n\r\n")
				c.hears("HTTP/1.1 204 No Content\r\n\r\n")
			})
		})
	}
}

func TestClosingTheRelayEndsSockets(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s, x := w.upgraded()
		s.say("hello")
		c.hears("hello")
		<-x.passed
		if err := w.relay.Close(); err != nil {
			t.Fatal(err)
		}
		x.ends(t, capture.HowFIN, capture.Proxy)
		c.ends("FIN")
		s.ends("FIN")
	})
}

// TestTheFirstEndingIsKept also when the Relay is closed before the second.
func TestTheFirstEndingIsKept(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s, x := w.upgraded()
		c.fin()
		s.ends("FIN")
		if err := w.relay.Close(); err != nil {
			t.Error(err)
		}
		c.ends("FIN")
		x.ends(t, capture.HowFIN, capture.Client)
	})
}

// TestClosingAmongEndings is for the race detector.
func TestClosingAmongEndings(t *testing.T) {
	for range 20 {
		w := newWorld(t, false)
		c, _, x := w.upgraded()
		go c.reset()
		if err := w.relay.Close(); err != nil {
			t.Error(err)
		}
		x.wait(t)
	}
}
