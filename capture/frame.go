package capture

import (
	"fmt"
	"time"
)

// Opcode is a WebSocket frame's opcode (RFC 6455 §11.8).
type Opcode uint8

// The opcodes in use. 3 to 7 and 11 to 15 are reserved (RFC 6455 §5.2).
const (
	OpContinuation Opcode = 0
	OpText         Opcode = 1
	OpBinary       Opcode = 2
	OpClose        Opcode = 8
	OpPing         Opcode = 9
	OpPong         Opcode = 10
)

// Control reports whether op is a control opcode, known or reserved (§5.5).
func (op Opcode) Control() bool { return op&8 != 0 }

// Reserved reports whether RFC 6455 leaves op undefined.
func (op Opcode) Reserved() bool { return op > 2 && op < 8 || op > 10 }

// String returns the opcode's name in RFC 6455, "text", "ping", …
func (op Opcode) String() string {
	switch op {
	case OpContinuation:
		return "continuation"
	case OpText:
		return "text"
	case OpBinary:
		return "binary"
	case OpClose:
		return "close"
	case OpPing:
		return "ping"
	case OpPong:
		return "pong"
	}
	return fmt.Sprintf("opcode %d", uint8(op))
}

// FrameHead is the head of a WebSocket frame as on the wire (RFC 6455 §5.2).
type FrameHead struct {
	Fin     bool
	RSV     uint8 // RSV1 is 4, RSV2 is 2, RSV3 is 1
	Opcode  Opcode
	Masked  bool
	MaskKey [4]byte
	Length  uint64 // the announced payload length, in bytes
	Size    uint8  // how many bytes the head took on the wire: 2 to 14; shows lengths that were not coded minimally
}

// MinimalSize returns how many bytes the head takes when its length is coded as
// RFC 6455 §5.2 asks.
func (h *FrameHead) MinimalSize() uint8 {
	n := uint8(2)
	switch {
	case h.Length > 0xffff:
		n += 8
	case h.Length > 125:
		n += 2
	}
	if h.Masked {
		n += 4
	}
	return n
}

// Frame is one WebSocket frame as on the wire: unmasked, not inflated.
type Frame struct {
	FrameHead
	Seq        uint64 // 1, 2, 3 … within the exchange, both directions together, in the order in which they were complete
	Dir        Direction
	At         time.Duration // first byte, since the exchange's start
	Took       time.Duration // from the first byte to the last
	Payload    []byte        // shorter than Length when the frame was cut off, or when the reader asked for less
	Incomplete bool          // the connection ended inside the frame
	Violation  string        // the rule this frame breaks, as in "RFC 6455 5.2: reserved opcode 3"
	Lost       uint64        // bytes of this direction that were not recorded, right before this frame
	Origin     string        // "" for what passed by, "inject" for what the user put in
}

// Message is what the application sent: one or more frames, inflated. A control
// frame is a message of one frame, in its place.
type Message struct {
	Seq        uint64 // 1, 2, 3 … within the exchange, both directions and control frames together, in the order in which they were complete
	Dir        Direction
	At         time.Duration // first byte of the first frame, since the exchange's start
	Took       time.Duration // to the last byte of the last frame
	Opcode     Opcode
	FirstFrame uint64 // Seq of the first frame
	Fragments  int    // how many frames
	Compressed bool   // permessage-deflate, RSV1 on the first frame (RFC 7692 §6)
	Wire       uint64 // payload bytes as on the wire
	Data       []byte // inflated payload; up to the limit that was asked for
	Len        uint64 // length of the inflated payload, also where Data holds less
	Incomplete bool   // the connection ended inside the message
	Violation  string // the first rule this message or one of its frames breaks
	Lost       uint64 // bytes of this direction that were not recorded, right before this message
	Origin     string // "" for what passed by, "inject" for what the user put in
}

// CloseStatus returns the code and the reason of a close message; 1005 when
// the payload holds none (RFC 6455 §7.1.5).
func (m *Message) CloseStatus() (code int, reason string) { return ParseClose(m.Data) }

// ParseClose reads the payload of a close frame (RFC 6455 §5.5.1). A payload
// too short for a code yields 1005, which never stands on the wire (§7.4.1).
func ParseClose(payload []byte) (code int, reason string) {
	if len(payload) < 2 {
		return 1005, ""
	}
	return int(payload[0])<<8 | int(payload[1]), string(payload[2:])
}
