package transcript_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// frame is a frame of the server in short.
type frame struct {
	fin     bool
	rsv     uint8
	op      capture.Opcode
	payload string
}

// socket records frames on a connection with permessage-deflate.
func socket(t *testing.T, frames []frame) *transcript.Transcript {
	t.Helper()
	tape := &capturetest.Tape{}
	ex := &capture.Exchange{Kind: capture.KindWebSocket, Response: &capture.Response{Status: 101, Header: []capture.Field{
		{Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate"},
	}}}
	k, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		p := &capture.Piece{Type: capture.PieceFrame, Dir: capture.Receive, Data: []byte(f.payload)}
		p.Frame = capture.FrameHead{Fin: f.fin, RSV: f.rsv, Opcode: f.op, Length: uint64(len(f.payload)), Size: 2}
		if err := k.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestFramesTellWhatTheirMessageBreaks(t *testing.T) {
	deflater := wsframe.NewDeflater(15, false)
	deflate := func(s string) string {
		b, err := deflater.Append(nil, []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const bad = "RFC 6455 8.1: text is not UTF-8"
	good, broken := deflate("fine"), deflate("not \xff fine")
	tr := socket(t, []frame{
		{true, 0, capture.OpText, "caf\xc3\xa9"},
		{true, 0, capture.OpText, "caf\xe9"},
		{true, 0, capture.OpBinary, "caf\xe9"},
		{false, 0, capture.OpText, "caf\xc3"}, // the character goes on in the next frame
		{true, 0, capture.OpContinuation, "\xa9"},
		{false, 0, capture.OpText, "caf"},
		{false, 0, capture.OpContinuation, "\xc3"},
		{true, 0, capture.OpPing, ""},
		{true, 0, capture.OpContinuation, "e"},
		{true, 4, capture.OpText, good},
		{false, 4, capture.OpText, broken[:3]},
		{true, 0, capture.OpContinuation, broken[3:]},
		{true, 0, 3, "x"},
	})
	want := map[uint64]string{2: bad, 9: bad, 12: bad, 13: "RFC 6455 5.2: reserved opcode 3"}
	for name, from := range map[string]uint64{"all": 1, "the last ones": 9} {
		got := map[uint64]string{}
		for f, err := range tr.Frames(from) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Violation != "" {
				got[f.Seq] = f.Violation
			}
		}
		expect := map[uint64]string{}
		for seq, rule := range want {
			if seq >= from {
				expect[seq] = rule
			}
		}
		if diff := cmp.Diff(expect, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	n := 0
	for f, err := range tr.LoneFrames(1) {
		if n++; err != nil || f.Violation != "" && f.Seq != 13 {
			t.Errorf("frame %d alone: %q, %v", f.Seq, f.Violation, err)
		}
	}
	if n != 13 {
		t.Errorf("%d frames", n)
	}
}

func TestEventsHaveALimitOfTheirOwn(t *testing.T) {
	for _, x := range []struct {
		o    transcript.Options
		want string
	}{
		{transcript.Options{}, "10"},
		{transcript.Options{MaxMessage: 4}, "4"},
		{transcript.Options{MaxMessage: 4, MaxEvent: 8}, "8"},
		{transcript.Options{MaxEvent: 5}, "5"},
	} {
		tape := &capturetest.Tape{}
		ex := &capture.Exchange{Kind: capture.KindNDJSON, Response: &capture.Response{Status: 200, Header: []capture.Field{
			{Name: "Content-Type", Value: "application/x-ndjson"},
		}}}
		k, err := tape.Track(ex, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Append(&capture.Piece{Type: capture.PieceChunk, Dir: capture.Receive, Data: []byte("\"01234567\"\n")}); err != nil {
			t.Fatal(err)
		}
		tr, err := transcript.Open(tape, 1, &x.o)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range tr.Events(1) {
			if got := fmt.Sprint(len(e.Data)); err != nil || got != x.want {
				t.Errorf("%+v: %s bytes, %v, want %s", x.o, got, err, x.want)
			}
		}
	}
}
