package wsframe_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

var takeover = wsframe.Deflate{Enabled: true}

// deflated returns messages as a sender with context takeover compresses them.
func deflated(t *testing.T, messages ...string) []string {
	t.Helper()
	d := wsframe.NewDeflater(15, false)
	var out []string
	for _, m := range messages {
		p, err := d.Append(nil, []byte(m))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(p))
	}
	return out
}

// final returns a message as one stream with a final block, and the padding of
// RFC 7692 §7.2.3.4 behind it.
func final(t *testing.T, window, message string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriterDict(&b, 6, []byte(window))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(message)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\x00"
}

func TestInflateTheExamplesOfTheStandard(t *testing.T) {
	for _, test := range []struct {
		section string
		frames  []*capture.Frame
		want    string
	}{
		{"7.2.3.1", []*capture.Frame{
			received(true, 4, 1, "\xf2\x48\xcd\xc9\xc9\x07\x00"),
		}, "text \"Hello\"\nend\n"},
		{"7.2.3.1, fragmented", []*capture.Frame{
			received(false, 4, 1, "\xf2\x48\xcd"), received(true, 0, 0, "\xc9\xc9\x07\x00"),
		}, "text \"Hello\" of 2\nend\n"},
		{"7.2.3.2", []*capture.Frame{
			received(true, 4, 1, "\xf2\x48\xcd\xc9\xc9\x07\x00"), received(true, 4, 1, "\xf2\x00\x11\x00\x00"),
		}, "text \"Hello\"\ntext \"Hello\"\nend\n"},
		{"7.2.3.3", []*capture.Frame{
			received(true, 4, 1, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"),
		}, "text \"Hello\"\nend\n"},
		{"7.2.3.4", []*capture.Frame{
			received(true, 4, 1, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"),
		}, "text \"Hello\"\nend\n"},
		{"7.2.3.4, no padding", []*capture.Frame{
			received(true, 4, 1, "\xf3\x48\xcd\xc9\xc9\x07\x00"),
		}, "text \"Hello\"\nend\n"},
		{"7.2.1, a block after a final one", []*capture.Frame{
			received(true, 4, 1, "\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x48\xcd\xc9\xc9\x07\x00"),
		}, "text \"HelloHelloHello\"\nend\n"},
		{"7.2.3.5", []*capture.Frame{
			received(true, 4, 1, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
		}, "text \"Hello\"\nend\n"},
		{"7.2.3.6", []*capture.Frame{
			received(true, 4, 1, "\x00"), received(true, 4, 1, "\xf2\x48\xcd\xc9\xc9\x07\x00"),
		}, "text \"\"\ntext \"Hello\"\nend\n"},
	} {
		a := wsframe.NewAssembler(capture.Receive, takeover, nil)
		if diff := cmp.Diff(test.want, story(a, test.frames...)); diff != "" {
			t.Errorf("RFC 7692 %s: %s", test.section, diff)
		}
	}
}

func TestInflateWithFinalBlocks(t *testing.T) {
	text := strings.Repeat("a final block is not the end of a message. ", 5)
	for _, test := range []struct {
		name    string
		payload []string
	}{
		{"each message", []string{final(t, "", text), final(t, text, text), final(t, text+text, text)}},
		{"some messages", []string{deflated(t, text)[0], final(t, text, text), deflated(t, text, text, text)[2]}},
		{"an empty final block cut short", []string{strings.TrimSuffix(final(t, "", text), "\x00\x00\xff\xff\x00"), final(t, text, text)}},
		{"several in one message", []string{
			strings.TrimSuffix(final(t, "", text[:30]), "\x00") + strings.TrimSuffix(final(t, text[:30], text[30:50]), "\x00") + final(t, text[:50], text[50:]),
			deflated(t, text, text)[1],
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := wsframe.NewAssembler(capture.Receive, takeover, nil)
			for i, p := range test.payload {
				if m := a.Frame(received(true, 4, 1, p)); string(m.Data) != text || m.Violation != "" {
					t.Fatalf("message %d: %q, %s", i, m.Data, m.Violation)
				}
			}
		})
	}
}

func TestInflateFragmentsCutAnywhere(t *testing.T) {
	text := strings.Repeat(`{"price":1},`, 20)
	p := deflated(t, text, text+"!")
	for i := range len(p[1]) + 1 {
		a := wsframe.NewAssembler(capture.Receive, takeover, nil)
		a.Frame(received(true, 4, 1, p[0]))
		a.Frame(received(false, 4, 1, p[1][:i]))
		a.Frame(received(true, 0, 9, "between"))
		m := a.Frame(received(true, 0, 0, p[1][i:]))
		if m == nil || string(m.Data) != text+"!" || m.Violation != "" || !m.Compressed || m.Fragments != 2 || m.Wire != uint64(len(p[1])) {
			t.Fatalf("cut at %d: %+v", i, m)
		}
	}
}

func TestInflateOnlyCompressedMessagesEnterTheWindow(t *testing.T) {
	text := strings.Repeat("what is repeated ", 20)
	p := deflated(t, text, text)
	a := wsframe.NewAssembler(capture.Receive, takeover, nil)
	want := fmt.Sprintf("text %q\ntext \"plain\"\nbinary \"x\" of 2\nping \"p\"\ntext %q\nend\n", text, text)
	got := story(a, received(true, 4, 1, p[0]), received(true, 0, 1, "plain"), received(false, 0, 2, ""), received(true, 0, 0, "x"), received(true, 0, 9, "p"), received(true, 4, 1, p[1]))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInflateWithoutTakeoverForgets(t *testing.T) {
	text := strings.Repeat("what is repeated ", 20)
	p := deflated(t, text, text)
	for _, test := range []struct {
		dir     capture.Direction
		agreed  wsframe.Deflate
		forgets bool
	}{
		{capture.Receive, wsframe.Deflate{Enabled: true}, false},
		{capture.Receive, wsframe.Deflate{Enabled: true, ClientNoTakeover: true}, false},
		{capture.Receive, wsframe.Deflate{Enabled: true, ServerNoTakeover: true}, true},
		{capture.Send, wsframe.Deflate{Enabled: true, ServerNoTakeover: true}, false},
		{capture.Send, wsframe.Deflate{Enabled: true, ClientNoTakeover: true}, true},
	} {
		a := wsframe.NewAssembler(test.dir, test.agreed, nil)
		for i := range 2 {
			f := received(true, 4, 1, p[i])
			f.Dir, f.Masked = test.dir, test.dir == capture.Send
			m := a.Frame(f)
			broken := strings.HasPrefix(m.Violation, "RFC 7692 7.2.2: deflate stream broken: ")
			if broken != (test.forgets && i == 1) || broken != (string(m.Data) != text) {
				t.Errorf("%s %+v, message %d: %q, %s", test.dir, test.agreed, i, m.Data, m.Violation)
			}
		}
		if got := a.Window() == nil; got != test.forgets {
			t.Errorf("%s %+v: no window: %v", test.dir, test.agreed, got)
		}
	}
}

func TestInflateGoesOnAfterABrokenMessage(t *testing.T) {
	text := strings.Repeat("what is repeated ", 20)
	p := deflated(t, text, text)
	const rule = "RFC 7692 7.2.2: deflate stream broken: corrupt input before offset"
	a := wsframe.NewAssembler(capture.Receive, takeover, nil)
	for i, test := range []struct {
		payload string
		want    string
		rule    string
	}{
		{p[0], text, ""},
		{"\x07", "", rule},
		{p[1], "", rule}, // refers to the window, which is not known any more
		{p[0], text, ""},
		{p[1], text, ""},
	} {
		m := a.Frame(received(true, 4, 1, test.payload))
		if string(m.Data) != test.want || !strings.HasPrefix(m.Violation, test.rule) || (test.rule == "") != (m.Violation == "") {
			t.Errorf("message %d: %q, %s", i, m.Data, m.Violation)
		}
		if m.Wire != uint64(len(test.payload)) || (m.Data == nil) != (test.rule != "") {
			t.Errorf("message %d: wire %d, data %q", i, m.Wire, m.Data)
		}
	}
}

func TestInflateAfterAGap(t *testing.T) {
	text := strings.Repeat("what is repeated ", 20)
	p := deflated(t, text, text)
	a := wsframe.NewAssembler(capture.Receive, takeover, nil)
	want := fmt.Sprintf("text %q\n", text) +
		"text \"\" lost 50 (RFC 7692 7.2.2: deflate stream broken: bytes before it were not recorded)\n" +
		fmt.Sprintf("text %q\ntext %q\n", text, text) +
		"text \"\" of 2 lost 3 (RFC 7692 7.2.2: deflate stream broken: bytes are missing)\nend\n"
	got := story(a,
		received(true, 4, 1, p[0]),
		after(50, received(true, 4, 1, p[1])),
		received(true, 4, 1, p[0]),
		received(true, 4, 1, p[1]),
		received(false, 4, 1, ""), after(3, received(true, 0, 0, "")),
	)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInflateAfterAGapWithoutTakeover(t *testing.T) {
	a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{Enabled: true, ServerNoTakeover: true}, nil)
	want := "text \"Hello\" lost 9\ntext \"\" (RFC 7692 7.2.2: deflate stream broken: corrupt input before offset 1)\nend\n"
	got := story(a, after(9, received(true, 4, 1, "\xf2\x48\xcd\xc9\xc9\x07\x00")), received(true, 4, 1, "\x07"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInflateFromAWindow(t *testing.T) {
	messages := sayings(300)
	d := wsframe.NewDeflater(15, false)
	a := wsframe.NewAssembler(capture.Receive, takeover, nil)
	var from *wsframe.Assembler
	for i, want := range messages {
		p, err := d.Append(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		if i%50 == 0 {
			window := a.Window()
			if len(window) > 32<<10 {
				t.Fatalf("a window of %d bytes", len(window))
			}
			from = wsframe.NewAssembler(capture.Receive, takeover, &wsframe.Options{Window: window})
			clear(window) // it is a copy, on both sides
		}
		for _, a := range []*wsframe.Assembler{a, from} {
			if m := a.Frame(whole(2, 4, p)); !bytes.Equal(m.Data, want) || m.Violation != "" {
				t.Fatalf("message %d: %d bytes of %d, %s", i, len(m.Data), len(want), m.Violation)
			}
		}
	}
}

func TestInflateWhatCameOfAMessage(t *testing.T) {
	text := string(sayings(20)[17][:3000])
	p := deflated(t, text)[0]
	for i := range len(p) {
		a := wsframe.NewAssembler(capture.Receive, takeover, nil)
		m := a.Frame(cut(received(true, 4, 2, p[:i]), uint64(len(p))))
		if m == nil || !m.Incomplete || m.Violation != "" || !strings.HasPrefix(text, string(m.Data)) || m.Len != uint64(len(m.Data)) {
			t.Fatalf("after %d bytes: %+v", i, m)
		}
	}
}

// TestInflateABombWithinBounds inflates one that makes 16 MiB of 16 KiB.
func TestInflateABombWithinBounds(t *testing.T) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 1)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 16 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	p := strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
	const limit = 100_000
	for _, test := range []struct {
		name  string
		limit int64
		len   uint64
		full  bool // inflated to its end
	}{
		{"cut short", limit, 4 * limit, false},
		{"counted", 5 << 20, 16 << 20, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := wsframe.NewAssembler(capture.Receive, takeover, &wsframe.Options{MaxMessage: test.limit})
			var before, afterwards runtime.MemStats
			runtime.ReadMemStats(&before)
			m := a.Frame(received(true, 4, 2, p))
			runtime.ReadMemStats(&afterwards)
			if m.Violation != "RFC 6455 10.4: message longer than the limit" || int64(len(m.Data)) != test.limit {
				t.Errorf("%d bytes, %s", len(m.Data), m.Violation)
			}
			if test.full != (m.Len == 16<<20) || m.Len < test.len || m.Len > test.len+64<<10 {
				t.Errorf("counted %d bytes", m.Len)
			}
			if used := afterwards.TotalAlloc - before.TotalAlloc; used > 5*uint64(test.limit)+1<<20 {
				t.Errorf("%d bytes allocated for %d", used, test.limit)
			}
			// The next message can be read if it refers to what was inflated.
			m = a.Frame(received(true, 4, 1, deflated(t, "short")[0]))
			if string(m.Data) != "short" || m.Violation != "" || (len(a.Window()) == 32<<10) != test.full {
				t.Errorf("then %q, %s, a window of %d bytes", m.Data, m.Violation, len(a.Window()))
			}
		})
	}
}

func TestInflateKeepsNoMoreOfTheWireThanTheLimit(t *testing.T) {
	a := wsframe.NewAssembler(capture.Receive, takeover, &wsframe.Options{MaxMessage: 1000})
	// Stored blocks of one byte, six bytes each on the wire.
	block := strings.Repeat("\x00\x01\x00\xfe\xff!", 100)
	a.Frame(received(false, 4, 2, block))
	for range 1000 {
		a.Frame(received(false, 0, 0, block))
	}
	m := a.Frame(received(true, 0, 0, "\x00"))
	if m.Wire != 600_601 || len(m.Data) > 1000 || m.Data[0] != '!' || m.Violation != "RFC 6455 10.4: message longer than the limit" {
		t.Errorf("wire %d, %d bytes, %s", m.Wire, len(m.Data), m.Violation)
	}
}

func TestInflateBoundsFinalBlocks(t *testing.T) {
	a := wsframe.NewAssembler(capture.Receive, takeover, nil)
	m := a.Frame(received(true, 4, 2, strings.Repeat("\x03\x00", 70_000)+"\x00"))
	if m.Data != nil || m.Violation != "RFC 7692 7.2.2: deflate stream broken: too many final blocks" {
		t.Errorf("%d bytes, %q", len(m.Data), m.Violation)
	}
}
