package replay_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/replay"
)

// started is the wall clock at the zero of the recordings of these tests.
var started = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// recorder builds tapes by hand.
type recorder struct {
	t    testing.TB
	tape capturetest.Tape
	ids  capture.SessionID
}

func newRecorder(t testing.TB) *recorder {
	r := &recorder{t: t}
	r.session()
	return r
}

// session begins a further session.
func (r *recorder) session() {
	s := capture.Session{Started: started}
	if err := r.tape.Begin(&s); err != nil {
		r.t.Fatal(err)
	}
	r.ids = s.ID
}

// track is an exchange being recorded by hand.
type track struct {
	t     testing.TB
	ex    *capture.Exchange
	track capture.Track
	now   time.Duration
}

func (r *recorder) begin(ex *capture.Exchange) *track {
	ex.Session = r.ids
	if ex.Started.IsZero() {
		ex.Started = started.Add(ex.At)
	}
	if ex.End == nil {
		ex.End = &capture.End{How: capture.HowClose, By: capture.Client}
	}
	k, err := r.tape.Track(ex, func() capture.Mark { return capture.Mark{} })
	if err != nil {
		r.t.Fatal(err)
	}
	return &track{t: r.t, ex: ex, track: k}
}

// socket records a WebSocket connection that the client ends, unless told
// otherwise.
func (r *recorder) socket(url string, header ...capture.Field) *track {
	return r.begin(&capture.Exchange{
		Kind:    capture.KindWebSocket,
		Request: capture.Request{Method: "GET", URL: url, Proto: "HTTP/1.1"},
		Response: &capture.Response{
			Status: 101, Reason: "Switching Protocols", Proto: "HTTP/1.1",
			Header: append([]capture.Field{
				{Name: "Upgrade", Value: "websocket"},
				{Name: "Connection", Value: "Upgrade"},
				{Name: "Sec-WebSocket-Accept", Value: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
			}, header...),
		},
	})
}

// after lets time pass.
func (k *track) after(d time.Duration) *track {
	k.now += d
	return k
}

// send records text messages of the client, 5 ms apart.
func (k *track) send(texts ...string) *track {
	for _, s := range texts {
		k.frame(capture.Send, capture.OpText, s)
	}
	return k
}

// receive records text messages of the server, 5 ms apart.
func (k *track) receive(texts ...string) *track {
	for _, s := range texts {
		k.frame(capture.Receive, capture.OpText, s)
	}
	return k
}

func (k *track) frame(dir capture.Direction, op capture.Opcode, data string) *track {
	k.now += 5 * time.Millisecond
	return k.piece(dir, capture.FrameHead{Fin: true, Opcode: op, Masked: dir == capture.Send}, data)
}

func (k *track) piece(dir capture.Direction, head capture.FrameHead, data string) *track {
	head.Length = uint64(len(data))
	err := k.track.Append(&capture.Piece{Type: capture.PieceFrame, Dir: dir, At: k.now, Frame: head, Data: []byte(data)})
	if err != nil {
		k.t.Fatal(err)
	}
	k.ex.Duration = k.now
	return k
}

// end records how the exchange ended.
func (k *track) end(by capture.Party, how capture.How) *track {
	k.now += 5 * time.Millisecond
	k.ex.End = &capture.End{At: k.now, By: by, How: how}
	k.ex.Duration = k.now
	return k
}

// http records a request and the head of its response.
func (r *recorder) http(kind capture.Kind, method, url, body string, status int, header ...capture.Field) *track {
	k := r.begin(&capture.Exchange{
		Kind:     kind,
		Request:  capture.Request{Method: method, URL: url, Proto: "HTTP/1.1"},
		Response: &capture.Response{Status: status, Reason: "OK", Proto: "HTTP/1.1", Header: header, At: 10 * time.Millisecond},
	})
	k.ex.End.By = capture.Server
	if body != "" {
		k.ex.Request.Header = []capture.Field{{Name: "Content-Type", Value: "application/json"}}
		k.chunk(capture.Send, body)
	}
	k.now = 10 * time.Millisecond
	return k
}

func (k *track) chunk(dir capture.Direction, data string) *track {
	err := k.track.Append(&capture.Piece{Type: capture.PieceChunk, Dir: dir, At: k.now, Data: []byte(data)})
	if err != nil {
		k.t.Fatal(err)
	}
	k.ex.Duration = k.now
	k.ex.End.At = k.now
	return k
}

func (k *track) body(chunks ...string) *track {
	for _, c := range chunks {
		k.chunk(capture.Receive, c)
	}
	return k
}

// play serves the tape within the process, and dials it. Both end with the test.
func (r *recorder) play(t testing.TB, o *replay.Options, url string) (*replay.Server, *websocket.Conn) {
	t.Helper()
	s, err := replay.NewServer(&r.tape, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	transport := s.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return s, conn
}
