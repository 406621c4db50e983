package view

import (
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"
)

// binaryReader reads numbers off a payload. After a read beyond the end failed
// is set, and all further reads give zero.
type binaryReader struct {
	p      []byte
	pos    int
	failed bool
	depth  int
}

// maxBinaryNesting bounds recursion in the binary formats.
const maxBinaryNesting = 200

// take reads n bytes, which are still p's. n is what the payload claims, and may
// be anything.
func (r *binaryReader) take(n uint64) []byte {
	if r.failed || n > uint64(len(r.p)-r.pos) {
		r.failed = true
		return nil
	}
	start := r.pos
	r.pos += int(n)
	return r.p[start:r.pos]
}

// byte reads one byte.
func (r *binaryReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// uint reads n bytes, the most significant first.
func (r *binaryReader) uint(n int) uint64 {
	v := uint64(0)
	for _, c := range r.take(uint64(n)) {
		v = v<<8 | uint64(c)
	}
	return v
}

// int reads n bytes of a two's complement, the most significant first.
func (r *binaryReader) int(n int) int64 {
	shift := 64 - 8*n
	return int64(r.uint(n)<<shift) >> shift
}

// leaf gives a value that has been read to t, which may be nil, and returns what
// is wrong if it could not be read.
func (r *binaryReader) leaf(t *tree, text []byte, p paint) string {
	if r.failed {
		return unexpectedEnd
	}
	if t != nil {
		t.value(text, p)
	}
	return ""
}

// The following turn values into the text of a leaf.

func uintText(v uint64) []byte { return strconv.AppendUint(nil, v, 10) }

func intText(v int64) []byte { return strconv.AppendInt(nil, v, 10) }

// floatText keeps a point in whole numbers, so that they are seen to be floats.
func floatText(v float64, bits int) []byte {
	out := strconv.AppendFloat(nil, v, 'g', -1, bits)
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		out = append(strconv.AppendFloat(nil, v, 'f', -1, bits), ".0"...)
	}
	return out
}

// bytesText writes bytes as CBOR's diagnostic notation does (RFC 8949 §8).
func bytesText(p []byte) []byte {
	out := append(make([]byte, 0, 2*len(p)+3), "h'"...)
	return append(hex.AppendEncode(out, p), '\'')
}

// stringText quotes a text as JSON does; one that is not UTF-8 is bytes.
func stringText(p []byte) []byte {
	if !utf8.Valid(p) {
		return bytesText(p)
	}
	return appendString(make([]byte, 0, len(p)+2), p)
}

// rest shows what could not be read, and says why.
func (out *printer) rest(r *binaryReader, start int, reason string) *Malformed {
	out.endLine()
	start = min(start, len(r.p))
	out.hexdump(r.p[start:], int64(start))
	return &Malformed{Offset: int64(start), Reason: reason}
}
