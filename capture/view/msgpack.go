package view

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// msgpack writes MessagePack values, one or several, in a notation like JSON:
// bytes are h'…', extensions ext(type, h'…').
func (out *printer) msgpack(p []byte) *Malformed {
	r, t := &msgpackReader{binaryReader: binaryReader{p: p}}, newTree(out)
	for r.pos < len(p) {
		start := r.pos
		if reason := r.value(t); reason != "" {
			t.end()
			return out.rest(&r.binaryReader, max(start, r.at), reason)
		}
	}
	t.end()
	return nil
}

// isMsgPackMap reports whether p is exactly one map with texts as keys, which
// hardly anything else is.
func isMsgPackMap(p []byte) bool {
	if len(p) < 3 || len(p) > sniffed || p[0]&0xf0 != 0x80 && p[0] != 0xde && p[0] != 0xdf || p[0] == 0x80 {
		return false
	}
	k := p[1]
	if p[0] == 0xde {
		k = p[min(3, len(p)-1)]
	} else if p[0] == 0xdf {
		k = p[min(5, len(p)-1)]
	}
	if k&0xe0 != 0xa0 && k != 0xd9 {
		return false
	}
	r := &msgpackReader{binaryReader: binaryReader{p: p}}
	return r.value(nil) == "" && r.pos == len(p)
}

type msgpackReader struct {
	binaryReader
	at int // where the last value began
}

// value reads a value and gives it to t, which may be nil. It returns what is
// wrong.
func (r *msgpackReader) value(t *tree) string {
	r.at = r.pos
	c := r.byte()
	switch {
	case r.failed:
		return unexpectedEnd
	case c < 0x80:
		return r.leaf(t, uintText(uint64(c)), number)
	case c < 0x90:
		return r.container(t, uint64(c&15), true)
	case c < 0xa0:
		return r.container(t, uint64(c&15), false)
	case c < 0xc0:
		return r.text(t, uint64(c&31))
	case c >= 0xe0:
		return r.leaf(t, intText(int64(int8(c))), number)
	}
	switch c {
	case 0xc0:
		return r.leaf(t, []byte("nil"), number)
	case 0xc2:
		return r.leaf(t, []byte("false"), number)
	case 0xc3:
		return r.leaf(t, []byte("true"), number)
	case 0xc4, 0xc5, 0xc6:
		b := r.take(r.uint(1 << (c - 0xc4)))
		return r.bytes(t, b)
	case 0xc7, 0xc8, 0xc9:
		return r.extension(t, r.uint(1<<(c-0xc7)))
	case 0xca:
		return r.leaf(t, floatText(float64(math.Float32frombits(uint32(r.uint(4)))), 32), number)
	case 0xcb:
		return r.leaf(t, floatText(math.Float64frombits(r.uint(8)), 64), number)
	case 0xcc, 0xcd, 0xce, 0xcf:
		return r.leaf(t, uintText(r.uint(1<<(c-0xcc))), number)
	case 0xd0, 0xd1, 0xd2, 0xd3:
		return r.leaf(t, intText(r.int(1<<(c-0xd0))), number)
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		return r.extension(t, 1<<(c-0xd4))
	case 0xd9, 0xda, 0xdb:
		return r.text(t, r.uint(1<<(c-0xd9)))
	case 0xdc, 0xdd:
		return r.container(t, r.uint(2<<(c-0xdc)), false)
	case 0xde, 0xdf:
		return r.container(t, r.uint(2<<(c-0xde)), true)
	}
	return fmt.Sprintf("no value begins with %#x", c)
}

// text reads a string. Where nobody wants it (t is nil) it is not copied.
func (r *msgpackReader) text(t *tree, n uint64) string {
	b := r.take(n)
	if t == nil {
		return r.leaf(nil, nil, str)
	}
	return r.leaf(t, stringText(b), str)
}

// bytes gives a bin, which has been read, to t.
func (r *msgpackReader) bytes(t *tree, b []byte) string {
	if t == nil {
		return r.leaf(nil, nil, str)
	}
	return r.leaf(t, bytesText(b), str)
}

// container reads an array of n values or a map of n pairs. n may be far beyond
// what there is: the end of the input ends the loop.
func (r *msgpackReader) container(t *tree, n uint64, pairs bool) string {
	if r.failed {
		return unexpectedEnd
	}
	if r.depth++; r.depth > maxBinaryNesting {
		return tooDeep
	}
	defer func() { r.depth-- }()
	opener, closer := "[", "]"
	if pairs {
		opener, closer = "{", "}"
	}
	if t != nil {
		t.open(opener)
	}
	for range n {
		if pairs {
			if reason := r.value(t.asKey()); reason != "" {
				return reason
			}
		}
		if reason := r.value(t); reason != "" {
			return reason
		}
	}
	if t != nil {
		t.close(closer)
	}
	return ""
}

// extension reads a type and n bytes; type -1 is a timestamp.
func (r *msgpackReader) extension(t *tree, n uint64) string {
	kind := int8(r.byte())
	b := r.take(n)
	if r.failed || t == nil {
		return r.leaf(nil, nil, plain)
	}
	if at, ok := msgpackTime(kind, b); ok {
		return r.leaf(t, []byte("timestamp("+at.UTC().Format(time.RFC3339Nano)+")"), number)
	}
	text := append([]byte("ext("+strconv.Itoa(int(kind))+", "), bytesText(b)...)
	return r.leaf(t, append(text, ')'), str)
}

// msgpackTime reads the three lengths of a timestamp: seconds, nanoseconds and
// seconds packed in 64 bits, and both apart.
func msgpackTime(kind int8, b []byte) (time.Time, bool) {
	if kind != -1 {
		return time.Time{}, false
	}
	r := binaryReader{p: b}
	switch len(b) {
	case 4:
		return time.Unix(int64(r.uint(4)), 0), true
	case 8:
		v := r.uint(8)
		return time.Unix(int64(v&(1<<34-1)), int64(v>>34)), true
	case 12:
		nanos := r.uint(4)
		return time.Unix(r.int(8), int64(nanos)), true
	}
	return time.Time{}, false
}
