package sse_test

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/sse"
)

// decode feeds the runs, one a millisecond, and closes.
func decode(o *sse.Options, runs ...string) (events []*capture.Event, d *sse.Decoder) {
	d = sse.NewDecoder(o)
	keep := func(e *capture.Event) {
		c := *e
		events = append(events, &c)
	}
	for i, run := range runs {
		p := []byte(run)
		d.Feed(time.Duration(i)*time.Millisecond, p, keep)
		clear(p) // nothing of p may be kept
	}
	d.Close(time.Duration(len(runs))*time.Millisecond, keep)
	return events, d
}

// seen is what a client that follows the standard makes of a stream: type, last
// event ID and data of each event.
func seen(events []*capture.Event) []string {
	out := []string{}
	for _, e := range events {
		if e.Dispatched {
			out = append(out, fmt.Sprintf("%s|%s|%s", e.Type, e.ID, e.Data))
		}
	}
	return out
}

func split(s string, n int) (runs []string) {
	for len(s) > n {
		runs, s = append(runs, s[:n]), s[n:]
	}
	return append(runs, s)
}

// content leaves out what depends on how the stream was split.
func content(events []*capture.Event) []capture.Event {
	out := []capture.Event{}
	for _, e := range events {
		c := *e
		c.At, c.Took, c.Raw = 0, 0, nil
		out = append(out, c)
	}
	return out
}

func raw(events []*capture.Event, d *sse.Decoder) string {
	var b bytes.Buffer
	for _, e := range events {
		b.Write(e.Raw)
	}
	b.Write(d.Rest())
	return b.String()
}

// everySplit checks that the stream means the same whole, byte by byte, in runs
// of 2 and 3, and cut in two after every byte.
func everySplit(t *testing.T, o *sse.Options, stream string) []*capture.Event {
	t.Helper()
	whole, d := decode(o, stream)
	if got := raw(whole, d); o == nil && got != stream {
		t.Errorf("all Raw in a row is %q, the stream %q", got, stream)
	}
	check := func(how string, runs []string) {
		t.Helper()
		events, e := decode(o, runs...)
		if want, got := content(whole), content(events); !reflect.DeepEqual(want, got) {
			t.Errorf("%s: -whole +split\n%s", how, cmp.Diff(want, got))
		}
		if got := raw(events, e); o == nil && got != stream {
			t.Errorf("%s: all Raw in a row is %q, the stream %q", how, got, stream)
		}
		if d.LastID() != e.LastID() || d.Seq() != e.Seq() {
			t.Errorf("%s: id %q, seq %d; whole %q, %d", how, e.LastID(), e.Seq(), d.LastID(), d.Seq())
		}
	}
	for n := 1; n <= 3; n++ {
		check(fmt.Sprintf("runs of %d", n), split(stream, n))
	}
	for i := range len(stream) + 1 {
		check(fmt.Sprintf("cut at %d", i), []string{stream[:i], stream[i:]})
	}
	return whole
}

var long = strings.Repeat("x", 2048)

// The streams of web-platform-tests/eventsource, as sent on the wire, with one
// LF at the end where its helper adds one.
var vectors = []struct {
	name, stream string
	want         []string
}{
	{"format-bom", "\xEF\xBB\xBFdata:1\n\n\xEF\xBB\xBFdata:2\n\ndata:3\n\n", []string{"message||1", "message||3"}},
	{"format-bom-2", "\xEF\xBB\xBF\xEF\xBB\xBFdata:1\n\ndata:2\n\ndata:3\n\n", []string{"message||2", "message||3"}},
	{"format-comments", "data:1\r:\x00\n:\r\ndata:2\n:" + long + "\rdata:3\n:data:fail\r:" + long + "\ndata:4\n\n\n", []string{"message||1\n2\n3\n4"}},
	{"format-data-before-final-empty-line", "retry:1000\ndata:test1\n\nid:test\ndata:test2\n", []string{"message||test1"}},
	{"format-field-data", "data:\n\ndata\ndata\n\ndata:test\n\n\n\n", []string{"message||", "message||\n", "message||test"}},
	{"format-field-event", "event:test\ndata:x\n\ndata:x\n\n\n", []string{"test||x", "message||x"}},
	{"format-field-event-empty", "event: \ndata:data\n\n\n", []string{"message||data"}},
	{"format-field-id", "id: …\nretry: 200\ndata: hello\n\n", []string{"message|…|hello"}},
	{"format-field-id-3, 1", "id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n", []string{"message|1|1", "message|1|2", "message|2|3", "message|2|4"}},
	{"format-field-id-3, 2", "id: 1\ndata:1\n\nid:\ndata:2\n\ndata:3\n\n", []string{"message|1|1", "message||2", "message||3"}},
	{"format-field-id-3, 3", "id: 1\ndata:1\n\nid\ndata:2\n\ndata:3\n\n", []string{"message|1|1", "message||2", "message||3"}},
	{
		"format-field-id-null", "id: \x00\x00\ndata:1\n\nid: x\x00\ndata:2\n\nid: \x00x\ndata:3\n\nid: x\x00x\ndata:4\n\nid:  \x00\ndata:5\n\n",
		[]string{"message||1", "message||2", "message||3", "message||4", "message||5"},
	},
	{
		"format-field-parsing", "data:\x00\ndata:  2\rData:1\ndata\x00:2\ndata:1\r\x00data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n\n",
		[]string{"message||\x00\n 2\n1\n3\n\n4"},
	},
	{"format-field-retry", "retry:3000\ndata:x\n\n\n", []string{"message||x"}},
	{"format-field-retry-bogus", "retry:3000\nretry:1000x\ndata:x\n\n\n", []string{"message||x"}},
	{"format-field-retry-empty", "retry\ndata:test\n\n\n", []string{"message||test"}},
	{"format-field-unknown", "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n\n", []string{"message||test\n\ntest"}},
	{"format-leading-space", "data:\ttest\rdata: \ndata:test\n\n\n", []string{"message||\ttest\n\ntest"}},
	{"format-newlines", "data:test\r\ndata\ndata:test\r\n\r\n\n", []string{"message||test\n\ntest"}},
	{"format-newlines, no more than it needs", "data:test\r\ndata\ndata:test\r\n\r", []string{"message||test\n\ntest"}},
	{"format-null-character", "data:\x00\n\n\n\n", []string{"message||\x00"}},
	{"format-utf-8", "data:ok\xE2\x80\xA6\n\n\n", []string{"message||ok…"}},
	{"event-data", "data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n", []string{"message||msg\nmsg", "message||", "message||end"}},
	{"from-readable-stream", "data: hello\n\ndata: cr\r\rdata: lf\n\ndata: crlf\r\n\r\n", []string{"message||hello", "message||cr", "message||lf", "message||crlf"}},

	// The rules that have no test there.
	{"the last type wins", "event:a\nevent:b\ndata:x\n\n", []string{"b||x"}},
	{"the type does not outlive a block without data", "event:a\n\ndata:x\n\n", []string{"message||x"}},
	{"a block without data sets the id", "id:7\n\ndata:x\n\n", []string{"message|7|x"}},
	{"one space is taken away, a tab is not", "data:  a\n\ndata:\ta\n\n", []string{"message|| a", "message||\ta"}},
	{"colons in the value", "data:a:b: c\n\n", []string{"message||a:b: c"}},
	{"fields in reverse order", "data:x\nid:1\nevent:t\n\n", []string{"t|1|x"}},
	{"blank lines in between", "\n\r\n\rdata:1\n\n\n\r\n\r\r\ndata:2\n\n\n", []string{"message||1", "message||2"}},
	{"half a byte order mark", "\xEF\xBBdata:1\n\ndata:2\n\n", []string{"message||2"}},
	{"only a byte order mark", "\xEF\xBB\xBF", []string{}},
	{"two thirds of a byte order mark", "\xEF\xBB", []string{}},
	{"byte order mark and comment", "\xEF\xBB\xBF: hi\n\ndata:1\n\n", []string{"message||1"}},
	{"nothing", "", []string{}},
	{"not UTF-8", "data:\xFF\xE2\x80x\xF0\x80\xED\xA0\x80\n\n", []string{"message||��x�����"}},
	{"a sequence that the line end cuts", "data:\xE2\x80\ndata:\xA6\n\n", []string{"message||�\n�"}},
	{"not UTF-8 in the type and the id", "event:\xC3\nid:\xC3\ndata:x\n\n", []string{"�|�|x"}},
}

func TestStreamsMeanToUsWhatTheyMeanToAClient(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			events := everySplit(t, nil, v.stream)
			if diff := cmp.Diff(v.want, seen(events)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const ms = time.Millisecond

func TestEveryBlockIsAnEventAndSaysWhatItHolds(t *testing.T) {
	second, longest := time.Second, 9223372036854*ms
	tests := []struct {
		name, stream string
		want         []capture.Event
	}{
		{"comments", ": a\n:b\n:\n\n", []capture.Event{{Type: "message", Comments: []string{"a", "b", ""}}}},
		{"a comment and data", ": a\ndata: x\n\n", []capture.Event{{Dispatched: true, Type: "message", Data: "x", Comments: []string{"a"}}}},
		{"only retry", "retry: 1000\n\n", []capture.Event{{Type: "message", Retry: &second}}},
		{"only id", "id: 1\n\n", []capture.Event{{Type: "message", ID: "1"}}},
		{"only a type", "event: ping\n\n", []capture.Event{{Type: "ping"}}},
		{"only an unknown field", "x: y\n\n", []capture.Event{{Type: "message"}}},
		{"the last retry wins", "retry: 5\nretry: 1000\n\n", []capture.Event{{Type: "message", Retry: &second}}},
		{"a bogus retry changes nothing", "retry:1000\nretry:3000x\ndata:x\n\n", []capture.Event{{
			Dispatched: true, Type: "message", Data: "x", Retry: &second,
			Violation: "WHATWG 9.2.6: retry that is not digits is ignored",
		}}},
		{"zeros before retry", "retry: 000000000000000000000001000\n\n", []capture.Event{{Type: "message", Retry: &second}}},
		{"retry beyond every clock", "retry: 99999999999999999999999\n\n", []capture.Event{{Type: "message", Retry: &longest}}},
		{"retry that is no number", "retry: +5\n\n", []capture.Event{{Type: "message", Violation: "WHATWG 9.2.6: retry that is not digits is ignored"}}},
		{"retry without a value", "retry\n\n", []capture.Event{{Type: "message", Violation: "WHATWG 9.2.6: retry that is not digits is ignored"}}},
		{"id with NUL", "id: a\n\nid: \x00\n\n", []capture.Event{
			{Type: "message", ID: "a"},
			{Type: "message", ID: "a", Violation: "WHATWG 9.2.6: id with U+0000 is ignored"},
		}},
		{"not UTF-8, where nobody looks", "data: x\n: \xFF\n\n", []capture.Event{{
			Dispatched: true, Type: "message", Data: "x",
			Comments: []string{"\uFFFD"}, Violation: "WHATWG 9.2.5: not UTF-8",
		}}},

		{"a tail without its blank line", "id: 1\n\nid: 2\nretry: 1000\nevent: t\ndata: x\n", []capture.Event{
			{Type: "message", ID: "1"},
			{Incomplete: true, Type: "t", ID: "1", Data: "x", Retry: &second},
		}},
		{"a tail without its line end", "data: x\ndata: y", []capture.Event{{Incomplete: true, Type: "message", Data: "x\ny"}}},
		{"a retry that is cut off", "retry: 100", []capture.Event{{Incomplete: true, Type: "message"}}},
		{"an id that is cut off", "id: 12", []capture.Event{{Incomplete: true, Type: "message"}}},
		{"a name that is cut off", "dat", []capture.Event{{Incomplete: true, Type: "message"}}},
		{"a character that is cut off", "data: x\xE2\x80", []capture.Event{{Incomplete: true, Type: "message", Data: "x"}}},
		{"a tail that is not UTF-8", "data: \xFFx", []capture.Event{{Incomplete: true, Type: "message", Data: "\uFFFDx", Violation: "WHATWG 9.2.5: not UTF-8"}}},
		{"a byte order mark that is cut off", "\xEF\xBB", []capture.Event{{Incomplete: true, Type: "message"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.want {
				tt.want[i].Seq = uint64(i + 1)
				tt.want[i].Dir = capture.Receive
			}
			if diff := cmp.Diff(tt.want, content(everySplit(t, nil, tt.stream))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRawBeginsWithTheBlockAndEndsWithItsBlankLine(t *testing.T) {
	events, d := decode(nil, "\xEF\xBB\xBF\ndata: 1\r\n\r\n\r\n: c\n\ndata: 2\r\r", "\ndata: 3\n\n\r\n")
	var got []string
	for _, e := range events {
		got = append(got, string(e.Raw))
	}
	want := []string{"\xEF\xBB\xBF\ndata: 1\r\n\r\n", "\r\n: c\n\n", "data: 2\r\r", "\ndata: 3\n\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if string(d.Rest()) != "\r\n" {
		t.Errorf("the rest is %q", d.Rest())
	}
}

func TestTimesAreThoseOfTheRunsThatBroughtTheBytes(t *testing.T) {
	tests := []struct {
		name string
		runs []string
		want [][2]time.Duration // At, Took
	}{
		{"one run", []string{"data: 1\n\ndata: 2\n\n"}, [][2]time.Duration{{0, 0}, {0, 0}}},
		{"three runs", []string{"\n", "da", "ta: 1\n", "\ndata: 2", "\n\n"}, [][2]time.Duration{{1 * ms, 2 * ms}, {3 * ms, 1 * ms}}},
		{"the LF of a CRLF comes late", []string{"data: 1\r\n\r", "", "\n", "data: 2\r", "\n\r"}, [][2]time.Duration{{0, 0}, {3 * ms, 1 * ms}}},
		{"the byte order mark comes early", []string{"\xEF", "\xBB\xBF", "data: 1\n", "\n"}, [][2]time.Duration{{2 * ms, 1 * ms}}},
		{"what looks like a byte order mark", []string{"\xEF", "x\n", "\n"}, [][2]time.Duration{{0, 2 * ms}}},
		{"a tail ends with its last byte", []string{"data: 1", "\n", "", ""}, [][2]time.Duration{{0, 1 * ms}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events, _ := decode(nil, tt.runs...)
			var got [][2]time.Duration
			for _, e := range events {
				got = append(got, [2]time.Duration{e.At, e.Took})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALoneCRCompletesTheBlockAtOnce(t *testing.T) {
	d := sse.NewDecoder(nil)
	n := 0
	d.Feed(0, []byte("data: x\r\n\r"), func(*capture.Event) { n++ })
	if n != 1 || d.Pending() {
		t.Errorf("%d events, pending %v; want one, and nothing pending", n, d.Pending())
	}
	d.Feed(1, []byte("\n"), func(*capture.Event) { n++ })
	if n != 1 || d.Pending() {
		t.Errorf("after the LF: %d events, pending %v", n, d.Pending())
	}
}

func TestAnotherDecoderGoesOnWhereNothingIsPending(t *testing.T) {
	stream := "\xEF\xBB\xBFid: 1\ndata: a\n\n: c\r\rdata: b\r\n\r\nid\ndata: c\n\nid: …\n\n\n\ndata: d\r\n\r\ndata: e"
	want, _ := decode(nil, stream)
	for i := 1; i < len(stream); i++ {
		var events []*capture.Event
		keep := func(e *capture.Event) { events = append(events, e) }
		first := sse.NewDecoder(nil)
		first.Feed(0, []byte(stream[:i]), keep)
		if first.Pending() {
			continue
		}
		second := sse.NewDecoder(&sse.Options{LastID: first.LastID(), Seq: first.Seq(), Continued: true})
		second.Feed(0, []byte(stream[i:]), keep)
		second.Close(0, keep)
		if diff := cmp.Diff(content(want), content(events)); diff != "" {
			t.Errorf("handed over at %d:\n%s", i, diff)
		}
	}
}

func TestCountingSeesTheSameBlocks(t *testing.T) {
	streams := []string{
		"\xEF\xBB\xBFid: 1\ndata: a\n\n: c\r\rdata\r\n\r\nid: " + long + "\ndatabase: c\n\nid: …\n\n\n\ndata: d\r\n\r\nid: 7",
		"id: a\x00\n\nid:b\ndat\n\ndata",
		": " + long + "\ndata: x\n\ndata: " + long + "\nid: 9\n\nid: 12345678\n\n",
	}
	for _, stream := range streams {
		for _, limit := range []int64{0, 1, 4, 5, 9, 20} {
			for i := range stream {
				check := func(runs []string) {
					t.Helper()
					want, w := decode(&sse.Options{MaxEvent: limit}, runs...)
					got, g := decode(&sse.Options{MaxEvent: limit, CountOnly: true}, runs...)
					if len(got) != len(want) || g.LastID() != w.LastID() || g.Seq() != w.Seq() {
						t.Fatalf("cut at %d, limit %d: counted %d events, id %q; want %d, %q", i, limit, len(got), g.LastID(), len(want), w.LastID())
					}
					for n, e := range got {
						w := want[n]
						if e.Dispatched != w.Dispatched || e.Incomplete != w.Incomplete || e.At != w.At || e.Took != w.Took || e.Seq != w.Seq {
							t.Fatalf("cut at %d, limit %d: counted %+v, want %+v", i, limit, e, w)
						}
						if e.Data != "" || e.Raw != nil || e.Comments != nil {
							t.Fatalf("counting keeps %+v", e)
						}
					}
				}
				check([]string{stream[:i], stream[i:]})
				if i > 0 && i < 4 {
					check(split(stream, i))
				}
			}
		}
	}
}

func TestLongBlocksAreCutAndTheNextIsWhole(t *testing.T) {
	stream := "\n\ndata: 0123456789\ndata: 0123456789\nid: 2\nretry: 1\n\nid: 3\ndata: x\n\n"
	const rule = "longer than 20 bytes: the rest is cut"
	want := []capture.Event{
		{Seq: 1, Dir: capture.Receive, Dispatched: true, Type: "message", Data: "0123456789", Violation: rule},
		{Seq: 2, Dir: capture.Receive, Dispatched: true, Type: "message", Data: "x", ID: "3"},
	}
	events := everySplit(t, &sse.Options{MaxEvent: 20}, stream)
	if diff := cmp.Diff(want, content(events)); diff != "" {
		t.Error(diff)
	}
	if got := string(events[0].Raw); got != "\n\n"+stream[2:22] {
		t.Errorf("kept %q", got)
	}
	// An id that is cut off would be another one.
	events = everySplit(t, &sse.Options{MaxEvent: 10}, "data: x\nid: 12\n\n")
	if events[0].ID != "" || events[0].Data != "x" {
		t.Errorf("got %+v", events[0])
	}
}

func TestEndlessInputIsBounded(t *testing.T) {
	chunk := bytes.Repeat([]byte("x"), 1<<16)
	for _, tt := range []struct {
		name, first string
		run         []byte
		count       bool
		most        uint64 // bytes that may be allocated for 8 MiB
	}{
		{"a line, counting", "data: ", chunk, true, 64 << 10},
		{"an id, counting", "id: ", chunk, true, 2 << 20},
		{"a line", "data: ", chunk, false, 2 << 20},
		{"a comment", ":", chunk, false, 2 << 20},
		{"no field", "", chunk, false, 2 << 20},
		{"blank lines", "", bytes.Repeat([]byte("\n"), 1<<16), false, 64 << 10},
		{"lines of a block", "", bytes.Repeat([]byte("data\n"), 1<<13), false, 2 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			d := sse.NewDecoder(&sse.Options{MaxEvent: 256 << 10, CountOnly: tt.count})
			d.Feed(0, []byte(tt.first), nil)
			for range 8 << 20 / len(tt.run) {
				d.Feed(0, tt.run, nil)
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > tt.most {
				t.Errorf("%d bytes allocated, want at most %d", got, tt.most)
			}
		})
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	run := []byte("id: 1\nevent: x\ndata: " + long + "\n\n: c\n\nid: 2\r\ndata: " + long + "\r\n\r\nretry: 5\ndata: c")
	d := sse.NewDecoder(&sse.Options{CountOnly: true})
	n := 0
	emit := func(*capture.Event) { n++ }
	if got := testing.AllocsPerRun(100, func() { d.Feed(0, run, emit) }); got != 0 {
		t.Errorf("%v allocations per run", got)
	}
	if n == 0 {
		t.Error("nothing was counted")
	}
}
