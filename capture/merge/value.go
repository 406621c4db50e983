package merge

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// value is a JSON text inside an event, without white space around it, and
// known to be valid. The nil value is a member that is not there. Values share
// the event's memory: what is kept of them is cloned.
type value []byte

// parse returns data as a value, if it is a JSON text.
func parse(data []byte) (value, bool) {
	data = bytes.Trim(data, " \t\r\n")
	return value(data), json.Valid(data)
}

// is tells the type by its first byte: '{', '[', '"', 't', 'f', 'n'.
func (v value) is(first byte) bool { return len(v) > 0 && v[0] == first }

// isNull reports whether v is null or not there.
func (v value) isNull() bool { return len(v) == 0 || v[0] == 'n' }

// raw returns a copy, which is UTF-8 whatever v is.
func (v value) raw() json.RawMessage {
	if utf8.Valid(v) {
		return bytes.Clone(v)
	}
	return bytes.ToValidUTF8(v, []byte("\uFFFD"))
}

// fields yields the members of an object. Of members with the same name all
// come, so that the last one wins.
func (v value) fields() iter.Seq2[[]byte, value] {
	return func(yield func([]byte, value) bool) {
		if !v.is('{') {
			return
		}
		for i := v.space(1); v[i] != '}'; {
			end := v.stringEnd(i)
			name := []byte(v[i+1 : end-1])
			if bytes.IndexByte(name, '\\') >= 0 || !utf8.Valid(name) {
				name, _ = v[i:end].unescape(nil, 0)
			}
			i = v.space(v.space(end) + 1)
			end = v.end(i)
			if !yield(name, v[i:end:end]) {
				return
			}
			i = v.next(end)
		}
	}
}

// elements yields the elements of an array.
func (v value) elements() iter.Seq[value] {
	return func(yield func(value) bool) {
		if !v.is('[') {
			return
		}
		for i := v.space(1); v[i] != ']'; {
			end := v.end(i)
			if !yield(v[i:end:end]) {
				return
			}
			i = v.next(end)
		}
	}
}

// get returns a member of an object.
func (v value) get(name string) value {
	var found value
	for n, f := range v.fields() {
		if string(n) == name {
			found = f
		}
	}
	return found
}

// string returns v if it is a string, else nil.
func (v value) string() value {
	if v.is('"') {
		return v
	}
	return nil
}

// text returns a string, or "" where v is none.
func (v value) text() string {
	if !v.is('"') {
		return ""
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	b, high := v.unescape(nil, 0)
	if high != 0 {
		b = utf8.AppendRune(b, utf8.RuneError)
	}
	return string(b)
}

// int returns a number that is an integer, or def where v is none.
func (v value) int(def int) int {
	if len(v) == 0 {
		return def
	}
	if n, err := strconv.Atoi(string(v)); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(string(v), 64); err == nil && f == float64(int(f)) {
		return int(f)
	}
	return def
}

// number reports whether v is a number.
func (v value) number() bool { return len(v) > 0 && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') }

// unescape appends what the string v says to dst. A high surrogate that ended
// the string before, or 0, is given as high; one that ends v comes back, as its
// other half may begin the next fragment. Alone it becomes U+FFFD.
func (v value) unescape(dst []byte, high rune) ([]byte, rune) {
	for i := 1; i < len(v)-1; {
		if plain := v.plain(i); high == 0 && len(plain) > 0 {
			dst = append(dst, plain...)
			i += len(plain)
			continue
		}
		r, n := v.char(i)
		i += n
		switch {
		case high != 0 && r >= 0xDC00 && r < 0xE000:
			dst = utf8.AppendRune(dst, utf16.DecodeRune(high, r))
			high = 0
			continue
		case high != 0:
			dst = utf8.AppendRune(dst, utf8.RuneError)
			high = 0
		}
		if r >= 0xD800 && r < 0xDC00 {
			high = r
			continue
		}
		dst = utf8.AppendRune(dst, r) // a low surrogate alone becomes U+FFFD
	}
	return dst, high
}

// plain returns what of a string, from i to its end or to the next escape, can
// be taken as it is.
func (v value) plain(i int) []byte {
	run := v[i : len(v)-1]
	if n := bytes.IndexByte(run, '\\'); n >= 0 {
		run = run[:n]
	}
	if !utf8.Valid(run) {
		return nil
	}
	return run
}

// char returns the UTF-16 unit or the rune at i of a string, and its length.
func (v value) char(i int) (rune, int) {
	if v[i] != '\\' {
		if v[i] < utf8.RuneSelf {
			return rune(v[i]), 1
		}
		return utf8.DecodeRune(v[i:])
	}
	switch c := v[i+1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		n, _ := strconv.ParseUint(string(v[i+2:i+6]), 16, 16)
		return rune(n), 6
	default:
		return rune(c), 2
	}
}

// space returns where the white space at i ends.
func (v value) space(i int) int {
	for v[i] == ' ' || v[i] == '\n' || v[i] == '\r' || v[i] == '\t' {
		i++
	}
	return i
}

// next returns where, behind a member or element that ends at i, the next one
// begins, or the closing bracket stands.
func (v value) next(i int) int {
	if i = v.space(i); v[i] == ',' {
		i = v.space(i + 1)
	}
	return i
}

// stringEnd returns where the string that begins at i ends.
func (v value) stringEnd(i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(v[i:], '"')
		escapes := 0
		for v[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}

// end returns where the value that begins at i ends.
func (v value) end(i int) int {
	switch v[i] {
	case '"':
		return v.stringEnd(i)
	case '{', '[':
		return v.nestEnd(i)
	}
	for i < len(v) && v[i] != ',' && v[i] != '}' && v[i] != ']' && v[i] > ' ' {
		i++
	}
	return i
}

// nestEnd returns where the object or array that begins at i ends.
func (v value) nestEnd(i int) int {
	for depth := 0; ; {
		switch v[i] {
		case '"':
			i = v.stringEnd(i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
}

// quote returns s as a JSON string.
func quote(s string) value {
	b, _ := json.Marshal(s) // a string: cannot fail
	return b
}
