package view

import (
	"encoding/hex"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// AppendMessage appends m as a line of "show --json". The payload is "text" if
// the opcode is 1 and it is valid UTF-8, and "base64" otherwise; a close has
// "code" and "reason" as well, where RFC 6455 §7.4.1's 1005 stands for none.
func AppendMessage(dst []byte, m *capture.Message) []byte {
	dst = appendRow(dst, m.Seq, m.Dir, m.At, m.Took)
	dst = appendUint(dst, `,"opcode":`, uint64(m.Opcode))
	dst = appendInt(dst, `,"fragments":`, int64(m.Fragments))
	dst = appendBool(dst, `,"compressed":`, m.Compressed)
	dst = appendUint(dst, `,"wire":`, m.Wire)
	dst = appendUint(dst, `,"len":`, m.Len)
	dst = appendPayload(dst, m.Data, m.Opcode == capture.OpText, uint64(len(m.Data)) < m.Len)
	if m.Opcode == capture.OpClose {
		dst = appendClose(dst, m.Data)
	}
	if m.FirstFrame > 0 {
		dst = appendUint(dst, `,"first_frame":`, m.FirstFrame)
	}
	return appendMarks(dst, m.Lost, m.Origin, m.Incomplete, m.Violation)
}

// AppendFrame appends f as a line of "show --frames --json": "rsv" is the
// number the three bits make, "len" the announced length, "wire" the length
// there is, the payload as on the wire but unmasked.
func AppendFrame(dst []byte, f *capture.Frame) []byte {
	dst = appendRow(dst, f.Seq, f.Dir, f.At, f.Took)
	dst = appendUint(dst, `,"opcode":`, uint64(f.Opcode))
	dst = appendBool(dst, `,"fin":`, f.Fin)
	dst = appendUint(dst, `,"rsv":`, uint64(f.RSV))
	dst = appendBool(dst, `,"masked":`, f.Masked)
	if f.Masked {
		dst = append(dst, `,"mask":"`...)
		dst = append(hex.AppendEncode(dst, f.MaskKey[:]), '"')
	}
	dst = appendUint(dst, `,"head":`, uint64(f.Size))
	dst = appendUint(dst, `,"wire":`, frameWire(f))
	dst = appendUint(dst, `,"len":`, f.Length)
	dst = appendBase64(dst, `,"base64":`, f.Payload)
	if !f.Incomplete && uint64(len(f.Payload)) < f.Length {
		dst = append(dst, `,"cut":true`...)
	}
	if f.Opcode == capture.OpClose && f.RSV == 0 {
		dst = appendClose(dst, f.Payload)
	}
	return appendMarks(dst, f.Lost, f.Origin, f.Incomplete, f.Violation)
}

// frameWire returns how many payload bytes of f were on the wire.
func frameWire(f *capture.Frame) uint64 {
	if f.Incomplete {
		return uint64(len(f.Payload))
	}
	return f.Length
}

// AppendEvent appends e as a line of "show --json". "id" is the last event ID
// as the client has it after the block; a block that dispatches nothing has
// "event":null. "retry" is in milliseconds, as on the wire.
func AppendEvent(dst []byte, e *capture.Event) []byte {
	dst = appendRow(dst, e.Seq, e.Dir, e.At, e.Took)
	if e.Dispatched {
		dst = appendText(dst, `,"event":`, e.Type)
	} else {
		dst = append(dst, `,"event":null`...)
	}
	dst = appendText(dst, `,"id":`, e.ID)
	dst = appendText(dst, `,"data":`, e.Data)
	if e.Retry != nil {
		dst = appendInt(dst, `,"retry":`, e.Retry.Milliseconds())
	}
	if len(e.Comments) > 0 {
		dst = appendStrings(dst, `,"comments":`, e.Comments)
	}
	return appendMarks(dst, 0, "", e.Incomplete, e.Violation)
}

// AppendRecord appends e, a record of a stream of JSON texts, as a line of
// "show --json". A record that is not UTF-8 is there in "base64", too.
func AppendRecord(dst []byte, e *capture.Event) []byte {
	dst = appendRow(dst, e.Seq, e.Dir, e.At, e.Took)
	dst = appendText(dst, `,"text":`, e.Data)
	if !utf8.ValidString(e.Data) {
		dst = appendBase64(dst, `,"base64":`, []byte(e.Data))
	}
	return appendMarks(dst, 0, "", e.Incomplete, e.Violation)
}

// appendRow opens the object with what every row has.
func appendRow(dst []byte, seq uint64, dir capture.Direction, at, took time.Duration) []byte {
	dst = appendUint(dst, `{"seq":`, seq)
	if dir == capture.Send {
		dst = append(dst, `,"dir":"send"`...)
	} else {
		dst = append(dst, `,"dir":"receive"`...)
	}
	dst = appendInt(dst, `,"t_ns":`, int64(at))
	return appendInt(dst, `,"took_ns":`, int64(took))
}

// appendClose appends what a close frame's payload says.
func appendClose(dst, payload []byte) []byte {
	code, reason := capture.ParseClose(payload)
	dst = appendInt(dst, `,"code":`, int64(code))
	return appendText(dst, `,"reason":`, reason)
}

// appendMarks appends what is out of the ordinary with a row, and closes the
// object: "lost" is how many bytes are missing right before it.
func appendMarks(dst []byte, lost uint64, origin string, incomplete bool, violation string) []byte {
	if lost > 0 {
		dst = appendUint(dst, `,"lost":`, lost)
	}
	if origin != "" {
		dst = appendText(dst, `,"origin":`, origin)
	}
	if incomplete {
		dst = append(dst, `,"incomplete":true`...)
	}
	if violation != "" {
		dst = appendText(dst, `,"violation":`, violation)
	}
	return append(dst, '}')
}
