package view

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// protobuf writes a message without its schema: field numbers, and of each
// value what it may be. A field of bytes is a text if it looks like one, or
// else a message if it can be one.
func (out *printer) protobuf(p []byte) *Malformed {
	r, t := &protobufReader{binaryReader: binaryReader{p: p}}, newTree(out)
	if len(p) == 0 {
		out.endLine()
		return nil
	}
	t.open("{")
	for r.pos < len(p) {
		if reason := r.field(t, 0); reason != "" {
			t.end()
			return out.rest(&r.binaryReader, r.at, reason)
		}
	}
	t.close("}")
	t.end()
	return nil
}

// grpc writes the length-prefixed messages of gRPC and gRPC-Web: a byte of
// flags, four of length, a message or, with flag 0x80, trailers.
func (out *printer) grpc(p []byte) *Malformed {
	r := &binaryReader{p: p}
	for r.pos < len(p) {
		start := r.pos
		flags := r.byte()
		body := r.take(r.uint(4))
		if r.failed {
			return out.rest(r, start, unexpectedEnd)
		}
		out.begin(faint)
		out.plain(fmt.Sprintf("message of %d bytes, flags %#02x", len(body), flags))
		out.end(faint)
		out.newline()
		switch {
		case flags&0x80 != 0:
			out.text(body)
			out.endLine()
		case flags&1 != 0: // compressed
			out.hexdump(body, int64(start+5))
		default:
			if bad := out.protobuf(body); bad != nil {
				bad.Offset += int64(start + 5)
				return bad
			}
		}
	}
	return nil
}

// The wire types. Groups are deprecated, and still sent.
const (
	protoVarint = iota
	protoFixed64
	protoBytes
	protoGroup
	protoEndGroup
	protoFixed32
)

type protobufReader struct {
	binaryReader
	at int // where the last field began
}

// varint reads seven bits a byte, the least significant first, in ten bytes at
// the most.
func (r *protobufReader) varint() uint64 {
	v := uint64(0)
	for shift := 0; shift < 70; shift += 7 {
		c := r.byte()
		if shift == 63 && c > 1 {
			break
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.failed = true
	return 0
}

// little reads n bytes, the least significant first.
func (r *protobufReader) little(n int) uint64 {
	v := uint64(0)
	for i, c := range r.take(uint64(n)) {
		v |= uint64(c) << (8 * i)
	}
	return v
}

// field reads a field and gives it to t, which may be nil. Inside a group its
// number is given, and reaching its end is told by the reason endOfGroup.
func (r *protobufReader) field(t *tree, group uint64) string {
	r.at = r.pos
	tag := r.varint()
	id, wire := tag>>3, tag&7
	switch {
	case r.failed:
		return unexpectedEnd
	case id == 0 || id >= 1<<29:
		return "a field number that is none"
	case wire == protoEndGroup && group != 0 && id == group:
		return endOfGroup
	case wire == protoEndGroup || wire > protoFixed32:
		return "a wire type that is none"
	}
	if t != nil {
		t.key(strconv.AppendUint(nil, id, 10), key)
	}
	switch wire {
	case protoVarint:
		v := r.varint()
		return r.leaf(t, varintText(v), number)
	case protoFixed64:
		v := r.little(8)
		return r.leaf(t, fixedText(v, math.Float64frombits(v), 64), number)
	case protoFixed32:
		v := r.little(4)
		return r.leaf(t, fixedText(v, float64(math.Float32frombits(uint32(v))), 32), number)
	case protoGroup:
		return r.group(t, id)
	}
	return r.bytes(t)
}

const endOfGroup = "a group ends"

// varintText gives a negative int32 or int64 as that.
func varintText(v uint64) []byte {
	if v >= 1<<63 {
		return intText(int64(v))
	}
	return uintText(v)
}

// fixedText gives a float if the bits look like one, and the integer else.
func fixedText(v uint64, f float64, bits int) []byte {
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e15 {
		return floatText(f, bits)
	}
	whole := int64(v)
	if bits == 32 {
		whole = int64(int32(v))
	}
	return append(intText(whole), fmt.Sprintf(" (fixed%d)", bits)...)
}

// group reads fields up to the end tag with the same number.
func (r *protobufReader) group(t *tree, id uint64) string {
	if r.depth++; r.depth > maxBinaryNesting {
		return tooDeep
	}
	defer func() { r.depth-- }()
	if t != nil {
		t.open("group {")
	}
	for {
		switch reason := r.field(t, id); reason {
		case "":
		case endOfGroup:
			if t != nil {
				t.close("}")
			}
			return ""
		default:
			return reason
		}
	}
}

// bytes reads a length-delimited field and guesses what it is. A text without
// control characters comes first: nearly every short text can be read as fields.
func (r *protobufReader) bytes(t *tree) string {
	b := r.take(r.varint())
	if r.failed || t == nil {
		return r.leaf(nil, nil, plain)
	}
	if printableText(b) {
		return r.leaf(t, stringText(b), str)
	}
	if r.depth < maxBinaryNesting && isProtobuf(b) {
		inner := &protobufReader{binaryReader: binaryReader{p: b, depth: r.depth + 1}}
		t.open("{")
		for inner.pos < len(b) {
			if reason := inner.field(t, 0); reason != "" {
				return reason // isProtobuf has read it before
			}
		}
		t.close("}")
		return ""
	}
	if looksText(b) {
		return r.leaf(t, stringText(b), str)
	}
	return r.leaf(t, bytesText(b), str)
}

// isProtobuf reports whether p can be read as fields to its end.
func isProtobuf(p []byte) bool {
	r := &protobufReader{binaryReader: binaryReader{p: p}}
	for r.pos < len(p) {
		if r.field(nil, 0) != "" {
			return false
		}
	}
	return len(p) > 0
}

// printableText reports whether p is UTF-8 without a control character.
func printableText(p []byte) bool {
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && n == 1 || r < 0x20 || r >= 0x7f && r < 0xa0 {
			return false
		}
		i += n
	}
	return true
}
