package lint_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/eventstream"
	"github.com/wiretape/wiretape/capture/lint"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

const ms = time.Millisecond

// exchange is what a test records.
type exchange struct {
	status  int
	request []capture.Field
	header  []capture.Field
	body    string
	frames  []frame
	end     capture.End
	open    bool
}

type frame struct {
	dir     capture.Direction
	at      time.Duration
	head    capture.FrameHead
	payload string
}

func field(name, value string) capture.Field { return capture.Field{Name: name, Value: value} }

func body(typ, text string) exchange {
	return exchange{header: []capture.Field{field("Content-Type", typ)}, body: text}
}

func events(text string) exchange { return body("text/event-stream", text) }

// lint records the exchange, its body in runs of the given size and one
// millisecond apart, or all at once, and looks it through.
func (x exchange) lint(t testing.TB, size int) []lint.Finding {
	t.Helper()
	tape := &capturetest.Tape{}
	r, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "POST", URL: "https://h.example/v1/x", Header: x.request}})
	if x.status == 0 {
		x.status = 200
	}
	tap.Response(2*ms, capture.Response{Status: x.status, Header: x.header})
	at := 250 * ms
	for data := []byte(x.body); len(data) > 0; at += ms {
		n := min(len(data), size)
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: at, Data: data[:n]})
		data = data[n:]
	}
	for _, f := range x.frames {
		at = max(at, f.at)
		tap.Chunk(capture.Chunk{Dir: f.dir, At: f.at, Data: wsframe.AppendFrame(nil, f.head, []byte(f.payload))})
	}
	if !x.open {
		if x.end.How == 0 {
			x.end = capture.End{How: capture.HowClose, By: capture.Server}
		}
		x.end.At = at
		tap.End(x.end)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := lint.Lint(tr)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// places returns the findings as "rule@seq+offset", with "×n" for those found
// more than once.
func places(found []lint.Finding) []string {
	list := []string{}
	for _, f := range found {
		s := f.Rule
		if f.Where.Seq > 0 {
			s += fmt.Sprintf("@%d+%d", f.Where.Seq, f.Where.Offset)
		}
		if f.Times > 1 {
			s += fmt.Sprintf("×%d", f.Times)
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

const (
	chat  = `{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}`
	stop  = `{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	gem   = `{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`
	start = `{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":1}}}`
)

// streams are event streams, whole, and what is wrong with them.
var streams = map[string]struct {
	x    exchange
	want []string
}{
	"nothing":                        {events("data: a\n\n: keep-alive\n\nid: 1\nretry: 10\ndata: b\n\n"), nil},
	"a lone id or retry":             {events("retry: 10\n\nid: 1\n\n"), nil},
	"a byte order mark at the front": {events("\ufeffdata: a\n\n"), nil},
	"CR and LF alike":                {events("data: a\r\n\r\ndata: b\r\n\r\n"), nil},

	"a tail without a blank line":  {events("data: a\n\ndata: b\n"), []string{"unterminated-tail@2+9"}},
	"an event without data":        {events("event: ping\n\ndata: a\n\nevent: x\nid: 3\n\n"), []string{"no-data@1+0×2"}},
	"a line that is no field":      {events("data: a\n{\"b\":1}\n\n"), []string{"no-field@1+8"}},
	"no data: in front of all":     {events("{\"b\":1}\n\n{\"c\":2}\n\n"), []string{"no-data@1+0×2", "no-field@1+0×2"}},
	"a name in capitals":           {events("Data: a\n\n"), []string{"field-name@1+0", "no-data@1+0"}},
	"a blank before the name":      {events("data: x\n data: a\n\n"), []string{"field-name@1+8"}},
	"an unknown name":              {events("data: x\ntopic: a\n\n"), []string{"field-name@1+8"}},
	"a byte order mark in between": {events("data: a\n\n\ufeffdata: b\n\n"), []string{"bom@2+9", "no-data@2+9"}},
	"bytes that are not UTF-8":     {events("data: a\n\ndata: \xff\xfe\n\n"), []string{"utf-8@2+15"}},
	"a cut sequence":               {events("data: é\xc3\n\n"), []string{"utf-8@1+8"}},
	"line ends that differ":        {events("data: a\n\r\ndata: b\r\n\n"), []string{"line-ends@1+8×2"}},
	"CR alone":                     {events("data: a\rid: 1\r\rdata: b\r\r"), []string{"cr-line-ends@1+0×3"}},
	"retry with a unit":            {events("retry: 3s\ndata: a\n\n"), []string{"retry@1+0"}},
	"an id with NUL":               {events("id: a\x00\ndata: a\n\n"), []string{"id@1+0"}},
	"a long event":                 {events("data: " + strings.Repeat("x", 70_000) + "\n\n"), []string{"long-event@1+0"}},
	"another charset":              {body("text/event-stream; charset=latin1", "data: a\n\n"), []string{"charset"}},
	"a status that is not 200":     {exchange{status: 201, header: events("").header, body: "data: a\n\n"}, []string{"status"}},
	"a cut connection":             {exchange{header: events("").header, body: "data: a\n\n", end: capture.End{How: capture.HowReset, By: capture.Server}}, []string{"cut"}},
	"another type":                 {body("text/plain", "event: x\ndata: a\n\nData: b\n\n"), []string{"content-type", "field-name@2+18", "no-data@2+18"}},
	"no type":                      {exchange{body: ": hi\n\ndata: a\n\n"}, nil},
	"still open":                   {exchange{header: events("").header, body: "data: " + chat + "\n\ndata: half", open: true}, nil},

	"a whole answer":         {events("data: " + chat + "\n\ndata: " + stop + "\n\ndata: [DONE]\n\n"), nil},
	"no [DONE]":              {events("data: " + chat + "\n\ndata: " + stop + "\n\n"), []string{"terminator"}},
	"no finish reason":       {events("data: " + chat + "\n\ndata: [DONE]\n\n"), []string{"finish-reason"}},
	"an error in the stream": {events("data: " + chat + "\n\ndata: {\"error\":{\"message\":\"x\"}}\n\n"), []string{"error-in-stream"}},
	"JSON on two lines":      {events("data: " + chat + "\n\ndata: {\"object\":\"chat.completion.chunk\",\ndata: \"choices\":[]}\n\ndata: " + stop + "\n\ndata: [DONE]\n\n"), []string{"split-json@2+99"}},
	"a string on two lines":  {events("data: " + chat + "\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\ndata: b\"}}]}\n\ndata: " + stop + "\n\ndata: [DONE]\n\n"), []string{"split-json@2+99"}},
	"data that is not JSON":  {events("data: " + chat + "\n\ndata: oops\n\ndata: " + stop + "\n\ndata: [DONE]\n\n"), []string{"json@2+99"}},
	"arguments that are not JSON": {
		events("data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"),
		[]string{"tool-arguments"},
	},
	"Anthropic without names": {
		events("data: " + start + "\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{}}\n\ndata: {\"type\":\"message_stop\"}\n\n"),
		[]string{"event-name@1+0×2"},
	},
	"Gemini behind a comment": {events(": hi\ndata: " + gem + "\n\n"), []string{"data-first@1+0"}},
}

func TestEventStreams(t *testing.T) {
	for name, x := range streams {
		t.Run(name, func(t *testing.T) {
			if x.want == nil {
				x.want = []string{}
			}
			if diff := cmp.Diff(x.want, places(x.x.lint(t, 1<<20))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestHowTheBytesWereSplitChangesNoFinding(t *testing.T) {
	for name, x := range streams {
		if len(x.x.body) > 10_000 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			whole := places(x.x.lint(t, 1<<20))
			for _, size := range []int{1, 2, 3, 5, 8, 13} {
				if diff := cmp.Diff(whole, places(x.x.lint(t, size))); diff != "" {
					t.Errorf("in runs of %d: -whole +split\n%s", size, diff)
				}
			}
		})
	}
}

func TestBufferedStreamIsFound(t *testing.T) {
	x := events(strings.Repeat("data: a\n\n", 6))
	if got := places(x.lint(t, 1<<20)); !slices.Equal(got, []string{"buffered"}) {
		t.Errorf("at once: %q", got)
	}
	if got := places(x.lint(t, 9)); len(got) != 0 {
		t.Errorf("one by one: %q", got)
	}
}

func TestStreamsOfJSON(t *testing.T) {
	const ndjson = "application/x-ndjson"
	for name, x := range map[string]struct {
		x    exchange
		want []string
	}{
		"nothing":            {body(ndjson, "{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}"), nil},
		"not JSON":           {body(ndjson, "{\"a\":1}\noops\n{\"a\":2}\n"), []string{"record@2+8"}},
		"a cut record":       {body(ndjson, "{\"a\":1}\n{\"a\":"), []string{"cut-record@2+8"}},
		"not UTF-8":          {body(ndjson, "{\"a\":\"\xff\"}\n"), []string{"record@1+6"}},
		"a byte order mark":  {body(ndjson, "\ufeff{\"a\":1}\n"), []string{"record@1+3"}},
		"another type":       {body("application/json", "{\"a\":1}\n{\"a\":2}\n"), []string{"record-type"}},
		"Ollama, unfinished": {body(ndjson, `{"message":{"content":"a"},"done":false}`), []string{"finish-reason", "terminator"}},
		"Ollama, an error":   {body(ndjson, "{\"message\":{\"content\":\"a\"},\"done\":false}\n{\"error\":\"x\"}\n"), []string{"error-in-stream"}},
	} {
		t.Run(name, func(t *testing.T) {
			if x.want == nil {
				x.want = []string{}
			}
			if diff := cmp.Diff(x.want, places(x.x.lint(t, 7))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestBinaryEventStreams(t *testing.T) {
	stream, err := eventstream.AppendMessage(nil, &eventstream.Message{Payload: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Clone(stream)
	broken[len(broken)-1] ^= 1
	x := body("application/vnd.amazon.eventstream", string(stream)+string(broken)+string(stream[:15]))
	want := []string{"event-stream-message@2+18", "event-stream-message@3+36"}
	if diff := cmp.Diff(want, places(x.lint(t, 5))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestCutCodingIsFound(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte("data: a\n\n"))
	_ = z.Flush()
	x := exchange{header: []capture.Field{field("Content-Type", "text/event-stream"), field("Content-Encoding", "gzip")}}
	x.body = b.String() + "\xff\xff\xff\xff garbage"
	if got := places(x.lint(t, 1000)); !slices.Contains(got, "content-coding@1+9") && !slices.Contains(got, "content-coding") {
		t.Errorf("got %q", got)
	}
}

// socket returns a WebSocket with a right handshake and a right end, with the
// frames in between.
func socket(frames ...frame) exchange {
	end := []frame{
		{dir: capture.Receive, at: time.Minute, head: capture.FrameHead{Fin: true, Opcode: capture.OpClose}, payload: "\x03\xe8"},
		{dir: capture.Send, at: time.Minute, head: capture.FrameHead{Fin: true, Opcode: capture.OpClose, Masked: true}, payload: "\x03\xe8"},
	}
	return exchange{
		status: 101,
		request: []capture.Field{
			field("Sec-WebSocket-Version", "13"), field("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
			field("Sec-WebSocket-Protocol", "a, b"), field("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
		},
		header: []capture.Field{
			field("Upgrade", "websocket"), field("Connection", "Upgrade"), field("Sec-WebSocket-Protocol", "b"),
			field("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
		},
		frames: append(frames, end...),
	}
}

func send(op capture.Opcode, at time.Duration, payload string) frame {
	return frame{capture.Send, at, capture.FrameHead{Fin: true, Opcode: op, Masked: true}, payload}
}

func receive(op capture.Opcode, at time.Duration, payload string) frame {
	return frame{capture.Receive, at, capture.FrameHead{Fin: true, Opcode: op}, payload}
}

func unmasked(f frame) frame {
	f.head.Masked = false
	return f
}

// closing returns a socket that ends with the given frames and no others.
func closing(frames ...frame) exchange {
	x := socket()
	x.frames = frames
	return x
}

func TestSockets(t *testing.T) {
	change := func(x exchange, list *[]capture.Field, name, value string) exchange {
		for i, f := range *list {
			if f.Name == name {
				(*list)[i].Value = value
			}
		}
		return x
	}
	request := func(name, value string) exchange { x := socket(); return change(x, &x.request, name, value) }
	response := func(name, value string) exchange { x := socket(); return change(x, &x.header, name, value) }
	for name, x := range map[string]struct {
		x    exchange
		want []string
	}{
		"nothing":         {socket(send(1, ms, "hi"), receive(1, 2*ms, "ho"), receive(9, 3*ms, "p"), send(10, 4*ms, "p")), nil},
		"version":         {request("Sec-WebSocket-Version", "8"), []string{"handshake"}},
		"key":             {request("Sec-WebSocket-Key", "short"), []string{"handshake", "handshake"}},
		"accept":          {response("Sec-WebSocket-Accept", "x"), []string{"handshake"}},
		"subprotocol":     {response("Sec-WebSocket-Protocol", "c"), []string{"handshake"}},
		"extension":       {exchange{status: 101, request: socket().request, header: append(socket().header, field("Sec-WebSocket-Extensions", "x-other")), frames: socket().frames}, []string{"handshake"}},
		"parameters":      {exchange{status: 101, request: socket().request, header: append(socket().header, field("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=99")), frames: socket().frames}, []string{"handshake"}},
		"unmasked":        {socket(unmasked(send(1, ms, "a")), unmasked(send(1, 2*ms, "b"))), []string{"mask@1+0×2"}},
		"not UTF-8":       {socket(receive(1, ms, "ab\xffc")), []string{"socket-utf-8@1+2"}},
		"reserved opcode": {socket(receive(3, ms, "")), []string{"frame@1+0"}},
		"a long ping":     {socket(receive(9, 59*time.Second, strings.Repeat("x", 126))), []string{"frame@1+0"}},
		"compressed":      {socket(frame{capture.Receive, ms, capture.FrameHead{Fin: true, Opcode: 1, RSV: 4}, "x"}), []string{"frame@1+0"}},

		"ping unanswered":      {socket(receive(9, ms, "p"), send(10, 2*ms, "q")), []string{"ping-unanswered@1+0"}},
		"the last one answers": {socket(receive(9, ms, "p"), receive(9, 2*ms, "q"), send(10, 3*ms, "q")), nil},
		"both sides":           {socket(receive(9, ms, ""), send(9, 2*ms, "")), []string{"ping-unanswered@1+0", "ping-unanswered@2+0"}},
		"too late to answer":   {socket(receive(9, 59*time.Second, "p")), nil},
		"text ping":            {socket(send(1, ms, "ping"), send(1, 2*ms, "ping")), []string{"heartbeat-unanswered@1+0×2"}},
		"text pong":            {socket(send(1, ms, "ping"), receive(1, 2*ms, "pong")), nil},

		"no close":           {closing(send(1, ms, "a")), []string{"no-close"}},
		"close unanswered":   {closing(receive(8, ms, "\x03\xe8")), []string{"close-unanswered@1+0"}},
		"a reserved code":    {closing(receive(8, ms, "\x03\xee"), send(8, 2*ms, "")), []string{"close-code@1+0"}},
		"an undefined code":  {closing(receive(8, ms, "\x00\x01"), send(8, 2*ms, "")), []string{"close-code@1+0"}},
		"one byte":           {closing(receive(8, ms, "\x03"), send(8, 2*ms, "")), []string{"close-code@1+0"}},
		"the client's code":  {closing(receive(8, ms, "\x03\xf2"), send(8, 2*ms, "")), []string{"close-code@1+0"}},
		"the server's code":  {closing(send(8, ms, "\x03\xf3"), receive(8, 2*ms, "")), []string{"close-code@1+0"}},
		"a reason in latin1": {closing(receive(8, ms, "\x03\xe8\xe9"), send(8, 2*ms, "")), []string{"socket-utf-8@1+2"}},
		"data after close":   {closing(receive(8, ms, ""), receive(1, 2*ms, "x"), send(8, 3*ms, "")), []string{"frame@2+0"}},
		"cut inside a frame": {closing(send(8, ms, ""), frame{capture.Receive, 2 * ms, capture.FrameHead{Fin: true, Opcode: 1, Length: 9}, "x"}), []string{"close-unanswered@1+0", "cut-message@2+0"}},
		"an open socket":     {exchange{status: 101, request: socket().request, header: socket().header, frames: []frame{send(1, ms, "a")}, open: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if x.want == nil {
				x.want = []string{}
			}
			found := x.x.lint(t, 1<<20)
			if diff := cmp.Diff(x.want, places(found)); diff != "" {
				t.Errorf("-want +got\n%s\n%v", diff, found)
			}
		})
	}
}

func TestFindingsSayAllThereIsToSay(t *testing.T) {
	found := events("data: a\n\nevent: x\n\n").lint(t, 100)
	b, err := json.Marshal(found)
	want := `[{"rule":"no-data","severity":"warning","where":{"seq":2,"offset":9},"times":1,"what":"event 2 has no data: nothing is dispatched","source":"WHATWG HTML 9.2.6","clients":"EventSource dispatches nothing and says nothing; openai-node 6 fails, as it parses \"\" as JSON"}]`
	if string(b) != want || err != nil {
		t.Errorf("got %s, %v", b, err)
	}
	if got, want := found[0].String(), "warning: #2, byte 9: event 2 has no data: nothing is dispatched [no-data, WHATWG HTML 9.2.6]"; got != want {
		t.Errorf("got %q", got)
	}
	var back []lint.Finding
	if err := json.Unmarshal(b, &back); err != nil || cmp.Diff(found[0].Severity, back[0].Severity) != "" {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestFindingsAreBoundedAndPrintable(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "x%d\x1b[31m: a\n\n", i)
	}
	found := events(b.String()).lint(t, 1<<20)
	if len(found) > 200 {
		t.Errorf("%d findings", len(found))
	}
	for _, f := range found {
		if strings.ContainsAny(f.What, "\x1b\x07") {
			t.Errorf("what is found holds control characters: %q", f.What)
		}
	}
}

// TestManualHasEveryRule keeps docs/lint.md and the rules together.
func TestManualHasEveryRule(t *testing.T) {
	manual, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range lint.Rules() {
		row := fmt.Sprintf("| `%s` | %s | %s |", r.Name, r.Severity, r.Source)
		if !strings.Contains(string(manual), row) {
			t.Errorf("docs/lint.md lacks %s", row)
		}
		if r.Clients == "" {
			t.Errorf("%s does not say what clients do", r.Name)
		}
	}
}

func FuzzLint(f *testing.F) {
	for _, x := range streams {
		f.Add(x.x.body, true)
		f.Add(x.x.body, false)
	}
	f.Fuzz(func(t *testing.T, text string, sse bool) {
		x := body("application/x-ndjson", text)
		if sse {
			x = events(text)
		}
		for _, found := range x.lint(t, 1<<20) {
			if found.Where.Offset > int64(len(text)) || found.Where.Offset < 0 {
				t.Errorf("%v is outside of the stream", found)
			}
		}
		x.lint(t, 3)
	})
}
