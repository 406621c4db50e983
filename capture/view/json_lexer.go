package view

// jsonLexer cuts JSON texts (RFC 8259), one after the other, into tokens, and
// holds only which containers are open.
type jsonLexer struct {
	p     []byte
	pos   int
	at    int    // where the last token begins, or should
	open  []byte // '{' or '[' for each open container
	state jsonState
}

type jsonState uint8

const (
	wantValue jsonState = iota
	wantFirst           // a value, or the end of an array
	wantKey
	wantFirstKey // a key, or the end of an object
	wantColon
	wantComma // or the end of the container
)

type jsonToken uint8

const (
	jsonEnd  jsonToken = iota // of the input, between two texts
	jsonOpen                  // { or [
	jsonShut                  // } or ]
	jsonKey
	jsonString
	jsonNumber
	jsonWord // true, false, null
)

// next returns the next token with its bytes. Colons and commas are checked and
// left out. reason is not empty where the input is wrong, or ends too early;
// the lexer then stands there.
func (l *jsonLexer) next() (tok jsonToken, text []byte, reason string) {
	for {
		l.blanks()
		if l.pos == len(l.p) {
			l.at = l.pos
			if len(l.open) == 0 {
				return jsonEnd, nil, ""
			}
			return 0, nil, unexpectedEnd
		}
		l.at = l.pos
		c := l.p[l.pos]
		switch {
		case l.state == wantColon:
			if c != ':' {
				return 0, nil, "a colon is missing"
			}
			l.pos, l.state = l.pos+1, wantValue
		case l.state == wantComma && c == ',':
			l.pos++
			l.state = wantValue
			if l.open[len(l.open)-1] == '{' {
				l.state = wantKey
			}
		case c == '}' || c == ']':
			return l.shut(c)
		case l.state == wantComma:
			return 0, nil, "a comma is missing"
		case l.state == wantKey || l.state == wantFirstKey:
			return l.key(c)
		default:
			return l.value(c)
		}
	}
}

const (
	unexpectedEnd = "it ends too early"
	tooDeep       = "it is nested too deeply"
)

// maxNesting is how many containers may be open in JSON.
const maxNesting = 100_000

// blanks skips white space, and between texts the separator of RFC 7464.
func (l *jsonLexer) blanks() {
	for l.pos < len(l.p) {
		switch c := l.p[l.pos]; {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
		case c == 0x1e && len(l.open) == 0:
		default:
			return
		}
		l.pos++
	}
}

// done is the state after a value.
func (l *jsonLexer) done() {
	l.state = wantValue
	if len(l.open) > 0 {
		l.state = wantComma
	}
}

// shut takes the end of a container, which must be the innermost one's.
func (l *jsonLexer) shut(c byte) (jsonToken, []byte, string) {
	opener := byte('{')
	if c == ']' {
		opener = '['
	}
	if len(l.open) == 0 || l.open[len(l.open)-1] != opener {
		return 0, nil, "nothing is open that this closes"
	}
	if l.state == wantValue || l.state == wantKey {
		return 0, nil, "an element is missing after a comma"
	}
	l.open = l.open[:len(l.open)-1]
	l.pos++
	l.done()
	return jsonShut, l.p[l.pos-1 : l.pos], ""
}

// key takes the name of a member, in an object (§4).
func (l *jsonLexer) key(c byte) (jsonToken, []byte, string) {
	if c != '"' {
		return 0, nil, "the name of a member is missing"
	}
	text, reason := l.string()
	l.state = wantColon
	return jsonKey, text, reason
}

// value takes what begins with c: a scalar whole, of a container its opening.
func (l *jsonLexer) value(c byte) (tok jsonToken, text []byte, reason string) {
	switch {
	case c == '{' || c == '[':
		if len(l.open) == maxNesting {
			return 0, nil, tooDeep
		}
		l.open = append(l.open, c)
		l.state = wantFirst
		if c == '{' {
			l.state = wantFirstKey
		}
		l.pos++
		return jsonOpen, l.p[l.pos-1 : l.pos], ""
	case c == '"':
		text, reason = l.string()
		tok = jsonString
	case c == '-' || c >= '0' && c <= '9':
		text, reason = l.number()
		tok = jsonNumber
	default:
		text, reason = l.word()
		tok = jsonWord
	}
	l.done()
	return tok, text, reason
}

// string takes a string with its quotes (§7).
func (l *jsonLexer) string() ([]byte, string) {
	start := l.pos
	for i := start + 1; i < len(l.p); i++ {
		switch c := l.p[i]; {
		case c == '"':
			l.pos = i + 1
			return l.p[start:l.pos], ""
		case c < 0x20:
			l.pos = i
			return nil, "a control character in a string"
		case c == '\\':
			n := escapeLen(l.p[i:])
			if n == 0 {
				l.pos = i
				return nil, "an unknown escape in a string"
			}
			i += n - 1
		}
	}
	l.pos = len(l.p)
	return nil, unexpectedEnd
}

// escapeLen returns the length of the escape at the beginning of p, 0 if it is
// none, and what there is of one that the input cuts off.
func escapeLen(p []byte) int {
	if len(p) < 2 {
		return len(p)
	}
	switch p[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		for i := 2; i < 6; i++ {
			if i == len(p) {
				return i
			}
			if c := p[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return 0
			}
		}
		return 6
	}
	return 0
}

// number takes a number (§6).
func (l *jsonLexer) number() ([]byte, string) {
	start := l.pos
	if l.p[l.pos] == '-' {
		l.pos++
	}
	bad := false
	if l.sees('0') { // nothing of a number comes after a leading zero
		l.pos++
	} else {
		bad = l.digits() == 0
	}
	if l.sees('.') {
		l.pos++
		bad = bad || l.digits() == 0
	}
	if l.sees('e') || l.sees('E') {
		l.pos++
		if l.sees('+') || l.sees('-') {
			l.pos++
		}
		bad = bad || l.digits() == 0
	}
	if bad && l.pos == len(l.p) && len(l.open) > 0 {
		return nil, unexpectedEnd
	}
	if bad {
		l.pos = start
		return nil, "a number that is none"
	}
	return l.p[start:l.pos], ""
}

func (l *jsonLexer) sees(c byte) bool { return l.pos < len(l.p) && l.p[l.pos] == c }

func (l *jsonLexer) digits() int {
	start := l.pos
	for l.pos < len(l.p) && l.p[l.pos] >= '0' && l.p[l.pos] <= '9' {
		l.pos++
	}
	return l.pos - start
}

// word takes true, false or null (§3).
func (l *jsonLexer) word() ([]byte, string) {
	rest := l.p[l.pos:]
	for _, w := range [...]string{"true", "false", "null"} {
		if len(rest) >= len(w) && string(rest[:len(w)]) == w {
			l.pos += len(w)
			return rest[:len(w)], ""
		}
		if len(rest) < len(w) && string(rest) == w[:len(rest)] {
			l.pos = len(l.p)
			return nil, unexpectedEnd
		}
	}
	return nil, "no value begins like this"
}
