package compose_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
)

func TestFormat(t *testing.T) {
	for _, test := range []struct{ as, text, long, short string }{
		{"json", `{"b":1234567890123456789,"b":1.0,"a":[{},"x\u00e9<"]}`, "{\n  \"b\": 1234567890123456789,\n  \"b\": 1.0,\n  \"a\": [\n    {},\n    \"x\\u00e9<\"\n  ]\n}", `{"b":1234567890123456789,"b":1.0,"a":[{},"x\u00e9<"]}`},
		{"json", ` {"id": {{id}}, "s":"{{$hmacSha256 env.K "a"}}" ,"o":{"p":{"q":{{$seq}}}}}`, "{\n  \"id\": {{id}},\n  \"s\": \"{{$hmacSha256 env.K \"a\"}}\",\n  \"o\": {\n    \"p\": {\n      \"q\": {{$seq}}\n    }\n  }\n}", `{"id":{{id}},"s":"{{$hmacSha256 env.K "a"}}","o":{"p":{"q":{{$seq}}}}}`},
		{"xml", "<?xml version=\"1.0\"?><a  x='1'><b>t &amp; u</b><c/><!-- n --> <d><![CDATA[ <x> ]]></d></a>", "<?xml version=\"1.0\"?>\n<a  x='1'>\n  <b>t &amp; u</b>\n  <c/>\n  <!-- n -->\n  <d>\n    <![CDATA[ <x> ]]>\n  </d>\n</a>", "<?xml version=\"1.0\"?><a  x='1'><b>t &amp; u</b><c/><!-- n --><d><![CDATA[ <x> ]]></d></a>"},
		{"html", "<div><p>a  <b>b</b></p><br><pre>\n x </pre></div>", "<div>\n  <p>\n    a\n    <b>b</b>\n  </p>\n  <br>\n  <pre>\n x </pre>\n</div>", "<div><p>a <b>b</b></p><br><pre>\n x </pre></div>"},
	} {
		long, err := compose.Format(test.as, test.text, false)
		if err != nil || long != test.long {
			t.Errorf("%s: %v\n%s\nwant\n%s", test.text, err, long, test.long)
		}
		if again, err := compose.Format(test.as, long, false); err != nil || again != long {
			t.Errorf("%s: formatted twice: %v\n%s", test.text, err, again)
		}
		if short, err := compose.Format(test.as, test.text, true); err != nil || short != test.short {
			t.Errorf("%s: minified: %v\n%s\nwant\n%s", test.text, err, short, test.short)
		}
	}
}

func TestFormatSaysWhereItIsWrong(t *testing.T) {
	for _, test := range []struct{ as, text, want string }{
		{"json", "{\n \"ä\": x}", "2:7"},
		{"json", "{\"a\":{{v}}\n,}", "2:2"},
		{"json", "{", "1:1"},
		{"json", "", "1:1"},
		{"xml", "<a>\n<b></c></a>", "2:7"},
		{"xml", "plain", "1:5"},
	} {
		_, err := compose.Format(test.as, test.text, false)
		var wrong *compose.FormatError
		if !errors.As(err, &wrong) || fmt.Sprintf("%d:%d", wrong.Line, wrong.Column) != test.want || wrong.Message == "" {
			t.Errorf("%s: %v, want %s", test.text, err, test.want)
		}
	}
	if _, err := compose.Format("yaml", "", false); err == nil || !strings.Contains(err.Error(), "json, xml or html") {
		t.Errorf("yaml: %v", err)
	}
}

// unspaced takes all space out.
func unspaced(s string) string { return strings.Join(strings.Fields(s), "") }

// TestFormatOfMuch would take minutes if the work were more than the text.
func TestFormatOfMuch(t *testing.T) {
	const n = 1 << 17
	for as, text := range map[string]string{
		"json": strings.Repeat("{{", n), "xml": strings.Repeat("<a>", n/8) + strings.Repeat("</a>", n/8), "html": strings.Repeat("<p>", n/8) + strings.Repeat("<b", n),
	} {
		long, err := compose.Format(as, text, false)
		if (err != nil) != (as == "json") {
			t.Errorf("%s: %v, %d bytes", as, err, len(long))
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, seed := range []string{`{"a":[{{b}},"c{{d}}"]}`, "<a> <b>c</b><!-- d --></a>", "<p>a<pre> b", `"{{$hmacSha256 \"k\" a}}"`, "<![CDATA[x]]>", "\\{{x}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, as := range []string{"json", "xml", "html"} {
			long, err := compose.Format(as, text, false)
			if err != nil {
				continue
			}
			short, err := compose.Format(as, long, true)
			if err != nil {
				t.Errorf("%s: %q was formatted to %q: %v", as, text, long, err)
			}
			if as != "json" && (unspaced(text) != unspaced(long) || unspaced(text) != unspaced(short)) {
				t.Errorf("%s: %q became %q and %q", as, text, long, short)
			}
			if again, err := compose.Format(as, long, false); as == "json" && (err != nil || again != long) {
				t.Errorf("%q became %q and then %q, %v", text, long, again, err)
			}
		}
	})
}

// TestFormatMakesNotMuchOfLittle lays out tags without end.
func TestFormatMakesNotMuchOfLittle(t *testing.T) {
	text := strings.Repeat("<a>", 1<<20)
	out, err := compose.Format("html", text, false)
	if err != nil || len(out) > 48<<20 {
		t.Errorf("%d bytes became %d, %v", len(text), len(out), err)
	}
}
