package ndjson

// rs begins each text of a sequence (RFC 7464 §2.2).
const rs = 0x1E

// scanner finds the end of one JSON text without keeping it. It knows brackets,
// strings and words, not the grammar: what it finds may still be no JSON.
type scanner struct {
	sequence bool // stop at RS, which stands in no JSON text

	started  bool
	done     bool // the text's last byte was seen
	extra    bool // more than white space came behind it
	depth    int
	inString bool
	escaped  bool
	scalar   bool // a number, a literal or garbage, not an object, array or string
	word     [5]byte
	length   int // of the scalar
	last     byte
}

// reset makes ready for the next text.
func (s *scanner) reset() { *s = scanner{sequence: s.sequence} }

// scan reads p to the end of the text, or of p, and returns how many bytes
// belong to it. It makes no step only where it finds that a scalar ended
// before p, or at RS.
func (s *scanner) scan(p []byte) int {
	n := 0
	if !s.started {
		s.started = true
		switch p[0] {
		case '{', '[':
			s.depth = 1
		case '"':
			s.inString = true
		default:
			s.scalar = true
			s.spell(p[0])
		}
		n = 1
	}
	if s.scalar {
		for n < len(p) && !delimits(p[n]) {
			s.spell(p[n])
			n++
		}
		s.done = n < len(p) && !(s.sequence && p[n] == rs)
		return n
	}
	return n + s.nest(p[n:])
}

// spell takes one byte of a scalar.
func (s *scanner) spell(c byte) {
	if s.length < len(s.word) {
		s.word[s.length] = c
	}
	s.length++
	s.last = c
}

// nest reads p to the bracket or quote that closes the text.
func (s *scanner) nest(p []byte) int {
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c == rs && s.sequence {
			return i
		}
		if s.inString {
			switch {
			case s.escaped:
				s.escaped = false
			case c == '\\':
				s.escaped = true
			case c == '"':
				s.inString = false
				s.done = s.depth == 0
			}
		} else {
			switch c {
			case '"':
				s.inString = true
			case '{', '[':
				s.depth++
			case '}', ']':
				s.depth--
				s.done = s.depth == 0
			}
		}
		if s.done {
			return i + 1
		}
	}
	return len(p)
}

// through reads all of p as one text with white space around it.
func (s *scanner) through(p []byte) {
	for i := 0; i < len(p); {
		switch {
		case s.started && !s.done:
			i += s.scan(p[i:])
		case isSpace(p[i]):
			i++
		case !s.started:
			i += s.scan(p[i:])
		default:
			s.extra = true
			return
		}
	}
}

// complete reports whether what was read can be a whole text. A number that
// ends in a digit can.
func (s *scanner) complete() bool {
	if s.extra || !s.scalar {
		return s.done && !s.extra
	}
	switch string(s.word[:min(s.length, len(s.word))]) {
	case "true", "null":
		return s.length == 4
	case "false":
		return s.length == 5
	}
	return (s.word[0] == '-' || isDigit(s.word[0])) && isDigit(s.last)
}

// delimits reports whether c ends a scalar.
func delimits(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', '{', '[', '"', ']', '}', rs:
		return true
	}
	return false
}

// isSpace reports whether c is white space in JSON (RFC 8259 §2).
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isBlank reports whether p is all white space.
func isBlank(p []byte) bool {
	for _, c := range p {
		if !isSpace(c) {
			return false
		}
	}
	return true
}
