package payload

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is the type of a scalar.
type Kind uint8

// The kinds of scalar.
const (
	String  Kind = iota // a JSON string
	Number              // a JSON number
	Literal             // true, false or null
	Empty               // {} or []
	Word                // a run of text
	Markup              // XML text or an attribute's value
	Form                // the value of a form field or query parameter
	Bytes               // binary
)

// Leaf is one scalar of a payload and where it stands.
type Leaf struct {
	Path       *Path
	Kind       Kind
	Value      string // decoded; of a number its text
	Start, End int    // the place in the payload, a string with its quotes
	escaped    uint8  // how many JSON strings the scalar stands in
	notation   notation
	blob       bool // bytes, whose value is their hex
}

// notation is how a scalar is written.
type notation uint8

const (
	plainNotation notation = iota // as text
	cbor
	messagePack
	packetString // a length of two bytes and a text
	packetNumber
)

// Plain reports whether the scalar is written as text: what stands in the
// payload is its value, quoted or escaped at the most.
func (l *Leaf) Plain() bool { return l.notation == plainNotation }

// Same reports whether two leaves hold the same scalar, numbers compared as
// numbers.
func (l *Leaf) Same(m *Leaf) bool {
	if l.Kind != m.Kind {
		return false
	}
	return l.Value == m.Value || l.Kind == Number && Canonical(l.Value) == Canonical(m.Value)
}

// Canonical returns the text of a number in one spelling, so that 1.50 and 15e-1 are
// the same. Integers stay as they are.
func Canonical(number string) string {
	if !strings.ContainsAny(number, ".eE") {
		if number == "-0" {
			return "0"
		}
		return number
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// AppendValue appends what stands at l when its value is that of v, a scalar of
// another payload, whose raw text is raw. Of JSON scalars the type goes with
// the value, unless keep asks for the type of l.
func (l *Leaf) AppendValue(dst []byte, v *Leaf, raw []byte, keep bool) []byte {
	if !l.Plain() {
		return l.appendPacked(dst, v, raw, keep)
	}
	switch l.Kind {
	case String, Number, Literal, Empty:
		return l.appendJSON(dst, v, raw, keep)
	case Markup:
		return append(dst, escapeMarkup.Replace(v.Value)...)
	case Form:
		return append(dst, queryEscape(v.Value)...)
	}
	return append(dst, v.Value...)
}

var escapeMarkup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// kindFor returns as what kind of scalar v is written in the place of l.
func (l *Leaf) kindFor(v *Leaf, keep bool) Kind {
	kind := v.Kind
	if kind > Empty {
		kind = String
		if l.Kind == Number && isNumber(v.Value) {
			kind = Number
		}
	} else if keep && l.Kind != kind {
		switch {
		case l.Kind == String && kind == Number:
			kind = String
		case l.Kind == Number && kind == String && isNumber(v.Value):
			kind = Number
		}
	}
	return kind
}

// appendPacked is AppendValue where scalars are not written as text.
func (l *Leaf) appendPacked(dst []byte, v *Leaf, raw []byte, keep bool) []byte {
	switch l.notation {
	case packetString:
		return appendPacketString(dst, v.Value)
	case packetNumber:
		return appendPacketNumber(dst, v.Value, l.End-l.Start)
	}
	kind := l.kindFor(v, keep)
	switch {
	case kind == v.Kind && v.notation == l.notation && v.blob == l.blob:
		return append(dst, raw...)
	case l.notation == cbor:
		return appendCBOR(dst, kind, v.Value, l.blob)
	}
	return appendMessagePack(dst, kind, v.Value, l.blob)
}

func (l *Leaf) appendJSON(dst []byte, v *Leaf, raw []byte, keep bool) []byte {
	kind := l.kindFor(v, keep)
	switch {
	case kind == v.Kind && v.escaped == l.escaped && v.Plain():
		return append(dst, raw...)
	case kind == String:
		return AppendString(dst, v.Value, int(l.escaped))
	}
	return append(dst, v.Value...)
}

// AppendString appends s as a JSON string that itself stands in that many JSON
// strings.
func AppendString(dst []byte, s string, within int) []byte {
	text := string(quote(nil, s))
	for range within {
		text = string(escape(nil, text))
	}
	return append(dst, text...)
}

func quote(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = escape(dst, s)
	return append(dst, '"')
}

// escape escapes what RFC 8259 §7 says must be.
func escape(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < 0x20:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// isNumber reports whether s is a JSON number (RFC 8259 §6).
func isNumber(s string) bool {
	n := scanNumber(s, 0)
	return n > 0 && n == len(s)
}

// queryEscape escapes a form value as application/x-www-form-urlencoded does.
func queryEscape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('+')
		case c == '-' || c == '_' || c == '.' || c == '~' || c >= '0' && c <= '9' ||
			c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// Printable reports whether s can be shown as it is.
func Printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < 0x20 && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
			return false
		}
	}
	return true
}
