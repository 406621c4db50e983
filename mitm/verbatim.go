package mitm

import (
	"bytes"

	"github.com/wiretape/wiretape/capture"
)

// verbatim has what a server sent where net/http is about to write its own
// reading of it: the lines of a head in the order of their names, the usual
// reason phrase, trailers likewise. Framing and the connection are left to
// net/http, whose head has to say the same about them.
type verbatim struct {
	head  []byte // as it came; nil when nothing is to be replaced
	stays bool   // the head leaves the connection open
	own   []byte // net/http's head, as far as it was written
	ended bool   // the body's last chunk was written; net/http's is dropped
}

// lastChunk ends a chunked body without trailers (RFC 9112 §7.1).
var lastChunk = []byte("0\r\n\r\n")

// Write writes p, or what is to stand in its place. While net/http has a
// response to write, nobody else writes.
func (c *Conn) Write(p []byte) (int, error) {
	v := &c.verbatim
	switch {
	case v.head != nil:
		return c.writeHead(p)
	case v.ended && bytes.Equal(p, lastChunk):
		v.ended = false
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// writeHead waits for the end of net/http's head, and writes the server's in
// its place, in one write with what follows. A head of net/http's that ends the
// connection where the server's does not is left as it is.
func (c *Conn) writeHead(p []byte) (int, error) {
	v := &c.verbatim
	searched := len(v.own)
	own := p
	if searched > 0 {
		v.own = append(v.own, p...)
		own = v.own
	}
	end := headEnd(own, searched)
	if end < 0 {
		v.own = append(v.own[:searched], p...)
		return len(p), nil
	}
	head := v.head
	if v.stays && bytes.Contains(own[:end], []byte("\r\nConnection: close\r\n")) {
		head = own[:end]
	}
	v.head, v.own = nil, nil
	if err := c.writeBoth(head, own[end:]); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *Conn) writeBoth(head, rest []byte) error {
	buf := copyBuffers.Get().(*chunkBuffer)
	defer copyBuffers.Put(buf)
	_, err := c.Conn.Write(append(append(buf[:0], head...), rest...))
	return err
}

// keepHead makes the head of r go to the client as it came, where that and what
// net/http makes of it mean the same to every reader.
func (x *exchange) keepHead(r *response) {
	if x.conn == nil || x.r.ProtoMajor != 1 || x.r.ProtoMinor < 1 || !r.certain() {
		return
	}
	stays := r.status < 200 || r.lasts()
	if !stays && !r.hasToken("Connection", "close") {
		h := x.w.Header()
		h["Connection"] = append(h["Connection"], "close")
	}
	x.conn.verbatim = verbatim{head: r.raw, stays: stays && !x.r.Close}
}

// certain reports whether the head can be understood, and its body framed, in
// one way only.
func (r *response) certain() bool {
	codings, lengths := len(capture.Values(r.fields, "Transfer-Encoding")), len(capture.Values(r.fields, "Content-Length"))
	switch r.body.kind {
	case byLength:
		return r.clean && codings == 0 && lengths == 1
	case byChunks:
		return r.clean && lengths == 0 && r.proto == "HTTP/1.1"
	case byClose:
		return r.clean && codings == 0
	}
	return r.clean
}

// chunkedEnd returns what ends a chunked body with the given trailer.
func chunkedEnd(trailer []capture.Field) []byte {
	end := []byte("0\r\n")
	for _, f := range trailer {
		end = append(end, f.Name+": "+f.Value+"\r\n"...)
	}
	return append(end, "\r\n"...)
}
