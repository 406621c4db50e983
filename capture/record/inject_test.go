package record_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// socket begins a websocket on a tape.
func socket(t *testing.T, tape capture.Writer) capture.SocketTap {
	t.Helper()
	tap := recorder(t, tape, nil).Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/"}})
	tap.Response(0, capture.Response{Status: 101, Header: []capture.Field{{Name: "Upgrade", Value: "websocket"}}})
	return tap.(capture.SocketTap)
}

func received(op capture.Opcode, fin bool, payload string) []byte {
	return wsframe.AppendFrame(nil, capture.FrameHead{Fin: fin, Opcode: op}, []byte(payload))
}

func TestStandingAtEveryByte(t *testing.T) {
	run := slices.Concat(
		received(capture.OpText, true, strings.Repeat("x", 200)), received(capture.OpText, false, "a"), received(capture.OpPing, true, "p"),
		received(capture.OpContinuation, false, ""), received(capture.OpContinuation, true, "b"), received(capture.OpClose, true, ""),
	)
	ends := map[int]capture.Standing{
		0: {}, 204: {}, 207: {InMessage: true}, 210: {InMessage: true}, 212: {InMessage: true}, 215: {}, 217: {Closed: true},
	}
	bounds := []int{0, 204, 207, 210, 212, 215, 217}
	tap := socket(t, &capturetest.Tape{})
	if _, ok := recorder(t, &capturetest.Tape{}, nil).Begin(capture.Opening{}).(capture.SocketTap).Standing(capture.Send); ok {
		t.Error("what is no socket stands somewhere")
	}
	for i := range len(run) + 1 {
		got, ok := tap.Standing(capture.Receive)
		want, end := ends[i]
		if !ok || end && got != want || got.InFrame == end {
			t.Errorf("behind byte %d: %+v, %t", i, got, ok)
		}
		if !end {
			next := bounds[slices.IndexFunc(bounds, func(b int) bool { return b > i })]
			if n := tap.Boundary(capture.Receive, run[i:]); n != next-i {
				t.Errorf("the frame at byte %d ends after %d bytes, want %d", i, n, next-i)
			}
			if n := tap.Boundary(capture.Receive, run[i:next-1]); n != next-1-i {
				t.Errorf("the frame at byte %d ends before its end", i)
			}
		}
		if i < len(run) {
			tap.Chunk(capture.Chunk{Dir: capture.Receive, Data: run[i : i+1]})
		}
	}
	tap.End(capture.End{How: capture.HowFIN, By: capture.Server})
	if _, ok := tap.Standing(capture.Receive); ok {
		t.Error("an exchange that has ended stands somewhere")
	}
	if tap.Inject(capture.Receive, 0, capture.FrameHead{Fin: true, Opcode: capture.OpText}, nil) {
		t.Error("an exchange that has ended took a frame")
	}
}

// TestInjectedFramesAreMarked records frames that are put in, straight and
// through a redactor.
func TestInjectedFramesAreMarked(t *testing.T) {
	for _, redacted := range []bool{false, true} {
		tape := &capturetest.Tape{}
		var w capture.Writer = tape
		if redacted {
			r, err := redact.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			w = r.Writer(tape)
		}
		tap := socket(t, w)
		head := capture.FrameHead{Fin: true, Opcode: capture.OpText, Length: 5, Size: 2}
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: ms, Data: received(capture.OpText, false, "own ")})
		head.Opcode, head.Length = capture.OpPing, 4
		if !tap.Inject(capture.Receive, 2*ms, head, []byte("ping")) {
			t.Fatal("not taken")
		}
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: 3 * ms, Data: received(capture.OpContinuation, true, "text")})
		head.Opcode, head.Length = capture.OpText, 31
		secret := []byte(`{"password":"hunter2-and-more"}`)
		if !tap.Inject(capture.Receive, 4*ms, head, secret) {
			t.Fatal("not taken")
		}
		head.Opcode, head.Length = capture.OpClose, 5
		if !tap.Inject(capture.Receive, 5*ms, head, []byte("\x0f\xa1bye")) {
			t.Fatal("not taken")
		}
		tap.End(capture.End{At: 6 * ms, How: capture.HowFIN, By: capture.Server})
		tr, err := transcript.Open(tape, tap.ID(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for m, err := range tr.Messages(1) {
			if err != nil {
				t.Fatal(err)
			}
			if redacted && bytes.Contains(m.Data, []byte("hunter2")) {
				t.Errorf("the secret is there: %q", m.Data)
			}
			got = append(got, fmt.Sprintf("%v %v %s%s", m.At, m.Opcode, m.Origin, m.Violation))
		}
		want := "2ms ping inject, 1ms text , 4ms text inject, 5ms close inject"
		if strings.Join(got, ", ") != want {
			t.Errorf("redacted %t: recorded %q, want %q", redacted, got, want)
		}
		ex := tr.Exchange()
		if e := ex.End; e.How != capture.HowClose || e.By != capture.Proxy || e.Code != 4001 || e.Reason != "bye" {
			t.Errorf("ended %+v", e)
		}
		if c := ex.Received; c.Messages != 2 || c.Control != 2 || c.Frames != 5 {
			t.Errorf("counted %+v", c)
		}
	}
}

func TestInjectWithoutRoom(t *testing.T) {
	tape := &fullTape{}
	tap := socket(t, tape)
	tape.full = true
	if tap.Inject(capture.Receive, 0, capture.FrameHead{Fin: true, Opcode: capture.OpText}, nil) {
		t.Error("a frame went where there is no room")
	}
	// Half of a fragmented message falls into the gap; it stands there all the same.
	tap.Chunk(capture.Chunk{Dir: capture.Receive, Data: received(capture.OpText, false, "lost")})
	if got, ok := tap.Standing(capture.Receive); !ok || !got.InMessage || got.InFrame {
		t.Errorf("%+v, %t", got, ok)
	}
}
