package mitm_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

const (
	get   = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	post  = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
	empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
)

func TestConnectionsAreUsedAgain(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		s.say(empty)
		c.hears(empty)
		first := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		other := w.client() // another client, the same server
		other.say(get)
		s.head()
		s.say(empty)
		other.hears(empty)
		second := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if a := first.upstream.Timing; a.Connect < 0 || (a.TLS >= 0) != w.secure || a.Send < 0 || a.Wait < 0 || a.DNS != -1 {
			t.Errorf("timing of a new connection: %+v", a)
		}
		if b := second.upstream.Timing; b.Connect != -1 || b.TLS != -1 || b.Send < 0 || b.Wait < 0 {
			t.Errorf("timing of a connection that was there: %+v", b)
		}
		if second.Opening.At < first.Opening.At || second.response.At < second.Opening.At || second.end.At < second.response.At || second.end.At > time.Minute {
			t.Errorf("times: %v, %v, %v, %v", first.Opening.At, second.Opening.At, second.response.At, second.end.At)
		}
	})
}

func TestAnIdleConnectionThatTheServerEnded(t *testing.T) {
	ends := map[string]func(*side){"FIN": (*side).fin, "reset": (*side).reset}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			overBoth(t, func(t *testing.T, w *world) {
				c, s := w.asked("/")
				s.say(empty)
				c.hears(empty)
				end(s)
				c.say(post)
				s = w.accepted() // a new one
				if got := s.head(); got != post {
					t.Errorf("the origin got %q", got)
				}
				s.say(empty)
				c.hears(empty)
			})
		})
	}
}

func TestAConnectionThatEndsUnderARequest(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		s.say(empty)
		c.hears(empty)
		c.say(get)
		s.head()
		s.fin()
		s = w.accepted() // a GET is sent again
		if got := s.head(); got != get {
			t.Errorf("the origin got %q", got)
		}
		s.say(empty)
		c.hears(empty)
		c.say(post)
		s.head()
		s.fin()
		c.ends("FIN") // a POST is not
		w.tape.next(t)
		w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		w.tape.next(t).ends(t, capture.HowFIN, capture.Server)
	})
}

func TestAnAnswerInMidUpload(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("POST /", "Content-Length: 1000000")
		c.say("the first of it")
		s.hears("the first of it")
		s.say("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno!")
		if got := c.head(); !strings.HasPrefix(got, "HTTP/1.1 413 ") {
			t.Errorf("the client got %q", got)
		}
		c.hears("no!")
		s.Close()
		c.Close()
		x := w.tape.next(t).wait(t)
		if x.received.String() != "no!" || x.sent.String() != "the first of it" {
			t.Errorf("recorded %q, %q", x.sent.String(), x.received.String())
		}
	})
}

func TestAnEndlessHeadIsNotWaitedFor(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		go func() {
			line := "X-More: " + strings.Repeat("x", 10_000) + "\r\n"
			for {
				if _, err := s.Conn.Write([]byte(line)); err != nil {
					return
				}
			}
		}()
		w.explained(c, "502", "longer than")
	})
}

func TestAWebsocketInAbsoluteForm(t *testing.T) {
	w := newWorld(t, false)
	c := newSide(t, dial(t, w.proxy), nil)
	rest := "Host: " + w.addr() + "\r\nupgrade: websocket\r\nConnection: Upgrade\r\nX-A: b\r\n\r\n"
	c.say("GET http://" + w.addr() + "/ws?x HTTP/1.1\r\nProxy-Connection: keep-alive\r\n" + rest)
	s := w.accepted()
	if got := s.head(); got != "GET /ws?x HTTP/1.1\r\n"+rest {
		t.Errorf("the origin got %q", got)
	}
	s.say(switching)
	c.hears(switching)
	s.fin()
	c.ends("FIN")
	c.fin()
	x := w.tape.next(t).ends(t, capture.HowFIN, capture.Server)
	if x.Request.URL != "ws://"+w.addr()+"/ws?x" {
		t.Errorf("recorded URL %s", x.Request.URL)
	}
}

func TestAReverseProxy(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		origin, err := url.Parse(w.url("http") + "/base")
		if err != nil {
			t.Fatal(err)
		}
		proxy := startProxy(t, &mitm.ProxyOptions{
			Handler: w.relay, Tunnels: w.relay,
			Origin: mitm.NewReverse([]mitm.Route{{Prefix: "/api", URL: origin}}, w.relay),
		})
		c := newSide(t, dial(t, proxy), nil)
		rest := " HTTP/1.1\r\nHost: " + w.addr() + "\r\nA: b\r\n"
		c.say("GET /api/x//%zz?q HTTP/1.1\r\nHost: " + proxy + "\r\nA: b\r\n\r\n")
		s := w.accepted()
		if got, want := s.head(), "GET /base/x//%zz?q"+rest+"\r\n"; got != want {
			t.Errorf("the origin got %q, want %q", got, want)
		}
		s.say(empty)
		c.hears(empty)
		if x := w.tape.next(t).ends(t, capture.HowClose, capture.Server); x.Request.URL != w.url("http")+"/base/x//%zz?q" {
			t.Errorf("recorded URL %s", x.Request.URL)
		}
		c.say("GET /api/ws HTTP/1.1\r\nHost: " + proxy + "\r\nA: b\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
		s = w.accepted()
		if got, want := s.head(), "GET /base/ws"+rest+"Upgrade: websocket\r\nConnection: upgrade\r\n\r\n"; got != want {
			t.Errorf("the origin got %q, want %q", got, want)
		}
		s.say(switching)
		c.hears(switching)
		s.fin()
		c.ends("FIN")
		c.fin()
		if x := w.tape.next(t).ends(t, capture.HowFIN, capture.Server); x.Request.URL != w.url("ws")+"/base/ws" {
			t.Errorf("recorded URL %s", x.Request.URL)
		}
	})
}

func TestARelayThatIsClosed(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c, s := w.asked("/")
		s.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.head()
		waiting := w.client()
		waiting.say(get)
		unanswered := w.accepted()
		unanswered.head()
		if err := w.relay.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			w.tape.next(t).ends(t, capture.HowFIN, capture.Proxy)
		}
		for _, side := range []*side{c, s, waiting, unanswered} {
			if _, how := side.end(); !strings.HasPrefix(how, "FIN") {
				t.Errorf("the relay ended with %s", how)
			}
		}
		late := w.client()
		late.say(get)
		if got := late.head(); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
			t.Errorf("a closed relay answered %q", got)
		}
	})
}

func TestARelayWithoutARecorder(t *testing.T) {
	w := newWorld(t, false, func(o *mitm.RelayOptions) { o.Recorder = nil })
	c, s := w.asked("/")
	s.say(empty)
	c.hears(empty)
}
