package view

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string (RFC 8259 §7). Bytes that are not
// UTF-8 become U+FFFD; what a terminal would act on is escaped, so that a JSON
// line can be printed anywhere; HTML characters stay.
func appendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if !unprintable(r) && (r != utf8.RuneError || n > 1) {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, r)
		i += n
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendEscape appends r as JSON escapes it, by its short form if it has one.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case utf8.RuneError:
		return append(dst, "\ufffd"...)
	}
	if r > 0xffff { // two surrogates
		r -= 0x10000
		dst = appendHex4(dst, 0xd800+r>>10)
		return appendHex4(dst, 0xdc00+r&0x3ff)
	}
	return appendHex4(dst, r)
}

// appendHex4 appends \u and four digits.
func appendHex4(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// The following append a member: key is its name as it stands in the object,
// with comma, quotes and colon, as in `,"len":`.

func appendUint(dst []byte, key string, n uint64) []byte {
	return strconv.AppendUint(append(dst, key...), n, 10)
}

func appendInt(dst []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(dst, key...), n, 10)
}

func appendBool(dst []byte, key string, b bool) []byte {
	return strconv.AppendBool(append(dst, key...), b)
}

func appendText[T string | []byte](dst []byte, key string, s T) []byte {
	return appendString(append(dst, key...), s)
}

func appendBase64(dst []byte, key string, p []byte) []byte {
	dst = append(append(dst, key...), '"')
	dst = base64.StdEncoding.AppendEncode(dst, p)
	return append(dst, '"')
}

// appendStrings appends an array of strings; a nil one is empty.
func appendStrings(dst []byte, key string, list []string) []byte {
	dst = append(append(dst, key...), '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

// appendPayload appends p as "text" if it may be text and is valid UTF-8, and
// as "base64" otherwise. cut says that p is only a beginning, which may end
// inside a character.
func appendPayload(dst, p []byte, text, cut bool) []byte {
	if text && cut {
		p = wholeRunes(p)
	}
	if text && utf8.Valid(p) {
		dst = appendText(dst, `,"text":`, p)
	} else {
		dst = appendBase64(dst, `,"base64":`, p)
	}
	if cut {
		dst = append(dst, `,"cut":true`...)
	}
	return dst
}

// wholeRunes returns p without the beginning of a character at its end.
func wholeRunes(p []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if c := p[len(p)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(p[len(p)-i:]) {
				return p[:len(p)-i]
			}
			break
		}
	}
	return p
}
