package har_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/recode"
)

var anchor = time.Unix(1763740800, 100000001).UTC()

// put puts an answered GET on the tape.
func put(t *testing.T, tape *capturetest.Tape, s *capture.Session, url, mime, coding, body string) *capture.Exchange {
	t.Helper()
	ex := &capture.Exchange{
		Session: s.ID, Started: s.Started.Add(time.Second), At: time.Second, Duration: 3 * time.Millisecond, Timing: capture.NoTiming,
		Request:  capture.Request{Method: "GET", URL: url, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Host", Value: "h"}}},
		Response: &capture.Response{At: time.Millisecond, Status: 200, Reason: "OK", Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Content-Type", Value: mime}}},
		End:      &capture.End{At: 3 * time.Millisecond, How: capture.HowClose, By: capture.Server},
	}
	if strings.HasPrefix(mime, "text/event-stream") {
		ex.Kind = capture.KindSSE
	}
	wire := []byte(body)
	if coding != "" {
		ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Content-Encoding", Value: coding})
		e, err := recode.NewEncoder([]string{coding})
		if err != nil {
			t.Fatal(err)
		}
		wire, _ = e.Encode(wire)
		wire = bytes.Clone(wire)
		end, _ := e.Close()
		wire = append(wire, end...)
	}
	track, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := track.Append(&capture.Piece{Type: capture.PieceChunk, Dir: capture.Receive, At: 2 * time.Millisecond, Data: wire}); err != nil {
		t.Fatal(err)
	}
	return ex
}

func newTape(t *testing.T) (*capturetest.Tape, *capture.Session) {
	t.Helper()
	tape := &capturetest.Tape{}
	s := &capture.Session{Started: anchor, Label: "a run"}
	if err := tape.Begin(s); err != nil {
		t.Fatal(err)
	}
	return tape, s
}

// member returns what stands at a path of the first entry, as JSON.
func member(t *testing.T, log []byte, path ...string) string {
	t.Helper()
	var file struct {
		Log struct{ Entries []json.RawMessage }
	}
	if err := json.Unmarshal(log, &file); err != nil {
		t.Fatal(err)
	}
	raw := file.Log.Entries[0]
	for _, name := range path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			t.Fatal(err)
		}
		raw = object[name]
	}
	var b bytes.Buffer
	if len(raw) > 0 {
		if err := json.Compact(&b, raw); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func expect(t *testing.T, log []byte, want string, path ...string) {
	t.Helper()
	if got := member(t, log, path...); got != want {
		t.Errorf("%s is %s, want %s", strings.Join(path, "."), got, want)
	}
}

func TestURLsAreThoseOfBrowsers(t *testing.T) {
	for url, want := range map[string]string{
		"wss://h:443/ws?x=1#f":       "wss://h/ws?x=1",
		"ws://h:80":                  "ws://h/",
		"ws://h:8080/":               "ws://h:8080/",
		"https://h:8443?a b":         "https://h:8443/?a%20b",
		"https://h/ü/%zz/..//a[]|{}": "https://h/%C3%BC/%zz/..//a[]|{}",
		"http://[::1]:80/":           "http://[::1]/",
	} {
		tape, s := newTape(t)
		put(t, tape, s, url, "text/plain", "", "x")
		expect(t, export(t, tape, nil), `"`+want+`"`, "request", "url")
	}
}

func TestBodiesAreDecodedAndCounted(t *testing.T) {
	tape, s := newTape(t)
	put(t, tape, s, "https://h/", "text/event-stream; charset=utf-8", "gzip", "data: "+strings.Repeat("x", 1000)+"\n\n")
	log := export(t, tape, nil)
	checkRules(t, log)
	expect(t, log, `"text/event-stream"`, "response", "content", "mimeType")
	expect(t, log, `1008`, "response", "content", "size")
	expect(t, log, `"fetch"`, "_resourceType")
	if got := member(t, log, "_eventSourceMessages"); !strings.Contains(got, `"time":1763740801.102000,"eventName":"message","eventId":"","data":"xxx`) {
		t.Errorf("events: %s", got)
	}
	if got := member(t, log, "response", "headers"); !strings.Contains(got, "text/event-stream; charset=utf-8") {
		t.Errorf("headers: %s", got)
	}
}

func TestBrokenCodingsAreToldOf(t *testing.T) {
	for coding, comment := range map[string]string{"gzip": "gzip", "unheard-of": "unheard-of"} {
		tape, s := newTape(t)
		ex := put(t, tape, s, "https://h/", "text/plain", "", "this is no gzip")
		ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Content-Encoding", Value: coding})
		log := export(t, tape, nil)
		checkRules(t, log)
		expect(t, log, `"this is no gzip"`, "response", "content", "text")
		if got := member(t, log, "response", "content", "comment"); !strings.Contains(got, comment) {
			t.Errorf("comment: %s", got)
		}
	}
}

func TestFailuresHaveNoResponse(t *testing.T) {
	tape, s := newTape(t)
	ex := put(t, tape, s, "h.example:443", "text/plain", "", "")
	ex.Kind, ex.Response, ex.Request.Method = capture.KindTunnel, nil, "CONNECT"
	ex.End = &capture.End{How: capture.HowError, By: capture.Client, Err: "client refused our certificate"}
	plain := put(t, tape, s, "other.example:443", "text/plain", "", "")
	plain.Kind, plain.Response = capture.KindTunnel, nil
	var b bytes.Buffer
	summary, err := har.Export(&b, tape, nil)
	if err != nil || summary.Entries != 1 || summary.Skipped != 1 || int(summary.Bytes) != b.Len() {
		t.Errorf("%+v, %v", summary, err)
	}
	checkRules(t, b.Bytes())
	expect(t, b.Bytes(), `"https://h.example/"`, "request", "url")
	expect(t, b.Bytes(), `{"status":0,"statusText":"","httpVersion":"","cookies":[],"headers":[],"content":{"size":0,"mimeType":"x-unknown"},`+
		`"redirectURL":"","headersSize":-1,"bodySize":-1,"_transferSize":0,"_error":"client refused our certificate"}`, "response")
}

func TestCookiesAreReadAsBrowsersDo(t *testing.T) {
	tape, s := newTape(t)
	ex := put(t, tape, s, "https://h/", "text/plain", "", "")
	ex.Request.Header = append(ex.Request.Header, capture.Field{Name: "cookie", Value: "a=1; b = x=y ;; alone"})
	for _, v := range []string{
		"sid=q; Path=/x; Domain=h; Secure; HttpOnly; SameSite=Lax; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
		"old=1; expires=Sunday, 06-Nov-94 08:49:37 GMT", "asc=1; expires=Sun Nov  6 08:49:37 1994",
		"age=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Max-Age=60", "bad=1; Expires=tomorrow; Max-Age=x", "feb=1; Expires=30 Feb 2020 00:00:00 GMT",
	} {
		ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Set-Cookie", Value: v})
	}
	log := export(t, tape, nil)
	checkRules(t, log)
	expect(t, log, `[{"name":"a","value":"1"},{"name":"b","value":"x=y"},{"name":"","value":"alone"}]`, "request", "cookies")
	expect(t, log, `[{"name":"sid","value":"q","path":"/x","domain":"h","expires":"2021-06-09T10:18:14.000Z","httpOnly":true,"secure":true,"sameSite":"Lax"},`+
		`{"name":"old","value":"1","expires":"1994-11-06T08:49:37.000Z","httpOnly":false,"secure":false},`+
		`{"name":"asc","value":"1","expires":"1994-11-06T08:49:37.000Z","httpOnly":false,"secure":false},`+
		`{"name":"age","value":"1","expires":"2025-11-21T16:01:01.101Z","httpOnly":false,"secure":false},`+
		`{"name":"bad","value":"1","httpOnly":false,"secure":false},{"name":"feb","value":"1","httpOnly":false,"secure":false}]`, "response", "cookies")
}

func TestOnlyWhatIsChosenIsWritten(t *testing.T) {
	tape, s := newTape(t)
	for _, url := range []string{"https://a/", "https://b/", "https://c/"} {
		put(t, tape, s, url, "text/plain", "", url)
	}
	second := capture.Session{Started: anchor.Add(-time.Hour)}
	if err := tape.Begin(&second); err != nil {
		t.Fatal(err)
	}
	put(t, tape, &second, "https://d/", "text/plain", "", "")
	for name, test := range map[string]struct {
		o    har.ExportOptions
		want string
	}{
		"everything, in order": {har.ExportOptions{}, "dabc"},
		"a session":            {har.ExportOptions{Session: 1}, "abc"},
		"exchanges":            {har.ExportOptions{Exchanges: []capture.ExchangeID{3, 1}}, "ac"},
		"no exchanges":         {har.ExportOptions{Exchanges: []capture.ExchangeID{}}, ""},
		"a filter":             {har.ExportOptions{Keep: func(ex *capture.Exchange) bool { return ex.Request.URL == "https://b/" }}, "b"},
	} {
		done, total := -1, -1
		test.o.Progress = func(d, n int) { done, total = d, n }
		log := export(t, tape, &test.o)
		var file struct {
			Log struct {
				Entries []struct{ Request struct{ URL string } }
			}
		}
		if err := json.Unmarshal(log, &file); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, e := range file.Log.Entries {
			got += e.Request.URL[8:9]
		}
		if got != test.want || done != len(got) || total != len(got) {
			t.Errorf("%s: got %q, progress %d of %d, want %q", name, got, done, total, test.want)
		}
	}
	if _, err := har.Export(&bytes.Buffer{}, tape, &har.ExportOptions{Exchanges: []capture.ExchangeID{99}}); !errors.Is(err, capture.ErrNotFound) {
		t.Errorf("an exchange that there is not: %v", err)
	}
}

func TestErrorsOfTheWriterEndTheExport(t *testing.T) {
	tape, s := newTape(t)
	put(t, tape, s, "https://h/", "text/plain", "", strings.Repeat("x", 1<<20))
	if _, err := har.Export(full{}, tape, nil); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
