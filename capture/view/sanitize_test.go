package view_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

func TestSanitize(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		"plain, Größe, 日本, 🎉 👩‍👩‍👧": "plain, Größe, 日本, 🎉 👩‍👩‍👧",
		"a\x1b[31mb":                   `a\x1b[31mb`,
		"\x00\a\b\t\n\r\x7f":           `\x00\x07\x08\t\n\r\x7f`,
		"\u009b31m \u0085":             `\u009b31m \u0085`,
		"\u202egnp\u2066\u200f\u061c":  `\u202egnp\u2066\u200f\u061c`,
		"\ufeff\u200b\u2028\U000e0041": `\ufeff\u200b\u2028\U000e0041`,
		"bad \xff\xe6\x97":             `bad \xff\xe6\x97`,
		"real \ufffd":                  "real \ufffd",
		`back\slash`:                   `back\slash`,
	} {
		if got := view.Sanitize(in); got != want {
			t.Errorf("Sanitize(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzSanitize: nothing recorded reaches the terminal as a control, by any way
// that ends there, and no line is wider than it may be.
func FuzzSanitize(f *testing.F) {
	for _, m := range messages() {
		f.Add(string(m.Data), 20)
	}
	f.Add("👍🏽❤️🇩🇪\u0301", 3)
	f.Add("<a b='\x1b'>\u009b</a><!--", 9)
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = width&127 + 1
		clean := view.Sanitize(s)
		if harmful(clean) || !utf8.ValidString(clean) || view.Sanitize(clean) != clean {
			t.Fatalf("Sanitize(%q) = %q", s, clean)
		}
		p := view.Preview([]byte(s), width)
		if harmful(p) || !utf8.ValidString(p) || view.Width(p) > max(width, 8) {
			t.Fatalf("Preview(%q, %d) = %q of %d columns", s, width, p, view.Width(p))
		}
		for _, as := range []view.As{view.Auto, view.JSON, view.XML, view.HTML, view.Text, view.Form, view.JWT, view.SSE, view.MsgPack, view.CBOR, view.Protobuf, view.Hex, view.Base64} {
			var buf bytes.Buffer
			if err := view.Format(&buf, []byte(s), as, "", view.Style{Width: width}); err != nil {
				if m, ok := err.(*view.Malformed); !ok || m.Offset < 0 || m.Offset > int64(len(s)) {
					t.Fatalf("%v: %v", as, err)
				}
			}
			out := buf.String()
			if harmful(strings.NewReplacer("\n", "", "\t", "").Replace(out)) || !utf8.ValidString(out) {
				t.Fatalf("%v of %q: %q", as, s, out)
			}
			if out != "" && !strings.HasSuffix(out, "\n") {
				t.Fatalf("%v of %q does not end its line: %q", as, s, out)
			}
		}
		tables(t, s, width)
	})
}

// tables writes s into every place of the tables and heads.
func tables(t *testing.T, s string, width int) {
	fields := []capture.Field{{Name: s, Value: s}, {Name: "Cookie", Value: s}}
	ex := &capture.Exchange{
		Kind: capture.KindWebSocket, Note: s, Tags: []string{s}, Fault: s, Client: s, Server: s,
		Request:  capture.Request{Method: s, URL: "ws://" + s + "?" + s, Proto: s, Header: fields, Trailer: fields},
		Response: &capture.Response{Status: 101, Reason: s, Proto: s, Header: fields, Early: []capture.Early{{Header: fields}}},
		End:      &capture.End{How: capture.HowClose, Code: 4000, Reason: s, Err: s},
	}
	var buf bytes.Buffer
	st := view.Style{Width: width}
	table := view.Exchanges(&buf, st)
	must(t, table.Row(ex))
	must(t, table.Close())
	must(t, view.Head(&buf, ex, st))
	line := view.Timeline(&buf, st)
	must(t, line.Message(&capture.Message{Opcode: capture.OpText, Data: []byte(s), Violation: s, Origin: s}))
	must(t, line.Message(&capture.Message{Opcode: capture.OpClose, Data: []byte("\x03\xe8" + s)}))
	must(t, line.Event(&capture.Event{Dispatched: true, Type: s, ID: s, Data: s}))
	must(t, line.Event(&capture.Event{Comments: []string{s, s}}))
	must(t, line.Record(&capture.Event{Data: s}))
	must(t, line.Chunk(&capture.Chunk{Data: []byte(s)}))
	must(t, line.End(ex))
	if out := buf.String(); harmful(strings.ReplaceAll(out, "\n", "")) || !utf8.ValidString(out) {
		t.Fatalf("of %q: %q", s, out)
	}
}

func TestPreview(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"", 10, ""},
		{"hello", 5, "hello"},
		{"hello!", 5, "hell…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語x", 6, "日本…"},
		{"a\x1bb", 10, `a\x1bb`},
		{"a\x1bb", 4, `a…`},
		{"{\r\n  \"a\": 1\n}", 20, `{ "a": 1 }`},
		{"<a>\n\n<b/>", 20, `<a> <b/>`},
		{"one\ntwo", 20, `one\ntwo`},
		{"\x00\x01\xfe", 20, `00 01 fe  ...`},
		{"\x00\x01\xfe\xff\xff\xff", 16, `00 01 fe …  ...`},
		{"❤️👍🏽x", 5, "❤️👍🏽x"},
		{strings.Repeat("x", 300), 0, strings.Repeat("x", 255) + "…"},
	} {
		if got := view.Preview([]byte(c.in), c.width); got != c.want {
			t.Errorf("Preview(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestWidth(t *testing.T) {
	for in, want := range map[string]int{
		"": 0, "abc": 3, "日本": 4, "한글": 4, "ｱ": 1, "Ａ": 2, "e\u0301": 1, "🎉": 2, "👍🏽": 2, "👩‍👩‍👧": 2, "❤️": 2, "🇩🇪": 2, "…→↑✗": 4, "ᄒ\u1161\u11ab": 2, "नि": 2, "a\u200cb": 2,
	} {
		if got := view.Width(in); got != want {
			t.Errorf("Width(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 1999: "1.9 kB", 9999: "9.9 kB", 10_000: "10 kB", 999_999: "999 kB", 1_000_000: "1.0 MB", 1<<64 - 1: "18 EB",
	} {
		if got := view.Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1: "1ns", 999: "999ns", 1000: "1.00µs", 12_345: "12.3µs", 999_999: "999µs", 1_234_567: "1.23ms", time.Second: "1.00s", 59*time.Second + 999*time.Millisecond: "59.9s",
		time.Minute: "1m00s", 62 * time.Second: "1m02s", time.Hour: "1h00m", 25 * time.Hour: "1d01h", -time.Second: "-1.00s", -1 << 63: "-106751d23h", 400 * 24 * time.Hour: "400d00h",
	} {
		if got := view.Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestEnding(t *testing.T) {
	for want, ex := range map[string]*capture.Exchange{
		"open":                              {Open: true},
		"cut off: the recorder ended first": {Open: true, Cut: true},
		"complete":                          {End: &capture.End{How: capture.HowClose, By: capture.Server}},
		`closed by client: 1000 normal closure "bye"`:       {Kind: capture.KindWebSocket, End: &capture.End{How: capture.HowClose, By: capture.Client, Code: 1000, Reason: "bye"}},
		"closed by client: 4001 (the application's own)":    {Kind: capture.KindWebSocket, End: &capture.End{How: capture.HowClose, By: capture.Client, Code: 4001}},
		"connection closed by server without a close frame": {Kind: capture.KindWebSocket, End: &capture.End{How: capture.HowFIN, By: capture.Server}},
		"cut short: connection closed by server":            {Kind: capture.KindSSE, End: &capture.End{How: capture.HowFIN, By: capture.Server}},
		"connection reset by server":                        {End: &capture.End{How: capture.HowReset, By: capture.Server}},
		"timed out by proxy: no answer":                     {End: &capture.End{How: capture.HowTimeout, By: capture.Proxy, Err: "no answer"}},
	} {
		if got := view.Ending(ex); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if view.CloseName(1012) != "service restart" || view.CloseName(0) != "" || view.CloseName(2999) != "(not a valid code)" || view.CloseName(3999) == "" {
		t.Error("a close code has another name")
	}
}
