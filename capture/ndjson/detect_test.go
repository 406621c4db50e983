package ndjson_test

import (
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/ndjson"
)

func TestDetectByName(t *testing.T) {
	tests := []struct {
		mediaType string
		want      ndjson.Format
		ok        bool
	}{
		{"application/x-ndjson", ndjson.Lines, true},
		{"application/ndjson; charset=utf-8", ndjson.Lines, true},
		{"Application/JSONL", ndjson.Lines, true},
		{"application/x-jsonlines", ndjson.Lines, true},
		{"application/jsonlines", ndjson.Lines, true},
		{"application/json-lines", ndjson.Lines, true},
		{"application/stream+json", ndjson.Lines, true},
		{"application/x-json-stream", ndjson.Lines, true},
		{"text/x-ndjson", ndjson.Lines, true},
		{"application/json;stream=watch", ndjson.Lines, true},
		{"application/json; charset=utf-8; stream=watch", ndjson.Lines, true},
		{"application/json-seq", ndjson.Sequence, true},
		{"application/geo+json-seq", ndjson.Sequence, true},
		{"application/vnd.example.log+jsonl", ndjson.Lines, true},
		{"application/problem+json", 0, false},
		{"text/event-stream", 0, false},
		{"application/octet-stream", 0, false},
		{"", 0, false},
	}
	for _, tt := range tests {
		f, ok, more := ndjson.Detect(tt.mediaType, nil)
		if f != tt.want || ok != tt.ok || more {
			t.Errorf("%q: %v, %v, more %v; want %v, %v", tt.mediaType, f, ok, more, tt.want, tt.ok)
		}
	}
}

func TestDetectByLooking(t *testing.T) {
	const (
		no     = "no"
		more   = "more"
		lines  = "lines"
		concat = "concatenated"
	)
	tests := []struct {
		name, head  string
		json, plain string // as application/json, as text/plain
	}{
		{"nothing yet", "", more, more},
		{"white space", " \n", more, more},
		{"the first line began", `{"a":1,`, more, more},
		{"the first line is complete", `{"a":1}`, more, more},
		{"with its end", "{\"a\":1}\n", more, more},
		{"two lines", "{\"a\":1}\n{", lines, lines},
		{"CRLF", "{\"a\":1}\r\n{\"b", lines, lines},
		{"a blank line between", "{\"a\":1}\n\n{\"b", lines, lines},
		{"arrays", "[1]\n[2]\n", lines, lines},
		{"byte order mark", "\xEF\xBB\xBF{}\n{", lines, lines},
		{"on one line", "{}{", concat, no},
		{"on one line with a space", "{} {", concat, no},
		{"an object on several lines", "{\n\"a\":1", no, no},
		{"an array on several lines", "[{},\n{", no, no},
		{"not JSON after all", "{oops}\n{", no, no},
		{"a line of text behind it", "{}\noops", no, no},
		{"a scalar behind it", "{}\n1", no, no},
		{"scalars", "1\n2\n", no, no},
		{"a string", `"a"`, no, no},
		{"a log", "[2026-01-01 12:00:00] start\n", no, no},
		{"text", "hello", no, no},
		{"too long to wait", `{"a":"` + strings.Repeat("x", 64<<10), no, no},
		{"nothing but white space for too long", strings.Repeat(" ", 64<<10), no, no},
	}
	for _, tt := range tests {
		for mediaType, want := range map[string]string{"application/json": tt.json, "text/plain; charset=utf-8": tt.plain, "text/html": no} {
			f, ok, needs := ndjson.Detect(mediaType, []byte(tt.head))
			got := no
			switch {
			case ok && needs:
				got = "both"
			case ok:
				got = f.String()
			case needs:
				got = more
			}
			if got != want {
				t.Errorf("%s as %s: %s, want %s", tt.name, mediaType, got, want)
			}
		}
	}
}

func TestArrayOfObjects(t *testing.T) {
	tests := []struct {
		head     string
		ok, more bool
	}{
		{"", false, true},
		{"\n", false, true},
		{"[", false, true},
		{"[\r\n ", false, true},
		{"[{", true, false},
		{"\xEF\xBB\xBF [\n{", true, false},
		{"[]", false, false},
		{"[1", false, false},
		{"{", false, false},
	}
	for _, tt := range tests {
		if ok, more := ndjson.ArrayOfObjects([]byte(tt.head)); ok != tt.ok || more != tt.more {
			t.Errorf("%q: %v, more %v", tt.head, ok, more)
		}
	}
}
