package replay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

func TestDelaysCountFromTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t)
		r.socket(wsURL).
			send(`{"id":1,"op":"subscribe","topic":"prices"}`).
			after(45 * time.Millisecond).receive(`{"id":1,"ok":true}`).
			after(10 * time.Minute).receive(`{"topic":"prices","p":1}`).
			after(20 * time.Minute).receive(`{"topic":"prices","p":2}`).
			send(`{"id":2,"op":"get"}`).
			after(95 * time.Millisecond).receive(`{"id":2,"v":7}`)
		_, conn := r.play(t, nil, wsURL)
		write := func(s string) time.Time {
			if err := conn.Write(t.Context(), websocket.MessageText, []byte(s)); err != nil {
				t.Fatal(err)
			}
			return time.Now()
		}
		read := func(since time.Time, want string, after time.Duration) {
			t.Helper()
			_, got, err := conn.Read(t.Context())
			if err != nil || string(got) != want {
				t.Fatalf("got %s, %v; want %s", got, err, want)
			}
			if d := time.Since(since); d != after {
				t.Errorf("%s after %v, want %v", want, d, after)
			}
		}
		time.Sleep(3 * time.Hour) // a slow client
		began := write(`{"id":8,"op":"subscribe","topic":"prices"}`)
		read(began, `{"id":8,"ok":true}`, 50*time.Millisecond)
		asked := write(`{"id":9,"op":"get"}`)
		read(asked, `{"id":9,"v":7}`, 100*time.Millisecond)
		read(began, `{"topic":"prices","p":1}`, 10*time.Minute+55*time.Millisecond)
		read(began, `{"topic":"prices","p":2}`, 30*time.Minute+60*time.Millisecond)
	})
}

func TestSpeedAndGaps(t *testing.T) {
	tests := []struct {
		name string
		o    replay.Options
		want []time.Duration
	}{
		{"double speed", replay.Options{Speed: 2}, []time.Duration{30 * time.Second, 60 * time.Second}},
		{"longest gap", replay.Options{MaxGap: time.Second}, []time.Duration{time.Second, 2 * time.Second}},
		{"no delay", replay.Options{Speed: replay.Max}, []time.Duration{0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder(t)
				minute := time.Minute - 5*time.Millisecond
				r.socket(wsURL).after(minute).receive("a").after(minute).receive("b")
				_, conn := r.play(t, &tt.o, wsURL)
				began := time.Now()
				for i, want := range tt.want {
					if _, _, err := conn.Read(t.Context()); err != nil {
						t.Fatal(err)
					}
					if d := time.Since(began); d != want {
						t.Errorf("message %d after %v, want %v", i, d, want)
					}
				}
			})
		})
	}
}

func TestHeartbeatsAreAnsweredWheneverTheyCome(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).send(`hello`).receive(`world`)
	m := r.serve(nil)
	c := m.dial("/ws", nil)
	tests := [][2]string{
		{"ping", "pong"},
		{`{"op":"ping"}`, `{"op":"pong"}`},
		{`{"type":"ping","id":7}`, `{"type":"pong","id":7}`},
		{`[null,"9","phoenix","heartbeat",{}]`, `[null,"9","phoenix","phx_reply",{"response":{},"status":"ok"}]`},
	}
	for range 3 {
		for _, tt := range tests {
			c.send(tt[0]).expect(tt[1])
		}
	}
	c.send("hello").expect("world")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	go c.conn.Read(ctx)
	if err := c.conn.Ping(ctx); err != nil {
		t.Errorf("a ping frame got %v", err)
	}
	m.ok()
}

func TestRecordedHeartbeatsAreAnsweredAsRecorded(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"op":"ping","req_id":"1"}`).receive(`{"success":true,"ret_msg":"pong","conn_id":"a1","req_id":"1","op":"ping"}`).
		send(`hello`).receive(`world`)
	m := r.serve(nil)
	c := m.dial("/ws", nil)
	for _, n := range []string{"77", "78", "79"} {
		c.send(`{"req_id":"` + n + `","op":"ping"}`).expect(`{"success":true,"ret_msg":"pong","conn_id":"a1","req_id":"` + n + `","op":"ping"}`)
	}
	m.ok()
}

func TestServerHeartbeatsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t)
		k := r.socket("wss://io.test/socket.io/?EIO=4&transport=websocket")
		k.receive(`0{"sid":"x","pingInterval":25000}`)
		k.now = 0
		for range 2 {
			k.after(25*time.Second - 5*time.Millisecond)
			k.receive("2").send("3")
			k.now -= 5 * time.Millisecond
		}
		s, conn := r.play(t, nil, "wss://io.test/socket.io/?EIO=4&transport=websocket")
		began := time.Now()
		for i := range 100 {
			_, got, err := conn.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				continue
			}
			if string(got) != "2" || time.Since(began) != time.Duration(i)*25*time.Second {
				t.Fatalf("heartbeat %d: %q after %v", i, got, time.Since(began))
			}
			if err := conn.Write(t.Context(), websocket.MessageText, []byte("3")); err != nil {
				t.Fatal(err)
			}
		}
		if rep := s.Report(); !rep.OK {
			t.Errorf("report %+v", rep)
		}
	})
}

func TestConnectionsAreTakenInTurn(t *testing.T) {
	r := newRecorder(t)
	for _, n := range []string{"first", "second"} {
		r.socket(wsURL).receive(`{"hello":"`+n+`","session_id":"b7e2c1d4-0000-4000-8000-0000000000`+n[:1]+`1"}`).
			send(`{"op":"login"}`).receive(`{"event":"login","n":"`+n+`"}`).end(capture.Server, capture.HowFIN)
	}
	m := r.serve(nil)
	hello := map[string]bool{}
	for i, n := range []string{"first", "second", "second", "second"} {
		c := m.dial("/ws", nil)
		h := c.read()
		if !strings.Contains(h, `"hello":"`+n+`"`) {
			t.Errorf("connection %d said %s", i, h)
		}
		hello[h] = true
		c.send(`{"op":"login"}`).expect(`{"event":"login","n":"` + n + `"}`)
		if _, _, err := c.conn.Read(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("connection %d ended by %v, want EOF without a close frame", i, err)
		}
	}
	m.ok()
	same := r.serve(&replay.Options{Speed: replay.Max, OnReconnect: replay.ReconnectSame})
	for range 2 {
		if h := same.dial("/ws", nil).read(); !strings.Contains(h, "first") {
			t.Errorf("said %s", h)
		}
	}
}

func TestUsedAgainTheServersIDsAreNew(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":1,"op":"order","sz":"1"}`).
		receive(`{"id":1,"orderId":"ord_8fK2s9QxZ1","account":"acc-77f0a1b2c3"}`, `{"event":"fill","orderId":"ord_8fK2s9QxZ1","account":"acc-77f0a1b2c3"}`).
		send(`{"id":2,"op":"cancel","orderId":"ord_8fK2s9QxZ1"}`).receive(`{"id":2,"canceled":"ord_8fK2s9QxZ1"}`).
		send(`{"id":3,"op":"balance"}`).receive(`{"id":3,"account":"acc-77f0a1b2c3"}`)
	m := r.serve(nil)
	c := m.dial("/ws", nil)
	seen := map[string]bool{}
	for i := range 3 {
		c.send(`{"id":5,"op":"order","sz":"1"}`)
		var order, fill struct{ OrderID, Account string }
		if err := errors.Join(json.Unmarshal([]byte(c.read()), &order), json.Unmarshal([]byte(c.read()), &fill)); err != nil {
			t.Fatal(err)
		}
		if order != fill || order.Account != "acc-77f0a1b2c3" || seen[order.OrderID] || i == 0 && order.OrderID != "ord_8fK2s9QxZ1" {
			t.Errorf("order %+v, fill %+v after %v", order, fill, seen)
		}
		seen[order.OrderID] = true
		c.send(`{"id":6,"op":"cancel","orderId":"` + order.OrderID + `"}`).expect(`{"id":6,"canceled":"` + order.OrderID + `"}`)
	}
	m.ok()
	c.send(`{"id":7,"op":"cancel","orderId":"ord_unknown12345"}`)
	c.expectClose(1008)
}

func TestTwoClientsAtOnce(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":"a1","op":"subscribe","channel":"prices"}`).receive(`{"id":"a1","ok":true}`).
		send(`{"id":"a2","op":"order","clOrdId":"x1"}`).receive(`{"id":"a2","clOrdId":"x1"}`)
	m := r.serve(nil)
	a, b := m.dial("/ws", nil), m.dial("/ws", nil)
	a.send(`{"id":"p1","op":"subscribe","channel":"prices"}`)
	b.send(`{"id":"q1","op":"order","clOrdId":"bbb"}`)
	b.send(`{"id":"q2","op":"subscribe","channel":"prices"}`)
	a.send(`{"id":"p2","op":"order","clOrdId":"aaa"}`)
	a.expect(`{"id":"p1","ok":true}`, `{"id":"p2","clOrdId":"aaa"}`)
	b.expect(`{"id":"q1","clOrdId":"bbb"}`, `{"id":"q2","ok":true}`)
	m.ok()
}

func TestSubscriptionsStopWhenTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t)
		k := r.socket(wsURL).send(`{"op":"subscribe","channel":"prices"}`).receive(`{"event":"subscribed","channel":"prices"}`)
		for range 5 {
			k.after(time.Second).receive(`{"channel":"prices","p":1}`)
		}
		k.send(`{"op":"unsubscribe","channel":"prices"}`).receive(`{"event":"unsubscribed","channel":"prices"}`)
		_, conn := r.play(t, nil, wsURL)
		var got []string
		go func() {
			for {
				_, p, err := conn.Read(context.Background())
				if err != nil {
					return
				}
				got = append(got, string(p))
			}
		}()
		conn.Write(t.Context(), websocket.MessageText, []byte(`{"op":"subscribe","channel":"prices"}`))
		time.Sleep(2500 * time.Millisecond)
		conn.Write(t.Context(), websocket.MessageText, []byte(`{"op":"unsubscribe","channel":"prices"}`))
		time.Sleep(time.Minute)
		synctest.Wait()
		push := `{"channel":"prices","p":1}`
		want := []string{`{"event":"subscribed","channel":"prices"}`, push, push, `{"event":"unsubscribed","channel":"prices"}`}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}

// rawDial opens a connection by hand and returns the head of the answer.
func (m *mock) rawDial(path, header string) (net.Conn, *bufio.Reader, string) {
	m.t.Helper()
	conn, err := net.Dial("tcp", m.http.Listener.Addr().String())
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+header+"\r\n")
	br := bufio.NewReader(conn)
	var head strings.Builder
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			m.t.Fatal(err)
		}
		head.WriteString(line)
		if line == "\r\n" {
			return conn, br, head.String()
		}
	}
}

func TestHandshakesAreAsRecorded(t *testing.T) {
	r := newRecorder(t)
	k := r.socket(wsURL)
	k.ex.Response.Raw = []byte("HTTP/1.1 101 Web Socket Protocol Handshake\r\nupgrade: WebSocket\r\nServer: odd\r\nSEC-WEBSOCKET-ACCEPT: AAAA\r\n" +
		"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\nConnection: upgrade\r\n\r\n")
	k.ex.Response.Header = []capture.Field{{Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate; server_no_context_takeover"}, {Name: "Sec-WebSocket-Protocol", Value: "chat"}}
	m := r.serve(nil)
	_, _, head := m.rawDial("/ws", "Sec-WebSocket-Protocol: foo, chat\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
	want := strings.Replace(string(k.ex.Response.Raw), "AAAA", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 1)
	if head != want {
		t.Errorf("head\n%s\nwant\n%s", head, want)
	}
	_, _, head = m.rawDial("/ws", "")
	want = strings.Replace(want, "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n", "", 1)
	want = strings.Replace(want, "Sec-WebSocket-Protocol: chat\r\n", "", 1)
	if head != want {
		t.Errorf("without offers\n%s\nwant\n%s", head, want)
	}
}

func TestCompressionIsTheMocksOwn(t *testing.T) {
	r := newRecorder(t)
	k := r.socket(wsURL, capture.Field{Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate"})
	// "Hello" from RFC 7692 §7.2.3.1.
	k.piece(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpText, RSV: 4}, "\xf2\x48\xcd\xc9\xc9\x07\x00")
	k.receive("plain")
	m := r.serve(nil)
	for _, mode := range []websocket.CompressionMode{websocket.CompressionDisabled, websocket.CompressionContextTakeover, websocket.CompressionNoContextTakeover} {
		m.dial("/ws", &websocket.DialOptions{CompressionMode: mode}).expect("Hello", "plain")
	}
}

func TestFragmentsStayFragments(t *testing.T) {
	r := newRecorder(t)
	k := r.socket(wsURL)
	k.piece(capture.Receive, capture.FrameHead{Opcode: capture.OpText}, "one ")
	k.piece(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpPing}, "p")
	k.piece(capture.Receive, capture.FrameHead{}, "two ")
	k.piece(capture.Receive, capture.FrameHead{Fin: true}, "three")
	m := r.serve(nil)
	_, br, _ := m.rawDial("/ws", "")
	want := "\x01\x04one \x00\x04two \x80\x05three"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(br, got); err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestEndingsAreAsRecorded(t *testing.T) {
	tests := []struct {
		name string
		end  func(k *track)
		want func(br *bufio.Reader) error
	}{
		{"close frame", func(k *track) {
			k.frame(capture.Receive, capture.OpClose, "\x0f\xa1gone").end(capture.Server, capture.HowClose)
		}, func(br *bufio.Reader) error { return expectBytes(br, "\x88\x06\x0f\xa1gone") }},
		{"FIN", func(k *track) { k.end(capture.Server, capture.HowFIN) }, func(br *bufio.Reader) error {
			if _, err := br.ReadByte(); err != io.EOF {
				return errors.New("not EOF")
			}
			return nil
		}},
		{"RST", func(k *track) { k.end(capture.Server, capture.HowReset) }, func(br *bufio.Reader) error {
			if _, err := br.ReadByte(); !errors.Is(err, syscall.ECONNRESET) {
				return errors.New("not reset")
			}
			return nil
		}},
		{"in a frame", func(k *track) {
			err := k.track.Append(&capture.Piece{
				Type: capture.PieceFrame, Dir: capture.Receive, At: k.now,
				Frame: capture.FrameHead{Fin: true, Opcode: capture.OpText, Length: 100}, Data: []byte("half"),
			})
			if err != nil {
				k.t.Fatal(err)
			}
			k.end(capture.Server, capture.HowFIN)
		}, func(br *bufio.Reader) error {
			if err := expectBytes(br, "\x81\x64half"); err != nil {
				return err
			}
			if _, err := br.ReadByte(); err != io.EOF {
				return errors.New("not EOF")
			}
			return nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecorder(t)
			tt.end(r.socket(wsURL).receive("hi"))
			_, br, _ := r.serve(nil).rawDial("/ws", "")
			if err := expectBytes(br, "\x81\x02hi"); err != nil {
				t.Fatal(err)
			}
			if err := tt.want(br); err != nil {
				t.Error(err)
			}
		})
	}
}

func expectBytes(r io.Reader, want string) error {
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil {
		return err
	}
	if string(got) != want {
		return errors.New("got " + string(got))
	}
	return nil
}

func TestTokensInURLs(t *testing.T) {
	r := newRecorder(t)
	r.socket("wss://events.test/ws?v=1&token=" + jwt("alice", 1795176000)).receive("alice")
	r.socket("wss://events.test/ws?token=" + jwt("bob", 1795176000) + "&v=1").receive("bob")
	m := r.serve(nil)
	m.dial("/ws?token="+jwt("bob", 1999999999)+"&v=1", nil).expect("bob")
	m.dial("/ws?v=1&token="+jwt("alice", 1888888888), nil).expect("alice")
	for _, path := range []string{"/ws?v=1&token=" + jwt("mallory", 1795176000), "/ws?v=2&token=" + jwt("alice", 1795176000), "/ws?v=1", "/other"} {
		code, _, body := m.do("GET", path, "", "Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version", "13")
		if code != 503 || !json.Valid([]byte(body)) {
			t.Errorf("%s got %d %s", path, code, body)
		}
	}
	if r := m.server.Report(); len(r.Divergences) != 4 || r.OK {
		t.Errorf("report %+v", r)
	}
}

func TestMissesGetTheProtocolsOwnError(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":1,"method":"a","jsonrpc":"2.0"}`).receive(`{"jsonrpc":"2.0","id":1,"result":1}`).
		send(`{"id":2,"method":"b","jsonrpc":"2.0"}`).receive(`{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no such method"}}`)
	m := r.serve(nil)
	c := m.dial("/ws", nil)
	c.send(`{"id":77,"method":"c","jsonrpc":"2.0"}`).expect(`{"jsonrpc":"2.0","id":77,"error":{"code":-32601,"message":"no such method"}}`)
	c.send(`{"id":78,"method":"a","jsonrpc":"2.0"}`).expect(`{"jsonrpc":"2.0","id":78,"result":1}`)
	if r := m.server.Report(); len(r.Divergences) != 1 || r.OK {
		t.Errorf("report %+v", r)
	}
}

func TestLevels(t *testing.T) {
	record := func(t *testing.T) *recorder {
		r := newRecorder(t)
		r.socket(wsURL).
			send(`{"id":1,"op":"a","sz":"10"}`).receive(`{"id":1,"op":"a","sz":"10"}`).
			send(`{"id":2,"op":"b"}`).receive(`{"id":2,"op":"b"}`)
		return r
	}
	level := func(l replay.Level) *replay.Options { return &replay.Options{Speed: replay.Max, Level: l} }
	t.Run("bytes", func(t *testing.T) {
		r := record(t)
		r.serve(level(replay.LevelBytes)).dial("/ws", nil).
			send(`{"id":1,"op":"a","sz":"10"}`).expect(`{"id":1,"op":"a","sz":"10"}`).
			send(`{"id":2,"op":"b"}`).expect(`{"id":2,"op":"b"}`)
		r.serve(level(replay.LevelBytes)).dial("/ws", nil).send(`{"id":9,"op":"a","sz":"10"}`).expectClose(1008)
	})
	t.Run("ordered", func(t *testing.T) {
		r := record(t)
		r.serve(level(replay.LevelOrdered)).dial("/ws", nil).send(`{"id":8,"op":"a","sz":"10"}`).expect(`{"id":8,"op":"a","sz":"10"}`).
			send(`{"id":9,"op":"b"}`).expect(`{"id":9,"op":"b"}`).send(`{"id":9,"op":"b"}`).expectClose(1008)
		r.serve(level(replay.LevelOrdered)).dial("/ws", nil).send(`{"id":9,"op":"b"}`).expectClose(1008)
	})
	t.Run("match", func(t *testing.T) {
		record(t).serve(nil).dial("/ws", nil).send(`{"id":9,"op":"b"}`, `{"id":8,"op":"a","sz":"10"}`).
			expect(`{"id":9,"op":"b"}`, `{"id":8,"op":"a","sz":"10"}`).send(`{"id":9,"op":"a","sz":"11"}`).expectClose(1008)
	})
	t.Run("near", func(t *testing.T) {
		m := record(t).serve(level(replay.LevelNear))
		m.dial("/ws", nil).send(`{"id":8,"op":"a","sz":"777"}`).expect(`{"id":8,"op":"a","sz":"777"}`)
		if r := m.server.Report(); !r.OK || len(r.Warnings) != 1 || len(r.Warnings[0].Nearest.Diff) == 0 {
			t.Errorf("report %+v", r)
		}
	})
	t.Run("tape", func(t *testing.T) {
		m := record(t).serve(level(replay.LevelTape))
		m.dial("/ws", nil).send("nonsense").expect(`{"id":1,"op":"a","sz":"10"}`, `{"id":2,"op":"b"}`)
		m.ok()
	})
}

func TestReportListsWhatNeverCame(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).send(`{"id":1,"op":"a"}`).receive(`{"id":1,"r":"a"}`).send(`{"id":2,"op":"b"}`).receive(`{"id":2,"r":"b"}`).send("ping").receive("pong")
	for _, all := range []bool{false, true} {
		m := r.serve(&replay.Options{Speed: replay.Max, RequireAll: all})
		m.dial("/ws", nil).send(`{"id":5,"op":"b"}`).expect(`{"id":5,"r":"b"}`)
		var b, x bytes.Buffer
		if err := errors.Join(m.server.Report().WriteJSON(&b), m.server.Report().WriteJUnit(&x)); err != nil {
			t.Fatal(err)
		}
		var suites struct {
			Suite struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Cases    []struct {
					Name string `xml:"name,attr"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal(x.Bytes(), &suites); err != nil || suites.Suite.Tests != 1 || (suites.Suite.Failures == 1) != all {
			t.Errorf("JUnit %v %+v\n%s", err, suites, &x)
		}
		var got struct {
			Connections []struct {
				Exchange, Matched        int
				Unmatched, Unsent, Unmet []struct {
					Seq  int
					Text string
				}
			}
			Divergences []any
			OK          *bool
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		c := got.Connections[0]
		if c.Exchange != 1 || c.Matched != 1 || len(c.Unmet) != 1 || c.Unmet[0].Text != `{"id":1,"op":"a"}` ||
			len(c.Unsent) != 1 || c.Unsent[0].Seq != 2 || got.Divergences == nil || *got.OK != !all {
			t.Errorf("require all %v: %s", all, b.String())
		}
	}
}

func TestMissesGoToTheFallback(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "GET", "https://api.test/known", "", 200).body("recorded")
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, "live "+r.URL.Path+" "+string(body))
	})
	m := r.serve(&replay.Options{OnMiss: replay.MissPassthrough, Fallback: upstream})
	m.want("GET", "/known", "", 200, "recorded")
	m.want("POST", "/other", "x", 200, "live /other x")
	m.ok()
}

func TestUpgradesRefusedWhenRecorded(t *testing.T) {
	r := newRecorder(t)
	k := r.http(capture.KindHTTP, "GET", "https://api.test:8443/ws", "", 401).body("no")
	k.ex.Request.Header = []capture.Field{{Name: "Upgrade", Value: "websocket"}, {Name: "Connection", Value: "Upgrade"}}
	k.ex.Started = started.Add(-time.Minute)
	r.socket(wsURL).receive("hi")
	m := r.serve(nil)
	_, res, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(m.http.URL, "http")+"/ws", nil)
	if err == nil || res == nil || res.StatusCode != 401 {
		t.Fatalf("first connection: %v %v", res, err)
	}
	m.dial("/ws", nil).expect("hi")
}

func TestTimesMoveWhenAsked(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).
		send(`{"id":1,"op":"time","ts":1795176000005}`).
		receive(`{"id":1,"ts":1795176000010,"at":"2026-11-20T12:00:00.010Z","since":1600000000000,"price":1795176000,"nested":{"t":"1795176000"},"exp":1795179600}`)
	r.http(capture.KindHTTP, "GET", "https://api.test/time", "", 200, jsonType, capture.Field{Name: "Date", Value: "Fri, 20 Nov 2026 12:00:00 GMT"}).
		body(`{"now":"2026-11-20T12:00:00Z"}`)
	m := r.serve(&replay.Options{Speed: replay.Max, ShiftTime: true})
	var got struct {
		TS, Since, Price, Exp int64
		At                    time.Time
		Nested                struct{ T string }
	}
	live := strconv.FormatInt(time.Now().UnixMilli(), 10)
	if err := json.Unmarshal([]byte(m.dial("/ws", nil).send(`{"id":9,"op":"time","ts":`+live+`}`).read()), &got); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if d := now.Sub(time.UnixMilli(got.TS)); d.Abs() > time.Minute {
		t.Errorf("ts is %v off", d)
	}
	if d := now.Sub(got.At); d.Abs() > time.Minute {
		t.Errorf("at is %v off", d)
	}
	if d := time.Until(time.Unix(got.Exp, 0)) - time.Hour; d.Abs() > time.Minute {
		t.Errorf("exp is %v off", d)
	}
	if got.Since != 1600000000000 {
		t.Errorf("an old time became %d", got.Since)
	}
	_, header, body := m.do("GET", "/time", "")
	date, err := time.Parse(http.TimeFormat, header.Get("Date"))
	if err != nil || now.Sub(date).Abs() > time.Minute || strings.Contains(body, "2026-11-20T12:00:00") {
		t.Errorf("%v %v %s", err, header, body)
	}
}

func TestTopicsPutTogetherInOtherWays(t *testing.T) {
	a, b, c := `{"channel":"tickers","instId":"BTC-USDT"}`, `{"channel":"tickers","instId":"ETH-USDT"}`, `{"channel":"books","instId":"BTC-USDT"}`
	sub := func(id, args string) string { return `{"id":"` + id + `","op":"subscribe","args":[` + args + `]}` }
	ok := func(id, arg string) string { return `{"id":"` + id + `","event":"subscribe","arg":` + arg + `}` }
	push := func(arg string) string { return `{"arg":` + arg + `,"data":[{"n":1}]}` }
	t.Run("one by one, then together", func(t *testing.T) {
		r := newRecorder(t)
		k := r.socket(wsURL)
		for i, x := range []string{a, b} {
			k.send(sub(strconv.Itoa(i+1), x)).receive(ok(strconv.Itoa(i+1), x), push(x))
		}
		m := r.serve(nil)
		m.dial("/ws", nil).send(sub("9", a+", "+b)).expect(ok("9", a), push(a), ok("9", b), push(b))
		m.ok()
	})
	t.Run("together, then one by one", func(t *testing.T) {
		r := newRecorder(t)
		r.socket(wsURL).send(sub("1", a+","+b+","+c)).receive(ok("1", a), ok("1", b), ok("1", c), push(b), push(a), push(c))
		m := r.serve(nil)
		m.dial("/ws", nil).send(sub("8", b)).expect(ok("8", b), push(b)).send(sub("9", c+","+a)).expect(ok("9", c), push(c), ok("9", a), push(a))
		m.ok()
	})
	t.Run("one answer for all", func(t *testing.T) {
		r := newRecorder(t)
		sub := func(id, params string) string {
			return `{"method":"SUBSCRIBE","params":[` + params + `],"id":` + id + `}`
		}
		r.socket(wsURL).
			send(sub("1", `"btcusdt@trade"`)).receive(`{"result":null,"id":1}`, `{"stream":"btcusdt@trade","data":1}`).
			send(sub("2", `"ethusdt@trade"`)).receive(`{"result":null,"id":2}`, `{"stream":"ethusdt@trade","data":1}`)
		m := r.serve(nil)
		m.dial("/ws", nil).send(sub("7", `"btcusdt@trade","ethusdt@trade"`)).
			expect(`{"result":null,"id":7}`, `{"stream":"btcusdt@trade","data":1}`, `{"stream":"ethusdt@trade","data":1}`)
		m.dial("/ws", nil).send(sub("7", `"btcusdt@trade","xrpusdt@trade"`)).expectClose(1008)
	})
}

func TestPingsWithoutAnAnswerAreAnsweredByCustom(t *testing.T) {
	r := newRecorder(t)
	r.socket(wsURL).send("ping")
	r.serve(nil).dial("/ws", nil).send("ping", "ping").expect("pong", "pong")
}
