package mitm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
	"github.com/wiretape/wiretape/mitm"
)

// overBothRecorded is overBoth with a real recorder, and with a websocket that
// is open: exchange 1.
func overBothRecorded(t *testing.T, f func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side)) {
	t.Helper()
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tape := &capturetest.Tape{}
			rec, err := record.New(tape, nil)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, secure, func(o *mitm.RelayOptions) { o.Recorder = rec })
			c := w.client()
			c.say(fmt.Sprintf(handshake, w.addr()))
			s := w.accepted()
			s.head()
			s.say(switching)
			c.head()
			// Once an answer has come, the relay has the socket in hand.
			c.say(masked(capture.OpText, "hello"))
			s.hears(masked(capture.OpText, "hello"))
			s.say("\x81\x02hi")
			c.hears("\x81\x02hi")
			f(t, w, tape, c, s)
		})
	}
}

// masked returns a frame as a client sends it.
func masked(op capture.Opcode, payload string) string {
	h := capture.FrameHead{Fin: true, Opcode: op, Masked: true, MaskKey: [4]byte{1, 2, 3, 4}}
	return string(wsframe.AppendFrame(nil, h, []byte(payload)))
}

// hearsFrame reads one short frame and returns its opcode and payload.
func (s *side) hearsFrame(masked bool) (capture.Opcode, string) {
	s.t.Helper()
	var split wsframe.Splitter
	for {
		b, err := s.br.ReadByte()
		if err != nil {
			s.t.Fatalf("read a frame: %v", err)
		}
		piece, _, ok := split.Next([]byte{b})
		if !ok || !piece.First {
			continue
		}
		if !piece.Head.Fin || piece.Head.RSV != 0 || piece.Head.Masked != masked || piece.Head.Size != piece.Head.MinimalSize() {
			s.t.Errorf("the frame has the head %+v", piece.Head)
		}
		payload := make([]byte, piece.Head.Length)
		for i := range payload {
			if payload[i], err = s.br.ReadByte(); err != nil {
				s.t.Fatalf("read a frame: %v", err)
			}
		}
		if masked {
			wsframe.Mask(payload, piece.Head.MaskKey, 0)
		}
		return piece.Head.Opcode, string(payload)
	}
}

// messages tells the messages of exchange 1: direction, opcode, what was put in.
func messages(t *testing.T, tape capture.Reader) []string {
	t.Helper()
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for m, err := range tr.Messages(1) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%v %v %.40q %s%s", m.Dir, m.Opcode, m.Data, m.Origin, m.Violation)
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

func wantLines(t *testing.T, tape capture.Reader, want ...string) {
	t.Helper()
	want = append([]string{`send text "hello"`, `receive text "hi"`}, want...)
	if got := messages(t, tape); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func put(to capture.Party, op capture.Opcode, payload string) mitm.Frame {
	return mitm.Frame{To: to, Opcode: op, Payload: []byte(payload)}
}

func TestInjectBetweenFrames(t *testing.T) {
	overBothRecorded(t, func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side) {
		long := strings.Repeat("x", 70_000)
		for _, payload := range []string{"", "psst", strings.Repeat("é", 100), long} {
			if err := w.relay.Inject(t.Context(), 1, put(capture.Client, capture.OpText, payload)); err != nil {
				t.Fatal(err)
			}
			if op, got := c.hearsFrame(false); op != capture.OpText || got != payload {
				t.Errorf("the client got %v %.40q", op, got)
			}
			if err := w.relay.Inject(t.Context(), 1, put(capture.Server, capture.OpBinary, payload)); err != nil {
				t.Fatal(err)
			}
			if op, got := s.hearsFrame(true); op != capture.OpBinary || got != payload {
				t.Errorf("the server got %v %.40q", op, got)
			}
		}
		c.say(masked(capture.OpText, "on"))
		s.hears(masked(capture.OpText, "on"))
		all := messages(t, tape)
		if len(all) != 11 || all[4] != `receive text "psst" inject` || all[5] != `send binary "psst" inject` || all[10] != `send text "on"` {
			t.Errorf("recorded %q", all)
		}
	})
}

func TestInjectWaitsForTheEndOfTheFrame(t *testing.T) {
	overBothRecorded(t, func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side) {
		first, second := masked(capture.OpText, "first"), masked(capture.OpText, "second")
		c.say(first[:7])
		s.hears(first[:7])
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		var refused *mitm.InjectError
		if err := w.relay.Inject(short, 1, put(capture.Server, capture.OpPing, "early")); !errors.As(err, &refused) || refused.Hint() == "" {
			t.Errorf("in the middle of a frame: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- w.relay.Inject(t.Context(), 1, put(capture.Server, capture.OpText, "put in")) }()
		mitm.AwaitInjection(w.relay, 1)
		// Nowhere in what comes does a run end between two frames.
		c.say(first[7:] + second[:3])
		s.hears(first[7:])
		if op, got := s.hearsFrame(true); op != capture.OpText || got != "put in" {
			t.Errorf("the server got %v %q", op, got)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		c.say(second[3:])
		s.hears(second)
		wantLines(t, tape, `send text "first"`, `send text "put in" inject`, `send text "second"`)
	})
}

func TestInjectIntoAFragmentedMessage(t *testing.T) {
	overBothRecorded(t, func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side) {
		s.say("\x01\x02ab")
		c.hears("\x01\x02ab")
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := w.relay.Inject(short, 1, put(capture.Client, capture.OpText, "no"))
		if err == nil || !strings.Contains(err.Error(), "fragmented message") {
			t.Errorf("in the middle of a message: %v", err)
		}
		if err := w.relay.Inject(t.Context(), 1, put(capture.Client, capture.OpPing, "still there?")); err != nil {
			t.Error(err)
		}
		c.hears("\x89\x0cstill there?")
		done := make(chan error, 1)
		go func() { done <- w.relay.Inject(t.Context(), 1, put(capture.Client, capture.OpText, "yes")) }()
		mitm.AwaitInjection(w.relay, 1)
		s.say("\x00\x01c\x80\x01d\x81\x04next")
		c.hears("\x00\x01c\x80\x01d\x81\x03yes\x81\x04next")
		if err := <-done; err != nil {
			t.Error(err)
		}
		wantLines(t, tape, `receive ping "still there?" inject`, `receive text "abcd"`, `receive text "yes" inject`, `receive text "next"`)
	})
}

func TestInjectACloseFrame(t *testing.T) {
	overBothRecorded(t, func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side) {
		bye := "\x0f\xa1bye" // 4001
		if err := w.relay.Inject(t.Context(), 1, put(capture.Client, capture.OpClose, bye)); err != nil {
			t.Fatal(err)
		}
		c.hears("\x88\x05" + bye)
		// The client answers, the server too; nothing follows a close frame.
		c.say(masked(capture.OpClose, bye))
		s.hears(masked(capture.OpClose, bye))
		s.say("\x81\x04late\x88\x05" + bye)
		s.fin()
		c.ends("FIN")
		c.fin()
		s.ends("FIN")
		if err := w.relay.Close(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, tape, `receive close "\x0f\xa1bye" inject`, `send close "\x0f\xa1bye"`)
		ex, err := tape.Exchange(1)
		if err != nil {
			t.Fatal(err)
		}
		if e := ex.End; e == nil || e.How != capture.HowClose || e.By != capture.Proxy || e.Code != 4001 || e.Reason != "bye" {
			t.Errorf("recorded end %+v", e)
		}
		if err := w.relay.Inject(t.Context(), 1, put(capture.Client, capture.OpPing, "")); err == nil {
			t.Error("an exchange that has ended took a frame")
		}
	})
}

func TestAbort(t *testing.T) {
	for _, to := range []capture.Party{0, capture.Client, capture.Server} {
		overBothRecorded(t, func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side) {
			if err := w.relay.Abort(1, to); err != nil {
				t.Fatal(err)
			}
			_, atClient := c.end()
			_, atServer := s.end()
			if (atClient == "reset") != (to != capture.Server) || (atServer == "reset") != (to != capture.Client) {
				t.Errorf("aborted towards %v: the client saw %s, the server %s", to, atClient, atServer)
			}
			if err := w.relay.Close(); err != nil {
				t.Fatal(err)
			}
			if ex, err := tape.Exchange(1); err != nil || ex.End == nil || ex.End.How != capture.HowReset || ex.End.By != capture.Proxy {
				t.Errorf("recorded %+v, %v", ex.End, err)
			}
		})
	}
}

func TestWhatCannotBeInjected(t *testing.T) {
	overBothRecorded(t, func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side) {
		for _, test := range []struct {
			id   capture.ExchangeID
			f    mitm.Frame
			want string
		}{
			{2, put(capture.Client, capture.OpText, ""), "no open WebSocket"},
			{1, put(capture.Proxy, capture.OpText, ""), "to the client or to the server"},
			{1, put(capture.Client, 3, ""), "opcode 3"},
			{1, put(capture.Client, capture.OpContinuation, ""), "continuation"},
			{1, put(capture.Client, capture.OpText, "\xff"), "UTF-8"},
			{1, put(capture.Client, capture.OpPing, strings.Repeat("x", 126)), "125"},
		} {
			var refused *mitm.InjectError
			if err := w.relay.Inject(t.Context(), test.id, test.f); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v: %v, want %q", test.f, err, test.want)
			}
		}
		wantLines(t, tape)
	})
}

// TestInjectUnderLoad puts frames into both directions of a busy connection and
// cuts its runs anywhere: each side gets whole frames, and all of its own.
func TestInjectUnderLoad(t *testing.T) {
	overBothRecorded(t, func(t *testing.T, w *world, tape *capturetest.Tape, c, s *side) {
		const rounds, injected = 400, 40
		frame := masked(capture.OpBinary, strings.Repeat("own ", 200))
		done := make(chan error, 2)
		go func() {
			stream := []byte(strings.Repeat(frame, rounds))
			for i := 1; len(stream) > 0; i++ {
				n := min(len(stream), i*37%5000+1)
				if _, err := c.Conn.Write(stream[:n]); err != nil {
					done <- err
					return
				}
				stream = stream[n:]
			}
			done <- nil
		}()
		go func() {
			for range injected {
				if err := w.relay.Inject(t.Context(), 1, put(capture.Server, capture.OpText, "put in")); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		own, others := 0, 0
		for own < rounds || others < injected {
			switch op, got := s.hearsFrame(true); {
			case op == capture.OpText && got == "put in":
				others++
			case op == capture.OpBinary && bytes.Equal([]byte(got), bytes.Repeat([]byte("own "), 200)):
				own++
			default:
				t.Fatalf("the server got %v %.40q", op, got)
			}
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}
