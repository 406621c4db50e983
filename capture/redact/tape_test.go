package redact_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/recode"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// recorded puts an exchange with its pieces on a tape.
func recorded(t *testing.T, ex *capture.Exchange, pieces ...capture.Piece) *capturetest.Tape {
	t.Helper()
	tape := &capturetest.Tape{}
	s := capture.Session{Started: time.Unix(1763740800, 0)}
	if err := tape.Begin(&s); err != nil {
		t.Fatal(err)
	}
	ex.Session, ex.Started, ex.Timing = s.ID, s.Started, capture.NoTiming
	for _, p := range pieces {
		counts := &ex.Sent
		if p.Dir == capture.Receive {
			counts = &ex.Received
		}
		counts.Bytes += uint64(len(p.Data))
	}
	track, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range pieces {
		if err := track.Append(&pieces[i]); err != nil {
			t.Fatal(err)
		}
	}
	return tape
}

func socket(extensions string) *capture.Exchange {
	ex := &capture.Exchange{
		Kind:    capture.KindWebSocket,
		Request: capture.Request{Method: "GET", URL: "wss://h/ws?token=" + secrets["jwt"], Proto: "HTTP/1.1", Raw: []byte("GET /ws?token=" + secrets["jwt"] + " HTTP/1.1\r\n\r\n")},
		Response: &capture.Response{
			Status: 101, Proto: "HTTP/1.1", Raw: []byte("HTTP/1.1 101 x\r\n\r\n"),
			Header: []capture.Field{{Name: "Upgrade", Value: "websocket"}},
		},
		End: &capture.End{How: capture.HowClose, Code: 1000, Reason: "bye " + secrets["jwt"]},
	}
	if extensions != "" {
		ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Sec-WebSocket-Extensions", Value: extensions})
	}
	return ex
}

// frame makes a frame in runs of n bytes.
func frame(dir capture.Direction, h capture.FrameHead, payload []byte, n int) (out []capture.Piece) {
	h.Length, h.Size, h.Masked = uint64(len(payload)), 2, dir == capture.Send
	if h.Length > 125 {
		h.Size += 2
	}
	if h.Masked {
		h.Size += 4
	}
	first := payload[:min(n, len(payload))]
	out = append(out, capture.Piece{Type: capture.PieceFrame, Dir: dir, At: time.Second, Frame: h, Data: first})
	for rest := payload[len(first):]; len(rest) > 0; rest = rest[min(n, len(rest)):] {
		out = append(out, capture.Piece{Type: capture.PieceMore, Dir: dir, At: 2 * time.Second, Data: rest[:min(n, len(rest))]})
	}
	return out
}

// everything is all that can be read from a tape of one exchange.
func everything(t *testing.T, tape capture.Reader) string {
	t.Helper()
	var b strings.Builder
	for ex, err := range tape.Exchanges(0, false) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v %s %+v %s %+v\n", *ex, ex.Request.Raw, ex.Response, ex.Response.Raw, ex.End)
		script := transcript.Of(tape, ex, nil)
		for m, err := range script.Messages(0) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%v %v %s %s\n", m.Dir, m.Opcode, m.Data, m.Violation)
		}
		for p := range tape.Pieces(ex.ID, capture.Mark{}) {
			fmt.Fprintf(&b, "%+v %q\n", *p, p.Data)
		}
		for _, dir := range []capture.Direction{capture.Send, capture.Receive} {
			body := script.Body(dir)
			_, _ = io.Copy(&b, body) // damaged bodies end with an error
			body.Close()
		}
	}
	return b.String()
}

func messages(t *testing.T, tape capture.Reader) (out []string) {
	t.Helper()
	script, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for m, err := range script.Messages(0) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Violation != "" {
			t.Errorf("message %d: %s", m.Seq, m.Violation)
		}
		out = append(out, fmt.Sprintf("%v %s", m.Dir, m.Data))
	}
	return out
}

func TestSocketsAreRedactedFrameByFrame(t *testing.T) {
	said := []string{
		`{"op":"login","args":[{"apiKey":"k-1","passphrase":"correct horse","sign":"c2lnbmF0dXJl+/="}]}`,
		"nothing to see here, nothing to see here", `{"token":"` + secrets["opaque"] + `"}`, "", "again " + secrets["opaque"], "nothing to see here, again",
	}
	want := []string{
		`{"op":"login","args":[{"apiKey":"REDACTED-2","passphrase":"REDACTED-3","sign":"REDACTED-4"}]}`,
		"nothing to see here, nothing to see here", `{"token":"REDACTED-5"}`, "", "again REDACTED-5", "nothing to see here, again",
	}
	for _, extensions := range []string{"", "permessage-deflate", "permessage-deflate; client_no_context_takeover; client_max_window_bits=9"} {
		for _, n := range []int{1, 7, 1000} {
			for _, fragments := range []int{1, 3} {
				t.Run(fmt.Sprint(extensions, n, fragments), func(t *testing.T) {
					d, _ := wsframe.Negotiated([]string{extensions})
					deflater := wsframe.NewDeflater(d.ClientBits, d.ClientNoTakeover)
					var pieces []capture.Piece
					for _, s := range said {
						payload, head := []byte(s), capture.FrameHead{Opcode: capture.OpText}
						if d.Enabled {
							head.RSV = 4
							payload, _ = deflater.Append(nil, payload)
						}
						for i := range fragments {
							part := payload[i*len(payload)/fragments : (i+1)*len(payload)/fragments]
							head.Fin = i == fragments-1
							pieces = append(pieces, frame(capture.Send, head, part, n)...)
							head.Opcode, head.RSV = capture.OpContinuation, 0
							pieces = append(pieces, frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpPing}, []byte("hi"), n)...)
						}
					}
					r := newRedactor(t, nil)
					tape := r.Tape(recorded(t, socket(extensions), pieces...))
					if _, err := tape.Exchange(1); err != nil {
						t.Fatal(err)
					}
					var got []string
					for _, m := range messages(t, tape) {
						if m != "receive hi" {
							got = append(got, strings.TrimPrefix(m, "send "))
						}
					}
					if strings.Join(got, "\n") != strings.Join(want, "\n") {
						t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
					after := 0
					for p := range tape.Pieces(1, capture.Mark{}) {
						if p.Type != pieces[after].Type || p.Dir != pieces[after].Dir || p.At != pieces[after].At {
							t.Fatalf("piece %d is another: %+v", after, p)
						}
						after++
					}
					if after != len(pieces) {
						t.Errorf("%d pieces became %d", len(pieces), after)
					}
					if all := everything(t, tape); strings.Contains(all, secrets["jwt"]) || strings.Contains(all, secrets["opaque"]) || strings.Contains(all, "correct horse") {
						t.Errorf("a secret is still there:\n%s", all)
					}
					counted := fmt.Sprint(r.Found())
					if _, err := tape.Exchange(1); err != nil || fmt.Sprint(r.Found()) != counted {
						t.Errorf("counted twice: %v, then %v", counted, r.Found())
					}
				})
			}
		}
	}
}

func TestSecretsSplitOverMessagesAreFound(t *testing.T) {
	var sent []capture.Piece
	for _, s := range append(pieces(secrets["jwt"], 5), " done") {
		sent = append(sent, frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpText}, fmt.Appendf(nil, `{"type":"response.text.delta","delta":%q}`, s), 1000)...)
		sent = append(sent, frame(capture.Send, capture.FrameHead{Fin: true, Opcode: capture.OpText}, []byte("ping"), 1000)...)
	}
	ex := socket("")
	ex.Request.URL = "wss://h/"
	all := strings.Join(messages(t, newRedactor(t, nil).Tape(recorded(t, ex, sent...))), "\n")
	if !strings.Contains(all, `"delta":"REDACTED-1"`) || strings.Count(all, `"delta":""`) < 10 || !strings.Contains(all, `"delta":" done"`) {
		t.Errorf("%s", all)
	}
}

func TestBrokenSocketsTellNothing(t *testing.T) {
	secret := secrets["jwt"]
	deflated, err := wsframe.NewDeflater(15, true).Append(nil, []byte("my token is "+secret+strings.Repeat(".", 100)))
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) []capture.Piece {
		return frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpText}, []byte(s), 1000)
	}
	cut := text("a cut one with " + secret)
	cut[0].Frame.Length += 100
	for name, pieces := range map[string][]capture.Piece{
		"a frame cut off":                cut,
		"a frame cut off by another":     append(cut[:1:1], text("next")...),
		"a frame cut off by a gap":       append(cut[:1:1], append([]capture.Piece{{Type: capture.PieceGap, Dir: capture.Receive, Lost: 5}}, text("next "+secret)...)...),
		"a message without its end":      frame(capture.Receive, capture.FrameHead{Opcode: capture.OpText}, []byte("no end "+secret), 10),
		"a continuation of nothing":      frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpContinuation}, []byte("x "+secret), 10),
		"a reserved opcode":              frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: 5}, []byte("x "+secret), 10),
		"text that is no text":           text("\xff " + secret),
		"a ping":                         frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpPing}, []byte("?token="+secret), 10),
		"a close":                        frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpClose}, []byte("\x03\xe8"+secret), 10),
		"a close cut off":                frame(capture.Receive, capture.FrameHead{Fin: true, Opcode: capture.OpClose}, []byte("\x03\xe8"+secret), 300)[:1],
		"compressed, cut off":            frame(capture.Receive, capture.FrameHead{Fin: true, RSV: 4, Opcode: capture.OpText}, deflated, len(deflated)-20)[:1],
		"compressed, without its end":    frame(capture.Receive, capture.FrameHead{RSV: 4, Opcode: capture.OpText}, deflated, 10),
		"compressed, damaged in the end": frame(capture.Receive, capture.FrameHead{Fin: true, RSV: 4, Opcode: capture.OpText}, append(bytes.Clone(deflated), 0xff, 0xff), 10),
	} {
		t.Run(name, func(t *testing.T) {
			tape := newRedactor(t, nil).Tape(recorded(t, socket("permessage-deflate"), pieces...))
			if all := everything(t, tape); strings.Contains(all, secret) || strings.Contains(all, "my token is "+secret[:10]) {
				t.Errorf("a secret is still there:\n%s", all)
			}
			n := 0
			for range tape.Pieces(1, capture.Mark{}) {
				n++
			}
			if n != len(pieces) {
				t.Errorf("%d pieces became %d", len(pieces), n)
			}
		})
	}
}

// answer is an exchange with a body in chunks of n bytes.
func answer(t *testing.T, mime, coding, body string, n int) *capturetest.Tape {
	t.Helper()
	ex := &capture.Exchange{
		Request:  capture.Request{Method: "POST", URL: "https://h/", Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Content-Length", Value: "18"}}},
		Response: &capture.Response{Status: 200, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Content-Type", Value: mime}}},
		End:      &capture.End{How: capture.HowClose},
	}
	if mime == "text/event-stream" {
		ex.Kind = capture.KindSSE
	}
	pieces := []capture.Piece{{Type: capture.PieceChunk, Data: []byte("grant=x&password=p")}}
	var encoder *recode.Encoder
	if coding != "" {
		var err error
		if encoder, err = recode.NewEncoder([]string{coding}); err != nil {
			t.Fatal(err)
		}
		ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Content-Encoding", Value: coding})
	}
	size := 0
	for i := 0; i < len(body); i += n {
		run := []byte(body[i:min(i+n, len(body))])
		if encoder != nil {
			run, _ = encoder.Encode(run)
		}
		size += len(run)
		pieces = append(pieces, capture.Piece{Type: capture.PieceChunk, Dir: capture.Receive, At: time.Duration(i), Data: bytes.Clone(run)})
	}
	if encoder != nil {
		end, _ := encoder.Close()
		size += len(end)
		pieces = append(pieces, capture.Piece{Type: capture.PieceChunk, Dir: capture.Receive, At: time.Hour, Data: bytes.Clone(end)})
	}
	ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Content-Length", Value: fmt.Sprint(size)})
	return recorded(t, ex, pieces...)
}

func TestBodiesAreRedactedChunkByChunk(t *testing.T) {
	secret := secrets["jwt"]
	body := "data: {\"n\":1}\n\ndata: {\"token\":\"" + secret + "\"}\n\ndata: {\"n\":\"" + secret + " 2\"}\n\ndata: end\n\n"
	want := strings.ReplaceAll(body, secret, "REDACTED-x")
	for _, mime := range []string{"text/event-stream", "text/plain"} {
		for _, coding := range []string{"", "gzip", "br", "zstd", "deflate"} {
			for _, n := range []int{1, 17, 100000} {
				t.Run(fmt.Sprint(mime, coding, n), func(t *testing.T) {
					original := answer(t, mime, coding, body, n)
					tape := newRedactor(t, nil).Tape(original)
					script, err := transcript.Open(tape, 1, nil)
					if err != nil {
						t.Fatal(err)
					}
					got, err := io.ReadAll(script.Body(capture.Receive))
					if err != nil || unnumbered(got) != want {
						t.Errorf("%v, body\n%s\nwant\n%s", err, got, want)
					}
					if sent, _ := io.ReadAll(script.Body(capture.Send)); unnumbered(sent) != "grant=x&password=REDACTED-x" {
						t.Errorf("sent %s", sent)
					}
					wire, _ := io.ReadAll(script.Wire(capture.Receive))
					ex := script.Exchange()
					if length := capture.Get(ex.Response.Header, "Content-Length"); length != fmt.Sprint(len(wire)) || ex.Received.Bytes != uint64(len(wire)) {
						t.Errorf("Content-Length is %s, %d bytes are counted, %d there", length, ex.Received.Bytes, len(wire))
					}
					sameTimes(t, original, tape)
				})
			}
		}
	}
}

// unnumbered takes the numbers off placeholders: which direction's body is
// decided first depends on its type.
func unnumbered(p []byte) string {
	return strings.NewReplacer("REDACTED-1", "REDACTED-x", "REDACTED-2", "REDACTED-x").Replace(string(p))
}

// sameTimes checks that the pieces, as many as there were, have their times.
func sameTimes(t *testing.T, was, is capture.Reader) {
	t.Helper()
	list := func(tape capture.Reader) (out []string) {
		for p, err := range tape.Pieces(1, capture.Mark{}) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(p.Type, p.Dir, p.At))
		}
		return out
	}
	if a, b := list(was), list(is); strings.Join(a, "\n") != strings.Join(b, "\n") {
		t.Errorf("pieces were %v, are %v", a, b)
	}
}

func TestWhatHoldsNoSecretStaysByteForByte(t *testing.T) {
	for _, coding := range []string{"", "gzip", "br"} {
		tape := answer(t, "text/event-stream", coding, "data: {\"n\":1}\n\ndata: eyes and e\n\n", 3)
		redacted := newRedactor(t, nil).Tape(tape)
		var was, is []byte
		for p := range tape.Pieces(1, capture.Mark{}) {
			if p.Dir == capture.Receive {
				was = append(was, p.Data...)
			}
		}
		for p := range redacted.Pieces(1, capture.Mark{}) {
			if p.Dir == capture.Receive {
				is = append(is, p.Data...)
			}
		}
		if !bytes.Equal(was, is) {
			t.Errorf("%s: %q became %q", coding, was, is)
		}
	}
}

func TestBrokenBodiesTellNothing(t *testing.T) {
	secret := secrets["jwt"]
	for name, coding := range map[string]string{"an unknown coding": "unheard-of", "a coding that it is not in": "gzip"} {
		tape := answer(t, "text/plain", "", "it is "+secret+" here", 7)
		ex, err := tape.Exchange(1)
		if err != nil {
			t.Fatal(err)
		}
		ex.Response.Header = append(ex.Response.Header, capture.Field{Name: "Content-Encoding", Value: coding})
		again := &capturetest.Tape{}
		if err := again.Begin(&capture.Session{}); err != nil {
			t.Fatal(err)
		}
		track, err := again.Track(ex, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := track.Append(&capture.Piece{Type: capture.PieceChunk, Dir: capture.Receive, Data: []byte("it is " + secret + " here")}); err != nil {
			t.Fatal(err)
		}
		if all := everything(t, newRedactor(t, nil).Tape(again)); strings.Contains(all, secret) {
			t.Errorf("%s: a secret is still there:\n%s", name, all)
		}
	}
}
