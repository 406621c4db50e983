package har_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/recode"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// generator makes sessions of all that can be on a tape, and much that should not be.
type generator struct {
	*rand.Rand
	tb   testing.TB
	tape *capturetest.Tape
}

// generate makes a tape out of a seed.
func generate(tb testing.TB, seed uint64) *capturetest.Tape {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), tb: tb, tape: &capturetest.Tape{}}
	for range 1 + g.IntN(2) {
		s := capture.Session{
			Started: time.Unix(1763740800+g.Int64N(1e6), g.Int64N(1e9)).UTC(),
			Label:   g.text(2), Creator: "wiretape 1", Note: g.text(3), Tags: g.tags(),
		}
		if err := g.tape.Begin(&s); err != nil {
			tb.Fatal(err)
		}
		for range 1 + g.IntN(5) {
			g.exchange(&s)
		}
		if g.maybe(4) {
			continue // cut off
		}
		if err := g.tape.Finish(s.ID, s.Started.Add(time.Hour+time.Duration(g.Int64N(1e9)))); err != nil {
			tb.Fatal(err)
		}
	}
	return g.tape
}

// maybe is true once in n times.
func (g *generator) maybe(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) text(words int) string {
	var b strings.Builder
	for range g.IntN(words + 1) {
		b.WriteString(pick(g, "a", "Hellö", "\"q\"", "\\", "\u2028", "😀", "x\ty", "</script>", "\u0000", " ", "42"))
	}
	return b.String()
}

func (g *generator) tags() (tags []string) {
	for range g.IntN(3) {
		tags = append(tags, "t"+g.text(1))
	}
	return tags
}

func (g *generator) bytes(n int) []byte {
	p := make([]byte, g.IntN(n+1))
	switch g.IntN(3) {
	case 0:
		for i := range p {
			p[i] = byte(g.Uint32())
		}
	case 1:
		for i := range p {
			p[i] = byte('a' + g.IntN(4))
		}
	default:
		p = append(p[:0], g.text(n/3)...)
	}
	return p
}

func (g *generator) span(max int64) time.Duration { return time.Duration(g.Int64N(max)) }

func (g *generator) phase() time.Duration {
	if g.maybe(2) {
		return -1
	}
	return g.span(1e9)
}

func (g *generator) fields() []capture.Field {
	fields := []capture.Field{{Name: "Host", Value: "h.example"}}
	for range g.IntN(4) {
		fields = append(fields, capture.Field{
			Name:  pick(g, "X-A", "x-a", "Cookie", "Set-Cookie", "Accept", "X-\xe9"),
			Value: pick(g, "1", "a=b; c=d", "é", "\xe9\xff", "", "k=v; Expires=Thu, 01-Jan-2099 00:00:00 GMT; Path=/; HttpOnly", g.text(2)),
		})
	}
	return fields
}

func (g *generator) exchange(s *capture.Session) {
	at := g.span(1e12)
	ex := &capture.Exchange{
		Session: s.ID, Started: s.Started.Add(at), At: at, Duration: g.span(1e12),
		Kind:   pick(g, capture.KindHTTP, capture.KindWebSocket, capture.KindWebSocket, capture.KindSSE, capture.KindNDJSON, capture.KindTunnel),
		Client: pick(g, "", "127.0.0.1:50000"), Server: pick(g, "", "192.0.2.1:443", "[2001:db8::1]:8443", "h:80"),
		Timing: capture.Timing{Blocked: g.phase(), DNS: g.phase(), Connect: g.phase(), TLS: g.phase(), Send: g.phase(), Wait: g.phase()},
		Note:   g.text(3), Tags: g.tags(),
	}
	if g.maybe(3) {
		ex.Timing = capture.NoTiming
	}
	ex.Request = capture.Request{
		Method: pick(g, "GET", "POST", "QUERY"), Proto: pick(g, "HTTP/1.1", "HTTP/2.0", "HTTP/1.0"),
		URL:    pick(g, "https://h/a?x=1&y=%20+z", "http://h:80/", "https://h:8443/%zz?a=b c#f", "https://h", "https://h/ü?<\"\xff"),
		Header: g.fields(),
	}
	if g.maybe(3) {
		ex.Request.Trailer = g.fields()
		ex.Request.Raw = []byte("GET / HTTP/1.1\r\nX: \xff\r\n\r\n")
	}
	if !g.maybe(6) || ex.Kind != capture.KindHTTP && ex.Kind != capture.KindTunnel {
		g.response(ex)
	}
	g.end(ex)
	track, err := g.tape.Track(ex, nil)
	if err != nil {
		g.tb.Fatal(err)
	}
	for _, p := range g.pieces(ex) {
		if err := track.Append(&p); err != nil {
			g.tb.Fatal(err)
		}
	}
}

func (g *generator) response(ex *capture.Exchange) {
	r := &capture.Response{
		At: g.span(1e9), Status: pick(g, 200, 404, 304, 500), Reason: pick(g, "OK", "", "Not Foünd", "\xff"), Proto: ex.Request.Proto, Header: g.fields(),
	}
	for range g.IntN(2) {
		r.Early = append(r.Early, capture.Early{At: g.span(1e9), Status: 103, Header: g.fields()})
	}
	if g.maybe(3) {
		r.Trailer = g.fields()
		r.Raw = []byte("HTTP/1.1 200 OK\r\n\r\n")
	}
	switch ex.Kind {
	case capture.KindHTTP:
		if g.maybe(10) {
			*r = capture.Response{Early: r.Early} // nothing came but early ones
		}
		r.Header = append(r.Header, capture.Field{Name: "Content-Type", Value: pick(g, "text/plain", "application/json", "image/png")})
	case capture.KindWebSocket:
		r.Status, ex.Request.URL = 101, pick(g, "wss://h:443/ws?token=a", "ws://h/", "ws://h:8080/x")
		r.Header = append(r.Header, capture.Field{Name: "Upgrade", Value: "websocket"})
		if g.maybe(2) {
			r.Header = append(r.Header, capture.Field{Name: "Sec-WebSocket-Extensions", Value: pick(g, "permessage-deflate",
				"permessage-deflate; server_no_context_takeover", "permessage-deflate; client_no_context_takeover; server_no_context_takeover")})
		}
	case capture.KindSSE:
		r.Status = 200
		r.Header = append(r.Header, capture.Field{Name: "Content-Type", Value: "text/event-stream; charset=utf-8"})
	case capture.KindNDJSON:
		r.Status = 200
		r.Header = append(r.Header, capture.Field{Name: "Content-Type", Value: "application/x-ndjson"})
	case capture.KindTunnel:
		ex.Request.Method, ex.Request.URL = "CONNECT", "h.example:443"
	}
	ex.Response = r
}

func (g *generator) end(ex *capture.Exchange) {
	ex.Open = g.maybe(8) && ex.Kind != capture.KindTunnel
	if ex.Open {
		ex.Cut = g.maybe(2)
		return
	}
	ex.End = &capture.End{
		At: g.span(1e12), By: pick(g, capture.Client, capture.Server, capture.Proxy), NoNotify: g.maybe(5),
		How: pick(g, capture.HowClose, capture.HowFIN, capture.HowReset, capture.HowTimeout, capture.HowError),
		Err: pick(g, "", "it broke", "\xff"), Reason: pick(g, "", "bye", "\xfe"), Code: pick(g, 0, 1000, 1005, 4001),
	}
	if ex.Kind == capture.KindTunnel {
		ex.End.How = capture.HowError
	}
	if g.maybe(8) {
		ex.Fault = "the disk " + g.text(2)
	}
	ex.Sent = capture.Counts{Messages: g.Uint64N(9), Control: g.Uint64N(9), Frames: g.Uint64N(9), Bytes: g.Uint64N(1 << 60)}
	ex.Received = capture.Counts{Messages: g.Uint64N(9), Bytes: g.Uint64N(1 << 60)}
	if g.maybe(8) {
		ex.Lost = capture.Loss{Gaps: 1, Bytes: 1 << 55}
	}
}

func (g *generator) pieces(ex *capture.Exchange) []capture.Piece {
	switch ex.Kind {
	case capture.KindTunnel:
		return nil
	case capture.KindWebSocket:
		return g.merge(g.frames(ex, capture.Send), g.frames(ex, capture.Receive))
	}
	sent := g.chunks(&ex.Request.Header, capture.Send, g.bytes(300))
	if ex.Response == nil || ex.Response.Status == 0 {
		return sent
	}
	body := g.bytes(1000)
	switch ex.Kind {
	case capture.KindSSE:
		body = g.stream("\ufeff", "data: x\n\n", ": c\r\n\r\n", "id: 7\rdata: {\"a\":1}\r\r", "event: e\ndata: a\ndata: ü\nretry: 10\n\n", "\n", "data: \xff\n\n", "data: cut")
	case capture.KindNDJSON:
		body = g.stream("{\"a\":1}\n", "\n", "[1,\"😀\"]\r\n", "{bad\n", "{\"b\":", "\xff\n")
	}
	return g.merge(sent, g.chunks(&ex.Response.Header, capture.Receive, body))
}

func (g *generator) stream(parts ...string) []byte {
	var b bytes.Buffer
	for range g.IntN(30) {
		b.WriteString(pick(g, parts...))
	}
	return b.Bytes()
}

// chunks cuts a body, put into codings now and then, into pieces.
func (g *generator) chunks(fields *[]capture.Field, dir capture.Direction, body []byte) (out []capture.Piece) {
	if g.maybe(3) {
		codings := pick(g, []string{"gzip"}, []string{"br"}, []string{"deflate", "zstd"}, []string{"unheard-of"})
		*fields = append(*fields, capture.Field{Name: "Content-Encoding", Value: strings.Join(codings, ", ")})
		if e, err := recode.NewEncoder(codings); err == nil && !g.maybe(5) {
			coded, err := e.Encode(body)
			if err != nil {
				g.tb.Fatal(err)
			}
			body = bytes.Clone(coded)
			if end, err := e.Close(); err == nil && !g.maybe(4) {
				body = append(body, end...)
			}
		}
	}
	var at time.Duration
	for len(body) > 0 {
		n := 1 + g.IntN(min(len(body), 1+g.IntN(200)))
		at += g.span(1e9)
		out = append(out, capture.Piece{Type: capture.PieceChunk, Dir: dir, At: at, Data: body[:n]})
		body = body[n:]
		if g.maybe(20) {
			out = append(out, capture.Piece{Type: capture.PieceGap, Dir: dir, At: at, Lost: 1 + g.Uint64N(1<<60)})
		}
	}
	return out
}

// merge lets the pieces of two directions come in one order.
func (g *generator) merge(a, b []capture.Piece) (out []capture.Piece) {
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && g.maybe(2) {
			a, b = b, a
		}
		out, b = append(out, b[0]), b[1:]
	}
	return out
}

// frames makes one direction of a socket.
func (g *generator) frames(ex *capture.Exchange, dir capture.Direction) (out []capture.Piece) {
	d, _ := wsframe.Negotiated(capture.Values(ex.Response.Header, "Sec-WebSocket-Extensions"))
	deflater := wsframe.NewDeflater(15, d.ServerNoTakeover && dir == capture.Receive || d.ClientNoTakeover && dir == capture.Send)
	var at time.Duration
	for range g.IntN(12) {
		head := capture.FrameHead{Opcode: pick(g, capture.OpText, capture.OpText, capture.OpBinary), Masked: dir == capture.Send}
		if g.maybe(12) {
			head.Opcode = capture.Opcode(g.IntN(16)) // reserved, or a continuation of nothing
		}
		if g.maybe(20) {
			head.Masked = !head.Masked
		}
		payload := g.bytes(pick(g, 20, 20, 20, 20, 20, 20, 20, 20, 20, 300, 300, 300, 70000))
		if d.Enabled && !head.Opcode.Control() && g.maybe(2) {
			head.RSV = 4
			if !g.maybe(10) {
				var err error
				if payload, err = deflater.Append(nil, payload); err != nil {
					g.tb.Fatal(err)
				}
			}
		}
		if g.maybe(25) {
			head.RSV |= uint8(g.IntN(8))
		}
		parts := 1
		if !head.Opcode.Control() {
			parts += g.IntN(3)
		}
		for i := range parts {
			n := len(payload)
			if i < parts-1 {
				n = g.IntN(len(payload) + 1)
			}
			h := head
			h.Fin = i == parts-1
			if i > 0 {
				h.Opcode, h.RSV = capture.OpContinuation, 0
				if g.maybe(6) {
					out = g.frame(out, &at, dir, capture.FrameHead{Fin: true, Opcode: pick(g, capture.OpPing, capture.OpPong, capture.OpClose), Masked: h.Masked}, g.bytes(20))
				}
				if g.maybe(15) {
					out = g.frame(out, &at, dir, capture.FrameHead{Fin: true, Opcode: capture.OpText}, []byte("in between"))
				}
			}
			out = g.frame(out, &at, dir, h, payload[:n])
			payload = payload[n:]
		}
	}
	if g.maybe(6) && len(out) > 0 {
		out = append(out, capture.Piece{Type: capture.PieceChunk, Dir: dir, At: at, Data: []byte{0x81}})
	}
	return out
}

// frame makes a frame, in one piece or several, cut short now and then.
func (g *generator) frame(out []capture.Piece, at *time.Duration, dir capture.Direction, h capture.FrameHead, payload []byte) []capture.Piece {
	*at += g.span(1e9)
	h.Length = uint64(len(payload))
	h.Size = 2
	if h.Length > 125 || g.maybe(15) {
		h.Size = 4
	}
	if h.Length > 0xffff || g.maybe(25) {
		h.Size = 10
	}
	if h.Masked {
		h.Size += 4
		h.MaskKey = [4]byte{byte(g.Uint32()), 1, 2, 3}
	}
	if g.maybe(60) {
		h.Length += 1 + g.Uint64N(1<<63)
	}
	first := len(payload)
	if g.maybe(3) {
		first = g.IntN(first + 1)
	}
	p := capture.Piece{Type: capture.PieceFrame, Dir: dir, At: *at, Frame: h, Data: payload[:first], Inject: g.maybe(20)}
	if g.maybe(10) {
		p.Since = g.span(int64(*at) + 1)
	}
	out = append(out, p)
	for payload = payload[first:]; len(payload) > 0; {
		n := 1 + g.IntN(len(payload))
		*at += g.span(1e6)
		out = append(out, capture.Piece{Type: capture.PieceMore, Dir: dir, At: *at, Data: payload[:n]})
		payload = payload[n:]
	}
	if g.maybe(80) {
		out = append(out, capture.Piece{Type: capture.PieceGap, Dir: dir, At: *at, Lost: g.Uint64N(1000), Frames: g.Uint64N(3)})
	}
	return out
}

func describe(p *capture.Piece) string {
	data := p.Data
	if len(data) > 60 {
		data = data[:60]
	}
	return fmt.Sprintf("type %d %v at %d since %d %+v inject %v lost %d frames %d, %d bytes %q", p.Type, p.Dir, p.At, p.Since, p.Frame, p.Inject, p.Lost, p.Frames, len(p.Data), data)
}
