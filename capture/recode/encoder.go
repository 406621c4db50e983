// Package recode stands beside the tape on the path bytes → mitm → capture →
// show, export, replay: it puts bodies that were decoded, imported or redacted
// back into the content codings that their heads name, as capture/content undoes
// them.
package recode

import (
	"bytes"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Encoder applies content codings to one body (RFC 9110 §8.4.1). What it returns
// is good until the next call. It may not be used concurrently.
type Encoder struct {
	out   bytes.Buffer
	chain []flusher // the first is the coding applied first
}

type flusher interface {
	io.WriteCloser
	Flush() error
}

// brotliLevel is fast, and still smaller than gzip.
const brotliLevel = 4

// NewEncoder returns an encoder for codings in the order in which they are
// applied, as content.Codings returns them. An error names a coding that cannot
// be made. Without codings, what is encoded stays as it is.
func NewEncoder(codings []string) (*Encoder, error) {
	e := &Encoder{chain: make([]flusher, len(codings))}
	var w io.Writer = &e.out
	for i := len(codings) - 1; i >= 0; i-- {
		var f flusher
		switch codings[i] {
		case "gzip", "x-gzip":
			f = gzip.NewWriter(w)
		case "deflate":
			f = zlib.NewWriter(w)
		case "br":
			f = brotli.NewWriterLevel(w, brotliLevel)
		case "zstd":
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
			if err != nil {
				return nil, fmt.Errorf("content coding zstd: %w", err)
			}
			f = z
		default:
			return nil, fmt.Errorf("content coding %q cannot be made", codings[i])
		}
		e.chain[i], w = f, f
	}
	return e, nil
}

// Encode returns what goes on the wire for p: all of it, flushed, so that the
// receiver can decode it at once.
func (e *Encoder) Encode(p []byte) ([]byte, error) {
	if len(e.chain) == 0 {
		return p, nil
	}
	e.out.Reset()
	if _, err := e.chain[0].Write(p); err != nil {
		return nil, fmt.Errorf("encode a body: %w", err)
	}
	for _, f := range e.chain {
		if err := f.Flush(); err != nil {
			return nil, fmt.Errorf("encode a body: %w", err)
		}
	}
	return e.out.Bytes(), nil
}

// Close returns what ends the body; nothing may be encoded any more.
func (e *Encoder) Close() ([]byte, error) {
	e.out.Reset()
	for _, f := range e.chain {
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("end an encoded body: %w", err)
		}
	}
	return e.out.Bytes(), nil
}
