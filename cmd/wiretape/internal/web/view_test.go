package web_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// lines is a page of a formatted payload.
type lines struct {
	As    string
	Lines int
	Text  []string
	Cut   []int
	Done  bool
	Error *struct {
		Message      string
		Line, Column int
	}
}

func (s *studio) view(path string) (l lines) {
	s.t.Helper()
	for !l.Done {
		l = lines{}
		s.want(http.StatusOK, "GET", "/exchanges/"+path, nil, &l)
	}
	return l
}

func TestALongPayloadIsReadByLines(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := newStudio(t)
	var b strings.Builder
	const items = 200_000
	for i := range items {
		fmt.Fprintf(&b, `,{"id":%d,"big":%d}`, i, 9_007_199_254_740_993+i)
	}
	s.response("application/json", "["+b.String()[1:]+"]")
	first := s.view("1/rows/response/view?n=3")
	if first.As != "json" || first.Lines != items+2 || first.Text[1] != `  {"id": 0, "big": 9007199254740993},` {
		t.Errorf("%+v", first)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "wiretape-view-*")); len(files) > 0 && runtime.GOOS != "windows" {
		t.Errorf("what was recorded lies about in %v", files)
	}
	for _, line := range []int{1, 255, 256, 257, 100_000, items} {
		l := s.view(fmt.Sprintf("1/rows/response/view?line=%d&n=1", line))
		if want := fmt.Sprintf(`  {"id": %d, "big": %d}`, line-1, 9_007_199_254_740_993+line-1); len(l.Text) != 1 || strings.TrimSuffix(l.Text[0], ",") != want {
			t.Errorf("line %d: %q, want %q", line, l.Text, want)
		}
	}
	if l := s.view(fmt.Sprintf("1/rows/response/view?line=%d", items+2)); len(l.Text) != 0 {
		t.Errorf("behind the end: %q", l.Text)
	}
	s.page.Close()
	if left, _ := os.ReadDir(dir); len(left) > 1 { // the tape's own folder
		t.Errorf("left behind: %v", left)
	}
}

func TestLinesThatAreLong(t *testing.T) {
	s := newStudio(t)
	s.response("text/plain", "short\n"+strings.Repeat("ä", 5000)+"\nlast")
	l := s.view("1/rows/response/view?as=text")
	if l.Lines != 3 || len([]rune(l.Text[1])) != 2000 || fmt.Sprint(l.Cut) != "[1]" || l.Text[2] != "last" {
		t.Errorf("%d lines, cut %v", l.Lines, l.Cut)
	}
	if wide := s.view("1/rows/response/view?as=text&line=1&n=1&wide=1"); len([]rune(wide.Text[0])) != 5000 || len(wide.Cut) != 0 {
		t.Errorf("wide: %d characters, cut %v", len([]rune(wide.Text[0])), wide.Cut)
	}
}

func TestWhatIsWrongInAPayload(t *testing.T) {
	s := newStudio(t)
	s.response("application/json", "{\"a\":1,\n \"b\":}")
	if l := s.view("1/rows/response/view?as=json"); l.Error == nil || l.Error.Line != 2 || l.Error.Column != 6 {
		t.Errorf("%+v", l.Error)
	}
}

func TestEveryByteStays(t *testing.T) {
	s := newStudio(t)
	var all []byte
	for i := range 256 {
		all = append(all, byte(i))
	}
	s.response("application/octet-stream", string(all))
	res := s.request("GET", s.base+"/api/v1/exchanges/1/rows/response/raw")
	body, _ := io.ReadAll(res.Body)
	if string(body) != string(all) || res.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d bytes, %v", len(body), res.Header)
	}
	if l := s.view("1/rows/response/view"); l.As != "hex" || l.Lines != 16 {
		t.Errorf("shown as %s in %d lines", l.As, l.Lines)
	}
}

func TestALongMessageIsCut(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/long")
	k.text(time.Millisecond, strings.Repeat("x", 1<<20))
	k.ends()
	var row struct {
		Cut  bool
		Len  int
		Text string
	}
	s.want(http.StatusOK, "GET", "/exchanges/1/rows/1", nil, &row)
	if !row.Cut || row.Len != 1<<20 || len(row.Text) != 256<<10 {
		t.Errorf("cut %v, length %d, %d shown", row.Cut, row.Len, len(row.Text))
	}
	if p := s.rows("1/rows"); !p.Rows[0].Cut || len(p.Rows[0].Preview) > 300 {
		t.Errorf("the preview has %d bytes", len(p.Rows[0].Preview))
	}
}

func TestThePreviewIsShutIn(t *testing.T) {
	s := newStudio(t)
	const page = `<title>x</title><script>alert(1)</script><img src=x onerror=alert(1)><meta http-equiv=refresh content="0;url=http://evil.example">`
	s.response("text/html", page)
	var ticket struct{ Path string }
	s.want(http.StatusOK, "POST", "/tickets", []byte(`{"for":"preview","exchange":1,"seq":"response"}`), &ticket)
	res := s.request("GET", s.base+ticket.Path, "Authorization", "")
	body, _ := io.ReadAll(res.Body)
	policy := res.Header.Get("Content-Security-Policy")
	if string(body) != page || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s %q", res.Status, body)
	}
	if policy != "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'" {
		t.Errorf("the policy is %s", policy)
	}
	if again := s.request("GET", s.base+ticket.Path, "Authorization", ""); again.StatusCode != http.StatusNotFound {
		t.Errorf("the second time: %s", again.Status)
	}
	s.want(http.StatusOK, "POST", "/tickets", []byte(`{"for":"download","exchange":1,"side":"response"}`), &ticket)
	if res := s.request("GET", s.base+ticket.Path, "Authorization", ""); res.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("a download is %s", res.Header.Get("Content-Type"))
	}
	s.want(http.StatusBadRequest, "POST", "/tickets", []byte(`{"for":"fun","exchange":1,"seq":"response"}`), nil)
	s.want(http.StatusNotFound, "POST", "/tickets", []byte(`{"for":"preview","exchange":1,"seq":"request"}`), nil)
}
