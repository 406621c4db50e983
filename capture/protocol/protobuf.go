package protocol

import (
	"encoding/binary"
	"iter"
)

// protobufValue is one field of a protobuf message.
type protobufValue struct {
	number int
	value  uint64 // of a varint
	data   []byte // of a length-delimited field
}

// protobufFields yields the fields of a message, up to the first that is cut off
// or wrong (Protocol Buffers, "Encoding").
func protobufFields(p []byte) iter.Seq[protobufValue] {
	return func(yield func(protobufValue) bool) {
		for len(p) > 0 {
			tag, n := binary.Uvarint(p)
			if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
				return
			}
			p = p[n:]
			f := protobufValue{number: int(tag >> 3)}
			size := 0
			switch tag & 7 {
			case 0:
				f.value, size = binary.Uvarint(p)
				if size <= 0 {
					return
				}
			case 1:
				size = 8
			case 2:
				length, n := binary.Uvarint(p)
				if n <= 0 || length > uint64(len(p)-n) {
					return
				}
				size = n + int(length)
				f.data = p[n:size]
			case 5:
				size = 4
			default:
				return
			}
			if size > len(p) || !yield(f) {
				return
			}
			p = p[size:]
		}
	}
}

// protobufField returns the first field of a message with the number.
func protobufField(p []byte, number int) protobufValue {
	for f := range protobufFields(p) {
		if f.number == number {
			return f
		}
	}
	return protobufValue{}
}
