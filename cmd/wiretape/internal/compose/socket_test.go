package compose_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

func overBoth(t *testing.T, f func(t *testing.T, secure bool)) {
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		t.Run(name, func(t *testing.T) { t.Parallel(); f(t, secure) })
	}
}

func TestASocketIsRecordedAsAnyOther(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		s := serve(t, secure, echo(t))
		h := newHouse(t, s)
		scope := &compose.Scope{Vars: []map[string]string{{"user": "me", "id": "7"}}}
		c, err := h.way.Open(t.Context(), compose.Target{
			URL: socketURL(s) + "/ws/{{id}}?a=%2F", Params: []compose.Pair{{"q", "a b&c"}},
			Headers:      []compose.Pair{{"x-Odd", "{{user}}"}, {"Origin", "http://x"}, {"X-Odd", "two"}},
			Cookies:      []compose.Pair{{"session", "1"}, {"theme", "dark"}},
			Subprotocols: []string{"a", "b"},
		}, scope)
		if err != nil {
			t.Fatal(err)
		}
		if c.Subprotocol() != "b" || !strings.Contains(c.Extensions(), "permessage-deflate") {
			t.Errorf("agreed on %q, %q", c.Subprotocol(), c.Extensions())
		}
		binary := compose.BinaryMessage([]byte{0, 255})
		for _, m := range []compose.Message{
			compose.TextMessage(`{"seq":{{$seq}},"id":{{id}}}`), compose.TextMessage(`again {{$seq}}`), compose.TextMessage(""), binary,
			compose.TextMessage(strings.Repeat("long ", 1000)),
		} {
			if _, err := c.Send(m); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Send(compose.TextMessage("bye")); err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		if e := c.Ended(); e != (compose.Ended{By: "server", How: "close", Code: 4001, Reason: "as you wish"}) {
			t.Errorf("ended %+v", e)
		}
		_ = c.Close(1000, "")
		id := h.found(c.Client())
		long := strings.Repeat("long ", 1000)
		var want []string
		for _, m := range []string{`text {"seq":1,"id":7}`, "text again 2", "text ", "binary \x00\xff", "text " + long} {
			want = append(want, "send "+m)
		}
		ex := h.over(id)
		host := strings.TrimPrefix(strings.TrimPrefix(s.URL, "http"), "s")[3:]
		raw := string(ex.Request.Raw)
		for _, line := range []string{
			"GET /ws/7?a=%2F&q=a%20b%26c HTTP/1.1\r\nHost: " + host + "\r\n",
			"\r\nx-Odd: me\r\nOrigin: http://x\r\nX-Odd: two\r\nCookie: session=1; theme=dark\r\n\r\n",
			"\r\nSec-WebSocket-Protocol: a, b\r\n",
		} {
			if !strings.Contains(raw, line) {
				t.Errorf("the server got %q, without %q", raw, line)
			}
		}
		if ex.End == nil || ex.End.Code != 4001 || ex.End.By != capture.Server || ex.Kind != capture.KindWebSocket {
			t.Errorf("recorded %+v %+v", ex.Kind, ex.End)
		}
		if ex.Sent.Messages != uint64(len(want)+1) {
			t.Errorf("recorded %d messages, want %d", ex.Sent.Messages, len(want)+1)
		}
	})
}

func TestASocketAnswersPingsAndCloses(t *testing.T) {
	s := serve(t, false, echo(t))
	h := newHouse(t)
	open := func() *compose.Socket {
		c, err := h.way.Open(t.Context(), compose.Target{URL: socketURL(s), NoDeflate: true}, &compose.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		if c.Extensions() != "" {
			t.Errorf("agreed on %q", c.Extensions())
		}
		return c
	}
	c := open()
	if _, err := c.Send(compose.TextMessage("ping me")); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if e := c.Ended(); e.Code != 1000 || e.By != "server" {
		t.Errorf("ended %+v", e)
	}
	c = open()
	if err := c.Close(4002, "enough"); err != nil {
		t.Fatal(err)
	}
	if e := c.Ended(); e.How != "close" || e.By != "client" {
		t.Errorf("ended %+v", e)
	}
	h.said(h.found(c.Client()), "send close \x0f\xa2enough", "receive close \x0f\xa2enough")
	var closed *compose.ClosedError
	if _, err := c.Send(compose.TextMessage("late")); !errors.As(err, &closed) || closed.Hint() == "" {
		t.Errorf("sent after the end: %v", err)
	}
	c = open()
	if err := c.Abort(); err != nil {
		t.Fatal(err)
	}
	if e := h.over(h.found(c.Client())).End; e.How != capture.HowReset || e.By != capture.Client {
		t.Errorf("recorded %+v", e)
	}
}

func TestAClosedSocketSaysSoInMidSend(t *testing.T) {
	overBoth(t, func(t *testing.T, secure bool) {
		s := serve(t, secure, echo(t))
		h := newHouse(t, s)
		c, err := h.way.Open(t.Context(), compose.Target{URL: socketURL(s)}, &compose.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Send(compose.TextMessage("drop")); err != nil {
			t.Fatal(err)
		}
		var closed *compose.ClosedError
		for err == nil {
			_, err = c.Send(compose.TextMessage(strings.Repeat("x", 1<<16)))
		}
		if !errors.As(err, &closed) || closed.Ended.How != "fin" && closed.Ended.How != "reset" || closed.Hint() == "" {
			t.Errorf("got %v", err)
		}
		_ = c.Close(1000, "")
	})
}

func TestWhatDoesNotOpen(t *testing.T) {
	refusing := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/401":
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(401)
			fmt.Fprint(w, "who are you?")
		case "/accept":
			c, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n")
			_ = c.Close()
		case "/drop":
			c, _, _ := w.(http.Hijacker).Hijack()
			_ = c.Close()
		}
	})
	untrusted := serve(t, true, echo(t))
	gone := httptest.NewServer(nil)
	gone.Close()
	h := newHouse(t)
	for _, test := range []struct {
		url, want string
		as        any
	}{
		{socketURL(refusing) + "/401", "answered 401", new(*compose.RefusedError)},
		{socketURL(refusing) + "/200", "answered 200", new(*compose.RefusedError)},
		{socketURL(refusing) + "/accept", "does not fit", new(*compose.RefusedError)},
		{socketURL(untrusted), "certificate", new(*compose.UnreachableError)},
		{socketURL(gone), "refused", new(*compose.UnreachableError)},
		{"ws://" + h.way.Proxy, "wiretape itself", new(*compose.UnreachableError)},
		{"wss://" + h.way.Proxy, "wiretape itself", new(*compose.UnreachableError)},
		{socketURL(refusing) + "/{{nothing}}", "{{nothing}}", new(*compose.UnknownError)},
		{"ftp://x", "not ws", new(*compose.TargetError)},
		{"ws://", "no host", new(*compose.TargetError)},
	} {
		c, err := h.way.Open(t.Context(), compose.Target{URL: test.url}, &compose.Scope{})
		if err == nil {
			_ = c.Abort()
		}
		var hinted interface{ Hint() string }
		if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, test.as) || !errors.As(err, &hinted) || hinted.Hint() == "" {
			t.Errorf("%s: %T %v, want %q", test.url, err, err, test.want)
		}
		var refused *compose.RefusedError
		if errors.As(err, &refused) && refused.Status == 401 && (string(refused.Body) != "who are you?" || h.found(refused.Client) == 0) {
			t.Errorf("refused with %q", refused.Body)
		}
	}
	if _, err := h.way.Open(t.Context(), compose.Target{URL: socketURL(refusing) + "/drop"}, &compose.Scope{}); err == nil || !strings.Contains(err.Error(), "without an answer") {
		t.Errorf("dropped: %v", err)
	}
	bad := compose.Target{URL: socketURL(refusing), Headers: []compose.Pair{{"X", "{{v}}"}}}
	if _, err := h.way.Open(t.Context(), bad, &compose.Scope{Vars: []map[string]string{{"v": "a\r\nEvil: 1"}}}); err == nil || !strings.Contains(err.Error(), "line end") {
		t.Errorf("a header with a line end: %v", err)
	}
}
