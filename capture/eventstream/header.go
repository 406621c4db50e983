package eventstream

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"
)

// Type is the type of a header's value.
type Type uint8

// The types, by their numbers on the wire.
const (
	True Type = iota
	False
	Byte
	Short
	Integer
	Long
	Bytes
	String
	Timestamp
	UUID
)

// sizes are the lengths of the values in bytes; -1 where a u16 tells.
var sizes = [...]int{True: 0, False: 0, Byte: 1, Short: 2, Integer: 4, Long: 8, Bytes: -1, String: -1, Timestamp: 8, UUID: 16}

// Header is one header of a message.
type Header struct {
	Name  string // as in ":message-type", ":event-type", ":content-type"
	Type  Type
	Value []byte // as on the wire, without the length of Bytes and String
}

// StringHeader returns a header of type String.
func StringHeader(name, value string) Header {
	return Header{Name: name, Type: String, Value: []byte(value)}
}

// Text returns the value for people and for comparing: a String as it is,
// numbers in decimal, a Timestamp as RFC 3339 in UTC, Bytes in base64, a UUID
// with its dashes, True and False as "true" and "false".
func (h Header) Text() string {
	v := h.Value
	if h.Type > UUID || sizes[h.Type] >= 0 && len(v) != sizes[h.Type] {
		return hex.EncodeToString(v)
	}
	switch h.Type {
	case True, False:
		return strconv.FormatBool(h.Type == True)
	case Byte:
		return strconv.Itoa(int(int8(v[0])))
	case Short:
		return strconv.Itoa(int(int16(binary.BigEndian.Uint16(v))))
	case Integer:
		return strconv.Itoa(int(int32(binary.BigEndian.Uint32(v))))
	case Long:
		return strconv.FormatInt(int64(binary.BigEndian.Uint64(v)), 10)
	case Timestamp:
		return time.UnixMilli(int64(binary.BigEndian.Uint64(v))).UTC().Format("2006-01-02T15:04:05.000Z07:00")
	case Bytes:
		return base64.StdEncoding.EncodeToString(v)
	case UUID:
		x := hex.EncodeToString(v)
		return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	}
	return string(v)
}

// parseHeaders reads the headers block. What stands before a broken header
// comes back with the rule that it breaks.
func parseHeaders(p []byte) (headers []Header, violation string) {
	for len(p) > 0 {
		n := int(p[0])
		if n == 0 || len(p) < 1+n+1 {
			return headers, "event stream: a header's name is cut off"
		}
		h := Header{Name: string(p[1 : 1+n]), Type: Type(p[1+n])}
		p = p[1+n+1:]
		if int(h.Type) >= len(sizes) {
			return headers, "event stream: unknown header type " + strconv.Itoa(int(h.Type))
		}
		size := sizes[h.Type]
		if size < 0 && len(p) >= 2 {
			size = int(binary.BigEndian.Uint16(p))
			p = p[2:]
		}
		if size < 0 || len(p) < size {
			return headers, "event stream: a header's value is cut off"
		}
		h.Value = p[:size:size]
		p = p[size:]
		headers = append(headers, h)
	}
	return headers, ""
}
