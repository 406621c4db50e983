package merge_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
)

// events returns an event stream.
func events(data ...string) stream {
	var b strings.Builder
	for _, d := range data {
		fmt.Fprintf(&b, "data: %s\n\n", d)
	}
	return stream{url: "https://h.example/v1/chat/completions", typ: "text/event-stream", body: b.String()}
}

func chunk(delta string) string {
	return `{"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":` + delta + `}]}`
}

func TestNumbersOfAStreamAskForNothing(t *testing.T) {
	r := events(
		chunk(`{"content":"a"}`),
		`{"object":"chat.completion.chunk","choices":[{"index":1000000000,"delta":{"content":"x"}}]}`,
		`{"object":"chat.completion.chunk","choices":[{"index":-1,"delta":{"content":"x"}}]}`,
		`{"object":"chat.completion.chunk","choices":[{"index":1e300,"delta":{"content":"b"}}]}`,
		chunk(`{"tool_calls":[{"index":4294967296,"id":"x","function":{"name":"f","arguments":"{}"}}]}`),
		chunk(`{"tool_calls":[{"index":127,"id":"y","function":{"name":"f","arguments":"{}"}}]}`),
		"[DONE]",
	).merged(t, nil)
	c := r.Choices[0]
	if len(r.Choices) != 1 || c.Text != "ab" || len(c.ToolCalls) != 1 || c.ToolCalls[0].Index != 127 {
		t.Errorf("got %+v", r.Choices)
	}
	if r.Complete || len(r.Notes) != 3 {
		t.Errorf("complete %v, notes %q", r.Complete, r.Notes)
	}
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf(`{"object":"chat.completion.chunk","choices":[{"index":%d,"delta":{"content":"x"}}]}`, i))
	}
	if r := events(many...).merged(t, nil); len(r.Choices) != 128 || r.Complete || len(r.Notes) > 20 {
		t.Errorf("%d choices, %d notes", len(r.Choices), len(r.Notes))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var many []string
	for i := range 3000 {
		many = append(many, chunk(fmt.Sprintf(`{"content":"0123456789","reasoning_content":"0123456789","x%d":"0123456789","tool_calls":[{"index":0,"id":"a","function":{"arguments":"0123456789"}}],"audio":{"data":"AAAA"},"annotations":[{"a":1}]}`, i)))
	}
	r := events(many...).merged(t, &merge.Options{Limit: 10_000})
	c := r.Choices[0]
	kept := len(c.Text) + len(c.Reasoning) + len(c.ToolCalls[0].Arguments) + len(c.Audio.Bytes)
	for _, v := range r.Extra {
		kept += len(v)
	}
	if kept > 10_000 || kept < 5_000 || r.Complete || len(r.Notes) == 0 {
		t.Errorf("kept %d bytes, complete %v, notes %q", kept, r.Complete, r.Notes)
	}
}

func TestCompleteNeedsTheTerminatorAndNothingMissing(t *testing.T) {
	for name, x := range map[string]struct {
		s        stream
		complete bool
		end      string
	}{
		"whole":               {events(chunk(`{"content":"a"}`), "[DONE]"), true, "[DONE]"},
		"no terminator":       {events(chunk(`{"content":"a"}`)), false, "eof"},
		"broken arguments":    {events(chunk(`{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}`), "[DONE]"), false, "[DONE]"},
		"an error":            {events(chunk(`{"content":"a"}`), `{"error":{"message":"boom"}}`, "[DONE]"), false, "[DONE]"},
		"not JSON":            {events(chunk(`{"content":"a"}`), "{oops", "[DONE]"), false, "[DONE]"},
		"after the end":       {events(chunk(`{"content":"a"}`), "[DONE]", chunk(`{"content":"b"}`)), true, "[DONE]"},
		"an end by eof":       {events(`{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`), true, "eof"},
		"no finish before it": {events(`{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`), false, "eof"},
	} {
		t.Run(name, func(t *testing.T) {
			r := x.s.merged(t, nil)
			if r.Complete != x.complete || r.Terminator != x.end || r.Choices[0].Text == "" && len(r.Choices[0].ToolCalls) == 0 || r.Choices[0].Text == "ab" {
				t.Errorf("got %+v", r)
			}
		})
	}
	cut := events(`{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`)
	cut.cut = true
	if r := cut.merged(t, nil); r.Complete {
		t.Error("complete, though the connection broke off")
	}
}

func TestResultDoesNotChangeWithWhatComesLater(t *testing.T) {
	tr := events(chunk(`{"content":"a"}`), chunk(`{"content":"b"}`)).transcript(t)
	m, err := merge.New(tr.Exchange(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var first *merge.Result
	for e := range tr.Events(1) {
		m.Event(e)
		if first == nil {
			first = m.Result()
		}
	}
	if first.Choices[0].Text != "a" || m.Result().Choices[0].Text != "ab" {
		t.Errorf("first %q, then %q", first.Choices[0].Text, m.Result().Choices[0].Text)
	}
}

func TestDeltasTellWhereTheyBelong(t *testing.T) {
	var got []string
	s := events(chunk(`{"reasoning":"r","content":"t"}`), chunk(`{"refusal":"no"}`),
		chunk(`{"tool_calls":[{"index":3,"id":"i","function":{"name":"f","arguments":"{"}}]}`), chunk(`{"audio":{"transcript":"hi"}}`))
	s.merged(t, &merge.Options{Delta: func(d merge.Delta) {
		got = append(got, fmt.Sprintf("%d %v %d %v %d %s %s", d.Seq, d.At > 0, d.Choice, d.Kind, d.Tool, d.Name, d.Text))
	}})
	want := []string{"1 true 0 reasoning 0  r", "1 true 0 text 0  t", "2 true 0 refusal 0  no", "3 true 0 tool 3 f {", "4 true 0 transcript 0  hi"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatCanBeForced(t *testing.T) {
	s := events(`{"message":{"content":"hi"},"done":false}`)
	if r := s.merged(t, &merge.Options{Format: merge.OllamaChat}); r.Choices[0].Text != "hi" {
		t.Errorf("got %+v", r)
	}
	s.typ, s.body = "text/html", "plain words"
	if r := s.merged(t, &merge.Options{Format: merge.PlainText}); r.Choices[0].Text != "plain words" || !r.Complete {
		t.Errorf("got %+v", r)
	}
	_, err := merge.Merge(s.transcript(t), &merge.Options{Format: "nope"})
	var unknown *merge.FormatError
	if !errors.As(err, &unknown) || !strings.Contains(unknown.Hint(), merge.OpenAIChat) {
		t.Errorf("got %v", err)
	}
	for _, f := range merge.Formats() {
		if _, err := merge.New(&capture.Exchange{}, &merge.Options{Format: f}); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestBodiesUnderAnotherTypeAreMergedToo(t *testing.T) {
	done := "data: " + chunk(`{"content":"ok"}`) + "\n\ndata: [DONE]\n\n"
	whole := `{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}`
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(done))
	_ = z.Close()
	gz := []capture.Field{{Name: "Content-Encoding", Value: "gzip"}}
	for name, s := range map[string]stream{
		"events as text":         {typ: "text/plain", body: done},
		"events as bytes":        {typ: "application/octet-stream", body: "\ufeff" + done},
		"events, zipped":         {typ: "application/octet-stream", header: gz, body: zipped.String()},
		"lines as JSON":          {typ: "application/json", body: `{"message":{"content":"o"},"done":false}` + "\n" + `{"message":{"content":"k"},"done":true}` + "\n"},
		"a whole answer":         {typ: "application/json", body: whole},
		"one of Anthropic":       {typ: "application/json", body: `{"id":"m","type":"message","role":"assistant","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","usage":{"input_tokens":1}}`},
		"one of Gemini":          {typ: "application/json", body: `{"candidates":[{"content":{"parts":[{"text":"ok"}]},"finishReason":"STOP"}]}`},
		"one of Responses":       {typ: "application/json", body: `{"id":"r","object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok"}]}]}`},
		"one of Ollama":          {typ: "application/json", body: `{"model":"m","response":"ok","done":true}`},
		"text":                   {typ: "text/plain; charset=utf-8", body: "o\nk"},
		"text in pieces":         {typ: "text/plain", body: "ok\n\n\n\n"},
		"text without a newline": {typ: "text/plain", body: "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			s.url = "https://h/"
			r := s.merged(t, nil, 5)
			if got := strings.ReplaceAll(r.Choices[0].Text, "\n", ""); got != "ok" || !r.Complete {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestErrorAloneIsTold(t *testing.T) {
	for name, s := range map[string]stream{
		"a body":   {typ: "application/json", body: `{"error":{"message":"bad key"}}`},
		"an event": {typ: "text/event-stream", body: "data: {\"error\":{\"message\":\"bad key\"}}\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s.url = "https://h/v1/chat/completions"
			r := s.merged(t, nil)
			if string(r.Error) != `{"message":"bad key"}` || r.Complete || r.Format != merge.OpenAIChat {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestHalvesOfASurrogatePairMeet(t *testing.T) {
	for _, x := range []struct {
		name, want string
		deltas     []string
	}{
		{"in two deltas", "😀", []string{`\ud83d`, `\ude00`}},
		{"with one between", "�x�", []string{`\ud83d`, `x`, `\ude00`}},
		{"at the end", "a�", []string{`a\ud83d`}},
		{"twice the first half", "�😀", []string{`\ud83d`, `\ud83d\ude00`}},
		{"with text around", "a😀b", []string{`a\uD83D`, `\uDE00b`}},
		{"escapes", "\"\\/\b\f\n\r\té", []string{`\"\\\/\b\f\n\r\t\u00e9`}},
		{"as it is", "😀", []string{`😀`}},
	} {
		t.Run(x.name, func(t *testing.T) {
			var data []string
			for _, d := range x.deltas {
				data = append(data, chunk(`{"content":"`+d+`"}`))
			}
			var followed strings.Builder
			r := events(data...).merged(t, &merge.Options{Delta: func(d merge.Delta) { followed.WriteString(d.Text) }})
			if got := r.Choices[0].Text; got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
			if f := followed.String(); !strings.HasPrefix(x.want, f) {
				t.Errorf("followed %q", f)
			}
		})
	}
}

func TestUsageIsPrintedAndReadBack(t *testing.T) {
	r := events(chunk(`{}`), `{"choices":[],"usage":{"prompt_tokens":9007199254740993,"completion_tokens":null}}`, "[DONE]").merged(t, nil)
	b, err := json.Marshal(r.Usage)
	if want := `{"input":9007199254740993,"output":null,"reasoning":null,"cached":null,"total":null,"raw":{"prompt_tokens":9007199254740993}}`; string(b) != want || err != nil {
		t.Errorf("got %s, %v", b, err)
	}
	var u merge.Usage
	if err := json.Unmarshal(b, &u); err != nil || u.Input != "9007199254740993" || u.Output != "" || string(u.Raw) == "" {
		t.Errorf("read back %+v, %v", u, err)
	}
}

// FuzzMerge merges anything as anything: whatever comes, there is a result, it
// can be printed, and it is the same however the events come.
func FuzzMerge(f *testing.F) {
	formats := append(merge.Formats(), "")
	for i, name := range streams(f) {
		s := load(f, name)
		f.Add(s.body, uint8(i))
		for _, m := range s.talk {
			f.Add("data: "+m.text+"\n\n", uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, body string, as uint8) {
		s := stream{url: "https://h/", typ: "text/event-stream", body: body}
		if as >= 128 {
			s.typ = "application/x-ndjson"
		}
		o := &merge.Options{Format: formats[int(as)%len(formats)], Limit: 1 << 20}
		whole, err := merge.Merge(s.transcript(t), o)
		split, err2 := merge.Merge(s.transcript(t, 3, 1), o)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("whole %v, split %v", err, err2)
		}
		if err != nil {
			return
		}
		if a, b := printed(t, whole), printed(t, split); a != b && o.Format != merge.PlainText {
			t.Errorf("whole %s, split %s", a, b)
		}
	})
}

// TestManualHasEveryFormat keeps docs/merge.md and the formats together.
func TestManualHasEveryFormat(t *testing.T) {
	manual, err := os.ReadFile("../../docs/merge.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range merge.Formats() {
		if !strings.Contains(string(manual), "`"+f+"`") {
			t.Errorf("docs/merge.md lacks %s", f)
		}
	}
}
