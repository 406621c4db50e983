package wsframe

import (
	"fmt"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// Rules that are named in more than one place.
const (
	ruleText    = "RFC 6455 8.1: text is not UTF-8"
	ruleLimit   = "RFC 6455 10.4: message longer than the limit"
	ruleDeflate = "RFC 7692 7.2.2: deflate stream broken: "
)

// maxControl is the longest payload of a control frame (RFC 6455 §5.5).
const maxControl = 125

// violation returns the first rule that f breaks as a frame, or "".
func (a *Assembler) violation(f *capture.Frame) string {
	for _, rule := range [...]string{
		brokenLength(&f.FrameHead),
		brokenOpcode(&f.FrameHead),
		a.brokenRSV(&f.FrameHead),
		a.brokenMask(&f.FrameHead),
		a.brokenOrder(&f.FrameHead),
	} {
		if rule != "" {
			return rule
		}
	}
	switch {
	case f.Length > uint64(a.limit):
		return ruleLimit // an absurd length too, of which little more came
	case f.Opcode == capture.OpClose && uint64(len(f.Payload)) == f.Length:
		return brokenClose(f.Payload)
	}
	return ""
}

func brokenLength(h *capture.FrameHead) string {
	if h.Length>>63 != 0 {
		return "RFC 6455 5.2: 64-bit length with its top bit set"
	}
	least := 2 + lengthSize(h.Length)
	if h.Masked {
		least += 4
	}
	if int(h.Size) > least {
		return "RFC 6455 5.2: length not coded minimally"
	}
	return ""
}

func brokenOpcode(h *capture.FrameHead) string {
	switch {
	case h.Opcode.Reserved():
		return fmt.Sprintf("RFC 6455 5.2: reserved opcode %d", h.Opcode)
	case !h.Opcode.Control():
		return ""
	case h.Length > maxControl:
		return "RFC 6455 5.5: control frame longer than 125 bytes"
	case !h.Fin:
		return "RFC 6455 5.5: fragmented control frame"
	}
	return ""
}

func (a *Assembler) brokenRSV(h *capture.FrameHead) string {
	switch {
	case h.RSV == 0:
		return ""
	case h.RSV&rsv1 != 0 && a.deflate:
		if h.Opcode == capture.OpContinuation || h.Opcode.Control() {
			return "RFC 7692 6: RSV1 on a continuation or control frame"
		}
	case h.RSV&rsv1 != 0 && !a.others:
		return "RFC 6455 5.2: RSV1 set without an extension"
	}
	switch {
	case a.others:
		return ""
	case h.RSV&rsv2 != 0:
		return "RFC 6455 5.2: RSV2 set without an extension"
	case h.RSV&rsv3 != 0:
		return "RFC 6455 5.2: RSV3 set without an extension"
	}
	return ""
}

func (a *Assembler) brokenMask(h *capture.FrameHead) string {
	switch {
	case a.dir == capture.Send && !h.Masked:
		return "RFC 6455 5.1: client frame not masked"
	case a.dir == capture.Receive && h.Masked:
		return "RFC 6455 5.1: server frame masked"
	}
	return ""
}

// brokenOrder looks at what came before. Pings and pongs may follow a close
// until the connection is gone (RFC 6455 §5.5.2); data may not.
func (a *Assembler) brokenOrder(h *capture.FrameHead) string {
	switch {
	case h.Opcode.Control():
		return ""
	case a.closed:
		return "RFC 6455 5.5.1: data after close"
	case a.gap:
		return "" // what came before is not known
	case h.Opcode == capture.OpContinuation && !a.pending:
		return "RFC 6455 5.4: continuation without a message"
	case h.Opcode != capture.OpContinuation && a.pending:
		return "RFC 6455 5.4: new message inside a fragmented one"
	}
	return ""
}

func brokenClose(payload []byte) string {
	switch len(payload) {
	case 0:
		return ""
	case 1:
		return "RFC 6455 5.5.1: close payload of one byte"
	}
	code, _ := capture.ParseClose(payload)
	switch {
	case code == 1004 || code == 1005 || code == 1006 || code == 1015:
		return fmt.Sprintf("RFC 6455 7.4: close code %d must not be sent", code)
	case code < 1000 || code > 4999 || code > 1014 && code < 3000:
		return fmt.Sprintf("RFC 6455 7.4: close code %d is not defined", code)
	case !utf8.Valid(payload[2:]):
		return "RFC 6455 5.5.1: close reason is not UTF-8"
	}
	return ""
}
