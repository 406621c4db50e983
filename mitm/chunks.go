package mitm

import "errors"

// errChunk ends a request body whose chunked coding is broken.
var errChunk = errors.New("malformed chunked coding (RFC 9112 7.1)")

// maxTrailer bounds the trailer section of a request, in bytes.
const maxTrailer = 64 << 10

// chunkPart is where in the chunked coding the next byte lies.
type chunkPart uint8

const (
	chunkSize chunkPart = iota
	chunkExt
	chunkSizeLF
	chunkData
	chunkDataCR
	chunkDataLF
	chunkLine // at the start of a trailer line
	chunkTrailer
	chunkTrailerLF
	chunkEndLF
)

// chunks finds the end of a body in the chunked transfer coding (RFC 9112
// §7.1) in bytes that come in any pieces. It is as strict as the grammar, so
// that nothing behind it can find another end.
type chunks struct {
	part    chunkPart
	digits  int    // of the size at hand
	left    uint64 // of the chunk at hand
	section []byte // the trailer section, with the line that ends it
}

// scan reads on in the body. It returns how many bytes of b belong to it, and
// whether it ends there.
func (c *chunks) scan(b []byte) (n int, done bool, err error) {
	for n < len(b) {
		if c.part == chunkData {
			run := min(c.left, uint64(len(b)-n))
			n += int(run)
			if c.left -= run; c.left == 0 {
				c.part = chunkDataCR
			}
			continue
		}
		if done, err = c.next(b[n]); err != nil {
			return n, false, err
		}
		n++
		if done {
			return n, true, nil
		}
	}
	return n, false, nil
}

// next takes one byte that is not data.
func (c *chunks) next(b byte) (done bool, err error) {
	switch c.part {
	case chunkSize:
		return false, c.size(b)
	case chunkExt:
		switch b {
		case '\r':
			c.part = chunkSizeLF
		case '\n':
			return false, errChunk
		}
	case chunkSizeLF:
		c.part = chunkData
		if c.left == 0 {
			c.part = chunkLine
		}
		return false, want(b, '\n')
	case chunkDataCR:
		c.part = chunkDataLF
		return false, want(b, '\r')
	case chunkDataLF:
		c.part, c.digits = chunkSize, 0
		return false, want(b, '\n')
	case chunkLine, chunkTrailer:
		return false, c.trailer(b)
	case chunkTrailerLF:
		c.part = chunkLine
		c.section = append(c.section, b)
		return false, want(b, '\n')
	case chunkEndLF:
		c.section = append(c.section, b)
		return true, want(b, '\n')
	}
	return false, nil
}

// size takes a byte of a chunk's size.
func (c *chunks) size(b byte) error {
	switch {
	case isHex(b) && c.digits < 15:
		d := b - '0'
		if b > '9' {
			d = b | 0x20 - 'a' + 10
		}
		c.left = c.left<<4 | uint64(d)
		c.digits++
	case c.digits == 0:
		return errChunk
	case b == '\r':
		c.part = chunkSizeLF
	case b == ';' || b == ' ' || b == '\t':
		c.part = chunkExt
	default:
		return errChunk
	}
	return nil
}

// trailer takes a byte of the trailer section.
func (c *chunks) trailer(b byte) error {
	if len(c.section) >= maxTrailer {
		return errChunk
	}
	c.section = append(c.section, b)
	switch {
	case b == '\r' && c.part == chunkLine:
		c.part = chunkEndLF
	case b == '\r':
		c.part = chunkTrailerLF
	case b == '\n':
		return errChunk
	default:
		c.part = chunkTrailer
	}
	return nil
}

func want(b, must byte) error {
	if b != must {
		return errChunk
	}
	return nil
}
