package view_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/view"
)

// payload is one thing to format. As Auto stands for what Detect finds.
type payload struct {
	name, data, mediaType string
	as                    view.As
}

func payloads() []payload {
	return []payload{
		{"json", `{"op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT"},{"channel":"books","instId":"ETH-USDT"}],"id":12345678901234567890,"px":1.0e+10,"x":[1,2,3,[4,5]],"e":{},"f":[],"a":1,"a":2,"long":"` + strings.Repeat("長い", 40) + `","deep":{"a":{"b":{"c":null}}}}`, "", 0},
		{"json with controls", "{\"s\":\"\u009b31m \x7f \u202e \U000e0041 日本 \\u001b\"}", "text/plain", 0},
		{"json lines", "{\"a\":1}\r\n{\"b\":2}\n\x1e[1]\n\"x\" 5 true", "", 0},
		{"json cut off", `{"a":1,"b":[1,2,`, "", 0},
		{"json cut off in a string", `{"a":"abc`, "", 0},
		{"json that is wrong", `{"a":1,"b":[1,2,}],"rest":true}`, "application/json; charset=utf-8", 0},
		{"json in UTF-16", "\xff\xfe{\x00\"\x00a\x00\"\x00:\x00\"\x00\xe9\x00\"\x00}\x00", "application/json", 0},
		{"a scalar", `"x"`, "application/problem+json", 0},
		{"xml", "<?xml version=\"1.0\"?>\n<!DOCTYPE a>\n<a x=\"1>2\" y='/'>\n  <b>text</b><c/><!-- c\n  more --><d><e>1</e><f></f><![CDATA[ <x> ]]></d>tail &amp; more</a>", "", 0},
		{"xml that is wrong", "<a><b></a></b><c x=\"1></c>", "text/xml", 0},
		{"svg", "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>", "image/svg+xml", 0},
		{"html", "<!DOCTYPE html><html><head><title>T &amp; t</title><meta charset=utf-8><script>if (a<b) {\n  x()\n}</script></head><body><ul><li>one<li>two</ul><p>Hello <b>w</b><br>x<pre>a\n  b</pre><!-- c --></body></html>", "", 0},
		{"text", "\x1b[31mred\x07\r\nline\ttab \u202ex\rlone\nno end", "", 0},
		{"text in Latin-1", "Gr\xf6\xdfe\n\xa9", "text/plain; charset=iso-8859-1", 0},
		{"text in Shift_JIS", "\x93\xfa\x96\x7b", "text/plain;charset=\"Shift_JIS\"", 0},
		{"text in no charset", "caf\xe9 au lait", "text/plain", 0},
		{"text with a byte order mark", "\xef\xbb\xbfhello", "", 0},
		{"form", "a=1&name=J%C3%BCrgen+X&bad=%zz&esc=%1b%5B31m&empty=&flag&" + strings.Repeat("n", 30) + "=long", "application/x-www-form-urlencoded", 0},
		{"token", jwt(), "", 0},
		{"token with its scheme", "Bearer " + jwt(), "", 0},
		{"not a token", "a.b.c", "", view.JWT},
		{"event stream", ": keep-alive\r\nevent: x\rdata: {\"a\":1}\n\nid\ndata:\x1b[31m\n\n", "text/event-stream", 0},
		{"MessagePack", "\x8f\xa4name\xa3B\xc3\xb6\xa3age\x18\xa1a\x93\xc0\xc2\xc3\xa1b\xc4\x02\xff\x00\xa1e\xc7\x03\x05abc\xa1t\xd6\xff\x69\x20\x00\x00\xa1f\xca\x3f\xc0\x00\x00\xa1d\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18\xa1u\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa1n\xe0\xa1m\xd3\x80\x00\x00\x00\x00\x00\x00\x00\xa1s\xd9\x01x\xa1l\xdc\x00\x01\x01\xa1k\xde\x00\x01\x05\x06\xa1h\xd1\xff\x00", "", 0},
		{"MessagePack that is wrong", "\x82\xa1a\x01\xa1b\xc1rest", "application/msgpack", 0},
		{"MessagePack cut off", "\x82\xa1a\x01\xa1b", "application/msgpack", 0},
		{"CBOR", "\xad\x64name\x63Bob\x61n\x39\x03\xe7\x61b\x42\xff\x00\x61t\xc1\x1a\x69\x20\x00\x00\x61i\x9f\x01\x02\xff\x61m\xbf\x61x\xf6\xff\x61s\x7f\x62ab\x61c\xff\x61f\xf9\x3e\x00\x61d\xfb\x40\x09\x21\xfb\x54\x44\x2d\x18\x61q\xf0\x61u\xf7\x61z\xf5\x61y\x3b\xff\xff\xff\xff\xff\xff\xff\xff", "", 0},
		{"CBOR sequence", "\x01\x20\x63abc\xf9\x7c\x00\xf8\xff", "application/cbor-seq", 0},
		{"CBOR that is wrong", "\xa1\x61a\xffrest", "application/cbor", 0},
		{"protobuf", "\x08\x96\x01\x12\x07testing\x1a\x03\x08\x96\x01\x25\x00\x00\xc0\x3f\x2b\x08\x01\x2c\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x39\x01\x00\x00\x00\x00\x00\x00\x00\x42\x03\xff\xfe\x00\x4a\x06a\nb c\n\x52\x00", "", view.Protobuf},
		{"protobuf that is wrong", "\x08\x01\x0fxyz", "application/protobuf", 0},
		{"gRPC-Web", "\x00\x00\x00\x00\x02\x08\x01\x80\x00\x00\x00\x10grpc-status: 0\r\n", "application/grpc-web+proto", 0},
		{"bytes", "\x00\x01\x02binary\xff\xfe\x1b[31m and more of it", "", 0},
		{"hex of text", "hello, world; hello", "", view.Hex},
		{"base64", strings.Repeat("\x00\x10\x83", 40), "", view.Base64},
		{"empty", "", "application/json", 0},
	}
}

func TestFormat(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var all bytes.Buffer
		for _, p := range payloads() {
			as := p.as
			if as == view.Auto {
				as = view.Detect([]byte(p.data), p.mediaType)
			}
			fmt.Fprintf(&all, "--- %s: %v\n", p.name, as)
			var out bytes.Buffer
			err := view.Format(&out, []byte(p.data), p.as, p.mediaType, view.Style{Color: colour})
			all.Write(out.Bytes())
			if p.as == view.Auto {
				must(t, err)
				err = view.Format(io.Discard, []byte(p.data), as, p.mediaType, view.Style{})
			}
			var m *view.Malformed
			if errors.As(err, &m) {
				if m.As != as || m.Hint() == "" || !strings.Contains(out.String(), m.Error()) && p.as == view.Auto {
					t.Errorf("%s: %+v", p.name, m)
				}
			} else if err != nil || strings.Contains(out.String(), "not valid") {
				t.Errorf("%s: %v", p.name, err)
			}
			if s := strings.NewReplacer("\n", "", "\t", "").Replace(out.String()); !colour && harmful(s) {
				t.Errorf("%s: not printable: %q", p.name, s)
			}
		}
		golden(t, map[bool]string{false: "formats.txt", true: "formats-colour.txt"}[colour], all.Bytes())
	}
}

func TestRawIsRaw(t *testing.T) {
	for _, p := range payloads() {
		var out bytes.Buffer
		must(t, view.Format(&out, []byte(p.data), view.Raw, p.mediaType, view.Style{}))
		if out.String() != p.data {
			t.Errorf("%s: %q", p.name, out.String())
		}
	}
}

func TestNamesOfFormats(t *testing.T) {
	for _, name := range view.AsNames() {
		as, err := view.ParseAs(name)
		if err != nil || as.String() != name {
			t.Errorf("%s: %v, %v", name, as, err)
		}
	}
	if _, err := view.ParseAs("yaml"); err == nil {
		t.Error("yaml is a format")
	}
}

func TestHexdumpCountsFromItsOffset(t *testing.T) {
	var out bytes.Buffer
	must(t, view.Hexdump(&out, []byte("0123456789abcdef\x1b"), 0xfffffff8))
	want := "fffffff8  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n" +
		"100000008  1b                                                |.|\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestDeepNestingStaysSmall(t *testing.T) {
	for as, p := range map[view.As]string{
		view.JSON:    strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000),
		view.XML:     strings.Repeat("<a>x", 50_000),
		view.HTML:    strings.Repeat("<div>x", 50_000),
		view.MsgPack: strings.Repeat("\x91", 50_000),
		view.CBOR:    strings.Repeat("\x81", 50_000),
	} {
		var out counter
		err := view.Format(&out, []byte(p), as, "", view.Style{})
		if out > counter(len(p))*130 {
			t.Errorf("%v: %d bytes from %d (%v)", as, out, len(p), err)
		}
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// TestFormattingHoldsNextToNothing formats JSON of 2 MiB: beside the payload no
// more than a few KiB are allocated, in all.
func TestFormattingHoldsNextToNothing(t *testing.T) {
	var p []byte
	for i := 0; len(p) < 2<<20; i++ {
		p = fmt.Appendf(p, `{"id":%d,"name":"Größe","list":[1,2,3,{"x":null}],"text":"%s"}`+"\n", i, strings.Repeat("y", i%200))
	}
	for _, as := range []view.As{view.Auto, view.JSON, view.Text, view.Hex, view.Base64, view.XML, view.SSE} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		must(t, view.Format(io.Discard, p, as, "", view.Style{}))
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 256<<10 {
			t.Errorf("%v: %d KiB allocated", as, n>>10)
		}
	}
}

// FuzzJSON: what encoding/json takes for JSON texts is taken, and nothing of
// them is changed but white space.
func FuzzJSON(f *testing.F) {
	for _, p := range payloads() {
		f.Add([]byte(p.data))
	}
	f.Add([]byte(`[-0.0e-1,"\u12aF\\",{"":[]},{"a":{}}]1 2`))
	f.Fuzz(func(t *testing.T, p []byte) {
		if bytes.HasPrefix(p, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(p, []byte("\xff\xfe")) || bytes.HasPrefix(p, []byte("\xfe\xff")) || bytes.IndexByte(p, 0x1e) >= 0 {
			return
		}
		want, valid := compact(p)
		var out bytes.Buffer
		err := view.Format(&out, p, view.JSON, "", view.Style{})
		if valid != (err == nil) {
			t.Fatalf("%q: %v", p, err)
		}
		if !valid || bytes.ContainsFunc(p, func(r rune) bool { return r >= 0x7f }) {
			return
		}
		if got, ok := compact(out.Bytes()); !ok || !bytes.Equal(got, want) {
			t.Fatalf("%q became %q", p, out.Bytes())
		}
	})
}

// compact takes the white space out of a sequence of JSON texts.
func compact(p []byte) ([]byte, bool) {
	var out bytes.Buffer
	dec := json.NewDecoder(bytes.NewReader(p))
	for {
		var raw json.RawMessage
		switch err := dec.Decode(&raw); err {
		case nil:
			_ = json.Compact(&out, raw) // Decode has checked it
			out.WriteByte('\n')
		case io.EOF:
			return out.Bytes(), true
		default:
			return nil, false
		}
	}
}
