package view

import (
	"strings"
	"unicode/utf8"
)

// Sanitize returns s as it may be printed on a line of a terminal: control
// characters, C1 among them, bidirectional controls, invisible characters and
// bytes that are not UTF-8 are shown as escapes (\x1b, \n, \u202e, \xff). What
// is shown is for reading only: a backslash stands for itself, too.
func Sanitize(s string) string {
	for i, r := range s {
		if unprintable(r) || r == utf8.RuneError {
			return sanitize(s, i)
		}
	}
	return s
}

// sanitize is Sanitize for a string whose first i bytes are clean.
func sanitize(s string, i int) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	var buf [12]byte
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		b.Write(appendVisible(buf[:0], r, n, s[i]))
		i += n
	}
	return b.String()
}

// appendVisible appends a character of n bytes, the first of which is c, as
// Sanitize shows it.
func appendVisible(dst []byte, r rune, n int, c byte) []byte {
	switch {
	case r == utf8.RuneError && n <= 1:
		return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
	case !unprintable(r):
		return utf8.AppendRune(dst, r)
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r < 0x80:
		return append(dst, '\\', 'x', hexDigits[r>>4], hexDigits[r&15])
	case r > 0xffff:
		dst = append(dst, '\\', 'U', '0', '0', '0', hexDigits[r>>16&15])
		return append(dst, hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
	}
	return appendHex4(dst, r)
}

// unprintable reports whether a terminal would act on r, or hide it: controls
// (C0, DEL, C1), line separators, bidirectional controls (UAX #9), and
// characters that nobody sees. Joiners stay, since scripts and emoji need them.
func unprintable(r rune) bool {
	switch {
	case r < 0x7f:
		return r < 0x20
	case r < 0xa0:
		return true
	case r < 0x061c:
		return false
	}
	switch {
	case r == 0x061c, r == 0x180e, r == 0x200b, r == 0x200e, r == 0x200f, // marks, zero width space
		r >= 0x2028 && r <= 0x202e,              // line and paragraph separators, embeddings, overrides
		r >= 0x2060 && r <= 0x206f,              // invisible operators, isolates
		r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, // byte order mark, annotations
		r >= 0xe0000 && r <= 0xe007f: // tags
		return true
	}
	return false
}
