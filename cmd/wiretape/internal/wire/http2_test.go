package wire_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// ways2 are the ways of HTTP/2: with prior knowledge, and with TLS.
var ways2 = []way{
	{name: "h2c, direct", http2: true},
	{name: "h2, direct", secure: true, http2: true},
	{name: "h2c in CONNECT", proxied: true, connect: true, http2: true},
	{name: "h2", proxied: true, connect: true, secure: true, http2: true},
}

// peer2 is an end that speaks HTTP/2, one stream, frame by frame.
type peer2 struct {
	*end
	framer *http2.Framer
	stream uint32
}

func newPeer2(e *end) *peer2 {
	p := &peer2{end: e, framer: http2.NewFramer(e.conn, e.conn), stream: 1}
	p.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return p
}

// talk2 runs a script with both ends past their prefaces.
func talk2(script func(k *talk, c *peer2, o func() *peer2)) func(*talk) {
	return func(k *talk) {
		k.c.send(http2.ClientPreface)
		c := newPeer2(k.c)
		c.must(c.framer.WriteSettings())
		var server *peer2
		script(k, c, func() *peer2 {
			if server == nil {
				e := k.o()
				e.fetch(atLeast(len(http2.ClientPreface)))
				// What came with the preface comes first.
				server = newPeer2(e)
				server.framer = http2.NewFramer(e.conn, rest{e})
				server.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
				server.must(server.framer.WriteSettings())
			}
			return server
		})
	}
}

// rest reads what an end has read ahead, and then on.
type rest struct{ *end }

func (r rest) Read(p []byte) (int, error) {
	if len(r.ahead) > 0 {
		n := copy(p, r.ahead)
		r.ahead = r.ahead[n:]
		return n, nil
	}
	return r.conn.Read(p)
}

func (p *peer2) must(err error) {
	if err != nil {
		p.note("cannot send: " + ending(err))
		panic(over{})
	}
}

// headers sends HEADERS; fields are names and values in turn.
func (p *peer2) headers(end bool, fields ...string) {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for i := 0; i < len(fields); i += 2 {
		_ = enc.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	p.must(p.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: p.stream, BlockFragment: block.Bytes(), EndStream: end, EndHeaders: true,
	}))
}

func (p *peer2) data(end bool, s string) { p.must(p.framer.WriteData(p.stream, end, []byte(s))) }

func (p *peer2) abort(code http2.ErrCode) { p.must(p.framer.WriteRSTStream(p.stream, code)) }

// hears reads up to an event that begins with want, and keeps all on the way.
// Data is one event however it is cut: hears waits for all of it. The end of
// the stream is to be sent apart from data that is waited for.
func (p *peer2) hears(want string) {
	data := ""
	for {
		_ = p.conn.SetReadDeadline(time.Now().Add(patience))
		f, err := p.framer.ReadFrame()
		if err != nil {
			p.note(p.ending(err))
			panic(over{})
		}
		for _, event := range p.events(f) {
			if text, ok := strings.CutPrefix(event, "DATA "); ok {
				if data += text; "DATA "+data == want {
					p.note(fmt.Sprintf("DATA %q", data))
					return
				}
				continue
			}
			p.note(event)
			if strings.HasPrefix(event, want) {
				return
			}
		}
	}
}

// events says what f brings to the stream.
func (p *peer2) events(f http2.Frame) (all []string) {
	ended := false
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			p.must(p.framer.WriteSettingsAck())
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			p.must(p.framer.WritePing(true, f.Data))
		}
	case *http2.MetaHeadersFrame:
		var fields []string
		for _, h := range f.Fields {
			fields = append(fields, h.Name+": "+h.Value)
		}
		slices.Sort(fields) // maps have no order
		all, ended = append(all, fmt.Sprintf("HEADERS %q", fields)), f.StreamEnded()
	case *http2.DataFrame:
		if len(f.Data()) > 0 {
			all = append(all, "DATA "+string(f.Data()))
		}
		ended = f.StreamEnded()
	case *http2.RSTStreamFrame:
		all = append(all, "RST_STREAM "+f.ErrCode.String())
	}
	if ended {
		all = append(all, "END")
	}
	return all
}

func (k *talk) ask2(c *peer2, end bool, method string, more ...string) {
	scheme := "http"
	if k.secure {
		scheme = "https"
	}
	c.headers(end, append([]string{":method", method, ":scheme", scheme, ":authority", k.host(), ":path", "/a//b?c=%2F"}, more...)...)
}

// subscribe2 asks for a stream and hears its first event.
func subscribe2(k *talk, c *peer2, o func() *peer2) {
	k.ask2(c, true, "GET", "accept", "text/event-stream")
	o().hears("END")
	o().headers(false, ":status", "200", "content-type", "text/event-stream")
	c.hears("HEADERS")
	o().data(false, "data: 1\n\n")
	c.hears("DATA data: 1\n\n")
}

var streams = []spoken{
	{"HTTP/2: fields both ways, nothing added", talk2(func(k *talk, c *peer2, o func() *peer2) {
		k.ask2(c, true, "GET", "x-b", "1", "x-a", "2", "x-b", "3", "accept-encoding", "zstd", "cookie", "a=1", "te", "trailers")
		o().hears("END")
		o().headers(false, ":status", "299", "x-b", "1", "set-cookie", "a=1", "set-cookie", "b=2", "x-empty", "")
		o().data(false, "ok")
		c.hears("DATA ok")
		o().data(true, "")
		c.hears("END")
	})},
	{"HTTP/2: HEAD with a length", talk2(func(k *talk, c *peer2, o func() *peer2) {
		k.ask2(c, true, "HEAD")
		o().hears("END")
		o().headers(true, ":status", "200", "content-length", "1234")
		c.hears("END")
	})},
	{"HTTP/2: 304", talk2(func(k *talk, c *peer2, o func() *peer2) {
		k.ask2(c, true, "GET", "if-none-match", "x")
		o().hears("END")
		o().headers(true, ":status", "304", "etag", "x")
		c.hears("END")
	})},
	{"HTTP/2: 103 before the answer", talk2(func(k *talk, c *peer2, o func() *peer2) {
		k.ask2(c, true, "GET")
		o().hears("END")
		o().headers(false, ":status", "103", "link", "</a.css>")
		c.hears("HEADERS")
		o().headers(true, ":status", "204")
		c.hears("END")
	})},
	{"HTTP/2: FIN of the server's connection inside a stream", talk2(func(k *talk, c *peer2, o func() *peer2) {
		subscribe2(k, c, o)
		o().fin()
		c.hears("RST_STREAM")
	})},
	{"HTTP/2: trailers both ways, upload frame by frame", talk2(func(k *talk, c *peer2, o func() *peer2) {
		k.ask2(c, false, "POST", "trailer", "x-sum")
		o().hears("HEADERS")
		for _, s := range []string{"one", "two"} {
			c.data(false, s)
			o().hears("DATA " + s)
		}
		c.headers(true, "x-sum", "6")
		o().hears("END")
		o().headers(false, ":status", "200")
		o().data(false, "ok")
		c.hears("DATA ok")
		o().headers(true, "grpc-status", "0")
		c.hears("END")
	})},
	{"HTTP/2: SSE, each event forwarded before the next is sent", talk2(func(k *talk, c *peer2, o func() *peer2) {
		subscribe2(k, c, o)
		for _, s := range []string{"data: 2\n\n", "da", "ta: 3\n\n"} {
			o().data(false, s)
			c.hears("DATA " + s)
		}
		o().data(true, "")
		c.hears("END")
	})},
	{"HTTP/2: both directions at once", talk2(func(k *talk, c *peer2, o func() *peer2) {
		k.ask2(c, false, "POST")
		o().hears("HEADERS")
		o().headers(false, ":status", "200")
		c.hears("HEADERS")
		for _, s := range []string{"ping", "again"} {
			c.data(false, s)
			o().hears("DATA " + s)
			o().data(false, s)
			c.hears("DATA " + s)
		}
		c.data(true, "")
		o().hears("END")
		o().data(true, "")
		c.hears("END")
	})},
	{"HTTP/2: RST_STREAM of the server", talk2(func(k *talk, c *peer2, o func() *peer2) {
		subscribe2(k, c, o)
		o().abort(http2.ErrCodeEnhanceYourCalm)
		c.hears("RST_STREAM")
	})},
	{"HTTP/2: RST_STREAM instead of an answer", talk2(func(k *talk, c *peer2, o func() *peer2) {
		k.ask2(c, true, "GET")
		o().hears("END")
		o().abort(http2.ErrCodeInternal)
		c.hears("RST_STREAM")
	})},
	{"HTTP/2: RST_STREAM of the client", talk2(func(k *talk, c *peer2, o func() *peer2) {
		subscribe2(k, c, o)
		c.abort(http2.ErrCodeCancel)
		o().hears("RST_STREAM")
	})},
}
