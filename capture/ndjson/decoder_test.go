package ndjson_test

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
	"github.com/wiretape/wiretape/capture/ndjson"
)

const ms = time.Millisecond

// decode feeds the runs, one a millisecond, and closes.
func decode(o *ndjson.Options, runs ...string) (events []capture.Event, rest string) {
	d := ndjson.NewDecoder(o)
	keep := func(e *capture.Event) { events = append(events, *e) }
	for i, run := range runs {
		p := []byte(run)
		d.Feed(time.Duration(i)*ms, p, keep)
		clear(p) // nothing of p may be kept
	}
	d.Close(time.Duration(len(runs))*ms, keep)
	return events, string(d.Rest())
}

func split(s string, n int) (runs []string) {
	for len(s) > n {
		runs, s = append(runs, s[:n]), s[n:]
	}
	return append(runs, s)
}

// content leaves out what depends on how the stream was split.
func content(events []capture.Event) []capture.Event {
	out := []capture.Event{}
	for _, e := range events {
		e.At, e.Took = 0, 0
		out = append(out, e)
	}
	return out
}

// everySplit checks that the stream means the same whole, in runs of 1 to 3
// bytes, and cut in two after every byte, that nothing of it is lost, and that
// counting counts the same.
func everySplit(t *testing.T, o ndjson.Options, stream string) []capture.Event {
	t.Helper()
	whole, rest := decode(&o, stream)
	raw := ""
	for _, e := range whole {
		raw += string(e.Raw)
	}
	if raw += rest; o.MaxRecord == 0 && raw != stream {
		t.Errorf("all Raw in a row is %q, the stream %q", raw, stream)
	}
	check := func(how string, runs []string) {
		t.Helper()
		events, _ := decode(&o, runs...)
		if want, got := content(whole), content(events); !reflect.DeepEqual(want, got) {
			t.Errorf("%s: -whole +split\n%s", how, cmp.Diff(want, got))
		}
		counting := o
		counting.CountOnly = true
		counted, _ := decode(&counting, runs...)
		if len(counted) != len(events) {
			t.Fatalf("%s: counted %d, want %d", how, len(counted), len(events))
		}
		for i, e := range events {
			c := counted[i]
			if c.Seq != e.Seq || c.Dispatched != e.Dispatched || c.Incomplete != e.Incomplete || c.At != e.At || c.Took != e.Took {
				t.Errorf("%s: counted %+v, want %+v", how, c, e)
			}
			if c.Data != "" || c.Raw != nil {
				t.Errorf("%s: counting keeps %+v", how, c)
			}
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

const (
	notJSON = "RFC 8259 2: not a JSON text"
	notUTF8 = "RFC 8259 8.1: not UTF-8"
)

var streams = []struct {
	name   string
	format ndjson.Format
	stream string
	want   []string // Data of each record, " !" and the violation behind it; "~" before one that is cut off
}{
	{"LF", ndjson.Lines, "{\"a\":1}\n{\"b\":2}\n", []string{`{"a":1}`, `{"b":2}`}},
	{"CRLF", ndjson.Lines, "{\"a\":1}\r\n{\"b\":2}\r\n", []string{`{"a":1}`, `{"b":2}`}},
	{"blank lines", ndjson.Lines, "\n\r\n{\"a\":1}\n \t\n\n{\"b\":2}\n\n", []string{`{"a":1}`, `{"b":2}`}},
	{"the last line has no LF", ndjson.Lines, "{\"a\":1}\n{\"b\":2}", []string{`{"a":1}`, `{"b":2}`}},
	{"the last line has half a CRLF", ndjson.Lines, "{\"a\":1}\r", []string{`{"a":1}`}},
	{"the last line is white space", ndjson.Lines, "{\"a\":1}\n  ", []string{`{"a":1}`}},
	{"the last line is cut off", ndjson.Lines, "{\"a\":1}\n{\"b\":\"}", []string{`{"a":1}`, `~{"b":"}`}},
	{"the last line is two", ndjson.Lines, "1 2", []string{"~1 2"}},
	{"scalars", ndjson.Lines, "1\n-2.5e3\ntrue\nfalse\nnull\n\"x\\\"\"\n", []string{"1", "-2.5e3", "true", "false", "null", `"x\""`}},
	{"the last scalar is cut off", ndjson.Lines, "tru", []string{"~tru"}},
	{"the last number is cut off", ndjson.Lines, "1.", []string{"~1."}},
	{"the last number", ndjson.Lines, "-1.5", []string{"-1.5"}},
	{"the last literal", ndjson.Lines, "false", []string{"false"}},
	{"too much of a literal", ndjson.Lines, "nullx", []string{"~nullx"}},
	{"the last string", ndjson.Lines, `"a\"`, []string{`~"a\"`}},
	{"spaces stay", ndjson.Lines, "  {\"a\": 1} \n", []string{`  {"a": 1} `}},
	{"no JSON", ndjson.Lines, "oops\n{\"a\":1}\n", []string{"oops !" + notJSON, `{"a":1}`}},
	{"two on a line", ndjson.Lines, "{}{}\n", []string{"{}{} !" + notJSON}},
	{"not UTF-8", ndjson.Lines, "\"\xFF\"\n", []string{"\"\xFF\" !" + notUTF8}},
	{"byte order mark", ndjson.Lines, "\xEF\xBB\xBF{\"a\":1}\n", []string{`{"a":1}`}},
	{"only a byte order mark", ndjson.Lines, "\xEF\xBB\xBF", nil},
	{"half a byte order mark", ndjson.Lines, "\xEF\xBB", []string{"~\xEF\xBB"}},
	{"RS is nothing special", ndjson.Lines, "0\x1E}", []string{"~0\x1E}"}},
	{"nothing", ndjson.Lines, "", nil},

	{"a sequence", ndjson.Sequence, "\x1E{\"a\":1}\n\x1E{\"b\":2}\n", []string{`{"a":1}`, `{"b":2}`}},
	{"CRLF", ndjson.Sequence, "\x1E{\"a\":1}\r\n", []string{`{"a":1}`}},
	{"texts of several lines", ndjson.Sequence, "\x1E{\n \"a\": [\n1\n]\n}\n\x1E2\n", []string{"{\n \"a\": [\n1\n]\n}", "2"}},
	{"RS again and again", ndjson.Sequence, "\x1E\x1E\n\x1E{}\n\x1E\x1E", []string{"{}"}},
	{"a text that is cut off", ndjson.Sequence, "\x1E{\"a\":\x1E{}\n", []string{"~{\"a\": !RFC 7464 2.3: the text is cut off", "{}"}},
	{"a string that is cut off", ndjson.Sequence, "\x1E\"a\\\x1E{}\n", []string{"~\"a\\ !RFC 7464 2.3: the text is cut off", "{}"}},
	{"a number that may be cut off", ndjson.Sequence, "\x1E12\x1E{}\n", []string{"~12 !RFC 7464 2.3: the text is cut off", "{}"}},
	{"a literal that ends with a space", ndjson.Sequence, "\x1Etrue \n", []string{"true "}},
	{"no LF", ndjson.Sequence, "\x1E{}\x1E[]\n", []string{"{} !RFC 7464 2.2: no LF after the text", "[]"}},
	{"no LF at the end", ndjson.Sequence, "\x1E{}", []string{"{} !RFC 7464 2.2: no LF after the text"}},
	{"a number at the end", ndjson.Sequence, "\x1E12", []string{"~12"}},
	{"cut off at the end", ndjson.Sequence, "\x1E{\"a\"", []string{"~{\"a\""}},
	{"no RS", ndjson.Sequence, "{}\n[]\n", []string{"{} !RFC 7464 2.2: no RS before the text", "[] !RFC 7464 2.2: no RS before the text"}},
	{"two texts behind one RS", ndjson.Sequence, "\x1E{}{}\n\x1E1\n", []string{"{}{} !" + notJSON, "1"}},
	{"no JSON", ndjson.Sequence, "\x1Eoops\n\x1E1\n", []string{"oops !" + notJSON, "1"}},

	{"an array", ndjson.Array, "[{\"a\":1}\n,\r\n{\"b\":2}\n]", []string{`{"a":1}`, `{"b":2}`}},
	{"elements of every type", ndjson.Array, `["[\"]",12,true,null,[1,[2]],{"x":"]}"},-1]`, []string{`"[\"]"`, "12", "true", "null", "[1,[2]]", `{"x":"]}"}`, "-1"}},
	{"the bracket is missing", ndjson.Array, "[{\"a\":1},\n{\"b\":2}", []string{`{"a":1}`, `{"b":2}`}},
	{"an element is cut off", ndjson.Array, "[{\"a\":1},{\"b\":", []string{`{"a":1}`, `~{"b":`}},
	{"a comma is missing", ndjson.Array, "[{\"a\":1}{\"b\":2}]", []string{`{"a":1}`, `{"b":2}`}},
	{"an empty array", ndjson.Array, " [ ]\n", nil},
	{"no array at all", ndjson.Array, `{"error":{"code":503}}`, []string{`{"error":{"code":503}}`}},
	{"two arrays", ndjson.Array, "[1,2]\n[3]", []string{"1", "2", "3"}},
	{"the wrong bracket", ndjson.Array, `[{"a":1],{"b":2}]`, []string{`{"a":1] !` + notJSON, `{"b":2}`}},
	{"garbage", ndjson.Array, `[oops,1]`, []string{"oops !" + notJSON, "1"}},

	{"without separators", ndjson.Concatenated, `{"a":"}{"}{"b":{}}[1][]`, []string{`{"a":"}{"}`, `{"b":{}}`, "[1]", "[]"}},
	{"white space, line ends, commas", ndjson.Concatenated, "{} \r\n{},\t1 2\n", []string{"{}", "{}", "1", "2"}},
	{"scalars end where others begin", ndjson.Concatenated, `1"a"true{}null[]-2`, []string{"1", `"a"`, "true", "{}", "null", "[]", "-2"}},
	{"a bracket too many", ndjson.Concatenated, `{}}{}`, []string{"{}", "} !" + notJSON, "{}"}},
	{"cut off", ndjson.Concatenated, `{}{"a":"\"}`, []string{"{}", `~{"a":"\"}`}},
	{"a number at the end", ndjson.Concatenated, `{}1`, []string{"{}", "1"}},
	{"several lines", ndjson.Concatenated, "{\n\"a\": 1\n}\n{\n}\n", []string{"{\n\"a\": 1\n}", "{\n}"}},
}

func TestRecords(t *testing.T) {
	for _, tt := range streams {
		t.Run(tt.format.String()+": "+tt.name, func(t *testing.T) {
			var got []string
			for i, e := range everySplit(t, ndjson.Options{Format: tt.format}, tt.stream) {
				say := e.Data
				if e.Violation != "" {
					say += " !" + e.Violation
				}
				if e.Incomplete {
					say = "~" + say
				}
				got = append(got, say)
				if e.Seq != uint64(i+1) || e.Dir != capture.Receive || e.Dispatched == e.Incomplete {
					t.Errorf("got %+v", e)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRawBeginsBehindTheRecordBefore(t *testing.T) {
	tests := []struct {
		format ndjson.Format
		stream string
		want   []string // the rest last
	}{
		{ndjson.Lines, "\xEF\xBB\xBF\n1\r\n\n2\n\n", []string{"\xEF\xBB\xBF\n1\r\n", "\n2\n", "\n"}},
		{ndjson.Sequence, "\x1E1\n\x1E2\n", []string{"\x1E1\n", "\x1E2\n", ""}},
		{ndjson.Array, "[{}\n,\r\n{}\n]\n", []string{"[{}", "\n,\r\n{}", "\n]\n"}},
		{ndjson.Concatenated, "{}{} 1 ", []string{"{}", "{}", " 1", " "}},
	}
	for _, tt := range tests {
		var got []string
		events, rest := decode(&ndjson.Options{Format: tt.format}, tt.stream)
		for _, e := range events {
			got = append(got, string(e.Raw))
		}
		if diff := cmp.Diff(tt.want, append(got, rest)); diff != "" {
			t.Errorf("%v: %s", tt.format, diff)
		}
	}
}

func TestTimesAreThoseOfTheRunsThatBroughtTheBytes(t *testing.T) {
	tests := []struct {
		name   string
		format ndjson.Format
		runs   []string
		want   [][2]time.Duration // At, Took
	}{
		{"lines", ndjson.Lines, []string{"\n", "{}\n[", "]", "\n", "1", ""}, [][2]time.Duration{{1 * ms, 0}, {1 * ms, 2 * ms}, {4 * ms, 0}}},
		{"a line behind blank ones", ndjson.Lines, []string{"\n", "\n", "1\n"}, [][2]time.Duration{{2 * ms, 0}}},
		{"sequence", ndjson.Sequence, []string{"\x1E", "{}", "\n", "\x1E1", "\n"}, [][2]time.Duration{{1 * ms, 1 * ms}, {3 * ms, 1 * ms}}},
		{"array", ndjson.Array, []string{"[", "{", "}", "\n,", "{}", "]"}, [][2]time.Duration{{1 * ms, 1 * ms}, {4 * ms, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got [][2]time.Duration
			events, _ := decode(&ndjson.Options{Format: tt.format}, tt.runs...)
			for _, e := range events {
				got = append(got, [2]time.Duration{e.At, e.Took})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnotherDecoderGoesOnWhereNothingIsPending(t *testing.T) {
	for _, tt := range streams {
		if tt.name == "two arrays" {
			continue // between them a new decoder takes the second for an element of the first
		}
		want, _ := decode(&ndjson.Options{Format: tt.format}, tt.stream)
		for i := 1; i < len(tt.stream); i++ {
			var events []capture.Event
			keep := func(e *capture.Event) { events = append(events, *e) }
			first := ndjson.NewDecoder(&ndjson.Options{Format: tt.format})
			first.Feed(0, []byte(tt.stream[:i]), keep)
			if first.Pending() || len(events) == 0 {
				continue
			}
			second := ndjson.NewDecoder(&ndjson.Options{Format: tt.format, Seq: first.Seq(), Continued: true})
			second.Feed(0, []byte(tt.stream[i:]), keep)
			second.Close(0, keep)
			// A new decoder cannot know what stood between.
			if len(events) != len(want) {
				t.Errorf("%v, %s: handed over at %d: %d records, want %d", tt.format, tt.name, i, len(events), len(want))
				continue
			}
			for n, e := range events {
				if e.Data != want[n].Data || e.Seq != want[n].Seq || e.Incomplete != want[n].Incomplete {
					t.Errorf("%v, %s: handed over at %d: got %+v, want %+v", tt.format, tt.name, i, e, want[n])
				}
			}
		}
	}
}

func TestLongRecordsAreCutAndTheNextIsWhole(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", 50) + `"}`
	for format, stream := range map[ndjson.Format]string{
		ndjson.Lines:        big + "\n{}\n",
		ndjson.Sequence:     "\x1E" + big + "\n\x1E{}\n",
		ndjson.Array:        "[" + big + ",{}]",
		ndjson.Concatenated: big + "{}",
	} {
		got := everySplit(t, ndjson.Options{Format: format, MaxRecord: 20}, stream)
		if len(got) != 2 || got[0].Data != big[:20] || got[0].Violation != "longer than 20 bytes: the rest is cut" ||
			!got[0].Dispatched || got[1].Data != "{}" || got[1].Violation != "" {
			t.Errorf("%v: got %+v", format, got)
		}
	}
}

func TestEndlessInputIsBounded(t *testing.T) {
	chunk := bytes.Repeat([]byte("x"), 1<<16)
	for _, format := range []ndjson.Format{ndjson.Lines, ndjson.Sequence, ndjson.Array, ndjson.Concatenated} {
		for _, tt := range []struct {
			name, first string
			run         []byte
			count       bool
			most        uint64 // bytes that may be allocated for 2 MiB
		}{
			{"a string, counting", `"`, chunk, true, 64 << 10},
			{"a string", `"`, chunk, false, 3 << 19},
			{"garbage", "", chunk, false, 3 << 19},
			{"brackets", "[[", bytes.Repeat([]byte("["), 1<<16), false, 3 << 19},
			{"blank lines", "", bytes.Repeat([]byte("\n"), 1<<16), false, 64 << 10},
			{"white space", "", bytes.Repeat([]byte(" "), 1<<16), false, 3 << 19},
		} {
			t.Run(format.String()+": "+tt.name, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				d := ndjson.NewDecoder(&ndjson.Options{Format: format, MaxRecord: 256 << 10, CountOnly: tt.count})
				d.Feed(0, []byte(tt.first), nil)
				for range 2 << 20 / len(tt.run) {
					d.Feed(0, tt.run, nil)
				}
				runtime.ReadMemStats(&after)
				if got := after.TotalAlloc - before.TotalAlloc; got > tt.most {
					t.Errorf("%d bytes allocated, want at most %d", got, tt.most)
				}
			})
		}
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	for format, run := range map[ndjson.Format]string{
		ndjson.Lines:        "{\"a\":1}\n{\"b\":2}\n\n{\"c\":\"d",
		ndjson.Sequence:     "\x1E{\"a\":1}\n\x1E12\n",
		ndjson.Array:        "[{\"a\":1},{\"b\":2}]",
		ndjson.Concatenated: "{\"a\":1}{\"b\":2}",
	} {
		d := ndjson.NewDecoder(&ndjson.Options{Format: format, CountOnly: true})
		p := []byte(run)
		emit := func(*capture.Event) {}
		if got := testing.AllocsPerRun(100, func() { d.Feed(0, p, emit) }); got != 0 {
			t.Errorf("%v: %v allocations per run", format, got)
		}
		if d.Seq() == 0 {
			t.Errorf("%v: nothing was counted", format)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for i, tt := range streams {
		f.Add(uint8(tt.format), tt.stream, i, i+5, int64(0))
		f.Add(uint8(tt.format), tt.stream, i%5, i%7, int64(i))
	}
	f.Fuzz(func(t *testing.T, format uint8, stream string, a, b int, limit int64) {
		a = max(0, min(a, len(stream)))
		b = max(a, min(b, len(stream)))
		runs := []string{stream[:a], stream[a:b], stream[b:]}
		o := ndjson.Options{Format: ndjson.Format(format % 4), MaxRecord: max(0, limit)}
		whole, _ := decode(&o, stream)
		events, rest := decode(&o, runs...)
		if want, got := content(whole), content(events); !reflect.DeepEqual(want, got) {
			t.Errorf("-whole +split\n%s", cmp.Diff(want, got))
		}
		raw := ""
		for _, e := range events {
			raw += string(e.Raw)
		}
		if raw += rest; limit <= 0 && len(stream) < 4096 && raw != stream {
			t.Errorf("all Raw in a row is %q, the stream %q", raw, stream)
		}
		o.CountOnly = true
		counted, _ := decode(&o, runs...)
		if len(counted) != len(whole) {
			t.Fatalf("counted %d, want %d", len(counted), len(whole))
		}
		for i, e := range counted {
			if e.Dispatched != whole[i].Dispatched || e.Incomplete != whole[i].Incomplete {
				t.Errorf("counted %+v, want %+v", e, whole[i])
			}
		}
	})
}

func BenchmarkFeed(b *testing.B) {
	record := `{"model":"q","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"` + strings.Repeat("x ", 455) + `"},"done":false}`
	for format, run := range map[ndjson.Format]string{
		ndjson.Lines:        strings.Repeat(record+"\n", 16),
		ndjson.Sequence:     strings.Repeat("\x1E"+record+"\n", 16),
		ndjson.Array:        "[" + strings.Repeat(record+",\n", 16) + "]",
		ndjson.Concatenated: strings.Repeat(record, 16),
	} {
		for _, count := range []bool{true, false} {
			b.Run(fmt.Sprintf("%v/countOnly=%v", format, count), func(b *testing.B) {
				d := ndjson.NewDecoder(&ndjson.Options{Format: format, CountOnly: count})
				p := []byte(run)
				b.SetBytes(int64(len(p)))
				b.ReportAllocs()
				for b.Loop() {
					d.Feed(0, p, func(*capture.Event) {})
				}
			})
		}
	}
}
