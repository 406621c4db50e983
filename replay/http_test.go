package replay_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
)

var jsonType = capture.Field{Name: "Content-Type", Value: "application/json"}

// get asks the mock in origin form.
func (m *mock) do(method, path, body string, header ...string) (int, http.Header, string) {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.http.URL+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	p, err := io.ReadAll(res.Body)
	if err != nil {
		m.t.Fatalf("%s %s: %v after %q", method, path, err, p)
	}
	return res.StatusCode, res.Header, string(p)
}

func (m *mock) want(method, path, body string, status int, want string) {
	m.t.Helper()
	if code, _, got := m.do(method, path, body); code != status || got != want {
		m.t.Fatalf("%s %s %s\ngot  %d %s\nwant %d %s", method, path, body, code, got, status, want)
	}
}

func TestIdenticalRequestsAreAnsweredInRecordedOrder(t *testing.T) {
	r := newRecorder(t)
	for _, state := range []string{"pending", "running", "done"} {
		r.http(capture.KindHTTP, "GET", "https://api.test/jobs/7?x=1&y=2", "", 200, jsonType).body(`{"state":"` + state + `"}`)
	}
	m := r.serve(nil)
	for _, state := range []string{"pending", "running", "done", "done"} {
		m.want("GET", "/jobs/7?y=2&x=1", "", 200, `{"state":"`+state+`"}`)
	}
	m.ok()
	fail := r.serve(&replay.Options{OnExhausted: replay.ExhaustedFail})
	for _, state := range []string{"pending", "running", "done"} {
		fail.want("GET", "/jobs/7?x=1&y=2", "", 200, `{"state":"`+state+`"}`)
	}
	if code, _, _ := fail.do("GET", "/jobs/7?x=1&y=2", ""); code != 503 {
		t.Errorf("a further request got %d, want 503", code)
	}
}

func TestRequestsMatchByTheirLastingFields(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "POST", "https://api.test/rpc", `{"jsonrpc":"2.0","id":1,"method":"add","params":[2,3]}`, 200, jsonType).
		body(`{"jsonrpc":"2.0","id":1,"result":5}`)
	r.http(capture.KindHTTP, "POST", "https://api.test/rpc", `{"jsonrpc":"2.0","id":2,"method":"add","params":[1,1]}`, 200, jsonType).
		body(`{"jsonrpc":"2.0","id":2,"result":2}`)
	m := r.serve(nil)
	m.want("POST", "/rpc", `{"id": 41, "jsonrpc": "2.0", "method": "add", "params": [1, 1]}`, 200, `{"jsonrpc":"2.0","id":41,"result":2}`)
	m.want("POST", "/rpc", `{"jsonrpc":"2.0","id":"x","method":"add","params":[2,3]}`, 200, `{"jsonrpc":"2.0","id":"x","result":5}`)
	m.ok()
	code, header, body := m.do("POST", "/rpc", `{"jsonrpc":"2.0","id":1,"method":"add","params":[2,4]}`)
	var miss struct{ Divergence replay.Divergence }
	if err := json.Unmarshal([]byte(body), &miss); err != nil || code != 503 || header.Get("Content-Type") != "application/json" {
		t.Fatalf("a miss got %d %v %s", code, err, body)
	}
	diff := miss.Divergence.Nearest.Diff
	if len(diff) != 1 || diff[0].Path != "$.params[1]" || diff[0].Want != "3" || diff[0].Got != "4" {
		t.Errorf("diff %+v", diff)
	}
}

func TestHostsCountInAbsoluteFormAlone(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "GET", "https://a.test/v", "", 200).body("a")
	r.http(capture.KindHTTP, "GET", "https://b.test/v", "", 200).body("b")
	m := r.serve(nil)
	client := &http.Client{Transport: m.server.Transport()}
	for host, want := range map[string]string{"a.test": "a", "b.test": "b"} {
		res, err := client.Get("https://" + host + "/v")
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if string(got) != want {
			t.Errorf("%s answered %q", host, got)
		}
	}
	res, err := client.Get("https://c.test/v")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 503 {
		t.Errorf("an unknown host got %d", res.StatusCode)
	}
	m.want("GET", "/v", "", 200, "a")
}

func TestHeadsAreAsRecorded(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "GET", "https://api.test/", "", 418,
		capture.Field{Name: "x-odd-CASE", Value: "1"}, capture.Field{Name: "Set-Cookie", Value: "a=1"},
		capture.Field{Name: "Set-Cookie", Value: "b=2"}, capture.Field{Name: "Content-Length", Value: "5"}).body("hello")
	m := r.serve(nil)
	code, header, body := m.do("GET", "/", "")
	if code != 418 || body != "hello" || len(header.Values("Set-Cookie")) != 2 || header.Get("Content-Length") != "5" ||
		header.Get("Date") != "" || header.Get("Content-Type") != "" || header.Get("x-odd-case") != "1" {
		t.Errorf("got %d %v %q", code, header, body)
	}
}

func TestContentCodingFollowsTheClient(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, `{"requestId":"abc-1","x":1}`)
	z.Close()
	r := newRecorder(t)
	k := r.http(capture.KindHTTP, "POST", "https://api.test/", `{"requestId":"abc-1"}`, 200, jsonType,
		capture.Field{Name: "Content-Encoding", Value: "gzip"},
		capture.Field{Name: "Content-Length", Value: fmt.Sprint(packed.Len())}).body(packed.String())
	k.ex.Request.Header = append(k.ex.Request.Header, capture.Field{Name: "Accept-Encoding", Value: "gzip"})
	m := r.serve(nil)
	if _, h, body := m.do("POST", "/", `{"requestId":"abc-1"}`, "Accept-Encoding", "gzip"); body != packed.String() || h.Get("Content-Encoding") != "gzip" {
		t.Errorf("coding not kept: %v %q", h, body)
	}
	if _, h, body := m.do("POST", "/", `{"requestId":"abc-1"}`); body != `{"requestId":"abc-1","x":1}` || h.Get("Content-Encoding") != "" {
		t.Errorf("coding not undone: %v %q", h, body)
	}
	if _, h, body := m.do("POST", "/", `{"requestId":"other-22"}`, "Accept-Encoding", "gzip"); body != `{"requestId":"other-22","x":1}` || h.Get("Content-Length") != "30" {
		t.Errorf("answer does not carry the live id: %v %q", h, body)
	}
}

var sseType = capture.Field{Name: "Content-Type", Value: "text/event-stream"}

func TestStreamsKeepChunksAndGaps(t *testing.T) {
	chunks := []string{"data: one\n\ndata: t", "wo\n\n", ": beat\n\n", "data: {\"id\":3}\n\n"}
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder(t)
		k := r.http(capture.KindSSE, "GET", "https://api.test/events", "", 200, sseType)
		for _, c := range chunks {
			k.after(20 * time.Minute).body(c)
		}
		s, err := replay.NewServer(&r.tape, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		transport := s.Transport()
		defer transport.CloseIdleConnections()
		began := time.Now()
		res, err := (&http.Client{Transport: transport}).Get("https://api.test/events")
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d != 10*time.Millisecond {
			t.Errorf("head after %v", d)
		}
		defer res.Body.Close()
		buf := make([]byte, 1024)
		for i, want := range chunks {
			n, err := res.Body.Read(buf)
			if err != nil && err != io.EOF || string(buf[:n]) != want {
				t.Fatalf("chunk %d: %q, %v", i, buf[:n], err)
			}
			if got, want := time.Since(began), 10*time.Millisecond+time.Duration(i+1)*20*time.Minute; got != want {
				t.Errorf("chunk %d at %v, want %v", i, got, want)
			}
		}
		if n, err := res.Body.Read(buf); n != 0 || err != io.EOF {
			t.Errorf("after the stream: %d, %v", n, err)
		}
	})
}

func TestEventStreamsGoOnAfterTheLastEvent(t *testing.T) {
	r := newRecorder(t)
	url := "https://api.test/events"
	r.http(capture.KindSSE, "GET", url, "", 200, sseType).body("retry: 50\n\nid: 1\ndata: a\n\n", "id: 2\ndata: b\n\nid: 3\r\ndata: c\r\n\r\n")
	k := r.http(capture.KindSSE, "GET", url, "", 200, sseType).body("id: 4\ndata: d\n\n")
	k.ex.Request.Header = []capture.Field{{Name: "Last-Event-ID", Value: "3"}}
	k = r.http(capture.KindHTTP, "GET", url, "", 204)
	k.ex.Request.Header = []capture.Field{{Name: "Last-Event-ID", Value: "4"}}
	m := r.serve(nil)
	tests := []struct {
		id     string
		status int
		want   string
	}{
		{"", 200, "retry: 50\n\nid: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\r\ndata: c\r\n\r\n"},
		{"1", 200, "id: 2\ndata: b\n\nid: 3\r\ndata: c\r\n\r\n"},
		{"2", 200, "id: 3\r\ndata: c\r\n\r\n"},
		{"3", 200, "id: 4\ndata: d\n\n"},
		{"4", 204, ""},
		{"9", 503, ""},
	}
	for _, tt := range tests {
		var header []string
		if tt.id != "" {
			header = []string{"Last-Event-ID", tt.id}
		}
		status, _, body := m.do("GET", "/events", "", header...)
		if status != tt.status || status != 503 && body != tt.want {
			t.Errorf("after %q: %d %q, want %d %q", tt.id, status, body, tt.status, tt.want)
		}
	}
}

func TestCutBodiesAreCut(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "GET", "https://api.test/short", "", 200, capture.Field{Name: "Content-Length", Value: "100"}).
		body("half").end(capture.Server, capture.HowFIN)
	r.http(capture.KindNDJSON, "GET", "https://api.test/chunked", "", 200, capture.Field{Name: "Transfer-Encoding", Value: "chunked"}).
		body("{\"a\":1}\n", "{\"a\"").end(capture.Server, capture.HowReset)
	m := r.serve(nil)
	for path, want := range map[string]string{"/short": "half", "/chunked": "{\"a\":1}\n{\"a\""} {
		res, err := http.Get(m.http.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if string(got) != want || err == nil {
			t.Errorf("%s: %q, %v; want %q and an error", path, got, err, want)
		}
	}
}

func TestLiveIDsInStreams(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindSSE, "POST", "https://api.test/chat", `{"model":"m","request_id":"req-1","messages":[{"role":"user","content":"hi"}]}`, 200, sseType).
		body("data: {\"request_id\":\"req-1\",\"d\":\"He\"}\n\nda", "ta: {\"request_id\":\"req-1\",\"d\":\"llo req-1\"}\n\n", "data: [DONE]\n\n")
	m := r.serve(nil)
	m.want("POST", "/chat", `{"model":"m","messages":[{"content":"hi","role":"user"}],"request_id":"req-77777"}`, 200,
		"data: {\"request_id\":\"req-77777\",\"d\":\"He\"}\n\ndata: {\"request_id\":\"req-77777\",\"d\":\"llo req-1\"}\n\ndata: [DONE]\n\n")
	m.ok()
}

func TestHeadersThatChooseTheAnswer(t *testing.T) {
	r := newRecorder(t)
	get := func(body string, status int, header ...string) {
		k := r.http(capture.KindHTTP, "GET", "https://api.test/me", "", status)
		for i := 0; i < len(header); i += 2 {
			k.ex.Request.Header = append(k.ex.Request.Header, capture.Field{Name: header[i], Value: header[i+1]})
		}
		if body != "" {
			k.body(body)
		}
	}
	get("alice", 200, "Authorization", "Bearer "+jwt("alice", 1795176000))
	get("bob", 200, "Authorization", "Bearer "+jwt("bob", 1795176000))
	get("", 304, "Authorization", "Bearer "+jwt("bob", 1795176000), "If-None-Match", "x")
	get("bo", 206, "Authorization", "Bearer "+jwt("bob", 1795176000), "Range", "bytes=0-1")
	m := r.serve(nil)
	tests := []struct {
		status int
		body   string
		header []string
	}{
		{200, "bob", []string{"Authorization", "Bearer " + jwt("bob", 1895176000)}},
		{200, "alice", []string{"Authorization", "Bearer " + jwt("alice", 1895176000)}},
		{200, "bob", []string{"Authorization", "Bearer " + jwt("bob", 1895176000)}},
		{304, "", []string{"Authorization", "Bearer " + jwt("bob", 1895176000), "If-None-Match", "y"}},
		{206, "bo", []string{"Authorization", "Bearer " + jwt("bob", 1895176000), "Range", "bytes=0-1"}},
		{503, "", []string{"Authorization", "Bearer " + jwt("bob", 1895176000), "Range", "bytes=1-1"}},
		{503, "", []string{"Authorization", "Bearer " + jwt("mallory", 1895176000)}},
		{200, "alice", nil},
	}
	for i, tt := range tests {
		status, _, body := m.do("GET", "/me", "", tt.header...)
		if status != tt.status || status < 500 && body != tt.body {
			t.Errorf("request %d: %d %s, want %d %s", i, status, body, tt.status, tt.body)
		}
	}
}

func TestLevelsOfRequests(t *testing.T) {
	r := newRecorder(t)
	for i, path := range []string{"/a", "/b"} {
		k := r.http(capture.KindHTTP, "POST", "https://api.test"+path, `{"requestId":"x-1","v":1}`, 200, jsonType).body(`{"path":"` + path + `","requestId":"x-1"}`)
		k.ex.Started = started.Add(time.Duration(i) * time.Second)
	}
	level := func(l replay.Level) *mock { return r.serve(&replay.Options{Speed: replay.Max, Level: l}) }
	m := level(replay.LevelOrdered)
	if code, _, _ := m.do("POST", "/b", `{"requestId":"x-2","v":1}`); code != 503 {
		t.Errorf("out of order: %d", code)
	}
	m = level(replay.LevelOrdered)
	m.want("POST", "/a", `{"requestId":"x-2","v":1}`, 200, `{"path":"/a","requestId":"x-2"}`)
	m.want("POST", "/b", `{"requestId":"x-3","v":1}`, 200, `{"path":"/b","requestId":"x-3"}`)
	if code, _, _ := m.do("POST", "/b", `{"requestId":"x-3","v":1}`); code != 503 {
		t.Errorf("repeated: %d", code)
	}
	m = level(replay.LevelBytes)
	if code, _, _ := m.do("POST", "/a", `{"requestId":"x-2","v":1}`); code != 503 {
		t.Errorf("another id: %d", code)
	}
	m.want("POST", "/a", `{"requestId":"x-1","v":1}`, 200, `{"path":"/a","requestId":"x-1"}`)
	m = level(replay.LevelNear)
	m.want("POST", "/a", `{"requestId":"x-2","v":7}`, 200, `{"path":"/a","requestId":"x-2"}`)
	if r := m.server.Report(); !r.OK || len(r.Warnings) != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestNothingIsDialled(t *testing.T) {
	r := newRecorder(t)
	r.http(capture.KindHTTP, "GET", "https://api.test/", "", 200).body("x")
	r.socket(wsURL).send("a").receive("b")
	m := r.serve(&replay.Options{Speed: replay.Max, OnMiss: replay.MissPassthrough}) // and no Fallback
	for _, path := range []string{"/nowhere", "/?x=1"} {
		if code, _, _ := m.do("GET", path, ""); code != 503 {
			t.Errorf("%s got %d", path, code)
		}
	}
	m.dial("/ws", nil).send("unknown").expectClose(1008)
}
