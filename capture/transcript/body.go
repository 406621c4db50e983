package transcript

import (
	"bufio"
	"errors"
	"io"
	"iter"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
)

// Chunks yields the runs of bytes of one direction as they were read: bodies
// in their content coding, of a socket only what never became a frame. At
// counts from the exchange's start. The data is valid until the next chunk is
// asked for. A body that is complete is not looked for beyond its last byte: a
// request is short, and the stream that answers it may be long.
func (t *Transcript) Chunks(dir capture.Direction) iter.Seq2[capture.Chunk, error] {
	return func(yield func(capture.Chunk, error) bool) {
		var seen uint64
		for p, err := range t.tape.Pieces(t.ex.ID, capture.Mark{Clean: true}) {
			if err != nil {
				yield(capture.Chunk{}, err)
				return
			}
			if p.Type != capture.PieceChunk || p.Dir != dir {
				continue
			}
			seen += uint64(len(p.Data))
			if !yield(capture.Chunk{Dir: dir, At: p.At, Data: p.Data}, nil) || t.passed(dir, seen) {
				return
			}
		}
	}
}

// passed reports whether seen bytes are all there will be of a body. The counts
// of sockets are of their frames; and behind a response nothing comes anyway.
func (t *Transcript) passed(dir capture.Direction, seen uint64) bool {
	return dir == capture.Send && !t.ex.Open && t.ex.Kind != capture.KindWebSocket &&
		t.ex.Sent.Bytes > 0 && seen >= t.ex.Sent.Bytes
}

// Wire returns the body of one direction as on the wire, in its content coding.
// Close it.
func (t *Transcript) Wire(dir capture.Direction) io.ReadCloser {
	next, stop := iter.Pull2(t.Chunks(dir))
	return &wireReader{next: next, stop: stop}
}

// Body returns the body of one direction with its content coding undone. A
// coding that is unknown or broken ends it with an error that says so. Close
// it.
func (t *Transcript) Body(dir capture.Direction) io.ReadCloser {
	wire := t.Wire(dir)
	codings := t.codings(dir)
	if len(codings) == 0 {
		return wire
	}
	// A response without a body may still name the coding it would have had.
	buffered := bufio.NewReader(wire)
	if _, err := buffered.Peek(1); err != nil {
		return wire
	}
	decoded, err := content.NewReader(codings, buffered)
	if err != nil {
		decoded = io.NopCloser(failing{err})
	}
	return &bodyReader{ReadCloser: decoded, wire: wire}
}

// wireReader reads the chunks of one direction one after the other.
type wireReader struct {
	next func() (capture.Chunk, error, bool)
	stop func()
	rest []byte
	err  error
}

func (r *wireReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		c, err, ok := r.next()
		switch {
		case !ok:
			r.err = io.EOF
		case err != nil:
			r.err = err
		default:
			r.rest = c.Data
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *wireReader) Close() error {
	r.stop()
	r.rest, r.err = nil, errors.New("read of a closed body")
	return nil
}

// bodyReader closes the wire below a decoder with it.
type bodyReader struct {
	io.ReadCloser
	wire io.Closer
}

func (r *bodyReader) Close() error { return errors.Join(r.ReadCloser.Close(), r.wire.Close()) }

// failing is a body that cannot be read, and why.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
