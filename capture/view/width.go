package view

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Width returns how many columns s takes on a terminal: two for wide
// characters (UAX #11) and emoji, none for what combines with its neighbour.
func Width(s string) int {
	var m meter
	n := 0
	for _, r := range s {
		n += m.add(r)
	}
	return n
}

const (
	zeroWidthNonJoiner = 0x200c
	zeroWidthJoiner    = 0x200d
	emojiPresentation  = 0xfe0f // variation selector 16
)

// meter measures a text character by character, so that a sequence that makes
// one emoji counts once.
type meter struct {
	last   int  // columns of the last character that had any
	base   rune // that character
	joined bool // a joiner came after a wide character
}

// add returns by how many columns r makes the text wider.
func (m *meter) add(r rune) int {
	if r >= 0x20 && r < 0x7f {
		*m = meter{last: 1, base: r}
		return 1
	}
	switch {
	case r == zeroWidthJoiner:
		m.joined = m.last == 2
		return 0
	case r == emojiPresentation && m.last == 1 && m.base >= 0x203c:
		m.last = 2
		return 1
	case m.last == 2 && (m.joined || r >= 0x1f3fb && r <= 0x1f3ff): // skin tones
		m.joined = false
		return 0
	}
	n := runeWidth(r)
	if n > 0 {
		*m = meter{last: n, base: r}
	}
	return n
}

// runeWidth returns the columns of a character that stands alone. Ambiguous ones
// (UAX #11) are taken for narrow, as terminals outside East Asia take them.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case r >= 0x1160 && r <= 0x11ff: // vowels and finals that join a Hangul syllable
		return 0
	case r == zeroWidthJoiner, r == zeroWidthNonJoiner:
		return 0
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// line is one line being filled up to a width. What does not fit is replaced
// by an ellipsis.
type line struct {
	buf   []byte
	limit int // columns; 0: none
	col   int
	fit   int // length of buf with which the ellipsis still fits
	full  bool
	ascii bool
	meter meter
}

func newLine(limit int, ascii bool) *line { return &line{limit: limit, ascii: ascii} }

func ellipsis(ascii bool) string {
	if ascii {
		return "~"
	}
	return "…"
}

// put adds one character as Sanitize shows it, and reports whether it fitted.
func (l *line) put(r rune, n int, c byte) bool {
	if l.full {
		return false
	}
	start := len(l.buf)
	l.buf = appendVisible(l.buf, r, n, c)
	cols := 0
	if len(l.buf)-start == n && r >= utf8.RuneSelf {
		cols = l.meter.add(r)
	} else {
		cols = len(l.buf) - start
		l.meter = meter{last: 1, base: 'x'}
	}
	l.col += cols
	if l.limit > 0 && l.col > l.limit {
		l.buf = append(l.buf[:l.fit], ellipsis(l.ascii)...)
		l.full = true
		return false
	}
	if l.col < l.limit {
		l.fit = len(l.buf)
	}
	return true
}

// text adds s until the line is full, and reports whether all of it fitted.
func (l *line) text(s string) bool {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !l.put(r, n, s[i]) {
			return false
		}
		i += n
	}
	return true
}

// clip returns s, made printable, in at most limit columns; 0: no limit.
func clip(s string, limit int, ascii bool) string {
	l := newLine(limit, ascii)
	l.text(s)
	return string(l.buf)
}

// elide returns s, which must be printable, in at most limit columns; what is
// too much is taken out of its middle.
func elide(s string, limit int, ascii bool) string {
	if limit <= 0 || Width(s) <= limit {
		return s
	}
	runes := []rune(s)
	end, cols := len(runes), 0
	for end > 0 {
		w := runeWidth(runes[end-1])
		if cols+w > limit/2 {
			break
		}
		cols += w
		end--
	}
	return clip(s, limit-cols, ascii) + string(runes[end:])
}
