package replay_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

const engineURL = "https://io.test/socket.io/?EIO=4&transport=polling"

var plainText = capture.Field{Name: "Content-Type", Value: "text/plain; charset=UTF-8"}

// polled records a session of Engine.IO over polling.
func polled(t *testing.T) *recorder {
	r := newRecorder(t)
	at := time.Duration(0)
	add := func(method, query, body, answer string) {
		k := r.http(capture.KindHTTP, method, engineURL+query, body, 200, plainText).body(answer)
		k.ex.Started = started.Add(at)
		at += 20 * time.Millisecond
	}
	const sid = "&sid=lv_VI97HAXpY6yYWAAAC"
	add("GET", "&t=P0", "", `0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}`)
	add("POST", "&t=P1"+sid, "40", "ok")
	add("GET", "&t=P2"+sid, "", `40{"sid":"wZX3oN0bSVIhsaknAAAD"}`)
	add("POST", "&t=P3"+sid, `420["get",1]`+"\x1e"+`421["get",2]`, "ok")
	add("GET", "&t=P4"+sid, "", `430["one"]`+"\x1e"+`431["two"]`)
	add("POST", "&t=P5"+sid, `451-2["turn",{"_placeholder":true,"num":0}]`+"\x1ebAQID", "ok")
	add("GET", "&t=P6"+sid, "", `461-2[{"_placeholder":true,"num":0}]`+"\x1ebAwIB")
	return r
}

// session opens a session and returns what its requests end in.
func (m *mock) session(t *testing.T) (sid, query string) {
	t.Helper()
	code, _, body := m.do("GET", "/socket.io/?EIO=4&transport=polling&t=zz1", "")
	if code != 200 || !strings.HasPrefix(body, `0{"sid":"`) {
		t.Fatalf("%d %s", code, body)
	}
	sid, _, _ = strings.Cut(strings.TrimPrefix(body, `0{"sid":"`), `"`)
	return sid, "/socket.io/?EIO=4&transport=polling&t=zz2&sid=" + sid
}

func TestPolling(t *testing.T) {
	m := polled(t).serve(&replay.Options{Speed: replay.Max})
	sid, q := m.session(t)
	if sid != "lv_VI97HAXpY6yYWAAAC" {
		t.Errorf("the first session is %s", sid)
	}
	m.want("POST", q, "40", 200, "ok")
	m.want("GET", q, "", 200, `40{"sid":"wZX3oN0bSVIhsaknAAAD"}`)
	m.want("POST", q, `428["get",2]`+"\x1e"+`429["get",1]`, 200, "ok")
	m.want("GET", q, "", 200, `438["two"]`+"\x1e"+`439["one"]`)
	m.want("POST", q, `451-10["turn",{"_placeholder":true,"num":0}]`+"\x1ebAQID", 200, "ok")
	m.want("GET", q, "", 200, `461-10[{"_placeholder":true,"num":0}]`+"\x1ebAwIB")
	other, _ := m.session(t)
	if other == sid {
		t.Error("two sessions have one name")
	}
	m.want("GET", "/socket.io/?EIO=4&transport=polling&sid=unheard", "", 400, `{"code":1,"message":"Session ID unknown"}`)
	m.ok()
}

func TestPollsTellWhatWasNotRecorded(t *testing.T) {
	m := polled(t).serve(&replay.Options{Speed: replay.Max})
	_, q := m.session(t)
	m.want("POST", q, `421["unheard"]`, 200, "ok")
	code, head, body := m.do("GET", q, "")
	if code != 503 || head.Get("Wiretape-Replay") != "miss" || !strings.Contains(body, "no recorded message answers") {
		t.Errorf("%d %v %s", code, head, body)
	}
	if n := len(m.server.Report().Divergences); n != 1 {
		t.Errorf("%d divergences", n)
	}
}

func TestAWebSocketTakesASessionOver(t *testing.T) {
	m := polled(t).serve(&replay.Options{Speed: replay.Max})
	sid, q := m.session(t)
	m.want("POST", q, "40", 200, "ok")
	m.want("GET", q, "", 200, `40{"sid":"wZX3oN0bSVIhsaknAAAD"}`)
	c := m.dial("/socket.io/?EIO=4&transport=websocket&sid="+sid, nil)
	c.send("2probe").expect("3probe")
	m.want("GET", q, "", 200, "6") // the pending poll is let go
	c.send("5")
	c.send(`427["get",1]`).expect(`437["one"]`)
	c.conn.Close(websocket.StatusNormalClosure, "")
	m.ok()
}

func TestAWebSocketFromTheStart(t *testing.T) {
	m := polled(t).serve(&replay.Options{Speed: replay.Max})
	c := m.dial("/socket.io/?EIO=4&transport=websocket", nil)
	c.expect(`0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}`)
	c.send("40").expect(`40{"sid":"wZX3oN0bSVIhsaknAAAD"}`)
	c.send(`427["get",2]`).expect(`437["two"]`)
	m.ok()
}

func TestPollsWaitForWhatComes(t *testing.T) {
	m := polled(t).serve(nil)
	_, q := m.session(t)
	answered := make(chan string)
	go func() {
		resp, err := http.Get(m.http.URL + q)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		b := make([]byte, 100)
		n, _ := resp.Body.Read(b)
		answered <- string(b[:n])
	}()
	m.want("POST", q, "40", 200, "ok")
	if got := <-answered; got != `40{"sid":"wZX3oN0bSVIhsaknAAAD"}` {
		t.Errorf("the poll got %s", got)
	}
	m.ok()
}
