package stats_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/stats"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

const ms = time.Millisecond

// run is what one read brought.
type run struct {
	dir  capture.Direction
	at   time.Duration
	data string
}

// measure records an exchange that begins at zero and measures it.
func measure(t testing.TB, status int, header []capture.Field, runs []run, end time.Duration) *stats.Stats {
	t.Helper()
	tape := &capturetest.Tape{}
	r, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "POST", URL: "https://h.example/v1/chat/completions?x=<\x1b>"}})
	i := 0
	for ; i < len(runs) && runs[i].dir == capture.Send && status != 101; i++ {
		tap.Chunk(capture.Chunk{Dir: capture.Send, At: runs[i].at, Data: []byte(runs[i].data)})
	}
	tap.Response(10*ms, capture.Response{Status: status, Header: header})
	for _, c := range runs[i:] {
		tap.Chunk(capture.Chunk{Dir: c.dir, At: c.at, Data: []byte(c.data)})
	}
	tap.End(capture.End{At: end, How: capture.HowClose, By: capture.Server})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := stats.Of(tr)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func typed(typ string) []capture.Field { return []capture.Field{{Name: "Content-Type", Value: typ}} }

func at(d time.Duration) *time.Duration { return &d }

func chunk(delta string) string {
	return `data: {"object":"chat.completion.chunk","model":"m-1","choices":[{"index":0,"delta":` + delta + `}]}` + "\n\n"
}

// answer is a language model's answer, with a pause in the middle.
func answer(t testing.TB) *stats.Stats {
	return measure(t, 200, typed("text/event-stream"), []run{
		{capture.Send, 1 * ms, `{"model":`},
		{capture.Send, 2 * ms, `"m"}`},
		{capture.Receive, 20 * ms, ": hi\n\n" + chunk(`{"role":"assistant"}`)},
		{capture.Receive, 40 * ms, chunk(`{"reasoning":"Hmm"}`)},
		{capture.Receive, 50 * ms, chunk(`{"content":"Zwölf"}`)},
		{capture.Receive, 60 * ms, chunk(`{"content":" Züge"}`)},
		{capture.Receive, 240 * ms, chunk(`{"content":"."}`)},
		{capture.Receive, 250 * ms, `data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":40}}` + "\n\ndata: [DONE]\n\n"},
	}, 300*ms)
}

func TestAnswerOfALanguageModel(t *testing.T) {
	s := answer(t)
	gaps := s.Gaps
	gaps.Histogram = nil
	for _, x := range []struct {
		name      string
		want, got any
	}{
		{"first byte", at(10 * ms), s.FirstByte},
		{"first event", at(20 * ms), s.FirstEvent},
		{"first token", at(40 * ms), s.FirstToken},
		{"first reasoning", at(40 * ms), s.FirstReasoning},
		{"first text", at(50 * ms), s.FirstText},
		{"last token", at(240 * ms), s.LastToken},
		{"characters", stats.Rate{Count: 14, PerSecond: 70}, s.Chars},
		{"tokens", stats.Tokens{Input: "7", Output: "40", PerSecond: 200}, s.Tokens},
		{"gaps", stats.Spread{Count: 6, P50: 10 * ms, P95: 180 * ms, P99: 180 * ms, Max: 180 * ms, Mean: 230 * ms / 6}, gaps},
		{"sent", stats.Volume{Wire: 13, Decoded: 13, Ratio: 1}, s.Sent},
		{"received", uint64(7), s.Received.Messages},
		{"format", "openai-chat m-1", s.Format + " " + s.Model},
	} {
		if diff := cmp.Diff(x.want, x.got); diff != "" {
			t.Errorf("%s: -want +got\n%s", x.name, diff)
		}
	}
	if s.Bins.Width != 2500*time.Microsecond || s.Bins.Received[96] != 1 || s.Bins.Received[100] != 2 {
		t.Errorf("bins are %+v", s.Bins)
	}
}

func TestSocket(t *testing.T) {
	frame := func(dir capture.Direction, op capture.Opcode, payload string) string {
		return string(wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: op, Masked: dir == capture.Send}, []byte(payload)))
	}
	s := measure(t, 101, []capture.Field{{Name: "Upgrade", Value: "websocket"}}, []run{
		{capture.Send, 20 * ms, frame(capture.Send, 1, "subscribe")},
		{capture.Receive, 30 * ms, frame(capture.Receive, 1, "a")},
		{capture.Receive, 35 * ms, frame(capture.Receive, 9, "p")},
		{capture.Receive, 36 * ms, frame(capture.Receive, 9, "q")},
		{capture.Send, 41 * ms, frame(capture.Send, 10, "q")},
		{capture.Receive, 80 * ms, frame(capture.Receive, 2, "bc")},
	}, 100*ms)
	if diff := cmp.Diff(at(30*ms), s.FirstEvent); diff != "" {
		t.Errorf("first event: %s", diff)
	}
	if s.Gaps.Count != 1 || s.Gaps.Max != 50*ms || s.Pings.Count != 1 || s.Pings.P50 != 5*ms {
		t.Errorf("gaps %+v, pings %+v", s.Gaps, s.Pings)
	}
	if s.Sent.Decoded != 10 || s.Received.Decoded != 5 || s.Received.Ratio != 1 || s.FirstToken != nil || s.Format != "" {
		t.Errorf("sent %+v, received %+v, token %v", s.Sent, s.Received, s.FirstToken)
	}
}

func TestCompressionRatio(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, strings.Repeat("data: aaaaaaaaaa\n\n", 100))
	_ = z.Close()
	wire := b.String()
	s := measure(t, 200, append(typed("text/event-stream"), capture.Field{Name: "Content-Encoding", Value: "gzip"}),
		[]run{{capture.Receive, 20 * ms, wire}}, 30*ms)
	if s.Received.Wire != uint64(len(wire)) || s.Received.Decoded != 1800 || s.Received.Ratio != 1800/float64(len(wire)) {
		t.Errorf("received %+v, %d bytes on the wire", s.Received, len(wire))
	}
	if s.Gaps.Count != 99 || s.Gaps.Max != 0 {
		t.Errorf("gaps %+v", s.Gaps)
	}
}

func TestPlainExchangeHasRunsOfBytes(t *testing.T) {
	s := measure(t, 200, typed("text/html"), []run{{capture.Receive, 20 * ms, "a"}, {capture.Receive, 50 * ms, "b"}}, 60*ms)
	if s.FirstEvent != nil || s.FirstToken != nil || s.Gaps.Count != 1 || s.Gaps.P50 != 30*ms || s.Received.Decoded != 2 {
		t.Errorf("got %+v", s)
	}
}

// TestManyGaps goes beyond what is kept one by one.
func TestManyGaps(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const n = 200_000
	var runs []run
	var gaps []time.Duration
	now := 20 * ms
	for range n {
		gap := time.Duration(random.ExpFloat64() * float64(ms))
		now += gap
		gaps = append(gaps, gap)
		runs = append(runs, run{capture.Receive, now, "x"})
	}
	s := measure(t, 200, typed("text/html"), runs, now)
	gaps = gaps[1:]
	slices.Sort(gaps)
	for _, x := range []struct {
		q   float64
		got time.Duration
	}{{0.5, s.Gaps.P50}, {0.95, s.Gaps.P95}, {0.99, s.Gaps.P99}, {1, s.Gaps.Max}} {
		want := gaps[int(x.q*float64(len(gaps))+0.5)-1]
		if off := float64(x.got-want) / float64(want); off < -0.001 || off > 0.035 {
			t.Errorf("the quantile %v is %v, want %v", x.q, x.got, want)
		}
	}
	total := 0
	for _, b := range s.Gaps.Histogram {
		total += b.Count
	}
	if s.Gaps.Count != n-1 || total < n-1-n/100 || len(s.Gaps.Histogram) > 24 {
		t.Errorf("%d gaps, %d in %d bars", s.Gaps.Count, total, len(s.Gaps.Histogram))
	}
}

func TestJSON(t *testing.T) {
	b, err := json.Marshal(answer(t))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"exchange": 1.0, "kind": "sse", "state": "done", "format": "openai-chat", "duration_ns": 3e8, "first_byte_ns": 1e7,
		"first_event_ns": 2e7, "first_token_ns": 4e7, "last_token_ns": 2.4e8,
		"tokens": map[string]any{"input": 7.0, "output": 40.0, "per_second": 200.0},
		"chars":  map[string]any{"count": 14.0, "per_second": 70.0},
		"sent":   map[string]any{"messages": 0.0, "wire": 13.0, "decoded": 13.0, "ratio": 1.0},
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	var back stats.Stats
	if err := json.Unmarshal(b, &back); err != nil || back.Gaps.P95 != 180*ms {
		t.Errorf("read back %+v, %v", back.Gaps, err)
	}
}

func TestTableOfOne(t *testing.T) {
	var b strings.Builder
	if err := stats.WriteTable(&b, []*stats.Stats{answer(t)}); err != nil {
		t.Fatal(err)
	}
	want := `exchange     1
             https://h.example/v1/chat/completions?x=<\x1b>
             openai-chat, m-1, done, 300ms
first byte   10.0ms
first event  20.0ms
first token  40.0ms, reasoning 40.0ms, text 50.0ms
last token   240ms
output       14 characters, 40 tokens, 200.0 tokens/s
gaps         p50 10.0ms, p95 180ms, p99 180ms, max 180ms (6)
sent         13 B
received     7 messages, 632 B
    ▄   ▄ ▄ ▄                                   ▄ █
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestTableOfSeveral(t *testing.T) {
	var b strings.Builder
	page := measure(t, 200, typed("text/html"), nil, 60*ms)
	if err := stats.WriteTable(&b, []*stats.Stats{answer(t), page}); err != nil {
		t.Fatal(err)
	}
	want := `ID  KIND  FIRST BYTE  EVENT   TOKEN   GAP P50  P95    MAX    EVENTS  RECEIVED  RATIO  RATE
1   sse   10.0ms      20.0ms  40.0ms  10.0ms   180ms  180ms  7       632 B     1.00×  200.0 tokens/s
1   http  10.0ms      -       -       -        -      -      0       0 B       -      -
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestSparkline(t *testing.T) {
	s := &stats.Stats{Bins: stats.Bins{Received: make([]int, 120)}}
	if got := s.Sparkline(3); got != "   " {
		t.Errorf("of nothing: %q", got)
	}
	for i := range s.Bins.Received {
		s.Bins.Received[i] = i / 15 // 0 to 7
	}
	for width, want := range map[int]string{8: " ▂▃▄▅▆▇█", 2: "▃█", 0: "█"} {
		if got := s.Sparkline(width); got != want {
			t.Errorf("%d wide: %q, want %q", width, got, want)
		}
	}
}

func TestPictureIsWellFormed(t *testing.T) {
	empty := measure(t, 200, typed("text/html"), nil, 0)
	for name, s := range map[string]*stats.Stats{"an answer": answer(t), "nothing": empty} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := s.WriteSVG(&b); err != nil {
				t.Fatal(err)
			}
			bars, text := 0, ""
			d := xml.NewDecoder(&b)
			for {
				token, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				switch token := token.(type) {
				case xml.StartElement:
					if token.Name.Local == "rect" {
						bars++
					}
					for _, a := range token.Attr {
						if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
							t.Errorf("%s is %s", a.Name.Local, a.Value)
						}
					}
				case xml.CharData:
					text += string(token)
				}
			}
			if !strings.Contains(text, `?x=<\x1b>`) || strings.Contains(text, "\x1b") {
				t.Errorf("the address is not in %q", text)
			}
			if name == "an answer" && (bars < 8 || !strings.Contains(text, "first token 40.0ms") || !strings.Contains(text, "p95 180ms")) {
				t.Errorf("%d bars, text %q", bars, text)
			}
		})
	}
}
