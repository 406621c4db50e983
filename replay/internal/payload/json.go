package payload

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deeply nested a JSON text may be to be taken apart.
const maxDepth = 200

// jsonScanner takes one JSON text apart (RFC 8259). Strings that hold a JSON
// object or array themselves are taken apart too.
type jsonScanner struct {
	paths  *paths
	src    string
	pos    int
	depth  int
	leaves []Leaf

	// For a text that stood in a JSON string: where each of its bytes stood in
	// the payload. nil: the text is the payload, from base on.
	places  []int32
	base    int
	escaped uint8
}

// text scans one object or array with white space around it. tuple tells that
// an array may be a tuple, whose elements differ by their place.
func (s *jsonScanner) text(at *Path, tuple bool) bool {
	s.space()
	if s.pos >= len(s.src) || s.src[s.pos] != '{' && s.src[s.pos] != '[' {
		return false
	}
	if !s.value(at, tuple) {
		return false
	}
	s.space()
	return true
}

func (s *jsonScanner) space() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// value scans one value.
func (s *jsonScanner) value(at *Path, tuple bool) bool {
	if s.pos >= len(s.src) {
		return false
	}
	switch c := s.src[s.pos]; {
	case c == '{':
		return s.nested(at, func() bool { return s.object(at) })
	case c == '[':
		return s.nested(at, func() bool { return s.array(at, tuple) })
	case c == '"':
		return s.stringValue(at)
	case c == '-' || c >= '0' && c <= '9':
		n := scanNumber(s.src, s.pos)
		return n > 0 && s.leaf(at, Number, s.src[s.pos:s.pos+n], n)
	}
	for _, literal := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.src[s.pos:], literal) {
			return s.leaf(at, Literal, literal, len(literal))
		}
	}
	return false
}

// nested scans an object or array, and makes a leaf of an empty one.
func (s *jsonScanner) nested(at *Path, scan func() bool) bool {
	start, leaves := s.pos, len(s.leaves)
	if s.depth++; s.depth > maxDepth || !scan() {
		return false
	}
	s.depth--
	if len(s.leaves) == leaves {
		end := s.pos
		s.pos = start
		return s.leaf(at, Empty, s.src[start:start+1], end-start)
	}
	return true
}

func (s *jsonScanner) object(at *Path) bool {
	s.pos++
	for first := true; ; first = false {
		s.space()
		if s.pos >= len(s.src) {
			return false
		}
		if s.src[s.pos] == '}' && first {
			s.pos++
			return true
		}
		key, ok := s.str()
		if !ok {
			return false
		}
		if s.space(); s.pos >= len(s.src) || s.src[s.pos] != ':' {
			return false
		}
		s.pos++
		s.space()
		if !s.value(s.paths.key(at, key), false) {
			return false
		}
		if done, ok := s.next('}'); done || !ok {
			return ok
		}
	}
}

func (s *jsonScanner) array(at *Path, tuple bool) bool {
	s.pos++
	for i := 0; ; i++ {
		s.space()
		if s.pos >= len(s.src) {
			return false
		}
		c := s.src[s.pos]
		if c == ']' && i == 0 {
			s.pos++
			return true
		}
		scalar := c != '{' && c != '['
		if i == 0 {
			tuple = tuple && scalar
		}
		if !s.value(s.paths.at(at, i, tuple || scalar), false) {
			return false
		}
		if done, ok := s.next(']'); done || !ok {
			return ok
		}
	}
}

// next reads the comma before another element, or the end.
func (s *jsonScanner) next(end byte) (done, ok bool) {
	s.space()
	if s.pos >= len(s.src) {
		return false, false
	}
	c := s.src[s.pos]
	s.pos++
	return c == end, c == end || c == ','
}

func (s *jsonScanner) stringValue(at *Path) bool {
	start := s.pos
	value, ok := s.str()
	if !ok {
		return false
	}
	if inner := s.embedded(at, value, start); inner != nil {
		s.leaves = append(s.leaves, inner...)
		return true
	}
	end := s.pos
	s.pos = start
	return s.leaf(at, String, value, end-start)
}

// embedded takes a string apart that is a JSON object or array itself, and
// returns nil if it is not.
func (s *jsonScanner) embedded(at *Path, value string, start int) []Leaf {
	if len(value) < 2 || value[0] != '{' && value[0] != '[' || s.escaped > 1 {
		return nil
	}
	in := jsonScanner{paths: s.paths, src: value, depth: s.depth + 1, escaped: s.escaped + 1}
	in.places = s.unescapedPlaces(start, len(value))
	if in.places == nil || !in.text(at, false) || in.pos != len(value) || len(in.leaves) < 1 {
		return nil
	}
	if len(in.leaves) == 1 && in.leaves[0].Kind == Empty {
		return nil
	}
	return in.leaves
}

// unescapedPlaces returns where each byte of the string that starts at start
// stood in the payload, and nil where a byte has no place of its own.
func (s *jsonScanner) unescapedPlaces(start, n int) []int32 {
	places := make([]int32, 0, n+1)
	for i := start + 1; i < s.pos-1; i++ {
		places = append(places, int32(s.place(i)))
		if s.src[i] == '\\' {
			if i++; s.src[i] == 'u' {
				return nil
			}
		}
	}
	return append(places, int32(s.place(s.pos-1)))
}

// place returns where a byte of the text stands in the payload.
func (s *jsonScanner) place(i int) int {
	if s.places != nil {
		return int(s.places[i])
	}
	return s.base + i
}

func (s *jsonScanner) leaf(at *Path, kind Kind, value string, n int) bool {
	s.leaves = append(s.leaves, Leaf{
		Path: at, Kind: kind, Value: value, escaped: s.escaped,
		Start: s.place(s.pos), End: s.place(s.pos + n),
	})
	s.pos += n
	return true
}

// str scans a string and returns it decoded.
func (s *jsonScanner) str() (string, bool) {
	if s.pos >= len(s.src) || s.src[s.pos] != '"' {
		return "", false
	}
	start := s.pos + 1
	for i := start; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			return s.src[start:i], true
		case c == '\\':
			return s.unescape(start, i)
		case c < 0x20:
			return "", false
		}
	}
	return "", false
}

// unescape goes on with a string whose first escape stands at i.
func (s *jsonScanner) unescape(start, i int) (string, bool) {
	out := []byte(s.src[start:i])
	for i < len(s.src) {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			return string(out), true
		case c < 0x20:
			return "", false
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		if i+1 >= len(s.src) {
			return "", false
		}
		if s.src[i+1] == 'u' {
			r, n := unicodeEscape(s.src[i:])
			if n == 0 {
				return "", false
			}
			out = utf8.AppendRune(out, r)
			i += n
			continue
		}
		k := strings.IndexByte(`"\/bfnrt`, s.src[i+1])
		if k < 0 {
			return "", false
		}
		out = append(out, "\"\\/\b\f\n\r\t"[k])
		i += 2
	}
	return "", false
}

// unicodeEscape reads \uXXXX, or two of them that are a surrogate pair.
func unicodeEscape(s string) (r rune, n int) {
	r, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := hex4(s[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

func hex4(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for i := 2; i < 6; i++ {
		d := strings.IndexByte("0123456789abcdef", s[i]|0x20)
		if d < 0 || s[i] < '0' {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

// scanNumber returns the length of the JSON number at i, or 0.
func scanNumber(s string, i int) int {
	start := i
	digits := func() bool {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if !digits() {
		return 0
	}
	if i < len(s) && s[i] == '.' {
		if i++; !digits() {
			return 0
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return 0
		}
	}
	return i - start
}
