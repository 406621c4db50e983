package har_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// planted is made up here.
var planted = map[string]string{
	"a token": base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"planted"}`)) + ".c2lnbmF0dXJl",
	"a key":   "Zk29sLmv0ZbT4q7wX1p",
}

// leaky is a tape with a secret in every place that there is. It is given away
// by its name in the last exchange alone.
func leaky(t *testing.T, secret string) *capturetest.Tape {
	t.Helper()
	tape, s := newTape(t)
	s.Note = "n"
	put(t, tape, s, "https://h/path/"+secret+"?x="+secret, "text/plain", "", "it was "+secret)
	ex := put(t, tape, s, "https://bob:"+secret+"@h/", "application/json", "gzip", `{"a":["`+secret+`"]}`)
	ex.Request.Header = append(ex.Request.Header, capture.Field{Name: "X-Debug", Value: "a " + secret}, capture.Field{Name: "Cookie", Value: "sid=" + secret})
	ex.Request.Trailer = []capture.Field{{Name: "X-T", Value: secret}}
	ex.Request.Raw = []byte("GET / HTTP/1.1\r\nX-Debug: a " + secret + "\r\n\r\n")
	ex.Response.Raw = []byte("HTTP/1.1 200 OK\r\nX: " + secret + "\r\n\r\n")
	ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Set-Cookie", Value: "sid=" + secret + "; Path=/"}, capture.Field{Name: "Location", Value: "/?token=" + secret})
	ex.Response.Trailer = []capture.Field{{Name: "X-T", Value: secret}}
	ex.Response.Early = []capture.Early{{Status: 103, Header: []capture.Field{{Name: "Link", Value: "</x?token=" + secret + ">"}}}}
	ex.Note, ex.Fault, ex.End.Err = "note "+secret, "fault "+secret, "error "+secret
	put(t, tape, s, "https://h/s", "text/event-stream", "br", "id: "+secret+"\ndata: "+secret+"\n\n: "+secret+"\n\ndata: "+secret[:7]+"\n\ndata: "+secret[7:]+"\n\n")
	for _, extensions := range []string{"", "permessage-deflate"} {
		socket(t, tape, s, extensions, secret)
	}
	last := put(t, tape, s, "https://h/last", "text/plain", "", "")
	last.Started = last.Started.Add(time.Hour)
	last.Request.Header = append(last.Request.Header, capture.Field{Name: "Authorization", Value: "Bearer " + secret})
	return tape
}

func socket(t *testing.T, tape *capturetest.Tape, s *capture.Session, extensions, secret string) {
	t.Helper()
	ex := &capture.Exchange{
		Session: s.ID, Kind: capture.KindWebSocket, Started: s.Started.Add(time.Minute), At: time.Minute, Timing: capture.NoTiming,
		Request: capture.Request{Method: "GET", URL: "wss://h/ws?token=" + secret, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Sec-WebSocket-Protocol", Value: "access_token, " + secret}}},
		Response: &capture.Response{Status: 101, Proto: "HTTP/1.1", Header: []capture.Field{
			{Name: "Upgrade", Value: "websocket"}, {Name: "Sec-WebSocket-Extensions", Value: extensions}, {Name: "Sec-WebSocket-Protocol", Value: secret},
		}},
		End: &capture.End{How: capture.HowClose, By: capture.Server, Code: 1000, Reason: secret},
	}
	track, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	deflater := wsframe.NewDeflater(15, false)
	frame := func(op capture.Opcode, fin bool, rsv uint8, payload []byte) {
		h := capture.FrameHead{Fin: fin, Opcode: op, RSV: rsv, Masked: true, Length: uint64(len(payload)), Size: 6}
		for i := 0; i < len(payload); i += 11 {
			p := capture.Piece{Type: capture.PieceMore, At: time.Duration(i), Data: payload[i:min(i+11, len(payload))]}
			if i == 0 {
				p.Type, p.Frame = capture.PieceFrame, h
			}
			if err := track.Append(&p); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, text := range []string{`{"op":"login","args":[{"apiKey":"` + secret + `","sign":"c2ln"}]}`, "plain " + secret, `{"x":"{\"token\":\"` + secret + `\"}"}`} {
		payload, rsv := []byte(text), uint8(0)
		if extensions != "" {
			rsv = 4
			payload, _ = deflater.Append(nil, payload)
		}
		frame(capture.OpText, false, rsv, payload[:9])
		frame(capture.OpPing, true, 0, []byte(secret))
		frame(capture.OpContinuation, true, 0, payload[9:])
	}
	frame(capture.OpText, true, 0, []byte("\xff"+secret))
	frame(5, true, 0, []byte("reserved "+secret))
	frame(capture.OpClose, true, 0, []byte("\x03\xe8"+secret))
	frame(capture.OpText, false, 0, []byte("never finished "+secret))
}

func TestRedactedArchivesLeakNothing(t *testing.T) {
	for kind, secret := range planted {
		for _, o := range []har.ExportOptions{{}, {ControlFrames: true, RawBodies: true}} {
			t.Run(kind, func(t *testing.T) {
				r, err := redact.New(nil)
				if err != nil {
					t.Fatal(err)
				}
				o.Redactor = r
				tape := leaky(t, secret)
				log := export(t, tape, &o)
				checkRules(t, log)
				if bytes.Contains(log, []byte(secret)) {
					t.Errorf("the archive holds it:\n%s", around(string(log), secret))
				}
				back, report := imported(t, log, nil)
				if len(report.Defects) > 0 {
					t.Errorf("%v", report.Defects)
				}
				all := dump(t, back)
				if strings.Contains(all, secret) {
					t.Errorf("what was imported from the archive holds it:\n%s", around(all, secret))
				}
				if !strings.Contains(string(log), `"comment": "wiretape replaced `) {
					t.Error("the archive does not say that it was redacted")
				}
				if strings.Contains(dump(t, tape), "REDACTED") || !strings.Contains(dump(t, tape), secret) {
					t.Error("the tape itself was changed")
				}
				if n := strings.Count(all, "REDACTED-"); n < 30 {
					t.Errorf("only %d times is there a placeholder:\n%s", n, all)
				}
			})
		}
	}
}

func around(s, what string) string {
	i := strings.Index(s, what)
	return s[max(0, i-300):min(len(s), i+300)]
}

// dump is all that can be read from a tape, in every way.
func dump(t *testing.T, tape *capturetest.Tape) string {
	t.Helper()
	var b strings.Builder
	for ex := range tape.Exchanges(0, false) {
		fmt.Fprintf(&b, "%+v %s %+v %+v\n", *ex, ex.Request.Raw, ex.Response, ex.End)
		if ex.Response != nil {
			fmt.Fprintf(&b, "%s\n", ex.Response.Raw)
		}
		script := transcript.Of(tape, ex, nil)
		for m, err := range script.Messages(0) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s\n", m.Data)
		}
		joined := [2][]byte{}
		for p := range tape.Pieces(ex.ID, capture.Mark{}) {
			joined[p.Dir] = append(joined[p.Dir], p.Data...)
		}
		fmt.Fprintf(&b, "%s\n%s\n", joined[0], joined[1])
		for _, dir := range []capture.Direction{capture.Send, capture.Receive} {
			r := script.Body(dir)
			if _, err := io.Copy(&b, r); err != nil {
				t.Fatal(err)
			}
			r.Close()
		}
	}
	return b.String()
}
