package replay

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// loadRequest reads an HTTP exchange: its request and its response are two
// messages.
func loadRequest(tr *transcript.Transcript, p *payload.Parser) (*recording, error) {
	ex := tr.Exchange()
	r := &recording{ex: ex}
	data, err := requestBody(tr)
	if err != nil {
		return nil, err
	}
	path, query := splitURL(ex.Request.URL)
	doc := requestDoc(p, ex.Request.Method, path, query, capture.Get(ex.Request.Header, "Content-Type"), data, ex.Request.Header)
	r.messages = []*message{{
		rec: r, seq: 1, dir: capture.Send, doc: doc, label: requestLabel(doc), opcode: capture.OpText,
		variant: variantOf(ex.Request.Header),
	}}
	if r.body, err = loadBody(tr); err != nil {
		return nil, err
	}
	if ex.Response != nil {
		r.messages = append(r.messages, &message{
			rec: r, seq: 2, dir: capture.Receive, at: ex.Response.At, done: ex.Duration, doc: responseDoc(p, ex, r.body),
		})
	}
	return r, nil
}

// splitURL returns the raw path and query of an absolute URL.
func splitURL(url string) (path, query string) {
	rest := url
	if i := strings.Index(rest, "://"); i >= 0 {
		rest = rest[i+3:]
		j := strings.IndexAny(rest, "/?")
		if j < 0 {
			return "/", ""
		}
		rest = rest[j:]
	}
	rest, _, _ = strings.Cut(rest, "#")
	path, query, _ = strings.Cut(rest, "?")
	if path == "" {
		path = "/"
	}
	return path, query
}

// requestDoc takes a request apart: method, path, query and body, and the header
// fields that are ids.
func requestDoc(p *payload.Parser, method, path, query, contentType string, body []byte, header []capture.Field) *payload.Doc {
	head := &payload.Doc{Data: []byte(method), Leaves: []payload.Leaf{p.Single("method", method)}}
	where := &payload.Doc{Data: []byte(path), Leaves: p.Segments(path)}
	parameters := &payload.Doc{Data: []byte(query)}
	if query != "" {
		parameters.Leaves, _ = p.Pairs("query", query)
	}
	return payload.Join(head, where, parameters, bodyDoc(p, contentType, body), headerDoc(p, header))
}

// bodyDoc takes a request's body apart by its media type, or by its look.
func bodyDoc(p *payload.Parser, contentType string, body []byte) *payload.Doc {
	if len(body) == 0 {
		return &payload.Doc{}
	}
	m := content.ParseMediaType(contentType)
	switch {
	case m.Essence == "application/x-www-form-urlencoded":
		d := &payload.Doc{Format: payload.Fields, Data: body}
		d.Leaves, _ = p.Pairs("form", string(body))
		return d
	case m.Essence == "multipart/form-data":
		return multipartDoc(p, m.Params["boundary"], body)
	}
	if d := unpacked(p, m.Essence, body); d != nil {
		return d
	}
	d := p.Parse(body, !content.IsText(m.Essence) && m.Essence != "")
	if d.Format == payload.Text && len(body) > 4096 {
		return &payload.Doc{Data: body, Frame: string(body)}
	}
	return d
}

// multipartDoc makes the boundary, which is drawn anew for each request, a
// fixed one, so that bodies can be compared.
func multipartDoc(p *payload.Parser, boundary string, body []byte) *payload.Doc {
	frame := string(body)
	if boundary != "" {
		frame = strings.ReplaceAll(frame, boundary, "boundary")
	}
	return &payload.Doc{Data: body, Frame: frame}
}

// requestLabel names the kind of a request: method, path and what its body
// says. Opaque segments of the path do not count.
func requestLabel(d *payload.Doc) string {
	var b strings.Builder
	for i := range d.Leaves {
		l := &d.Leaves[i]
		switch rootOf(l.Path) {
		case "method":
			b.WriteString(l.Value)
			b.WriteByte(' ')
		case "path":
			if i > 1 {
				b.WriteByte('/')
			}
			if shape.Opaque(l.Value) {
				b.WriteByte('*')
			} else {
				b.WriteString(l.Value)
			}
		default:
			if (l.Path.Depth == 1) && (l.Path.Name == "method" || l.Path.Name == "op" || l.Path.Name == "jsonrpc" || l.Path.Name == "operationName") {
				b.WriteString(" " + l.Path.Name + "=" + l.Value)
			}
		}
	}
	return b.String()
}

// maxResponseText is how long a text may be to be searched for values of the
// client.
const maxResponseText = 64 << 10

// responseDoc takes a response's body apart, as far as it is text.
func responseDoc(p *payload.Parser, ex *capture.Exchange, b *body) *payload.Doc {
	if b.broken || len(b.plain) == 0 {
		return &payload.Doc{Data: b.plain}
	}
	if ex.Kind == capture.KindSSE || ex.Kind == capture.KindNDJSON {
		return p.Stream(b.plain)
	}
	essence := content.ParseMediaType(capture.Get(ex.Response.Header, "Content-Type")).Essence
	if d := unpacked(p, essence, b.plain); d != nil {
		return d
	}
	if !content.IsText(essence) && essence != "" || len(b.plain) > 8<<20 {
		return &payload.Doc{Data: b.plain}
	}
	d := p.Parse(b.plain, false)
	if d.Format == payload.Text && len(b.plain) > maxResponseText {
		return &payload.Doc{Data: b.plain}
	}
	return d
}

// unpacked takes a body of CBOR or MessagePack apart, and returns nil for others.
func unpacked(p *payload.Parser, essence string, data []byte) *payload.Doc {
	switch strings.TrimPrefix(essence, "application/") {
	case "cbor":
		return p.Unpack(data, payload.CBOR)
	case "msgpack", "x-msgpack", "vnd.msgpack", "messagepack":
		return p.Unpack(data, payload.MessagePack)
	}
	return nil
}
