package content

import (
	"errors"
	"io"
	"iter"
)

const (
	maxFeed = 64 << 20 // what one Feed or Close may return
	outSize = 16 << 10 // what FeedTo hands out at a time, at most
)

var errBomb = errors.New("decodes to more than 64 MiB at once")

// Decoder undoes content codings on bytes that are pushed. It starts no
// goroutine that runs beside the caller: the decompressors, which want to read,
// are a coroutine that runs while FeedTo does. It is not for concurrent use.
type Decoder struct {
	chain *chain
	in    []byte // what the decompressors did not read yet
	ended bool   // nothing comes after in
	next  func() ([]byte, bool)
	stop  func()
	pause func([]byte) bool // back to FeedTo: with output, or with nil for more input
	done  bool
	err   error
	out   []byte
}

// NewDecoder returns a decoder for one body. The codings, and the errors of
// the other methods, are those of NewReader.
func NewDecoder(codings []string) (*Decoder, error) {
	d := &Decoder{}
	r, err := NewReader(codings, (*input)(d))
	if err != nil {
		return nil, err
	}
	d.chain = r.(*chain)
	return d, nil
}

// FeedTo takes the next run of the body and passes on all that can be decoded
// so far, in slices of at most 16 KiB that are good for the call only. However
// much a run decodes to, memory is bounded as NewReader says. What a sender
// flushed comes out at once; what it did not may wait in the window, 32 KiB at
// most, for the bytes after it. After an error, and after the end of the coded
// data, FeedTo does nothing but return that error again.
func (d *Decoder) FeedTo(p []byte, emit func([]byte)) error {
	if d.done || d.err != nil {
		return d.err
	}
	if len(d.chain.stages) == 0 {
		if len(p) > 0 {
			emit(p)
		}
		return nil
	}
	if d.next == nil {
		d.next, d.stop = iter.Pull(d.run)
	}
	d.in = p
	for {
		out, ok := d.next()
		if !ok {
			d.done = true
			break
		}
		if out == nil {
			break
		}
		emit(out)
		if d.err != nil { // of collect
			break
		}
	}
	d.in = nil
	return d.err
}

// Feed is FeedTo with the output in one slice, which is good until the next
// call; without codings it is p. A run that decodes to more than 64 MiB is a
// *CodingError, with the first 64 MiB: where bodies come from strangers, and
// memory matters, use FeedTo.
func (d *Decoder) Feed(p []byte) ([]byte, error) {
	if len(d.chain.stages) == 0 {
		return p, nil
	}
	d.out = d.out[:0]
	err := d.FeedTo(p, d.collect)
	return d.out, err
}

func (d *Decoder) collect(out []byte) {
	if len(d.out)+len(out) > maxFeed {
		d.err = &CodingError{Coding: d.chain.stages[0].coding, Err: errBomb}
		return
	}
	d.out = append(d.out, out...)
}

// Close ends the body, passes on what the decompressors still held, good until
// the decoder is gone, and frees them. It must be called, also after an error.
// A body that was cut off is io.ErrUnexpectedEOF.
func (d *Decoder) Close() ([]byte, error) {
	d.ended = true
	d.out = d.out[:0]
	err := d.FeedTo(nil, d.collect)
	if d.stop != nil {
		d.stop()
	}
	d.chain.Close()
	return d.out, err
}

// run is the coroutine.
func (d *Decoder) run(yield func([]byte) bool) {
	d.pause = yield
	buf := make([]byte, outSize)
	for {
		n, err := d.chain.Read(buf)
		if n > 0 && !yield(buf[:n]) {
			return
		}
		if err != nil {
			if err != io.EOF && d.err == nil {
				d.err = err
			}
			return
		}
	}
}

// input is the decoder as its decompressors see it.
type input Decoder

// Read implements io.Reader.
func (in *input) Read(p []byte) (int, error) {
	for len(in.in) == 0 {
		if in.ended || !in.pause(nil) {
			return 0, io.EOF
		}
	}
	n := copy(p, in.in)
	in.in = in.in[n:]
	return n, nil
}
