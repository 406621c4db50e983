package redact

// lexer cuts JSON into tokens without changing or copying it. It takes any
// text: what is not JSON comes out as tokens of the kind bad, and separators
// between texts (line ends, U+001E of JSON text sequences and SignalR, NUL) are
// space.
type lexer struct {
	p  []byte
	at int
}

// token is one token: { } [ ] : , or a string ("), a number (0), a word (w: true,
// false, null), bad (?) or the end (0xff).
type token struct {
	kind       byte
	start, end int // a string with its quotes
	escaped    bool
	open       bool // a string without its closing quote
}

const (
	kindEnd    = 0xff
	kindNumber = '0'
	kindWord   = 'w'
	kindBad    = '?'
)

func (l *lexer) next() token {
	p := l.p
	i := l.at
	for i < len(p) && (p[i] == ' ' || p[i] == '\n' || p[i] == '\r' || p[i] == '\t' || p[i] == 0x1e || p[i] == 0) {
		i++
	}
	if i >= len(p) {
		l.at = i
		return token{kind: kindEnd, start: i, end: i}
	}
	t := token{kind: p[i], start: i, end: i + 1}
	switch c := p[i]; {
	case c == '"':
		l.text(&t)
	case c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',':
	case c == '-' || '0' <= c && c <= '9':
		t.kind = kindNumber
		for t.end < len(p) && numberByte(p[t.end]) {
			t.end++
		}
	case 'a' <= c && c <= 'z':
		t.kind = kindWord
		for t.end < len(p) && 'a' <= p[t.end] && p[t.end] <= 'z' {
			t.end++
		}
	default:
		t.kind = kindBad
	}
	l.at = t.end
	return t
}

// text moves the end of t behind the closing quote.
func (l *lexer) text(t *token) {
	p := l.p
	for i := t.end; i < len(p); i++ {
		switch p[i] {
		case '"':
			t.end = i + 1
			return
		case '\\':
			t.escaped = true
			i++
		}
	}
	t.end, t.open = len(p), true
}

// inner returns where the characters of a string token stand.
func (t *token) inner() (start, end int) {
	if t.open {
		return t.start + 1, t.end
	}
	return t.start + 1, t.end - 1
}

func numberByte(c byte) bool {
	return '0' <= c && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'
}

// unescape undoes the escapes in the inside of a JSON string. off tells where
// each byte of the result stood, and where the end was: its length is one more
// than the text's.
func unescape(p []byte) (text []byte, off []int) {
	text = make([]byte, 0, len(p))
	off = make([]int, 0, len(p)+1)
	for i := 0; i < len(p); {
		if p[i] != '\\' || i+1 >= len(p) {
			text, off = append(text, p[i]), append(off, i)
			i++
			continue
		}
		n := 2
		from := len(text)
		switch c := p[i+1]; c {
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			r, size := unicodeEscape(p[i:])
			n = size
			text = append(text, string(r)...)
		default:
			text = append(text, c)
		}
		for range len(text) - from {
			off = append(off, i)
		}
		i += n
	}
	return text, append(off, len(p))
}

// unicodeEscape reads \uXXXX, or a surrogate pair of two, at the start of p.
func unicodeEscape(p []byte) (r rune, size int) {
	high, ok := hex4(p)
	if !ok {
		return '\ufffd', 2
	}
	if high < 0xd800 || high > 0xdfff {
		return high, 6
	}
	if low, ok := hex4(p[6:]); ok && high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
		return (high-0xd800)<<10 | (low - 0xdc00) + 0x10000, 12
	}
	return '\ufffd', 6
}

func hex4(p []byte) (rune, bool) {
	if len(p) < 6 || p[0] != '\\' || p[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range p[2:6] {
		d := hexDigit(c)
		if d < 0 {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}
