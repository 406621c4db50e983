package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// driven is a page that is asked as the browser asks it.
type driven struct {
	t    *testing.T
	page *web.Page
	base string
}

func drive(t *testing.T, o web.Options) *driven {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &driven{t, web.Serve(l, o), "http://" + l.Addr().String()}
	t.Cleanup(func() { d.page.Close() })
	return d
}

// ask sends a request and reads the JSON of the answer into v, where that is
// not nil. It returns the status.
func (d *driven) ask(method, path string, body, v any) int {
	d.t.Helper()
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		sent = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			d.t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.base+"/api/v1"+path, sent)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.page.Token())
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if v != nil {
		if err := json.Unmarshal(got, v); err != nil {
			d.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, got)
		}
	}
	return res.StatusCode
}

// want fails the test unless a request is answered with this status.
func (d *driven) want(status int, method, path string, body, v any) {
	d.t.Helper()
	if got := d.ask(method, path, body, v); got != status {
		d.t.Fatalf("%s %s: %d, want %d: %+v", method, path, got, status, v)
	}
}

// conversation is a tape with one socket on it: what the client sent, and what
// came of it.
func conversation(t *testing.T, texts ...string) *capturetest.Tape {
	t.Helper()
	tape := &capturetest.Tape{}
	if err := tape.Begin(&capture.Session{Started: time.Unix(1e9, 0)}); err != nil {
		t.Fatal(err)
	}
	ex := &capture.Exchange{
		Session: 1, Kind: capture.KindWebSocket, Started: time.Unix(1e9, 0),
		Request:  capture.Request{Method: "GET", URL: "wss://api.test/ws", Proto: "HTTP/1.1"},
		Response: &capture.Response{Status: 101, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Upgrade", Value: "websocket"}}},
		End:      &capture.End{How: capture.HowClose, By: capture.Client},
	}
	track, err := tape.Track(ex, func() capture.Mark { return capture.Mark{} })
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		dir := capture.Direction(i % 2)
		p := &capture.Piece{
			Type: capture.PieceFrame, Dir: dir, At: time.Duration(i+1) * time.Millisecond, Data: []byte(text),
			Frame: capture.FrameHead{Fin: true, Opcode: capture.OpText, Masked: dir == capture.Send, Length: uint64(len(text))},
		}
		if err := track.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	return tape
}
