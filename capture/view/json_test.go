package view_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

// decode reads a line of the contract, and checks what holds for all of them.
func decode(t *testing.T, line []byte) map[string]any {
	t.Helper()
	if bytes.ContainsAny(line, "\n\r\x1b\x07") || !utf8.Valid(line) || harmful(string(line)) {
		t.Fatalf("not fit for a line: %q", line)
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	if dec.InputOffset() != int64(len(line)) {
		t.Fatalf("something follows the object: %s", line)
	}
	return v
}

func same(t *testing.T, got []byte, want string) {
	t.Helper()
	decode(t, got)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const list = `"sent":{"messages":12,"control":1,"frames":13,"bytes":1204},"received":{"messages":40500,"control":2,"frames":40502,"bytes":8120000}`

func TestAppendExchangeKeepsTheContract(t *testing.T) {
	ex := socketExchange()
	ex.Request.URL = "wss://h:8443/ws?x=1&y=<a>"
	same(t, view.AppendExchange([]byte{}, ex), `{"id":12,"session":3,"kind":"websocket","method":"GET","url":"wss://h:8443/ws?x=1&y=<a>","status":101,"proto":"HTTP/1.1",`+
		`"started":"2026-11-21T10:30:00.500000123Z","duration_ns":92345000000,"state":"done",`+list+
		`,"end":{"how":"close","by":"server","code":1008,"reason":"token expired","t_ns":92345000000},"note":"waits for a fix: 修正待ち 🎉","tags":["flaky","auth"],`+
		`"client":"127.0.0.1:50000","server":"10.0.0.7:8443","timing":{"dns_ns":1000000,"connect_ns":12000000,"tls_ns":0,"send_ns":0,"wait_ns":19000000},`+
		`"lost":{"gaps":2,"bytes":70000},"subprotocol":"v2.chat","extensions":["permessage-deflate"]}`)
}

func TestAppendExchangeStates(t *testing.T) {
	for _, c := range []struct {
		name string
		ex   capture.Exchange
		want string
	}{
		{"nothing known", capture.Exchange{}, `{"id":0,"session":0,"kind":"http","method":"","url":"","status":0,"proto":"","started":"0001-01-01T00:00:00.000000000Z","duration_ns":0,"state":"done",` + nothing + `,"note":"","tags":[]}`},
		{
			"open",
			capture.Exchange{Open: true, Kind: capture.KindSSE, Request: capture.Request{Proto: "HTTP/1.1"}, Response: &capture.Response{Proto: "HTTP/2.0", Status: 200}, Timing: capture.NoTiming},
			`{"id":0,"session":0,"kind":"sse","method":"","url":"","status":200,"proto":"HTTP/2.0","started":"0001-01-01T00:00:00.000000000Z","duration_ns":0,"state":"open",` + nothing + `,"note":"","tags":[]}`,
		},
		{
			"cut",
			capture.Exchange{Open: true, Cut: true, Kind: capture.KindTunnel, Fault: "disk full", Request: capture.Request{Proto: "HTTP/1.1"}},
			`{"id":0,"session":0,"kind":"tunnel","method":"","url":"","status":0,"proto":"HTTP/1.1","started":"0001-01-01T00:00:00.000000000Z","duration_ns":0,"state":"done","cut":true,` + nothing + `,"note":"","tags":[],"fault":"disk full"}`,
		},
		{
			"failed",
			capture.Exchange{Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)), End: &capture.End{How: capture.HowError, By: capture.Proxy, Err: "no\x1broute", NoNotify: true}},
			`{"id":0,"session":0,"kind":"http","method":"","url":"","status":0,"proto":"","started":"2026-01-02T02:04:05.000000000Z","duration_ns":0,"state":"done",` + nothing + `,"end":{"how":"error","by":"proxy","code":0,"reason":"","t_ns":0,"no_close_notify":true,"error":"no\u001broute"},"note":"","tags":[]}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) { same(t, view.AppendExchange(nil, &c.ex), c.want) })
	}
}

const nothing = `"sent":{"messages":0,"control":0,"frames":0,"bytes":0},"received":{"messages":0,"control":0,"frames":0,"bytes":0}`

func TestAppendExchangeWhole(t *testing.T) {
	ex := &capture.Exchange{
		Request: capture.Request{
			Method: "POST", URL: "http://h/", Proto: "HTTP/1.1", Raw: []byte("POST / HTTP/1.1\r\nX: \xe9\r\n\r\n"),
			Header: []capture.Field{{Name: "X", Value: "\xe9"}, {Name: "x", Value: "2"}}, Trailer: []capture.Field{{Name: "T", Value: ""}},
		},
		Response: &capture.Response{
			At: 5, Status: 200, Reason: "OK", Proto: "HTTP/1.1", Raw: []byte("HTTP/1.1 200 OK\r\n\r\n"),
			Early: []capture.Early{{At: 2, Status: 103, Header: []capture.Field{{Name: "Link", Value: "</a>"}}}, {At: 3, Status: 102}},
		},
	}
	start := string(view.AppendExchange(nil, ex))
	start = start[:len(start)-1]
	const early = `,"early":[{"t_ns":2,"status":103,"headers":[["Link","</a>"]]},{"t_ns":3,"status":102,"headers":[]}]`
	request := `,"request":{"method":"POST","url":"http://h/","proto":"HTTP/1.1","headers":[["X","` + "\ufffd" + `"],["x","2"]],"trailers":[["T",""]],"raw":"UE9TVCAvIEhUVFAvMS4xDQpYOiDpDQoNCg=="`
	same(t, view.AppendExchangeWhole(nil, ex, view.Bodies{}), start+request+
		`},"response":{"t_ns":5,"status":200,"reason":"OK","proto":"HTTP/1.1","headers":[],"trailers":[]`+early+`}}`)
	same(t, view.AppendExchangeWhole(nil, ex, view.Bodies{
		Request:  &view.Body{Wire: 3, Len: 5, Data: []byte("a<b\x00\n")},
		Response: &view.Body{Wire: 9, Len: 2, Data: []byte("\xff\xfe"), Err: "gzip: cut"},
	}), start+request+`,"body":{"wire":3,"len":5,"text":"a<b\u0000\n"}},"response":{"t_ns":5,"status":200,"reason":"OK","proto":"HTTP/1.1","headers":[],"trailers":[],"body":{"wire":9,"len":2,"base64":"//4=","error":"gzip: cut"}`+early+`}}`)
	ex.Response = nil
	same(t, view.AppendExchangeWhole(nil, ex, view.Bodies{Request: &view.Body{Wire: 100, Len: 100, Data: []byte("日本\xe6")}}),
		start[:strings.Index(start, `"status"`)]+`"status":0,`+start[strings.Index(start, `"proto"`):]+request+`,"body":{"wire":100,"len":100,"text":"日本","cut":true}}}`)
}

func TestAppendMessage(t *testing.T) {
	list := messages()
	for _, c := range []struct {
		name string
		m    *capture.Message
		want string
	}{
		{"text", list[1], `{"seq":2,"dir":"receive","t_ns":61345000,"took_ns":0,"opcode":1,"fragments":1,"compressed":false,"wire":37,"len":37,"text":"{\n  \"event\": \"login\",\n  \"code\": \"0\"\n}","first_frame":2}`},
		{"controls, C1 and bidi", list[3], `{"seq":4,"dir":"receive","t_ns":3900000000,"took_ns":0,"opcode":1,"fragments":1,"compressed":false,"wire":30,"len":30,"text":"\u001b[2J\u001b[31mred\u0007 \u009b31m \u202egnp.exe","first_frame":4}`},
		{"binary", list[5], `{"seq":6,"dir":"receive","t_ns":3902000000,"took_ns":0,"opcode":2,"fragments":3,"compressed":true,"wire":1204,"len":5400,"base64":"EA4ABE1RVFQEAgA8AAJpZP/+gA==","cut":true,"first_frame":6}`},
		{"ping", list[6], `{"seq":7,"dir":"receive","t_ns":3903000000,"took_ns":0,"opcode":9,"fragments":1,"compressed":false,"wire":4,"len":4,"base64":"YmVhdA==","first_frame":9}`},
		{"violation", list[7], `{"seq":8,"dir":"send","t_ns":3904000000,"took_ns":0,"opcode":10,"fragments":1,"compressed":false,"wire":0,"len":0,"base64":"","first_frame":10,"violation":"RFC 6455 5.1: a client frame without a mask"}`},
		{"text that is not UTF-8, injected, after a loss", list[8], `{"seq":9,"dir":"send","t_ns":3905000000,"took_ns":0,"opcode":1,"fragments":1,"compressed":false,"wire":5,"len":5,"base64":"YWL/Y2Q=","first_frame":11,"lost":70000,"origin":"inject"}`},
		{"close", list[10], `{"seq":11,"dir":"receive","t_ns":92345000000,"took_ns":0,"opcode":8,"fragments":1,"compressed":false,"wire":15,"len":15,"base64":"A/B0b2tlbiBleHBpcmVk","code":1008,"reason":"token expired","first_frame":13}`},
		{"close without a code", list[11], `{"seq":12,"dir":"send","t_ns":3692345000000,"took_ns":0,"opcode":8,"fragments":1,"compressed":false,"wire":0,"len":0,"base64":"","code":1005,"reason":"","first_frame":14}`},
		{"incomplete", list[12], `{"seq":13,"dir":"send","t_ns":3692346000000,"took_ns":0,"opcode":3,"fragments":1,"compressed":false,"wire":1,"len":9,"base64":"eA==","cut":true,"first_frame":15,"incomplete":true}`},
		{"text cut inside a character", &capture.Message{Opcode: 1, Data: []byte("aé\xe6\x97"), Len: 99}, `{"seq":0,"dir":"send","t_ns":0,"took_ns":0,"opcode":1,"fragments":0,"compressed":false,"wire":0,"len":99,"text":"aé","cut":true}`},
		{"beyond the basic plane", &capture.Message{Opcode: 1, Data: []byte("🎉\U000e0041\u2028"), Len: 11}, `{"seq":0,"dir":"send","t_ns":0,"took_ns":0,"opcode":1,"fragments":0,"compressed":false,"wire":0,"len":11,"text":"🎉\udb40\udc41\u2028"}`},
	} {
		t.Run(c.name, func(t *testing.T) { same(t, view.AppendMessage(nil, c.m), c.want) })
	}
}

func TestAppendFrame(t *testing.T) {
	want := []string{
		`{"seq":1,"dir":"send","t_ns":40000000,"took_ns":0,"opcode":1,"fin":true,"rsv":4,"masked":true,"mask":"010203ff","head":6,"wire":5,"len":5,"base64":"qlbKSQQ="}`,
		`{"seq":2,"dir":"receive","t_ns":41000000,"took_ns":0,"opcode":1,"fin":false,"rsv":0,"masked":false,"head":4,"wire":5,"len":5,"base64":"aGVsbG8="}`,
		`{"seq":3,"dir":"receive","t_ns":42000000,"took_ns":0,"opcode":0,"fin":true,"rsv":0,"masked":false,"head":10,"wire":4,"len":4611686018427387904,"base64":"IHdvcg==","incomplete":true,"violation":"RFC 6455 5.2: a length that no frame has"}`,
		`{"seq":4,"dir":"receive","t_ns":43000000,"took_ns":0,"opcode":8,"fin":true,"rsv":0,"masked":false,"head":2,"wire":5,"len":5,"base64":"A+hieWU=","code":1000,"reason":"bye","lost":12}`,
	}
	for i, f := range frames() {
		same(t, view.AppendFrame(nil, f), want[i])
	}
	f := frames()[1]
	f.Payload = f.Payload[:2]
	same(t, view.AppendFrame(nil, f), `{"seq":2,"dir":"receive","t_ns":41000000,"took_ns":0,"opcode":1,"fin":false,"rsv":0,"masked":false,"head":4,"wire":5,"len":5,"base64":"aGU=","cut":true}`)
}

func TestAppendEvent(t *testing.T) {
	want := []string{
		`{"seq":1,"dir":"receive","t_ns":300000000,"took_ns":0,"event":null,"id":"","data":"","comments":[" keep-alive",""]}`,
		`{"seq":2,"dir":"receive","t_ns":301000000,"took_ns":0,"event":null,"id":"","data":"","retry":3000}`,
		`{"seq":3,"dir":"receive","t_ns":410000000,"took_ns":1000000,"event":"message_start","id":"42","data":"{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\"}}"}`,
		`{"seq":4,"dir":"receive","t_ns":420000000,"took_ns":0,"event":"response.function_call_arguments.delta","id":"42","data":"{\"delta\":\"Größe 日本\"}"}`,
		`{"seq":5,"dir":"receive","t_ns":421000000,"took_ns":0,"event":"ev\u001bil","id":"4\u202e3","data":"two\nlines"}`,
		`{"seq":6,"dir":"receive","t_ns":422000000,"took_ns":0,"event":null,"id":"4\u202e3","data":"the tai","incomplete":true,"violation":"WHATWG 9.2.6: the block has no end"}`,
	}
	for i, e := range events() {
		same(t, view.AppendEvent(nil, e), want[i])
	}
}

func TestAppendRecord(t *testing.T) {
	same(t, view.AppendRecord(nil, &capture.Event{Seq: 7, Dir: capture.Receive, At: 5, Took: 1, Data: `{"done":true}`, Dispatched: true}),
		`{"seq":7,"dir":"receive","t_ns":5,"took_ns":1,"text":"{\"done\":true}"}`)
	same(t, view.AppendRecord(nil, &capture.Event{Seq: 8, Data: "{\"\xff", Incomplete: true}),
		`{"seq":8,"dir":"send","t_ns":0,"took_ns":0,"text":"{\"`+"\ufffd"+`","base64":"eyL/","incomplete":true}`)
}

func TestAppendSession(t *testing.T) {
	same(t, view.AppendSession(nil, &capture.Session{ID: 3, Label: "a \"b\"", Started: began(), Creator: "wiretape 0.1.0"}),
		`{"id":3,"label":"a \"b\"","started":"2026-11-21T10:30:00.500000123Z","creator":"wiretape 0.1.0","note":"","tags":[]}`)
	same(t, view.AppendSession(nil, &capture.Session{ID: 4, Started: began(), Ended: began().Add(time.Hour), Note: "n", Tags: []string{"t"}}),
		`{"id":4,"label":"","started":"2026-11-21T10:30:00.500000123Z","ended":"2026-11-21T11:30:00.500000123Z","creator":"","note":"n","tags":["t"]}`)
}

// FuzzAppendMessage: whatever a message holds, its line is a JSON object that
// gives the payload back.
func FuzzAppendMessage(f *testing.F) {
	for _, m := range messages() {
		f.Add(uint8(m.Opcode), m.Data, m.Len, m.Violation, m.Origin)
	}
	f.Fuzz(func(t *testing.T, opcode uint8, data []byte, length uint64, violation, origin string) {
		m := &capture.Message{Seq: 1, Opcode: capture.Opcode(opcode), Data: data, Len: length, Violation: violation, Origin: origin}
		v := decode(t, view.AppendMessage([]byte("x"), m)[1:])
		if s, ok := v["text"].(string); ok && v["cut"] == nil && s != string(data) {
			t.Errorf("text %q of %q", s, data)
		}
		e := &capture.Event{Data: string(data), Type: violation, ID: origin, Dispatched: opcode&1 == 0, Comments: []string{violation}, Violation: origin}
		decode(t, view.AppendEvent(nil, e))
		decode(t, view.AppendRecord(nil, e))
		decode(t, view.AppendFrame(nil, &capture.Frame{FrameHead: capture.FrameHead{Opcode: capture.Opcode(opcode), Length: length}, Payload: data, Violation: violation}))
		ex := &capture.Exchange{
			Request:  capture.Request{Method: violation, URL: origin, Raw: data, Header: []capture.Field{{Name: violation, Value: string(data)}}},
			Response: &capture.Response{Reason: origin}, Note: string(data), Tags: []string{origin},
			End: &capture.End{Reason: string(data)},
		}
		decode(t, view.AppendExchangeWhole(nil, ex, view.Bodies{Request: &view.Body{Data: data, Len: int64(len(data))}}))
	})
}

func BenchmarkAppendMessage(b *testing.B) {
	m := messages()[0]
	m.Data = bytes.Repeat(m.Data, 3)
	m.Len = uint64(len(m.Data))
	var dst []byte
	b.SetBytes(int64(len(m.Data)))
	b.ReportAllocs()
	for b.Loop() {
		dst = view.AppendMessage(dst[:0], m)
	}
}
