package har

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError tells where an archive stops being JSON.
type SyntaxError struct {
	Offset int64 // bytes before the place
	What   string
}

// Error implements error.
func (e *SyntaxError) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.What) }

// Hint tells what is left of the archive.
func (e *SyntaxError) Hint() string {
	return "entries before that place were read, the rest cannot be: see whether the file is a HAR, and whole"
}

const (
	maxDepth = 1000     // how deep values may be nested
	maxName  = 64 << 10 // the longest name of a member, in bytes
	maxText  = 16 << 20 // the longest string that is no body and no message, in bytes
)

// scanner reads JSON value by value. It holds one buffer, whatever the length of
// strings and the depth of what is skipped. Errors are final.
type scanner struct {
	r      io.Reader
	buf    []byte
	at     int // the next byte in buf
	end    int
	base   int64 // how many bytes came before buf
	err    error
	names  map[string]string // spellings of members' names, to be shared
	lossy  bool              // a string held half a surrogate pair since this was last set back
	repeat func(name string) // called for a member that is there twice; may be nil
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, 64<<10), names: map[string]string{}}
}

func (s *scanner) offset() int64 { return s.base + int64(s.at) }

func (s *scanner) fail(what string) error {
	if s.err == nil {
		s.err = &SyntaxError{Offset: s.offset(), What: what}
	}
	return s.err
}

// fill makes sure that there is a next byte.
func (s *scanner) fill() error {
	for s.at >= s.end {
		if s.err != nil {
			return s.err
		}
		s.base += int64(s.end)
		s.at, s.end = 0, 0
		n, err := s.r.Read(s.buf)
		s.end = n
		switch {
		case n > 0 || err == nil:
		case errors.Is(err, io.EOF):
			return s.fail("the file ends here, in the middle")
		default:
			s.err = fmt.Errorf("byte %d: %w", s.offset(), err)
		}
	}
	return nil
}

// peek skips white space and returns the byte with which the next value begins.
func (s *scanner) peek() (byte, error) {
	for {
		for s.at < s.end {
			switch c := s.buf[s.at]; c {
			case ' ', '\n', '\r', '\t':
				s.at++
			default:
				return c, nil
			}
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// mark skips a byte order mark.
func (s *scanner) mark() error {
	for _, c := range [...]byte{0xef, 0xbb, 0xbf} {
		if err := s.fill(); err != nil {
			return err
		}
		switch {
		case s.buf[s.at] == c:
			s.at++
		case c == 0xef && s.buf[s.at] >= 0xfe:
			return s.fail("this is UTF-16; an archive is UTF-8")
		case c == 0xef:
			return nil
		default:
			return s.fail("half a byte order mark")
		}
	}
	return nil
}

// object reads an object; member must read the value. A name that comes twice
// is told of, and read again.
func (s *scanner) object(member func(name string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	var seen [24]string
	known := seen[:0]
	for first := true; ; first = false {
		more, err := s.more('}', first)
		if err != nil || !more {
			return err
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		if slices.Contains(known, name) {
			if s.repeat != nil {
				s.repeat(name)
			}
		} else if len(known) < 64 {
			known = append(known, name)
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
}

// array reads an array; element must read the value.
func (s *scanner) array(element func(i int) error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := s.more(']', i == 0)
		if err != nil || !more {
			return err
		}
		if err := element(i); err != nil {
			return err
		}
	}
}

// more reports whether another member or element comes.
func (s *scanner) more(end byte, first bool) (bool, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return false, err
	case c == end:
		s.at++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, s.fail(fmt.Sprintf("%q where a comma or %q belongs", c, end))
	}
	s.at++
	return true, nil
}

func (s *scanner) expect(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return s.fail(fmt.Sprintf("%q where %q belongs", c, want))
	}
	s.at++
	return nil
}

func (s *scanner) name() (string, error) {
	b := brief{max: maxName}
	if err := s.text(&b); err != nil {
		return "", err
	}
	if b.over {
		return "", s.fail("a name of more than 64 KiB")
	}
	name, ok := s.names[string(b.p)]
	if !ok {
		name = string(b.p)
		if len(s.names) < 1000 {
			s.names[name] = name
		}
	}
	return name, nil
}

// brief keeps the beginning of what is written.
type brief struct {
	p    []byte
	max  int
	over bool
}

func (b *brief) Write(p []byte) (int, error) {
	n := min(len(p), b.max-len(b.p))
	b.p = append(b.p, p[:n]...)
	b.over = b.over || n < len(p)
	return len(p), nil
}

// text reads a string into w, its escapes undone. Bytes that are not UTF-8 stay.
func (s *scanner) text(w io.Writer) error {
	if err := s.expect('"'); err != nil {
		return err
	}
	for {
		if err := s.fill(); err != nil {
			return err
		}
		start := s.at
		for s.at < s.end && s.buf[s.at] != '"' && s.buf[s.at] != '\\' {
			s.at++
		}
		if s.at > start {
			if _, err := w.Write(s.buf[start:s.at]); err != nil {
				return err
			}
		}
		if s.at == s.end {
			continue
		}
		c := s.buf[s.at]
		s.at++
		if c == '"' {
			return nil
		}
		if err := s.escape(w); err != nil {
			return err
		}
	}
}

// escape reads what follows a backslash.
func (s *scanner) escape(w io.Writer) error {
	if err := s.fill(); err != nil {
		return err
	}
	c := s.buf[s.at]
	s.at++
	if i := strings.IndexByte(`bfnrt"\/`, c); i >= 0 {
		_, err := w.Write([]byte{"\b\f\n\r\t\"\\/"[i]})
		return err
	}
	if c != 'u' {
		s.at--
		return s.fail(fmt.Sprintf("\\%c in a string", c))
	}
	return s.unicode(w)
}

// unicode reads what follows \u, and the second half of a surrogate pair.
func (s *scanner) unicode(w io.Writer) error {
	r, err := s.hex4()
	for err == nil && utf16.IsSurrogate(r) {
		low, ok, err := s.lowHalf()
		if err != nil {
			return err
		}
		if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
			r = pair
			break
		}
		s.lossy = true
		if _, err := w.Write([]byte("\ufffd")); err != nil || !ok {
			return err
		}
		r = low
	}
	if err != nil {
		return err
	}
	_, err = w.Write(utf8.AppendRune(nil, r))
	return err
}

// lowHalf reads \uXXXX if that comes next.
func (s *scanner) lowHalf() (r rune, ok bool, err error) {
	if err := s.fill(); err != nil || s.buf[s.at] != '\\' {
		return 0, false, err
	}
	// The two bytes may lie in different buffers; a backslash that begins
	// another escape is given back to the text by reading that escape here.
	s.at++
	if err := s.fill(); err != nil {
		return 0, false, err
	}
	if s.buf[s.at] == 'u' {
		s.at++
		r, err = s.hex4()
		return r, err == nil, err
	}
	if s.at == 0 {
		s.unread()
		return 0, false, nil
	}
	s.at--
	return 0, false, nil
}

// unread puts a backslash before the buffer.
func (s *scanner) unread() {
	if s.end == len(s.buf) {
		s.buf = append(s.buf, 0)
	}
	copy(s.buf[1:s.end+1], s.buf[:s.end])
	s.buf[0] = '\\'
	s.end++
	s.base--
}

func (s *scanner) hex4() (r rune, err error) {
	for range 4 {
		if err := s.fill(); err != nil {
			return 0, err
		}
		d := nibble(s.buf[s.at])
		if d < 0 {
			return 0, s.fail("\\u without four hex digits")
		}
		r = r<<4 | rune(d)
		s.at++
	}
	return r, nil
}

// literal reads a number, true, false or null as it stands.
func (s *scanner) literal() (string, error) {
	var b []byte
	for {
		for s.at < s.end {
			c := s.buf[s.at]
			if (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' && c != '+' && c != '.' && c != 'E' {
				return s.checked(b)
			}
			if len(b) > 400 {
				return "", s.fail("a number of more than 400 digits")
			}
			b = append(b, c)
			s.at++
		}
		if err := s.fill(); err != nil {
			return "", err
		}
	}
}

func (s *scanner) checked(b []byte) (string, error) {
	switch lit := string(b); {
	case lit == "true" || lit == "false" || lit == "null":
		return lit, nil
	case lit == "":
		return "", s.fail(fmt.Sprintf("%q where a value belongs", s.buf[s.at]))
	case json.Valid(b):
		return lit, nil
	default:
		return "", s.fail(lit + " is no value")
	}
}

// skip reads a value of any kind and forgets it.
func (s *scanner) skip() error {
	var open []byte
	for {
		c, err := s.peek()
		if err != nil {
			return err
		}
		switch {
		case c == '{' || c == '[':
			if len(open) >= maxDepth {
				return s.fail(fmt.Sprintf("nested deeper than %d levels", maxDepth))
			}
			open = append(open, c)
			s.at++
		case (c == '}' || c == ']') && len(open) > 0 && c == open[len(open)-1]+2:
			open = open[:len(open)-1]
			s.at++
		case c == '"':
			err = s.text(io.Discard)
		case (c == ',' || c == ':') && len(open) > 0:
			s.at++
			continue
		default:
			_, err = s.literal()
		}
		if err != nil || len(open) == 0 {
			return err
		}
	}
}
