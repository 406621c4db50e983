package eventstream

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

const (
	preludeSize = 12
	least       = preludeSize + 4 // an empty message
)

// Message is one message of the stream.
type Message struct {
	Seq        uint64        // 1, 2, 3 … within the stream
	At         time.Duration // first byte
	Took       time.Duration // from the first byte to the last
	Headers    []Header
	Payload    []byte
	Incomplete bool   // the stream ended inside the message
	Raw        []byte // the message as it stood in the decoded stream
	Violation  string // the rule it breaks
}

// Get returns the text of the first header called name, or "".
func (m *Message) Get(name string) string {
	for _, h := range m.Headers {
		if h.Name == name {
			return h.Text()
		}
	}
	return ""
}

// AppendMessage encodes the headers and the payload of m, with fresh checksums,
// appends them to dst and returns the extended slice. A header whose name or
// value does not fit the format is an error, and dst comes back as it was.
func AppendMessage(dst []byte, m *Message) ([]byte, error) {
	begin := len(dst)
	out := append(dst, make([]byte, preludeSize)...)
	for _, h := range m.Headers {
		if len(h.Name) == 0 || len(h.Name) > math.MaxUint8 {
			return dst, fmt.Errorf("encode event stream header %q: the name has %d bytes, not 1 to 255", h.Name, len(h.Name))
		}
		if h.Type > UUID || sizes[h.Type] >= 0 && len(h.Value) != sizes[h.Type] || len(h.Value) > math.MaxUint16 {
			return dst, fmt.Errorf("encode event stream header %q: a value of %d bytes does not fit type %d", h.Name, len(h.Value), h.Type)
		}
		out = append(append(out, byte(len(h.Name))), h.Name...)
		out = append(out, byte(h.Type))
		if sizes[h.Type] < 0 {
			out = binary.BigEndian.AppendUint16(out, uint16(len(h.Value)))
		}
		out = append(out, h.Value...)
	}
	headers := len(out) - begin - preludeSize
	out = append(out, m.Payload...)
	total := len(out) - begin + 4
	if int64(total) > math.MaxUint32 {
		return dst, fmt.Errorf("encode event stream message: %d bytes are too many", total)
	}
	p := out[begin:]
	binary.BigEndian.PutUint32(p, uint32(total))
	binary.BigEndian.PutUint32(p[4:], uint32(headers))
	binary.BigEndian.PutUint32(p[8:], crc32.ChecksumIEEE(p[:8]))
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(p)), nil
}

// prelude reads the first 12 bytes of a message.
func prelude(p []byte) (total, headers int64, ok bool) {
	total, headers = int64(binary.BigEndian.Uint32(p)), int64(binary.BigEndian.Uint32(p[4:]))
	ok = total >= least && headers <= total-least && binary.BigEndian.Uint32(p[8:]) == crc32.ChecksumIEEE(p[:8])
	return total, headers, ok
}

// parse fills in what Raw says. cut tells that Raw is not all of the message.
func (m *Message) parse(cut bool) {
	total, headers, _ := prelude(m.Raw)
	end := total - 4
	if cut {
		end = min(end, int64(len(m.Raw)))
	} else if binary.BigEndian.Uint32(m.Raw[end:]) != crc32.ChecksumIEEE(m.Raw[:end]) {
		m.Violation = "event stream: the message's CRC does not match"
	}
	body := m.Raw[preludeSize:end:end]
	if headers > int64(len(body)) {
		return
	}
	var broken string
	m.Headers, broken = parseHeaders(body[:headers:headers])
	m.Payload = body[headers:]
	if m.Violation == "" {
		m.Violation = broken
	}
}
