package content

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

var (
	errHeader     = errors.New("invalid header")
	errChecksum   = errors.New("the checksum does not match")
	errDictionary = errors.New("needs a preset dictionary")
)

// The flags of a gzip member (RFC 1952 §2.3.1).
const (
	gzipHeaderCRC = 1 << 1
	gzipExtra     = 1 << 2
	gzipName      = 1 << 3
	gzipComment   = 1 << 4
)

// inflater reads DEFLATE data (RFC 1951) in its wrappers gzip (RFC 1952) and
// zlib (RFC 1950), or bare. Unlike the readers of the libraries it hands out
// the last bytes of a member before it asks for what stands behind them: on a
// live stream that may take long to come.
type inflater struct {
	in     *bufio.Reader
	gzip   bool
	opened bool
	flate  io.ReadCloser
	sum    hash.Hash32 // nil for bare data
	size   uint32
	ended  bool // the data of the member: its trailer comes next
}

func newInflater(coding string, in *bufio.Reader) *inflater {
	return &inflater{in: in, gzip: coding != "deflate"}
}

// Read implements io.Reader.
func (z *inflater) Read(p []byte) (int, error) {
	for {
		if z.ended {
			if err := z.trailer(); err != nil {
				return 0, err
			}
		}
		if !z.opened {
			if err := z.header(); err != nil {
				return 0, err
			}
		}
		n, err := z.flate.Read(p)
		if z.sum != nil {
			z.sum.Write(p[:n])
			z.size += uint32(n)
		}
		if err == io.EOF {
			z.ended, err = true, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// header reads what stands before the data of a member.
func (z *inflater) header() error {
	z.sum, z.size = nil, 0
	err := z.zlibHeader
	if z.gzip {
		err = z.gzipHeader
	}
	if err := err(); err != nil {
		return err
	}
	z.opened = true
	if z.flate == nil {
		z.flate = flate.NewReader(z.in)
		return nil
	}
	return z.flate.(flate.Resetter).Reset(z.in, nil)
}

// zlibHeader tells by the first two bytes whether the data is bare: a zlib
// header is a multiple of 31, and such a bare block would be a stored one whose
// length does not fit its complement.
func (z *inflater) zlibHeader() error {
	h, err := z.in.Peek(2)
	if len(h) < 2 {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if h[0]&0x0F != 8 || h[0]>>4 > 7 || binary.BigEndian.Uint16(h)%31 != 0 {
		return nil
	}
	if h[1]&0x20 != 0 {
		return errDictionary
	}
	z.sum = adler32.New()
	_, err = z.in.Discard(2)
	return err
}

func (z *inflater) gzipHeader() error {
	var h [10]byte
	if _, err := io.ReadFull(z.in, h[:]); err != nil {
		return unexpected(err)
	}
	flags := h[3]
	if h[0] != 0x1F || h[1] != 0x8B || h[2] != 8 || flags&0xE0 != 0 {
		return errHeader
	}
	if flags&gzipExtra != 0 {
		if _, err := io.ReadFull(z.in, h[:2]); err != nil {
			return unexpected(err)
		}
		if _, err := z.in.Discard(int(binary.LittleEndian.Uint16(h[:]))); err != nil {
			return unexpected(err)
		}
	}
	for _, flag := range [...]byte{gzipName, gzipComment} {
		for flags&flag != 0 {
			c, err := z.in.ReadByte()
			if err != nil {
				return unexpected(err)
			}
			if c == 0 {
				break
			}
		}
	}
	if flags&gzipHeaderCRC != 0 {
		if _, err := z.in.Discard(2); err != nil {
			return unexpected(err)
		}
	}
	z.sum = crc32.NewIEEE()
	return nil
}

// trailer reads what stands behind the data. Another gzip member may follow;
// other bytes are passed over, as browsers do.
func (z *inflater) trailer() error {
	if z.sum == nil {
		return io.EOF
	}
	var t [8]byte
	if !z.gzip {
		if _, err := io.ReadFull(z.in, t[:4]); err != nil {
			return unexpected(err)
		}
		if binary.BigEndian.Uint32(t[:]) != z.sum.Sum32() {
			return errChecksum
		}
		return io.EOF
	}
	if _, err := io.ReadFull(z.in, t[:]); err != nil {
		return unexpected(err)
	}
	if binary.LittleEndian.Uint32(t[:]) != z.sum.Sum32() || binary.LittleEndian.Uint32(t[4:]) != z.size {
		return errChecksum
	}
	next, err := z.in.Peek(2)
	if len(next) == 2 && next[0] == 0x1F && next[1] == 0x8B {
		z.opened, z.ended = false, false
		return nil
	}
	if err != nil {
		return err
	}
	return io.EOF
}

// unexpected is for an end where more must come.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
