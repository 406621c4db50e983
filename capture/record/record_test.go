package record_test

import (
	"bytes"
	"compress/gzip"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

const ms = time.Millisecond

// recorder returns a recorder on a tape in memory.
func recorder(t *testing.T, tape capture.Writer, o *record.Options) *record.Recorder {
	t.Helper()
	r, err := record.New(tape, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exchange records one exchange that begins at 10 ms, and returns it as read.
func exchange(t *testing.T, url string, header []capture.Field, status int, say func(capture.Tap)) (*capturetest.Tape, *capture.Exchange) {
	t.Helper()
	tape := &capturetest.Tape{}
	r := recorder(t, tape, nil)
	tap := r.Begin(capture.Opening{At: 10 * ms, Request: capture.Request{Method: "GET", URL: url}, Client: "127.0.0.1:1"})
	tap.Response(11*ms, capture.Response{Status: status, Header: header})
	say(tap)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	ex, err := tape.Exchange(1)
	if err != nil {
		t.Fatal(err)
	}
	return tape, ex
}

var upgrade = []capture.Field{{Name: "Upgrade", Value: "websocket"}, {Name: "Connection", Value: "Upgrade"}}

func frame(op capture.Opcode, fin bool, masked bool, payload string) []byte {
	return wsframe.AppendFrame(nil, capture.FrameHead{
		Fin: fin, Opcode: op, Masked: masked, MaskKey: [4]byte{1, 2, 3, 4}, Length: uint64(len(payload)),
	}, []byte(payload))
}

func TestSocketIsCutIntoFramesWhateverTheReads(t *testing.T) {
	wire := bytes.Join([][]byte{
		frame(capture.OpText, false, false, "he"),
		frame(capture.OpPing, true, false, "p"),
		frame(capture.OpContinuation, true, false, "llo"),
		frame(capture.OpClose, true, false, "\x0f\xa1bye"),
	}, nil)
	for step := 1; step <= len(wire); step++ {
		tape, ex := exchange(t, "https://h/ws", upgrade, 101, func(tap capture.Tap) {
			tap.Chunk(capture.Chunk{Dir: capture.Send, At: 12 * ms, Data: frame(capture.OpText, true, true, "hi")})
			for i := 0; i < len(wire); i += step {
				tap.Chunk(capture.Chunk{Dir: capture.Receive, At: 20 * ms, Data: wire[i:min(i+step, len(wire))]})
			}
			tap.End(capture.End{At: 30 * ms, How: capture.HowFIN, By: capture.Client})
		})
		if ex.Kind != capture.KindWebSocket || ex.Request.URL != "wss://h/ws" {
			t.Fatalf("step %d: kind %v, url %s", step, ex.Kind, ex.Request.URL)
		}
		if want := (capture.Counts{Messages: 1, Frames: 1, Bytes: 2}); ex.Sent != want {
			t.Errorf("step %d: sent %+v, want %+v", step, ex.Sent, want)
		}
		if want := (capture.Counts{Messages: 1, Control: 2, Frames: 4, Bytes: 11}); ex.Received != want {
			t.Errorf("step %d: received %+v, want %+v", step, ex.Received, want)
		}
		want := &capture.End{At: 20 * ms, How: capture.HowClose, By: capture.Server, Code: 4001, Reason: "bye"}
		if diff := cmp.Diff(want, ex.End); diff != "" {
			t.Errorf("step %d: end (-want +got):\n%s", step, diff)
		}
		got := messages(t, tape)
		if diff := cmp.Diff([]string{"send text hi", "receive ping p", "receive text hello", "receive close \x0f\xa1bye"}, got); diff != "" {
			t.Fatalf("step %d: messages (-want +got):\n%s", step, diff)
		}
	}
}

func messages(t *testing.T, tape capture.Reader) []string {
	t.Helper()
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for m, err := range tr.Messages(1) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Seq != uint64(len(out)+1) {
			t.Errorf("message %d has seq %d", len(out)+1, m.Seq)
		}
		out = append(out, m.Dir.String()+" "+m.Opcode.String()+" "+string(m.Data))
	}
	return out
}

func TestFrameTimesRunFromFirstToLastByte(t *testing.T) {
	wire := frame(capture.OpText, true, false, "slow")
	tape, _ := exchange(t, "http://h/ws", upgrade, 101, func(tap capture.Tap) {
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: 20 * ms, Data: wire[:1]})
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: 25 * ms, Data: wire[1:4]})
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: 40 * ms, Data: wire[4:]})
		tap.End(capture.End{At: 50 * ms, How: capture.HowFIN, By: capture.Server})
	})
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for m, err := range tr.Messages(1) {
		if err != nil {
			t.Fatal(err)
		}
		if m.At != 10*ms || m.Took != 20*ms {
			t.Errorf("at %v took %v, want 10ms and 20ms", m.At, m.Took)
		}
	}
}

func TestEventsAreCountedThroughTheirCoding(t *testing.T) {
	stream := ": hi\n\ndata: 1\n\ndata: 2\n\nid: 3\n\n"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(stream))
	_ = z.Close()
	for _, c := range []struct {
		name   string
		coding []capture.Field
		body   []byte
	}{
		{"identity", nil, []byte(stream)},
		{"gzip", []capture.Field{{Name: "Content-Encoding", Value: "gzip"}}, zipped.Bytes()},
	} {
		header := append([]capture.Field{{Name: "Content-Type", Value: "text/event-stream; charset=utf-8"}}, c.coding...)
		tape, ex := exchange(t, "http://h/", header, 200, func(tap capture.Tap) {
			for i := range c.body {
				tap.Chunk(capture.Chunk{Dir: capture.Receive, At: 20 * ms, Data: c.body[i : i+1]})
			}
			tap.End(capture.End{At: 30 * ms, How: capture.HowClose, By: capture.Server})
		})
		if ex.Kind != capture.KindSSE || ex.Received.Messages != 2 || ex.Received.Bytes != uint64(len(c.body)) {
			t.Errorf("%s: kind %v, received %+v", c.name, ex.Kind, ex.Received)
		}
		tr, err := transcript.Open(tape, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		var data []string
		for e, err := range tr.Events(1) {
			if err != nil {
				t.Fatal(c.name, err)
			}
			if e.Dispatched {
				data = append(data, e.Data)
			}
		}
		if diff := cmp.Diff([]string{"1", "2"}, data); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestJSONLinesAreRecognised(t *testing.T) {
	for _, c := range []struct {
		name, url, mediaType, body string
		kind                       capture.Kind
		records                    uint64
	}{
		{"by their type", "http://h/", "application/x-ndjson", "{\"a\":1}\n{\"a\":2}\n", capture.KindNDJSON, 2},
		{"by their second line", "http://h/", "application/json", "{\"a\":1}\n{\"a\":2}\n", capture.KindNDJSON, 2},
		{"not one document", "http://h/", "application/json", "{\n\"a\":1}\n", capture.KindHTTP, 0},
		{"array by its address", "http://h/v1/models/m:streamGenerateContent", "application/json", "[{\"a\":1}\n,\n{\"a\":2}]", capture.KindNDJSON, 2},
		{"array elsewhere", "http://h/v1", "application/json", "[{\"a\":1}\n,\n{\"a\":2}]", capture.KindHTTP, 0},
	} {
		_, ex := exchange(t, c.url, []capture.Field{{Name: "Content-Type", Value: c.mediaType}}, 200, func(tap capture.Tap) {
			for i := range c.body {
				tap.Chunk(capture.Chunk{Dir: capture.Receive, At: 20 * ms, Data: []byte(c.body[i : i+1])})
			}
			tap.End(capture.End{At: 30 * ms, How: capture.HowClose, By: capture.Server})
		})
		if ex.Kind != c.kind || ex.Received.Messages != c.records {
			t.Errorf("%s: kind %v with %d records, want %v with %d", c.name, ex.Kind, ex.Received.Messages, c.kind, c.records)
		}
	}
}

// fullTape has no room while full is set.
type fullTape struct {
	capturetest.Tape
	full bool
}

func (f *fullTape) Reserve(int, time.Duration) bool { return !f.full }

func TestOverloadLeavesAMarkedGapBetweenWholeFrames(t *testing.T) {
	tape := &fullTape{}
	r := recorder(t, tape, &record.Options{OnOverload: record.Gap})
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/ws"}})
	tap.Response(0, capture.Response{Status: 101, Header: upgrade})
	one, two, three := frame(capture.OpText, true, false, "one"), frame(capture.OpText, true, false, "two"), frame(capture.OpText, true, false, "three")
	chunk := func(full bool, p []byte) {
		tape.full = full
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: ms, Data: p})
	}
	chunk(false, one)
	chunk(true, two[:3])
	chunk(false, two[3:]) // room again, but in the middle of a frame
	chunk(false, three)
	tap.End(capture.End{At: 2 * ms, How: capture.HowFIN, By: capture.Server})
	ex, err := tape.Exchange(1)
	if err != nil {
		t.Fatal(err)
	}
	if want := (capture.Loss{Gaps: 1, Bytes: 3}); ex.Lost != want {
		t.Errorf("lost %+v, want %+v", ex.Lost, want)
	}
	if want := (capture.Counts{Messages: 2, Frames: 2, Bytes: 8}); ex.Received != want {
		t.Errorf("received %+v, want %+v", ex.Received, want)
	}
	if diff := cmp.Diff([]string{"receive text one", "receive text three"}, messages(t, tape)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if got := r.Totals().Lost; got != 3 {
		t.Errorf("the totals say %d bytes are lost, want 3", got)
	}
}

func TestCloseEndsWhatIsOpen(t *testing.T) {
	tape := &capturetest.Tape{}
	r := recorder(t, tape, &record.Options{Label: "x"})
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/"}})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	tap.Chunk(capture.Chunk{Dir: capture.Receive, Data: []byte("late")})
	tap.End(capture.End{How: capture.HowClose, By: capture.Server})
	ex, err := tape.Exchange(1)
	if err != nil {
		t.Fatal(err)
	}
	if ex.Open || ex.End == nil || ex.End.By != capture.Proxy || ex.Received.Bytes != 0 {
		t.Errorf("exchange %+v, end %+v", ex, ex.End)
	}
	sessions, err := tape.Sessions()
	if err != nil || len(sessions) != 1 || sessions[0].Ended.IsZero() || sessions[0].Label != "x" {
		t.Errorf("sessions %+v, %v", sessions, err)
	}
}

func TestTunnelsAreCountedNotKept(t *testing.T) {
	tape := &capturetest.Tape{}
	r := recorder(t, tape, nil)
	tap := r.Begin(capture.Opening{Tunnel: true, Request: capture.Request{Method: "CONNECT", URL: "h:443"}})
	tap.Chunk(capture.Chunk{Dir: capture.Send, Data: []byte("secret")})
	tap.End(capture.End{How: capture.HowFIN, By: capture.Client})
	ex, err := tape.Exchange(1)
	if err != nil {
		t.Fatal(err)
	}
	if ex.Kind != capture.KindTunnel || ex.Sent.Bytes != 6 {
		t.Errorf("kind %v, sent %+v", ex.Kind, ex.Sent)
	}
	for p := range tape.Pieces(1, capture.Mark{}) {
		t.Errorf("a tunnel left a piece: %+v", p)
	}
}

func TestWhatTheEndCompletesIsCounted(t *testing.T) {
	tape := &capturetest.Tape{}
	r := recorder(t, tape, nil)
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/"}})
	tap.Response(0, capture.Response{Status: 200, Header: []capture.Field{{Name: "Content-Type", Value: "application/x-ndjson"}}})
	tap.Chunk(capture.Chunk{Dir: capture.Receive, At: ms, Data: []byte("{\"a\":1}\n{\"a\":2}")})
	tap.End(capture.End{At: 2 * ms, How: capture.HowClose, By: capture.Server})
	if got := r.Totals().Messages; got != 2 {
		t.Errorf("the totals say %d messages, want 2", got)
	}
}

func TestAQueueThatFillsUpAgainAndAgainIsToldOfOnce(t *testing.T) {
	tape := &fullTape{}
	var log bytes.Buffer
	r := recorder(t, tape, &record.Options{OnOverload: record.Gap, Log: slog.New(slog.NewTextHandler(&log, nil))})
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/"}})
	for i := range 100 {
		tape.full = i%2 == 0
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: ms, Data: []byte("x")})
	}
	if got := strings.Count(log.String(), "\n"); got != 1 {
		t.Errorf("%d warnings, want 1", got)
	}
}

func TestNothingBeginsBehindTheEnd(t *testing.T) {
	tape := &capturetest.Tape{}
	r := recorder(t, tape, nil)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/"}})
	tap.End(capture.End{How: capture.HowClose, By: capture.Server})
	if _, err := tape.Exchange(1); err == nil {
		t.Error("an exchange began behind the end of its session")
	}
	if got := r.Totals().Missed; got != 1 {
		t.Errorf("%d exchanges are missed, want 1", got)
	}
}
