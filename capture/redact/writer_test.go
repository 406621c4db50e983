package redact_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/recode"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

func TestRecordingsKeepNoSecrets(t *testing.T) {
	secret := secrets["jwt"]
	r := newRedactor(t, nil)
	tape := &capturetest.Tape{}
	rec, err := record.New(r.Writer(tape), &record.Options{Label: "for " + secret})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() { recordSocket(rec, i%2 == 0, secret) })
		wg.Go(func() { recordBody(t, rec, []string{"", "gzip"}[i%2], secret) })
	}
	wg.Wait()
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	all := everything(t, tape)
	if strings.Contains(all, secret) || strings.Contains(all, secrets["opaque"]) {
		t.Errorf("a secret is on the tape:\n%s", all)
	}
	sockets := 0
	for ex := range tape.Exchanges(0, false) {
		script := transcript.Of(tape, ex, nil)
		if ex.Open || ex.End == nil || ex.Session != 1 {
			t.Errorf("exchange %d: %+v", ex.ID, ex)
		}
		if ex.Kind != capture.KindWebSocket {
			body, err := io.ReadAll(script.Body(capture.Receive))
			if want := "data: {\"token\":\"REDACTED-x\"}\n\ndata: end\n\n"; err != nil || unnumbered(body) != want {
				t.Errorf("body %q, %v", body, err)
			}
			wire, _ := io.ReadAll(script.Wire(capture.Receive))
			if got := capture.Get(ex.Response.Header, "Content-Length"); got != fmt.Sprint(len(wire)) || ex.Received.Bytes != uint64(len(wire)) {
				t.Errorf("Content-Length %s, %d counted, %d there", got, ex.Received.Bytes, len(wire))
			}
			continue
		}
		sockets++
		var said []string
		for m, err := range script.Messages(0) {
			if err != nil || m.Violation != "" {
				t.Errorf("%v %s", err, m.Violation)
			}
			said = append(said, unnumbered(m.Data))
		}
		if got, want := strings.Join(said, "|"), `{"op":"login","sign":"REDACTED-x"}|the token is REDACTED-x|the token is REDACTED-x|bye`; got != want {
			t.Errorf("said %s, want %s", got, want)
		}
		if ex.Sent.Messages != 4 || ex.Sent.Frames != 4 {
			t.Errorf("counted %+v", ex.Sent)
		}
	}
	if sockets != 4 || r.Secrets() != 2 {
		t.Errorf("%d sockets, %d secrets", sockets, r.Secrets())
	}
}

func recordSocket(rec capture.Recorder, deflate bool, secret string) {
	tap := rec.Begin(capture.Opening{At: rec.Now(), Request: capture.Request{
		Method: "GET", URL: "https://h/ws?token=" + secret, Proto: "HTTP/1.1", Raw: []byte("GET /ws?token=" + secret + " HTTP/1.1\r\n\r\n"),
	}})
	tap.Upstream(capture.Upstream{Addr: "h:443", Timing: capture.NoTiming})
	reply := capture.Response{Status: 101, Header: []capture.Field{{Name: "Upgrade", Value: "websocket"}}}
	if deflate {
		reply.Header = append(reply.Header, capture.Field{Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate"})
	}
	tap.Response(rec.Now(), reply)
	var wire []byte
	deflater := wsframe.NewDeflater(15, false)
	for _, s := range []string{`{"op":"login","sign":"` + secrets["opaque"] + `"}`, "the token is " + secret, "the token is " + secret, "bye"} {
		payload, head := []byte(s), capture.FrameHead{Fin: true, Opcode: capture.OpText, Masked: true, MaskKey: [4]byte{1, 2, 3, 4}}
		if deflate {
			head.RSV = 4
			payload, _ = deflater.Append(nil, payload)
		}
		head.Length = uint64(len(payload))
		wire = wsframe.AppendFrame(wire, head, payload)
	}
	for len(wire) > 0 {
		n := min(len(wire), 37)
		tap.Chunk(capture.Chunk{Dir: capture.Send, At: rec.Now(), Data: wire[:n]})
		wire = wire[n:]
	}
	tap.End(capture.End{At: rec.Now(), How: capture.HowFIN, By: capture.Client, Err: "read " + secret})
}

func recordBody(t *testing.T, rec capture.Recorder, coding, secret string) {
	body := []byte("data: {\"token\":\"" + secret + "\"}\n\ndata: end\n\n")
	tap := rec.Begin(capture.Opening{At: rec.Now(), Request: capture.Request{Method: "POST", URL: "https://h/", Header: []capture.Field{{Name: "Authorization", Value: "Bearer " + secret}}}})
	tap.Chunk(capture.Chunk{Dir: capture.Send, At: rec.Now(), Data: []byte("password=" + secrets["opaque"])})
	reply := capture.Response{Status: 200, Header: []capture.Field{{Name: "Content-Type", Value: "text/event-stream"}}}
	if coding != "" {
		e, err := recode.NewEncoder([]string{coding})
		if err != nil {
			t.Error(err)
			return
		}
		wire, _ := e.Encode(body)
		body = bytes.Clone(wire)
		end, _ := e.Close()
		body = append(body, end...)
		reply.Header = append(reply.Header, capture.Field{Name: "Content-Encoding", Value: coding})
	}
	reply.Header = append(reply.Header, capture.Field{Name: "Content-Length", Value: fmt.Sprint(len(body))})
	tap.Response(rec.Now(), reply)
	for i := 0; i < len(body); i += 11 {
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: rec.Now() + time.Duration(i), Data: body[i:min(i+11, len(body))]})
	}
	tap.End(capture.End{At: rec.Now(), How: capture.HowClose, By: capture.Server})
}
