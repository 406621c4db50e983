package payload

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// The major types of CBOR (RFC 8949 §3.1).
const (
	cborUnsigned = iota
	cborNegative
	cborBytes
	cborText
	cborList
	cborMap
	cborTag
	cborSimple
)

// indefinite is the additional information of a length that is not stated.
const indefinite = 31

// cborHead reads an initial byte and its argument (RFC 8949 §3).
func (s *packedScanner) cborHead() (major, info byte, n uint64, ok bool) {
	c, ok := s.number(1)
	major, info = byte(c)>>5, byte(c)&31
	switch {
	case !ok:
	case info < 24:
		n = uint64(info)
	case info < 28:
		n, ok = s.number(1 << (info - 24))
	default:
		ok = info == indefinite
	}
	return major, info, n, ok
}

// cborItem reads a value of CBOR up to what is in it. Tags are passed over.
func (s *packedScanner) cborItem() (it item, ok bool) {
	it.start = s.pos
	major, info, n, ok := s.cborHead()
	for ok && major == cborTag && info != indefinite {
		it.start = s.pos
		major, info, n, ok = s.cborHead()
	}
	if !ok {
		return it, false
	}
	if info == indefinite {
		return s.cborIndefinite(it, major)
	}
	switch major {
	case cborUnsigned:
		return it.integer(n, false)
	case cborNegative:
		if n == math.MaxUint64 {
			return it, false
		}
		return it.integer(n+1, true)
	case cborBytes:
		return s.bytes(it, n)
	case cborText:
		return s.text(it, n)
	case cborList:
		return s.list(it, listItem, n)
	case cborMap:
		return s.list(it, mapItem, n)
	}
	return it.simple(info, n)
}

// cborIndefinite reads a value whose length is not stated (RFC 8949 §3.2).
func (s *packedScanner) cborIndefinite(it item, major byte) (item, bool) {
	switch major {
	case cborList:
		it.what, it.n = listItem, -1
		return it, true
	case cborMap:
		it.what, it.n = mapItem, -1
		return it, true
	case cborSimple:
		it.what = breakItem
		return it, true
	case cborBytes, cborText:
		return s.cborParts(it, major)
	}
	return it, false
}

// cborParts reads a string in parts.
func (s *packedScanner) cborParts(it item, of byte) (item, bool) {
	var value strings.Builder
	for {
		major, info, n, ok := s.cborHead()
		switch {
		case !ok:
			return it, false
		case major == cborSimple && info == indefinite:
			it.what, it.kind, it.value = textItem, String, value.String()
			if of == cborBytes {
				it.what = blobItem
			}
			return it, true
		case major != of || info == indefinite:
			return it, false
		}
		read := s.text
		if of == cborBytes {
			read = s.bytes
		}
		part, ok := read(item{}, n)
		if !ok {
			return it, false
		}
		value.WriteString(part.value)
	}
}

// simple makes a literal or a float (RFC 8949 §3.3).
func (it item) simple(info byte, n uint64) (item, bool) {
	switch info {
	case 20:
		return it.literal("false")
	case 21:
		return it.literal("true")
	case 22:
		return it.literal("null")
	case 25:
		return it.float(half(uint16(n)))
	case 26:
		return it.float(float64(math.Float32frombits(uint32(n))))
	case 27:
		return it.float(math.Float64frombits(n))
	}
	return it.literal("simple(" + strconv.FormatUint(n, 10) + ")")
}

// half widens a float of two bytes (RFC 8949, Appendix D).
func half(bits uint16) float64 {
	exponent, mantissa := int(bits>>10)&31, float64(bits&1023)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(mantissa, -24)
	case 31:
		if f = math.Inf(1); mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(mantissa+1024, exponent-25)
	}
	if bits&0x8000 != 0 {
		return -f
	}
	return f
}

// appendCBOR appends a scalar. blob asks for bytes in place of a text.
func appendCBOR(dst []byte, kind Kind, value string, blob bool) []byte {
	switch kind {
	case Number:
		return appendCBORNumber(dst, value)
	case Literal:
		if c := map[string]byte{"false": 0xf4, "true": 0xf5, "null": 0xf6}[value]; c != 0 {
			return append(dst, c)
		}
	case Empty:
		if value == "{" {
			return append(dst, cborMap<<5)
		}
		return append(dst, cborList<<5)
	}
	if blob {
		if p, err := hex.DecodeString(value); err == nil {
			return append(cborArgument(dst, cborBytes, uint64(len(p))), p...)
		}
	}
	return append(cborArgument(dst, cborText, uint64(len(value))), value...)
}

// appendCBORNumber appends a number in the shortest form.
func appendCBORNumber(dst []byte, value string) []byte {
	if n, err := strconv.ParseUint(value, 10, 64); err == nil {
		return cborArgument(dst, cborUnsigned, n)
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return cborArgument(dst, cborNegative, uint64(-1-n))
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return appendCBOR(dst, String, value, false)
	}
	return binary.BigEndian.AppendUint64(append(dst, cborSimple<<5|27), math.Float64bits(f))
}

// cborArgument appends an initial byte with its argument.
func cborArgument(dst []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n <= math.MaxUint8:
		return append(dst, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), n)
}
