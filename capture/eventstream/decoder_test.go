package eventstream_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture/eventstream"
)

// delta is a frame that the vendor's own encoder made.
const delta = "0000009f00000057c37babff0b3a6576656e742d74797065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22636f6e74656e74426c6f636b496e646578223a302c2264656c7461223a7b2274657874223a224869227d2c2270223a2261626364227df2ace5ff"

func frame(t testing.TB) string {
	t.Helper()
	b, err := hex.DecodeString(delta)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decode(o *eventstream.Options, runs ...string) (messages []eventstream.Message) {
	d := eventstream.NewDecoder(o)
	keep := func(m *eventstream.Message) { messages = append(messages, *m) }
	for i, run := range runs {
		p := []byte(run)
		d.Feed(time.Duration(i)*time.Millisecond, p, keep)
		clear(p) // nothing of p may be kept
	}
	d.Close(time.Duration(len(runs))*time.Millisecond, keep)
	return messages
}

// content leaves out the times, which depend on how the stream was split.
func content(messages []eventstream.Message) []eventstream.Message {
	out := []eventstream.Message{}
	for _, m := range messages {
		m.At, m.Took = 0, 0
		out = append(out, m)
	}
	return out
}

// everySplit checks that the stream means the same whole, byte by byte, and cut
// in two after every byte, and that all Raw in a row is the stream.
func everySplit(t *testing.T, stream string) []eventstream.Message {
	t.Helper()
	whole := content(decode(nil, stream))
	var raw strings.Builder
	for _, m := range whole {
		raw.Write(m.Raw)
	}
	if raw.String() != stream {
		t.Errorf("all Raw in a row is %x, the stream %x", raw.String(), stream)
	}
	for i := range len(stream) + 1 {
		if split := content(decode(nil, stream[:i], stream[i:])); !reflect.DeepEqual(whole, split) {
			t.Fatalf("cut at %d: -whole +split\n%s", i, cmp.Diff(whole, split))
		}
	}
	if split := content(decode(nil, strings.Split(stream, "")...)); !reflect.DeepEqual(whole, split) {
		t.Errorf("byte by byte: -whole +split\n%s", cmp.Diff(whole, split))
	}
	return whole
}

func damaged(s string, at int) string {
	b := []byte(s)
	b[at] ^= 1
	return string(b)
}

func TestTheVendorsFrame(t *testing.T) {
	got := everySplit(t, frame(t))
	if len(got) != 1 {
		t.Fatalf("%d messages, want 1", len(got))
	}
	m := got[0]
	want := []eventstream.Header{
		eventstream.StringHeader(":event-type", "contentBlockDelta"),
		eventstream.StringHeader(":content-type", "application/json"),
		eventstream.StringHeader(":message-type", "event"),
	}
	if diff := cmp.Diff(want, m.Headers); diff != "" {
		t.Error(diff)
	}
	if string(m.Payload) != `{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"abcd"}` || m.Violation != "" || m.Seq != 1 {
		t.Errorf("got %+v", m)
	}
	if m.Get(":event-type") != "contentBlockDelta" || m.Get("none") != "" {
		t.Errorf("Get finds %q", m.Get(":event-type"))
	}
	again, err := eventstream.AppendMessage([]byte("x"), &m)
	if err != nil || string(again) != "x"+frame(t) {
		t.Errorf("encoded again: %x, %v", again, err)
	}
}

func TestDamageIsNamedAndTheNextMessageFound(t *testing.T) {
	f := frame(t)
	tests := []struct {
		name, stream string
		want         []string // violation of each message, "incomplete" for one that is cut off
	}{
		{"whole", f + f, []string{"", ""}},
		{"nothing", "", nil},
		{"payload", damaged(f, 120) + f, []string{"event stream: the message's CRC does not match", ""}},
		{"lengths", f + damaged(f, 3) + f, []string{"", "event stream: 159 bytes that begin no message are passed over", ""}},
		{"garbage before", "HTTP/1.1 200 OK\r\n" + f, []string{"event stream: 17 bytes that begin no message are passed over", ""}},
		{"garbage only", strings.Repeat("x", 40), []string{"event stream: 40 bytes that begin no message are passed over"}},
		{"cut in the payload", f + f[:130], []string{"", "incomplete"}},
		{"cut in the lengths", f + f[:5], []string{"", "incomplete"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, m := range everySplit(t, tt.stream) {
				if m.Incomplete {
					m.Violation = "incomplete" + m.Violation
				}
				got = append(got, m.Violation)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestACutMessageShowsWhatThereIs(t *testing.T) {
	m := decode(nil, frame(t)[:130])[0]
	if len(m.Headers) != 3 || !strings.HasPrefix(string(m.Payload), `{"contentBlockIndex":0,`) || !m.Incomplete {
		t.Errorf("got %+v", m)
	}
}

func TestTimesAreThoseOfTheRunsThatBroughtTheBytes(t *testing.T) {
	f := frame(t)
	got := decode(nil, f[:3], f[3:50], f[50:]+f[:1], "", f[1:])
	want := [][2]time.Duration{{0, 2 * time.Millisecond}, {2 * time.Millisecond, 2 * time.Millisecond}}
	for i, m := range got {
		if m.At != want[i][0] || m.Took != want[i][1] {
			t.Errorf("message %d: at %v, took %v; want %v", i, m.At, m.Took, want[i])
		}
	}
}

func TestLongMessagesAreCutAndTheNextIsWhole(t *testing.T) {
	big, err := eventstream.AppendMessage(nil, &eventstream.Message{
		Headers: []eventstream.Header{eventstream.StringHeader("a", "b")},
		Payload: bytes.Repeat([]byte("x"), 1000),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, runs := range [][]string{{string(big) + frame(t)}, strings.Split(string(big)+frame(t), "")} {
		got := decode(&eventstream.Options{MaxMessage: 200}, runs...)
		if len(got) != 2 || got[0].Violation != "longer than 200 bytes: the rest is cut" || len(got[0].Raw) != 200 ||
			len(got[0].Payload) != 200-12-6 || got[1].Violation != "" || len(got[1].Headers) != 3 {
			t.Fatalf("got %+v", got)
		}
	}
}

func TestCountingSeesTheSameMessages(t *testing.T) {
	f := frame(t)
	stream := f + damaged(f, 3) + f + f[:9]
	for i := range len(stream) {
		var want, got []string
		say := func(m eventstream.Message) string { return fmt.Sprint(m.Seq, m.At, m.Took, m.Incomplete) }
		for _, m := range decode(nil, stream[:i], stream[i:]) {
			want = append(want, say(m))
		}
		for _, m := range decode(&eventstream.Options{CountOnly: true}, stream[:i], stream[i:]) {
			got = append(got, say(m))
			if m.Headers != nil || m.Payload != nil || m.Raw != nil {
				t.Fatalf("counting keeps %+v", m)
			}
		}
		if !slices.Equal(want, got) {
			t.Fatalf("cut at %d: counted %q, want %q", i, got, want)
		}
	}
}

func TestHeaderText(t *testing.T) {
	tests := []struct {
		typ   eventstream.Type
		value string
		want  string
	}{
		{eventstream.True, "", "true"},
		{eventstream.False, "", "false"},
		{eventstream.Byte, "\xFF", "-1"},
		{eventstream.Short, "\x01\x00", "256"},
		{eventstream.Integer, "\xFF\xFF\xFF\xFE", "-2"},
		{eventstream.Long, "\x00\x00\x00\x01\x00\x00\x00\x00", "4294967296"},
		{eventstream.Bytes, "\x00\x01", "AAE="},
		{eventstream.String, "ü", "ü"},
		{eventstream.Timestamp, "\x00\x00\x00\x00\x00\x00\x03\xE9", "1970-01-01T00:00:01.001Z"},
		{eventstream.UUID, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", "01234567-89ab-cdef-0123-456789abcdef"},
		{eventstream.Long, "\x01", "01"}, // not the length that the type has
		{99, "\x01", "01"},
	}
	var all eventstream.Message
	for i, tt := range tests {
		h := eventstream.Header{Name: fmt.Sprint(i), Type: tt.typ, Value: []byte(tt.value)}
		if got := h.Text(); got != tt.want {
			t.Errorf("type %d, value %x: %q, want %q", tt.typ, tt.value, got, tt.want)
		}
		if i < 10 {
			all.Headers = append(all.Headers, h)
		}
	}
	raw, err := eventstream.AppendMessage(nil, &all)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all.Headers, decode(nil, string(raw))[0].Headers); diff != "" {
		t.Errorf("after a round trip: %s", diff)
	}
}

func TestHeadersThatDoNotFitAreRefused(t *testing.T) {
	for _, h := range []eventstream.Header{
		eventstream.StringHeader("", "x"),
		eventstream.StringHeader(strings.Repeat("n", 256), "x"),
		eventstream.StringHeader("n", strings.Repeat("x", 65536)),
		{Name: "n", Type: eventstream.Long, Value: []byte("x")},
		{Name: "n", Type: 10},
	} {
		out, err := eventstream.AppendMessage([]byte("before"), &eventstream.Message{Headers: []eventstream.Header{h}})
		if err == nil || string(out) != "before" {
			t.Errorf("%.20q, type %d: %q, %v", h.Name, h.Type, out, err)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	one := frame(f)
	f.Add(one+one, 7)
	f.Add(one[:100], 50)
	f.Add(damaged(one, 5)+one, 160)
	f.Add(damaged(one, 20)+"\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff", 1)
	f.Fuzz(func(t *testing.T, stream string, at int) {
		at = max(0, min(at, len(stream)))
		whole := content(decode(nil, stream))
		if split := content(decode(nil, stream[:at], stream[at:])); !reflect.DeepEqual(whole, split) {
			t.Errorf("cut at %d: -whole +split\n%s", at, cmp.Diff(whole, split))
		}
		raw := ""
		for _, m := range whole {
			raw += string(m.Raw)
			if m.Violation != "" || m.Incomplete {
				continue
			}
			again, err := eventstream.AppendMessage(nil, &m)
			if err != nil || !bytes.Equal(again, m.Raw) {
				t.Errorf("encoded again %x, was %x, %v", again, m.Raw, err)
			}
		}
		if raw != stream {
			t.Errorf("all Raw in a row is %x, the stream %x", raw, stream)
		}
	})
}

func BenchmarkCount(b *testing.B) {
	m := &eventstream.Message{Headers: []eventstream.Header{eventstream.StringHeader(":event-type", "chunk")}, Payload: make([]byte, 1024)}
	one, _ := eventstream.AppendMessage(nil, m)
	run := bytes.Repeat(one, 16)
	for _, count := range []bool{true, false} {
		b.Run(fmt.Sprintf("countOnly=%v", count), func(b *testing.B) {
			d := eventstream.NewDecoder(&eventstream.Options{CountOnly: count})
			b.SetBytes(int64(len(run)))
			b.ReportAllocs()
			for b.Loop() {
				d.Feed(0, run, func(*eventstream.Message) {})
			}
		})
	}
}
