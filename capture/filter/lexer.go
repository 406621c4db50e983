package filter

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// lexer cuts an expression into words. What a word is depends on where it
// stands, so the parser asks for the one it expects.
type lexer struct {
	expr string
	pos  int
}

func (l *lexer) rest() string { return l.expr[l.pos:] }

func (l *lexer) blanks() {
	l.pos += len(l.rest()) - len(strings.TrimLeft(l.rest(), " \t\r\n"))
}

// take skips s if it comes next.
func (l *lexer) take(s string) bool {
	if !strings.HasPrefix(l.rest(), s) {
		return false
	}
	l.pos += len(s)
	return true
}

// keyword skips one of the words, in any case, if it comes next and ends there.
func (l *lexer) keyword(words ...string) bool {
	rest := l.rest()
	for _, w := range words {
		if len(rest) < len(w) || !strings.EqualFold(rest[:len(w)], w) {
			continue
		}
		if len(rest) == len(w) || strings.IndexByte(" \t\r\n()!\"'", rest[len(w)]) >= 0 {
			l.pos += len(w)
			return true
		}
	}
	return false
}

// name takes a field's name.
func (l *lexer) name() string {
	start := l.pos
	for l.pos < len(l.expr) && nameByte(l.expr[l.pos]) {
		l.pos++
	}
	return l.expr[start:l.pos]
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// operators, the longer of two with the same beginning first.
var operators = [...]struct {
	text string
	op   op
}{
	{":>=", atLeast},
	{":<=", atMost},
	{":!=", differs},
	{":!~", matchesNot},
	{":~", matches},
	{":>", above},
	{":<", below},
	{":", is},
	{">=", atLeast},
	{"<=", atMost},
	{"!=", differs},
	{"!~", matchesNot},
	{"==", equals},
	{"=~", matches},
	{"=", equals},
	{"~", matches},
	{">", above},
	{"<", below},
}

// op compares a field with a value.
type op uint8

const (
	none       op = iota
	is            // ":", ignoring case
	equals        // "=", "=="
	differs       // "!="
	matches       // "~", ":~"
	matchesNot    // "!~"
	above
	below
	atLeast
	atMost
)

// ordered reports whether o needs values that have an order.
func (o op) ordered() bool { return o >= above }

// operator takes an operator, none if there is none.
func (l *lexer) operator() op {
	for _, o := range operators {
		if l.take(o.text) {
			return o.op
		}
	}
	return none
}

// quoted takes a string in double or single quotes, with JSON's escapes and
// \xNN. ok is false, with the lexer where it went wrong, if it has no end.
func (l *lexer) quoted() (s string, ok bool) {
	quote := l.expr[l.pos]
	var b strings.Builder
	for i := l.pos + 1; i < len(l.expr); {
		c := l.expr[i]
		if c == quote {
			l.pos = i + 1
			return b.String(), true
		}
		if c != '\\' {
			b.WriteByte(c)
			i++
			continue
		}
		n := unescape(&b, l.expr[i:])
		if n == 0 {
			l.pos = i
			return "", false
		}
		i += n
	}
	return "", false
}

// unescape writes what the escape at the beginning of s stands for, and
// returns its length, 0 if it is none.
func unescape(b *strings.Builder, s string) int {
	if len(s) < 2 {
		return 0
	}
	digits := 0
	switch s[1] {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case '\\', '"', '\'', '/':
		b.WriteByte(s[1])
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	default:
		return 0
	}
	if digits == 0 {
		return 2
	}
	if len(s) < 2+digits {
		return 0
	}
	n, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	if err != nil {
		return 0
	}
	if digits == 2 {
		b.WriteByte(byte(n))
	} else {
		b.WriteRune(rune(n))
	}
	return 2 + digits
}

// regexp takes /pattern/flags, which must end where a word ends. A slash in the
// pattern is written \/.
func (l *lexer) regexp() (pattern string, ok bool) {
	var b strings.Builder
	for i := l.pos + 1; i < len(l.expr); i++ {
		switch c := l.expr[i]; {
		case c == '\\' && i+1 < len(l.expr):
			if l.expr[i+1] != '/' {
				b.WriteByte('\\')
			}
			i++
			b.WriteByte(l.expr[i])
		case c == '/':
			flags := l.expr[i+1:]
			flags = flags[:len(flags)-len(strings.TrimLeft(flags, "imsU"))]
			if end := i + 1 + len(flags); end < len(l.expr) && strings.IndexByte(" \t\r\n)", l.expr[end]) < 0 {
				return "", false
			}
			l.pos = i + 1 + len(flags)
			if flags != "" {
				flags = "(?" + flags + ")"
			}
			return flags + b.String(), true
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// bare takes a value without quotes: up to a blank, or to a closing
// parenthesis that was not opened in it.
func (l *lexer) bare() string {
	start, depth := l.pos, 0
	for l.pos < len(l.expr) {
		switch c := l.expr[l.pos]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return l.expr[start:l.pos]
		case c == '(':
			depth++
		case c == ')':
			if depth == 0 {
				return l.expr[start:l.pos]
			}
			depth--
		}
		l.pos++
	}
	return l.expr[start:l.pos]
}

// path takes a JSONPath query: $ and its segments, up to what no segment can
// begin with. A bracket that has no end takes the rest.
func (l *lexer) path() string {
	start := l.pos
	l.pos++
	for l.pos < len(l.expr) {
		switch {
		case l.expr[l.pos] == '[':
			l.pos += bracketed(l.rest())
		case l.take(".."), l.take("."):
			if l.take("*") {
				continue
			}
			for l.pos < len(l.expr) {
				r, n := utf8.DecodeRuneInString(l.rest())
				if r < utf8.RuneSelf && (!nameByte(byte(r)) || r == '.' || r == '-') {
					break
				}
				l.pos += n
			}
		default:
			return l.expr[start:l.pos]
		}
	}
	return l.expr[start:l.pos]
}

// bracketed returns the length of s up to the bracket that closes its first.
func bracketed(s string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}
