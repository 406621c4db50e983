package tree

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// AppendJSON appends v as JSON, indented by two blanks, and ends the line.
func AppendJSON(dst []byte, v Value) []byte { return append(appendJSON(dst, v, "\n"), '\n') }

// appendJSON appends v; newline begins a line of the level that v stands on.
func appendJSON(dst []byte, v Value, newline string) []byte {
	switch v := v.(type) {
	case *Map:
		if v.Len() == 0 {
			return append(dst, "{}"...)
		}
		sep := byte('{')
		for name, member := range v.All {
			dst = append(append(dst, sep), newline+"  "...)
			dst = append(appendString(dst, name), ": "...)
			dst = appendJSON(dst, member, newline+"  ")
			sep = ','
		}
		return append(append(dst, newline...), '}')
	case List:
		if len(v) == 0 {
			return append(dst, "[]"...)
		}
		sep := byte('[')
		for _, e := range v {
			dst = append(append(dst, sep), newline+"  "...)
			dst = appendJSON(dst, e, newline+"  ")
			sep = ','
		}
		return append(append(dst, newline...), ']')
	}
	return appendScalar(dst, v)
}

// appendScalar appends a leaf as JSON.
func appendScalar(dst []byte, v Value) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case Number:
		return append(dst, v...)
	case string:
		return appendString(dst, v)
	}
	return append(dst, "null"...)
}

// appendString appends a JSON string. What YAML does not allow in one, or reads
// as the end of a line, is escaped, as are all marks that change the direction
// of the text around them.
func appendString(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	quoted := strings.TrimSuffix(b.String(), "\n")
	if isASCII(quoted) {
		return append(dst, quoted...)
	}
	for _, r := range quoted {
		if hidden(r) {
			dst = append(dst, `\u`...)
			dst = append(dst, hex4(r)...)
			continue
		}
		dst = append(dst, string(r)...)
	}
	return dst
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// hidden reports whether a character is a control character, a line separator
// or a mark that is not seen.
func hidden(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == 0xad || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e ||
		r >= 0x2060 && r <= 0x206f || r >= 0xd800 && r <= 0xf8ff || r == 0xfeff || r >= 0xfff0 && r <= 0xffff && r != 0xfffd
}

func hex4(r rune) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15]})
}
