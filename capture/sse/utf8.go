package sse

import "unicode/utf8"

// text returns b as a client sees it: what is not UTF-8 becomes U+FFFD, one for
// each maximal part of a sequence (WHATWG Encoding 8.1.1), and ok is false.
func text(b []byte) (s string, ok bool) {
	if utf8.Valid(b) {
		return string(b), true
	}
	out := make([]byte, 0, len(b)+8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = maximalPart(b)
		}
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return string(out), false
}

// maximalPart returns how many bytes at the front of b begin a sequence that
// goes wrong thereafter: they become one U+FFFD together.
func maximalPart(b []byte) int {
	need, low, high := 0, byte(0x80), byte(0xBF)
	switch c := b[0]; {
	case c >= 0xC2 && c <= 0xDF:
		need = 1
	case c >= 0xE0 && c <= 0xEF:
		need = 2
	case c >= 0xF0 && c <= 0xF4:
		need = 3
	}
	switch b[0] {
	case 0xE0:
		low = 0xA0
	case 0xED:
		high = 0x9F
	case 0xF0:
		low = 0x90
	case 0xF4:
		high = 0x8F
	}
	n := 1
	for n <= need && n < len(b) && b[n] >= low && b[n] <= high {
		n++
		low, high = 0x80, 0xBF
	}
	return n
}

// wholeRunes returns b without the beginning of a sequence at its end that only
// a cut left unfinished.
func wholeRunes(b []byte) []byte {
	for i := 1; i <= len(b) && i < utf8.UTFMax; i++ {
		c := b[len(b)-i:]
		if utf8.RuneStart(c[0]) {
			if !utf8.FullRune(c) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}
