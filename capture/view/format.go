package view

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// Malformed is returned for a payload that is not what it was shown as. What
// could be shown has been written, and the rest as text or as a hexdump.
type Malformed struct {
	As     As
	Offset int64 // the first byte that is wrong, in the payload as it was decoded to UTF-8
	Reason string
}

// Error implements error.
func (e *Malformed) Error() string {
	return fmt.Sprintf("not valid %s at byte %d: %s", e.As.title(), e.Offset, e.Reason)
}

// Hint says how to see the bytes.
func (e *Malformed) Hint() string { return "--as hex shows the bytes, --as raw passes them on" }

// Format writes p to w as a person reads it. mediaType, which may be empty,
// helps Auto to choose, and names the charset of text. Numbers, the order of
// members and repeated ones stay as they are. All but Raw end with a line end,
// and none but Raw lets a terminal act on what was recorded.
//
// Beside p it holds a few KiB, and where p is not UTF-8 a copy that is.
//
// The error is w's, or a *Malformed where p is not what as says. Where Auto
// took it for that, a last line says so instead.
func Format(w io.Writer, p []byte, as As, mediaType string, st Style) error {
	auto := as == Auto
	if auto {
		as = Detect(p, mediaType)
	}
	if as == Raw {
		_, err := w.Write(p)
		return err
	}
	out := newPrinter(w, st)
	wrong := out.format(p, as, mediaType)
	if wrong != nil {
		wrong.As = as
		if auto {
			out.painted(bad, []byte(st.cross()+" "+wrong.Error()))
			out.newline()
		}
	}
	if err := out.flush(); err != nil || wrong == nil || auto {
		return err
	}
	return wrong
}

// Hexdump writes p as lines of sixteen bytes, in hex and as ASCII; the first
// stands at offset.
func Hexdump(w io.Writer, p []byte, offset int64) error {
	out := newPrinter(w, Style{})
	out.hexdump(p, offset)
	return out.flush()
}

// format writes p as as says. Binary formats and plain text read p as it is; the
// others read it in UTF-8.
func (out *printer) format(p []byte, as As, mediaType string) *Malformed {
	switch as {
	case Hex:
		out.hexdump(p, 0)
		return nil
	case Base64:
		out.base64(p)
		return nil
	case MsgPack:
		return out.msgpack(p)
	case CBOR:
		return out.cbor(p)
	case Protobuf:
		if isGRPC(mediaType) {
			return out.grpc(p)
		}
		return out.protobuf(p)
	case Text:
		out.decoded(p, mediaType)
		return nil
	}
	p = toUTF8(p, mediaType)
	switch as {
	case JSON:
		return out.json(p)
	case XML:
		out.markup(p, false)
	case HTML:
		out.markup(p, true)
	case Form:
		out.form(p)
	case JWT:
		return out.jwt(p)
	case SSE:
		out.eventStream(p)
	default:
		out.text(p)
	}
	out.endLine()
	return nil
}

// title returns the name of a format as a sentence has it.
func (a As) title() string {
	switch a {
	case MsgPack:
		return "MessagePack"
	case Protobuf:
		return "protobuf"
	}
	return strings.ToUpper(a.String())
}

// base64Line is how many bytes make a line of 76 characters (RFC 2045 §6.8).
const base64Line = 57

func (out *printer) base64(p []byte) {
	for len(p) > 0 {
		n := min(len(p), base64Line)
		out.buf = base64.StdEncoding.AppendEncode(out.buf[:0], p[:n])
		out.w.Write(out.buf)
		out.newline()
		p = p[n:]
	}
}
