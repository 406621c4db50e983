package transcript_test

import (
	"io"
	"iter"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
)

// counting counts the pieces that are asked for.
type counting struct {
	capturetest.Tape
	asked int
}

func (c *counting) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		for p, err := range c.Tape.Pieces(id, from) {
			if c.asked++; !yield(p, err) {
				return
			}
		}
	}
}

func TestARequestBodyIsReadWithoutTheStreamThatAnswersIt(t *testing.T) {
	tape := &counting{}
	r, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	tap := r.Begin(capture.Opening{Request: capture.Request{Method: "POST", URL: "http://h/"}})
	tap.Chunk(capture.Chunk{Dir: capture.Send, Data: []byte("question")})
	tap.Response(0, capture.Response{Status: 200, Header: []capture.Field{{Name: "Content-Type", Value: "text/event-stream"}}})
	for range 100 {
		tap.Chunk(capture.Chunk{Dir: capture.Receive, Data: []byte("data: x\n\n")})
	}
	tap.End(capture.End{How: capture.HowClose, By: capture.Server})
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	body := tr.Body(capture.Send)
	defer body.Close()
	if got, err := io.ReadAll(body); string(got) != "question" || err != nil {
		t.Errorf("the body is %q, %v", got, err)
	}
	if tape.asked != 1 {
		t.Errorf("%d pieces were asked for, want 1", tape.asked)
	}
}
