package record_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
)

// markTape keeps the mark that each piece of the last exchange would begin a
// block with.
type markTape struct {
	capturetest.Tape
	marks []capture.Mark
}

func (m *markTape) Track(ex *capture.Exchange, mark func() capture.Mark) (capture.Track, error) {
	k, err := m.Tape.Track(ex, mark)
	return &markTrack{k, m, mark}, err
}

type markTrack struct {
	capture.Track
	tape *markTape
	mark func() capture.Mark
}

func (k *markTrack) Append(p *capture.Piece) error {
	k.tape.marks = append(k.tape.marks, k.mark())
	return k.Track.Append(p)
}

// marks records the runs, one chunk each, and returns the mark before each piece.
func marks(t *testing.T, header []capture.Field, status int, runs ...string) []capture.Mark {
	t.Helper()
	tape := &markTape{}
	r := recorder(t, tape, nil)
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/"}})
	tap.Response(0, capture.Response{Status: status, Header: header})
	for _, run := range runs {
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: ms, Data: []byte(run)})
	}
	tap.End(capture.End{At: 2 * ms, How: capture.HowFIN, By: capture.Server})
	return tape.marks
}

func TestNoDecodingStartsBeforeTheKindIsKnown(t *testing.T) {
	got := marks(t, []capture.Field{{Name: "Content-Type", Value: "application/json"}}, 200,
		"{\"a\":1}\n", "{\"a\":2}\n", "{\"a\":3}\n")
	for i, want := range []struct {
		clean    bool
		messages uint64
	}{{false, 0}, {false, 0}, {true, 2}} {
		if got[i].Clean != want.clean || got[i].Messages != want.messages {
			t.Errorf("mark %d is clean %v after %d records, want %v after %d", i, got[i].Clean, got[i].Messages, want.clean, want.messages)
		}
	}
}

func TestNoDecodingOfSocketsStartsWhereItNeedsWhatCameBefore(t *testing.T) {
	text := string(frame(capture.OpText, true, false, "x"))
	for _, c := range []struct {
		name string
		runs []string
	}{
		{"data after a close", []string{string(frame(capture.OpClose, true, false, "")), text}},
		{"inside a message", []string{string(frame(capture.OpText, false, false, "x")), string(frame(capture.OpContinuation, true, false, "x"))}},
		{"inside a frame", []string{text[:2], text[2:]}},
	} {
		got := marks(t, upgrade, 101, append([]string{text}, c.runs...)...)
		if last := got[len(got)-1]; last.Clean {
			t.Errorf("%s: decoding may start at %+v", c.name, last)
		}
		if !got[1].Clean {
			t.Errorf("%s: decoding may not start between two messages", c.name)
		}
	}
}

func TestNoDecodingStartsRightBehindAGap(t *testing.T) {
	tape := &fullMarkTape{}
	r := recorder(t, tape, &record.Options{OnOverload: record.Gap})
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://h/ws"}})
	tap.Response(0, capture.Response{Status: 101, Header: upgrade})
	for _, full := range []bool{false, true, false, false} {
		tape.full = full
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: ms, Data: frame(capture.OpText, true, false, "x")})
	}
	tap.End(capture.End{At: 2 * ms, How: capture.HowFIN, By: capture.Server})
	var got []bool // before: a frame, the gap, the frame behind it, another
	for _, m := range tape.marks {
		got = append(got, m.Clean)
	}
	if diff := cmp.Diff([]bool{true, false, false, true}, got); diff != "" {
		t.Errorf("clean marks (-want +got):\n%s", diff)
	}
}

// fullMarkTape is a markTape that has no room while full is set.
type fullMarkTape struct {
	markTape
	full bool
}

func (f *fullMarkTape) Reserve(int, time.Duration) bool { return !f.full }
