package mitm

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// maxLine bounds a line of the chunked coding: a chunk's size with its
// extensions, or one trailer field.
const maxLine = 64 << 10

// body reads the body of a response off its connection by its framing (RFC
// 9112 §6.3). It returns io.EOF where the body is complete, io.ErrUnexpectedEOF
// where the connection ended before, and can be read again after errDry.
type body struct {
	br      *bufio.Reader
	framing framing
	left    int64 // of the body, or of the chunk
	at      bodyPart
	line    []byte // the part of a line that has come
	trailer []capture.Field
	size    int // of the trailer so far
	done    bool
}

// bodyPart is where in the chunked coding a body is read (RFC 9112 §7.1).
type bodyPart uint8

const (
	atSize bodyPart = iota
	atData
	atDataEnd
	atTrailer
)

func newBody(br *bufio.Reader, f framing) *body {
	return &body{br: br, framing: f, left: f.length}
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.done || b.framing.kind == byNothing {
		return 0, io.EOF
	}
	n, err := b.read(p)
	switch {
	case err == io.EOF && b.framing.kind == byClose:
		b.done = true
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	case err == nil && b.done && n == 0:
		err = io.EOF
	}
	return n, err
}

func (b *body) read(p []byte) (int, error) {
	switch b.framing.kind {
	case byClose:
		return b.br.Read(p)
	case byLength:
		if b.left == 0 {
			b.done = true
			return 0, nil
		}
		return b.run(p)
	}
	for b.at != atData && !b.done {
		if err := b.step(); err != nil {
			return 0, err
		}
	}
	if b.done {
		return 0, nil
	}
	n, err := b.run(p)
	if b.left == 0 {
		b.at = atDataEnd
	}
	return n, err
}

// run reads of what is left of the body or the chunk.
func (b *body) run(p []byte) (int, error) {
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.br.Read(p)
	b.left -= int64(n)
	return n, err
}

// step reads one line of the chunked coding.
func (b *body) step() error {
	line, err := b.readLine()
	if err != nil {
		return err
	}
	switch b.at {
	case atSize:
		return b.chunk(line)
	case atDataEnd:
		if len(line) > 0 {
			return errChunk
		}
		b.at = atSize
	case atTrailer:
		if len(line) == 0 {
			b.done = true
			return nil
		}
		if b.size += len(line); b.size > maxHead {
			return errLongHead
		}
		name, value, found := strings.Cut(string(line), ":")
		if !found || name == "" {
			return errChunk
		}
		b.trailer = append(b.trailer, capture.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
	return nil
}

// chunk reads the line before a chunk. Extensions are for the next hop only
// (RFC 9112 §7.1.1).
func (b *body) chunk(line []byte) error {
	digits, _, _ := bytes.Cut(line, []byte{';'})
	size, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 63)
	if err != nil {
		return errChunk
	}
	b.left, b.at = int64(size), atData
	if size == 0 {
		b.at = atTrailer
	}
	return nil
}

// readLine returns the next line without its end. It is valid until the next
// read. After an error it goes on where it was.
func (b *body) readLine() ([]byte, error) {
	part, err := b.br.ReadSlice('\n')
	if err == nil && len(b.line) == 0 {
		return bytes.TrimSuffix(part[:len(part)-1], []byte{'\r'}), nil
	}
	b.line = append(b.line, part...)
	if len(b.line) > maxLine {
		return nil, errChunk
	}
	if err == bufio.ErrBufferFull {
		return b.readLine()
	}
	if err != nil {
		return nil, err
	}
	line := b.line
	b.line = b.line[:0]
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}
