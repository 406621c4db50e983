package merge_test

import (
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

const ms = time.Millisecond

// stream is what a test records: an answer with its bytes, or a socket with its
// messages.
type stream struct {
	url    string
	typ    string          // the response's media type
	header []capture.Field // more of the response's head
	body   string
	talk   []said
	cut    bool // the connection ends inside the body
	open   bool // more may come
}

// said is one message of a socket.
type said struct {
	by     capture.Direction
	binary bool
	text   string
}

// transcript records the stream, its bytes in runs of the given sizes, over and
// over; without sizes in one run.
func (s stream) transcript(t testing.TB, sizes ...int) *transcript.Transcript {
	t.Helper()
	tape := &capturetest.Tape{}
	r, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	tap := r.Begin(capture.Opening{At: ms, Request: capture.Request{Method: "POST", URL: s.url}})
	status, header := 200, append([]capture.Field{{Name: "Content-Type", Value: s.typ}}, s.header...)
	if s.talk != nil {
		status, header = 101, []capture.Field{{Name: "Upgrade", Value: "websocket"}, {Name: "Connection", Value: "Upgrade"}}
	}
	tap.Response(2*ms, capture.Response{Status: status, Header: header})
	at := 3 * ms
	send := func(dir capture.Direction, data []byte) {
		for i := 0; len(data) > 0; i++ {
			n := len(data)
			if len(sizes) > 0 {
				n = min(n, sizes[i%len(sizes)])
			}
			tap.Chunk(capture.Chunk{Dir: dir, At: at, Data: data[:n]})
			data = data[n:]
			at += ms
		}
	}
	send(capture.Receive, []byte(s.body))
	for _, m := range s.talk {
		send(m.by, m.frame())
	}
	if !s.open {
		end := capture.End{At: at, How: capture.HowClose, By: capture.Server}
		if s.cut {
			end.How = capture.HowReset
		}
		tap.End(end)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (m said) frame() []byte {
	head := capture.FrameHead{Fin: true, Opcode: capture.OpText, Length: uint64(len(m.text)), Masked: m.by == capture.Send}
	if m.binary {
		head.Opcode = capture.OpBinary
	}
	return wsframe.AppendFrame(nil, head, []byte(m.text))
}

// merged merges the stream.
func (s stream) merged(t testing.TB, o *merge.Options, sizes ...int) *merge.Result {
	t.Helper()
	r, err := merge.Merge(s.transcript(t, sizes...), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
