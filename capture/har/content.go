package har

import (
	"errors"
	"io"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
)

// maxBody is how much a body may decode to, in bytes; of what decodes to more,
// the wire bytes are written.
const maxBody = 4 << 30

// body is a body on its way into the log.
type body struct {
	spool
	text    bool   // it is UTF-8
	coded   bool   // it came in a content coding
	trouble string // why the coding could not be undone, all of it
}

// hasBody reports whether bytes of a body were recorded in a direction. What
// passes after a 101 is none.
func (n *entry) hasBody(dir capture.Direction) bool {
	if n.survey.chunks[dir] == 0 || n.ex.Kind == capture.KindWebSocket || n.ex.Kind == capture.KindTunnel {
		return false
	}
	if !answered(n.ex) {
		return dir == capture.Send
	}
	return n.ex.Response.Status != 101
}

// codings returns the content codings of a direction's body.
func codings(ex *capture.Exchange, dir capture.Direction) []string {
	fields := ex.Request.Header
	if dir == capture.Receive {
		if ex.Response == nil {
			return nil
		}
		fields = ex.Response.Header
	}
	return content.Codings(capture.Values(fields, "Content-Encoding"))
}

// body reads the body of one direction, its coding undone.
func (n *entry) body(dir capture.Direction) (*body, error) {
	b := &body{coded: len(codings(n.ex, dir)) > 0}
	err := b.fill(n.script.Body(dir))
	if err == nil {
		return b, nil
	}
	if !b.coded || !fromCoding(err) {
		b.close()
		return nil, err
	}
	trouble := err.Error()
	if b.n == 0 || errors.Is(err, errTooLong) {
		b.reset()
		if err := b.fill(n.script.Wire(dir)); err != nil {
			b.close()
			return nil, err
		}
	}
	b.trouble = trouble
	return b, nil
}

// errTooLong ends the decoding of a body that has no end.
var errTooLong = errors.New("it decodes to more than 4 GiB")

// fromCoding reports whether an error tells of the coded bytes and not of the
// tape.
func fromCoding(err error) bool {
	var coding *content.CodingError
	return errors.As(err, &coding) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errTooLong)
}

// fill reads r to its end and closes it.
func (b *body) fill(r io.ReadCloser) error {
	defer r.Close()
	b.text = true
	buf := make([]byte, 32<<10)
	held := 0
	for {
		k, err := r.Read(buf[held:])
		if _, werr := b.Write(buf[held : held+k]); werr != nil {
			return werr
		}
		if b.n > maxBody {
			return errTooLong
		}
		k += held
		if held = unfinished(buf[:k]); err != nil {
			held = 0
		}
		b.text = b.text && utf8.Valid(buf[:k-held])
		copy(buf, buf[k-held:k])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// write writes the body as text, or in base64 where it is none.
func (b *body) write(p *printer) error {
	if b.text {
		return p.utf8From("text", b.reader())
	}
	if err := p.base64From("text", b.reader()); err != nil {
		return err
	}
	p.text("encoding", "base64")
	return nil
}

// postData writes the body of the request.
func (n *entry) postData() error {
	b, err := n.body(capture.Send)
	if err != nil {
		return err
	}
	defer b.close()
	n.object("postData")
	n.text("mimeType", capture.Get(n.ex.Request.Header, "Content-Type"))
	err = b.write(n.printer)
	n.some("comment", b.trouble)
	n.close("}")
	if err != nil || b.text {
		return err
	}
	// HTTP Toolkit looks for bytes here.
	n.object("_content")
	err = b.write(n.printer)
	n.number("size", b.n)
	n.close("}")
	return err
}

// content writes the body of the response.
func (n *entry) content() error {
	n.object("content")
	defer n.close("}")
	if !n.hasBody(capture.Receive) {
		n.number("size", 0)
		n.text("mimeType", n.mimeType())
		return nil
	}
	b, err := n.body(capture.Receive)
	if err != nil {
		return err
	}
	defer b.close()
	n.number("size", b.n)
	if b.coded {
		n.number("compression", b.n-n.bodySize(capture.Receive))
	}
	n.text("mimeType", n.mimeType())
	err = b.write(n.printer)
	n.some("comment", b.trouble)
	return err
}

// mimeType is the type of the response's body. DevTools shows the events of a
// stream only if its type stands there bare.
func (n *entry) mimeType() string {
	switch n.ex.Kind {
	case capture.KindSSE:
		return "text/event-stream"
	case capture.KindWebSocket:
		return "x-unknown"
	}
	if mime := capture.Get(n.ex.Response.Header, "Content-Type"); mime != "" {
		return mime
	}
	return "x-unknown"
}

// bodySize is how long a body was on the wire.
func (n *entry) bodySize(dir capture.Direction) int64 {
	if n.ex.Kind == capture.KindWebSocket || n.ex.Kind == capture.KindTunnel {
		return 0
	}
	return n.survey.wire[dir]
}
