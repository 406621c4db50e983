package payload

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
)

// packItem reads a value of MessagePack up to what is in it (MessagePack
// specification, Formats).
func (s *packedScanner) packItem() (it item, ok bool) {
	it.start = s.pos
	c, ok := s.number(1)
	switch {
	case !ok:
		return it, false
	case c < 0x80:
		return it.integer(c, false)
	case c < 0x90:
		return s.list(it, mapItem, c&15)
	case c < 0xa0:
		return s.list(it, listItem, c&15)
	case c < 0xc0:
		return s.text(it, c&31)
	case c >= 0xe0:
		return it.integer(256-c, true)
	}
	switch c {
	case 0xc0:
		return it.literal("null")
	case 0xc2:
		return it.literal("false")
	case 0xc3:
		return it.literal("true")
	}
	return s.longItem(it, byte(c))
}

// longItem reads a value whose head has further bytes.
func (s *packedScanner) longItem(it item, c byte) (item, bool) {
	size := func(first byte) int { return 1 << (c - first) }
	switch {
	case c >= 0xc4 && c <= 0xc6:
		n, ok := s.number(size(0xc4))
		if !ok {
			return it, false
		}
		return s.bytes(it, n)
	case c >= 0xc7 && c <= 0xc9:
		n, ok := s.number(size(0xc7))
		if !ok {
			return it, false
		}
		return s.extension(it, n)
	case c == 0xca:
		n, ok := s.number(4)
		it, _ = it.float(float64(math.Float32frombits(uint32(n))))
		return it, ok
	case c == 0xcb:
		n, ok := s.number(8)
		it, _ = it.float(math.Float64frombits(n))
		return it, ok
	case c >= 0xcc && c <= 0xcf:
		n, ok := s.number(size(0xcc))
		it, _ = it.integer(n, false)
		return it, ok
	case c >= 0xd0 && c <= 0xd3:
		return s.signed(it, size(0xd0))
	case c >= 0xd4 && c <= 0xd8:
		return s.extension(it, uint64(size(0xd4)))
	}
	return s.longContainer(it, c)
}

// longContainer reads a text, list or map whose length has bytes of its own.
func (s *packedScanner) longContainer(it item, c byte) (item, bool) {
	switch c {
	case 0xd9, 0xda, 0xdb:
		n, ok := s.number(1 << (c - 0xd9))
		if !ok {
			return it, false
		}
		return s.text(it, n)
	case 0xdc, 0xdd:
		n, ok := s.number(2 << (c - 0xdc))
		if !ok {
			return it, false
		}
		return s.list(it, listItem, n)
	case 0xde, 0xdf:
		n, ok := s.number(2 << (c - 0xde))
		if !ok {
			return it, false
		}
		return s.list(it, mapItem, n)
	}
	return it, false
}

// signed reads a signed number.
func (s *packedScanner) signed(it item, size int) (item, bool) {
	n, ok := s.number(size)
	shift := 64 - 8*size
	v := int64(n<<shift) >> shift
	if v < 0 {
		it, _ = it.integer(-uint64(v), true)
	} else {
		it, _ = it.integer(uint64(v), false)
	}
	return it, ok
}

// extension reads a value of a type of its own. It is never rewritten: the type
// would get lost.
func (s *packedScanner) extension(it item, n uint64) (item, bool) {
	p, ok := s.take(n + 1)
	if !ok {
		return it, false
	}
	it.kind, it.value = Literal, "ext("+strconv.Itoa(int(int8(p[0])))+","+hex.EncodeToString(p[1:])+")"
	return it, true
}

// appendMessagePack appends a scalar. blob asks for bytes in place of a text.
func appendMessagePack(dst []byte, kind Kind, value string, blob bool) []byte {
	switch kind {
	case Number:
		return appendPackNumber(dst, value)
	case Literal:
		if i := map[string]byte{"null": 0xc0, "false": 0xc2, "true": 0xc3}[value]; i != 0 {
			return append(dst, i)
		}
	case Empty:
		if value == "{" {
			return append(dst, 0x80)
		}
		return append(dst, 0x90)
	}
	if blob {
		if p, err := hex.DecodeString(value); err == nil {
			return append(packLength(dst, len(p), 0xc4, 0, -1), p...)
		}
	}
	return append(packLength(dst, len(value), 0xd9, 0xa0, 31), value...)
}

// packLength appends the head of a string: the short form where it has one and
// n fits, else the first of three forms that does.
func packLength(dst []byte, n int, first, short byte, most int) []byte {
	switch {
	case n <= most:
		return append(dst, short|byte(n))
	case n <= math.MaxUint8:
		return append(dst, first, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, first+1), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, first+2), uint32(n))
}

// appendPackNumber appends a number in the shortest form.
func appendPackNumber(dst []byte, value string) []byte {
	if n, err := strconv.ParseUint(value, 10, 64); err == nil {
		switch {
		case n < 0x80:
			return append(dst, byte(n))
		case n <= math.MaxUint8:
			return append(dst, 0xcc, byte(n))
		case n <= math.MaxUint16:
			return binary.BigEndian.AppendUint16(append(dst, 0xcd), uint16(n))
		case n <= math.MaxUint32:
			return binary.BigEndian.AppendUint32(append(dst, 0xce), uint32(n))
		}
		return binary.BigEndian.AppendUint64(append(dst, 0xcf), n)
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		if n >= -32 {
			return append(dst, byte(n))
		}
		return binary.BigEndian.AppendUint64(append(dst, 0xd3), uint64(n))
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return appendMessagePack(dst, String, value, false)
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xcb), math.Float64bits(f))
}
