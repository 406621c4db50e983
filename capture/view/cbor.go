package view

import (
	"fmt"
	"math"
	"strconv"
)

// cbor writes CBOR items, one or several, in diagnostic notation (RFC 8949 §8).
func (out *printer) cbor(p []byte) *Malformed {
	r, t := &cborReader{binaryReader: binaryReader{p: p}}, newTree(out)
	for r.pos < len(p) {
		start := r.pos
		if reason := r.item(t); reason != "" {
			t.end()
			return out.rest(&r.binaryReader, max(start, r.at), reason)
		}
	}
	t.end()
	return nil
}

// isCBORMap reports whether p is exactly one map with texts as keys.
func isCBORMap(p []byte) bool {
	if len(p) < 3 || len(p) > sniffed || p[0]>>5 != cborMap || p[0] == 0xa0 {
		return false
	}
	if k := p[1]; p[0] < 0xb8 && k>>5 != cborText {
		return false
	}
	r := &cborReader{binaryReader: binaryReader{p: p}}
	return r.item(nil) == "" && r.pos == len(p)
}

// The major types (RFC 8949 §3.1).
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

const indefinite = math.MaxUint64

type cborReader struct {
	binaryReader
	at int // where the last item began
}

// item reads an item and gives it to t, which may be nil. It returns what is
// wrong.
func (r *cborReader) item(t *tree) string {
	r.at = r.pos
	c := r.byte()
	if r.failed {
		return unexpectedEnd
	}
	major, info := c>>5, c&31
	if major == cborSimple {
		return r.simple(t, info)
	}
	n, reason := r.argument(major, info)
	if reason != "" {
		return reason
	}
	switch major {
	case cborUint:
		return r.leaf(t, uintText(n), number)
	case cborNegative:
		return r.leaf(t, negativeText(n), number)
	case cborBytes, cborText:
		return r.string(t, major, n)
	case cborTag:
		return r.nested(t, strconv.FormatUint(n, 10)+"(", ")", 1, false)
	case cborMap:
		return r.nested(t, "{", "}", n, true)
	}
	return r.nested(t, "[", "]", n, false)
}

// argument reads the argument of an item's head (§3).
func (r *cborReader) argument(major, info byte) (uint64, string) {
	switch {
	case info < 24:
		return uint64(info), ""
	case info < 28:
		n := r.uint(1 << (info - 24))
		if r.failed {
			return 0, unexpectedEnd
		}
		return n, ""
	case info == 31 && major >= cborBytes && major <= cborMap:
		return indefinite, ""
	}
	return 0, "a reserved length"
}

// negativeText writes -1-n, which may be beyond int64.
func negativeText(n uint64) []byte {
	if n == math.MaxUint64 {
		return []byte("-18446744073709551616")
	}
	return strconv.AppendUint([]byte("-"), n+1, 10)
}

// string reads a byte or text string of n bytes, or its chunks up to a break (RFC
// 8949 §3.2.3).
func (r *cborReader) string(t *tree, major byte, n uint64) string {
	if n == indefinite {
		return r.nested(t, "(_ ", ")", n, false)
	}
	b := r.take(n)
	switch {
	case t == nil || r.failed:
		return r.leaf(nil, nil, str)
	case major == cborText:
		return r.leaf(t, stringText(b), str)
	}
	return r.leaf(t, bytesText(b), str)
}

// nested reads n items, or pairs of them, or until a break.
func (r *cborReader) nested(t *tree, opener, closer string, n uint64, pairs bool) string {
	if r.depth++; r.depth > maxBinaryNesting {
		return tooDeep
	}
	defer func() { r.depth-- }()
	if t != nil {
		if n == indefinite && opener != "(_ " {
			opener += "_ "
		}
		t.open(opener)
	}
	for i := uint64(0); i < n; i++ {
		if n == indefinite && r.pos < len(r.p) && r.p[r.pos] == 0xff {
			r.pos++
			break
		}
		if pairs {
			if reason := r.item(t.asKey()); reason != "" {
				return reason
			}
		}
		if reason := r.item(t); reason != "" {
			return reason
		}
	}
	if t != nil {
		t.close(closer)
	}
	return ""
}

// simple reads a simple value or a float (§3.3).
func (r *cborReader) simple(t *tree, info byte) string {
	var text []byte
	switch info {
	case 20:
		text = []byte("false")
	case 21:
		text = []byte("true")
	case 22:
		text = []byte("null")
	case 23:
		text = []byte("undefined")
	case 24:
		text = fmt.Appendf(nil, "simple(%d)", r.byte())
	case 25:
		text = floatText(halfFloat(uint16(r.uint(2))), 32)
	case 26:
		text = floatText(float64(math.Float32frombits(uint32(r.uint(4)))), 32)
	case 27:
		text = floatText(math.Float64frombits(r.uint(8)), 64)
	case 31:
		return "a break outside of an item of indefinite length"
	default:
		if info > 23 {
			return "a reserved simple value"
		}
		text = fmt.Appendf(nil, "simple(%d)", info)
	}
	return r.leaf(t, text, number)
}

// halfFloat reads an IEEE 754 binary16 (RFC 8949 appendix D).
func halfFloat(h uint16) float64 {
	exponent, mantissa := int(h>>10&31), float64(h&0x3ff)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(mantissa, -24)
	case 31:
		v = math.Inf(1)
		if mantissa != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(mantissa+1024, exponent-25)
	}
	if h&0x8000 != 0 {
		v = -v
	}
	return v
}
