package har_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/transcript"
)

// node runs one of the programs in testdata over the tools of other people.
func node(t *testing.T, tool, script string, stdin []byte, args ...string) []byte {
	t.Helper()
	dir := os.Getenv("WIRETAPE_NPM")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", tool)); dir == "" || err != nil {
		t.Skip("skipped: needs npm " + tool + " (set WIRETAPE_NPM)")
	}
	cmd := exec.Command("node", append([]string{filepath.Join("testdata", script)}, args...)...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, out, stderr.String())
	}
	return out
}

func write(t *testing.T, name string, log []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, log, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestArchivesPassTheValidator(t *testing.T) {
	var files []string
	for seed := range uint64(20) {
		o := &har.ExportOptions{ControlFrames: seed%2 == 0, RawBodies: seed%3 == 0}
		files = append(files, write(t, fmt.Sprintf("%d.har", seed), export(t, generate(t, 1000+seed), o)))
	}
	node(t, "har-validator", "validate.mjs", nil, files...)
}

// panel is what DevTools shows of an archive.
type panel struct {
	Shown []struct {
		URL, Type, MimeType string
		Status              int
		Frames              []struct {
			Type, Data string
			Opcode     int
			Time       float64
		}
		Events []struct {
			EventName, EventID, Data string
			Time                     float64
		}
		Text string
	}
	Again struct {
		Entries []struct {
			Messages []json.RawMessage `json:"_webSocketMessages"`
			Events   []json.RawMessage `json:"_eventSourceMessages"`
		}
	}
}

func TestDevToolsShowsEveryFrameAndEvent(t *testing.T) {
	for seed := range uint64(3) {
		tape := generate(t, 2000+seed)
		out := node(t, "chrome-devtools-frontend", "devtools.mjs", nil, write(t, "x.har", export(t, tape, nil)))
		var p panel
		if err := json.Unmarshal(out, &p); err != nil {
			t.Fatalf("%v: %.500s", err, out)
		}
		exchanges := inOrder(tape)
		if len(p.Shown) != len(exchanges) {
			t.Fatalf("%d exchanges, %d shown", len(exchanges), len(p.Shown))
		}
		for i, ex := range exchanges {
			want := expected(t, tape, ex)
			var got []string
			for _, f := range p.Shown[i].Frames {
				got = append(got, fmt.Sprintf("%s %d %s %.3f", f.Type, f.Opcode, f.Data, f.Time))
			}
			for _, e := range p.Shown[i].Events {
				got = append(got, fmt.Sprintf("%s %s %s %.3f", e.EventName, e.EventID, e.Data, e.Time))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("exchange %d: DevTools shows\n%.2000q\nwant\n%.2000q", ex.ID, got, want)
			}
			if n := len(p.Again.Entries[i].Messages) + len(p.Again.Entries[i].Events); n != len(want) {
				t.Errorf("exchange %d: DevTools exports %d again of %d", ex.ID, n, len(want))
			}
		}
	}
}

// expected is what DevTools is to show of an exchange.
func expected(t *testing.T, tape *capturetest.Tape, ex *capture.Exchange) (out []string) {
	t.Helper()
	script := transcript.Of(tape, ex, nil)
	seconds := func(ns int64) float64 { return math.Floor(float64(ex.Started.UnixNano()+ns)/1e3) / 1e6 }
	latest := int64(0)
	switch ex.Kind {
	case capture.KindWebSocket:
		for m, err := range script.Messages(0) {
			if err != nil {
				t.Fatal(err)
			}
			if m.Incomplete || m.Opcode != 1 && m.Opcode != 2 {
				continue
			}
			latest = max(latest, int64(m.At+m.Took))
			data := base64.StdEncoding.EncodeToString(m.Data)
			if m.Opcode == 1 {
				data = lossy(string(m.Data))
			}
			out = append(out, fmt.Sprintf("%v %d %s %.3f", m.Dir, m.Opcode, data, seconds(latest)))
		}
	case capture.KindSSE:
		for e, err := range script.Events(0) {
			if err != nil {
				break // a coding that breaks off
			}
			if e.Dispatched {
				latest = max(latest, int64(e.At+e.Took))
				out = append(out, fmt.Sprintf("%s %s %s %.3f", e.Type, e.ID, e.Data, seconds(latest)))
			}
		}
	}
	return out
}

// lossy replaces each byte that is no UTF-8, as the export does.
func lossy(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

func TestPlaywrightServesTheBodies(t *testing.T) {
	tape := &capturetest.Tape{}
	s := capture.Session{Started: anchor}
	if err := tape.Begin(&s); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{
		"https://h/stream": "data: 1\n\n: c\r\n\r\ndata: ü\n\n", "https://h/bytes?a[]=1&b={}|^": "\x00\xff\x80", "http://h:8080/gzip": strings.Repeat("text ", 100),
	}
	for url, body := range bodies {
		mime, coding := "text/event-stream", ""
		if strings.HasSuffix(url, "gzip") {
			mime, coding = "text/plain", "gzip"
		}
		put(t, tape, &s, url, mime, coding, body)
	}
	var requests []map[string]string
	var urls []string
	for url := range bodies {
		requests = append(requests, map[string]string{"url": url, "method": "GET"})
		urls = append(urls, url)
	}
	stdin, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	out := node(t, "playwright-core", "playwright.mjs", stdin, write(t, "x.har", export(t, tape, nil)))
	var answers []struct {
		Action string
		Status int
		Body   []byte
	}
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for i, a := range answers {
		if a.Action != "fulfill" || a.Status != 200 || string(a.Body) != bodies[urls[i]] {
			t.Errorf("%s: %+v", urls[i], a)
		}
	}
}
