package mitm

import (
	"io"
	"net/http"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// download relays the body of an HTTP/1 response. goproxy copies it, and closes
// it, to the exchange's writer; the loop is WriteTo's.
type download struct {
	x    *exchange
	resp *response
	body *body
	// direct is where pieces of the body go once net/http has sent the head of a
	// response without a length: straight to the client's connection, each in one
	// write. net/http would need several, and has only the end left to say.
	direct io.Writer
}

var _ io.WriterTo = (*download)(nil)

// Read implements io.Reader, which goproxy's io.Copy does not use.
func (d *download) Read([]byte) (int, error) { return 0, http.ErrNotSupported }

// Close implements io.Closer. The connection is released at the end of the
// exchange.
func (d *download) Close() error { return nil }

// WriteTo takes all there is, writes it at once, tells the tap, and waits for
// more without a buffer.
func (d *download) WriteTo(io.Writer) (int64, error) {
	x, w := d.x, d.x.server.wire()
	w.Drain(true)
	defer w.Drain(false)
	var total int64
	for at := d.resp.at; ; at = x.relay.recorder.Now() {
		n, err := d.drain(at)
		total += n
		if err == io.EOF {
			d.complete()
			return total, nil
		}
		if err == errDry {
			if err = w.Wait(); err == nil {
				if x.clientHalfGone() {
					x.server.SetReadDeadline(time.Now().Add(halfClosePatience))
				}
				continue
			}
		}
		if err != nil {
			x.severed(err)
			return total, err
		}
	}
}

// drain relays what is there.
func (d *download) drain(at time.Duration) (int64, error) {
	buf := copyBuffers.Get().(*chunkBuffer)
	defer copyBuffers.Put(buf)
	var total int64
	for {
		n, err := fill(d.body, buf.data())
		total += int64(n)
		if werr := d.deliver(at, buf, n, err == io.EOF); werr != nil {
			return total, werr
		}
		if err != nil {
			return total, err
		}
	}
}

// fill reads until p is full or there is an error.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// deliver writes the n bytes in buf to the client, and then tells the tap. The
// last ones of a chunked body are left to net/http, which adds the end.
func (d *download) deliver(at time.Duration, buf *chunkBuffer, n int, last bool) error {
	x := d.x
	p := buf.data()[:n]
	if err := d.write(buf, n, last); err != nil {
		return &clientError{err}
	}
	if !x.responded {
		x.respond(d.resp.at, d.resp.captured())
	}
	if n > 0 {
		x.tap.Chunk(capture.Chunk{Dir: capture.Receive, At: at, Data: p})
	}
	return nil
}

func (d *download) write(buf *chunkBuffer, n int, last bool) error {
	chunked := d.resp.body.kind == byChunks
	if d.direct != nil && !last {
		if n == 0 {
			return nil
		}
		_, err := d.direct.Write(buf.framed(n, chunked))
		return err
	}
	x := d.x
	if n > 0 {
		if _, err := x.w.Write(buf.data()[:n]); err != nil {
			return err
		}
	}
	if last && chunked || n == 0 && x.responded {
		return nil
	}
	err := x.out.Flush()
	if x.conn != nil && x.r.ProtoAtLeast(1, 1) && (chunked || d.resp.body.kind == byClose) {
		d.direct = x.conn
	}
	return err
}

// complete ends an exchange whose response came whole.
func (d *download) complete() {
	x := d.x
	if trailer := d.body.trailer; len(trailer) > 0 {
		x.tap.Trailer(capture.Receive, trailer)
	}
	d.writeEnd()
	x.lasts = d.resp.lasts() && !x.r.Close
	e := capture.End{How: capture.HowClose, By: capture.Server}
	if d.resp.body.kind == byClose {
		e.How, e.NoNotify = capture.HowFIN, !x.server.CloseNotify()
		if e.NoNotify {
			x.cut = &cut{how: endFIN, noNotify: true}
		}
	}
	x.end(e)
}

// writeEnd ends a chunked body for the client. Mostly net/http does, with its
// next write; but it would wait for the end of the upload, and spell trailers
// in its own way.
func (d *download) writeEnd() {
	x, trailer := d.x, d.body.trailer
	switch {
	case d.resp.body.kind != byChunks || len(trailer) == 0 && x.upload == nil || !x.r.ProtoAtLeast(1, 1):
	case x.conn == nil:
		d.setTrailer()
	case x.out.Flush() == nil:
		if _, err := x.conn.Write(chunkedEnd(trailer)); err == nil {
			x.conn.verbatim.ended = true
		}
	}
}

// setTrailer hands trailer fields to net/http.
func (d *download) setTrailer() {
	h := d.x.w.Header()
	for _, f := range d.body.trailer {
		name := http.CanonicalHeaderKey(f.Name)
		if !d.resp.hasToken("Trailer", f.Name) {
			name = http.TrailerPrefix + name
		}
		h[name] = append(h[name], f.Value)
	}
}
