package content

import (
	"bufio"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the largest window a zstd coding may have (RFC 9659 §3), and
// with it most of what one decoder can hold.
const maxWindow = 8 << 20

// NewReader returns a reader of what r yields with the codings undone: gzip and
// x-gzip (any number of members), deflate (with the zlib wrapper, as RFC 9110
// §8.4.1.2 has it, or raw, as some servers send it), br, zstd and identity. An
// unknown coding is a *CodingError, at once; damaged data is one where it
// stands; what stands before it comes out first, but under br the last run of
// it may not. A body that was cut off yields what is there and then
// io.ErrUnexpectedEOF; an empty one is no error. Errors of r come through as
// they are.
//
// A Read returns what a flush of the sender completed, without waiting for
// more. Memory is bounded: the codings' windows, 16 MiB for br, 8 MiB for zstd,
// 32 KiB for the others. Close frees it; it does not close r.
func NewReader(codings []string, r io.Reader) (io.ReadCloser, error) {
	if err := check(codings); err != nil {
		return nil, err
	}
	c := &chain{out: r}
	for i := len(codings) - 1; i >= 0; i-- {
		if codings[i] != "identity" {
			s := &stage{coding: codings[i], in: below{r: c.out}}
			c.stages = append(c.stages, s)
			c.out = s
		}
	}
	return c, nil
}

// chain is the decoders of a body, the coding applied last first.
type chain struct {
	stages []*stage
	out    io.Reader
}

func (c *chain) Read(p []byte) (int, error) { return c.out.Read(p) }

func (c *chain) Close() error {
	for _, s := range c.stages {
		s.close()
	}
	return nil
}

// stage undoes one coding. The decoder is made at the first Read, as making it
// may read.
type stage struct {
	coding string
	in     below
	r      io.Reader
	free   func()
	err    error
}

// below is where a stage reads from. It remembers the error that came from
// there, so that it is not blamed on the coding.
type below struct {
	r   io.Reader
	any bool
	err error
}

func (b *below) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.any = b.any || n > 0
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// Read implements io.Reader.
func (s *stage) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if s.r == nil {
		if s.err = s.open(); s.err != nil {
			return 0, s.err
		}
	}
	n, err := s.r.Read(p)
	if err != nil {
		s.err = s.explain(err)
	}
	return n, s.err
}

// open makes the decoder.
func (s *stage) open() error {
	switch s.coding {
	case "br":
		s.r = brotli.NewReader(&s.in)
	case "zstd":
		// One at a time: it then reads only when it is read from, and starts
		// no goroutine.
		z, err := zstd.NewReader(&s.in, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return &CodingError{Coding: s.coding, Err: err}
		}
		s.r, s.free = z, z.Close
	default:
		s.r = newInflater(s.coding, bufio.NewReader(&s.in))
	}
	return nil
}

// explain turns an error of the decoder into the one that NewReader promises.
func (s *stage) explain(err error) error {
	switch {
	case s.in.err != nil:
		return s.in.err
	case err == io.EOF, !s.in.any:
		return io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	}
	return &CodingError{Coding: s.coding, Err: err}
}

func (s *stage) close() {
	if s.free != nil {
		s.free()
		s.free = nil
	}
	s.r, s.err = nil, io.ErrClosedPipe
}
