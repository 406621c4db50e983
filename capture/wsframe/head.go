package wsframe

import (
	"encoding/binary"

	"github.com/gobwas/ws"

	"github.com/wiretape/wiretape/capture"
)

// The bits of the first two bytes of a frame (RFC 6455 §5.2).
const (
	bitFin    = 0x80
	bitMasked = 0x80

	length16 = 126 // the length is in the next two bytes
	length64 = 127 // the length is in the next eight bytes

	maxHead = 2 + 8 + 4
)

// The bits of FrameHead.RSV.
const (
	rsv1 = 4
	rsv2 = 2
	rsv3 = 1
)

// headSize returns the size of the head whose second byte is b.
func headSize(b byte) int {
	size := 2
	switch b &^ bitMasked {
	case length16:
		size += 2
	case length64:
		size += 8
	}
	if b&bitMasked != 0 {
		size += 4
	}
	return size
}

// parseHead reads a head that fills p.
func parseHead(p []byte) capture.FrameHead {
	h := capture.FrameHead{
		Fin:    p[0]&bitFin != 0,
		RSV:    p[0] >> 4 & 7,
		Opcode: capture.Opcode(p[0] & 15),
		Masked: p[1]&bitMasked != 0,
		Size:   uint8(len(p)),
	}
	switch short := p[1] &^ bitMasked; short {
	case length16:
		h.Length = uint64(binary.BigEndian.Uint16(p[2:]))
	case length64:
		h.Length = binary.BigEndian.Uint64(p[2:])
	default:
		h.Length = uint64(short)
	}
	if h.Masked {
		h.MaskKey = [4]byte(p[len(p)-4:])
	}
	return h
}

// lengthSize returns how many bytes follow the second one to tell the length:
// 0, 2 or 8, as few as can hold it.
func lengthSize(length uint64) int {
	switch {
	case length < length16:
		return 0
	case length <= 0xffff:
		return 2
	}
	return 8
}

// AppendHead appends h as it stands on the wire. A Size that says the length
// took more bytes than it needs is honoured; any other Size is ignored.
func AppendHead(dst []byte, h capture.FrameHead) []byte {
	b0 := h.RSV&7<<4 | uint8(h.Opcode)&15
	if h.Fin {
		b0 |= bitFin
	}
	var b1 byte
	told := int(h.Size) - 2
	if h.Masked {
		b1 = bitMasked
		told -= 4
	}
	size := lengthSize(h.Length)
	if told == 2 || told == 8 {
		size = max(size, told)
	}
	switch size {
	case 0:
		dst = append(dst, b0, b1|byte(h.Length))
	case 2:
		dst = append(dst, b0, b1|length16)
		dst = binary.BigEndian.AppendUint16(dst, uint16(h.Length))
	case 8:
		dst = append(dst, b0, b1|length64)
		dst = binary.BigEndian.AppendUint64(dst, h.Length)
	}
	if h.Masked {
		dst = append(dst, h.MaskKey[:]...)
	}
	return dst
}

// AppendFrame appends a frame as it stands on the wire: the head and payload,
// masked where h.Masked says so. The head announces h.Length bytes, or as many
// as payload has if that is more; announce more than there are to send a frame
// that is cut off. The payload is not changed.
func AppendFrame(dst []byte, h capture.FrameHead, payload []byte) []byte {
	h.Length = max(h.Length, uint64(len(payload)))
	dst = AppendHead(dst, h)
	start := len(dst)
	dst = append(dst, payload...)
	if h.Masked {
		Mask(dst[start:], h.MaskKey, 0)
	}
	return dst
}

// Mask masks or unmasks p in place (RFC 6455 §5.3). The offset is where p
// begins in the payload.
func Mask(p []byte, key [4]byte, offset int) { ws.Cipher(p, key, offset) }
