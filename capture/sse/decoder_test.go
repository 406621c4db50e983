package sse_test

import (
	"bytes"
	"fmt"
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
		if diff := cmp.Diff(content(whole), content(events)); diff != "" {
			t.Errorf("%s: -whole +split\n%s", how, diff)
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
	{"format-field-id-null", "id: \x00\x00\ndata:1\n\nid: x\x00\ndata:2\n\nid: \x00x\ndata:3\n\nid: x\x00x\ndata:4\n\nid:  \x00\ndata:5\n\n",
		[]string{"message||1", "message||2", "message||3", "message||4", "message||5"}},
	{"format-field-parsing", "data:\x00\ndata:  2\rData:1\ndata\x00:2\ndata:1\r\x00data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n\n",
		[]string{"message||\x00\n 2\n1\n3\n\n4"}},
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
