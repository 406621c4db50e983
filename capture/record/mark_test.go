package record_test

import (
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
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
