package redact

import (
	"bytes"
	"strings"
)

// url finds the secrets of a URL, absolute or in origin form.
func (f *finder) url(p []byte) {
	rest := 0
	if i := bytes.Index(p, []byte("://")); i >= 0 && !bytes.ContainsAny(p[:i], "/?#") {
		authority := i + len("://")
		end := authority + indexAny(p[authority:], "/?#")
		if at := bytes.LastIndexByte(p[authority:end], '@'); at > 0 && f.r.rules.defaults {
			f.credentials(p, authority, authority+at, f.place+" user")
		}
		rest = end
	}
	path := rest + indexAny(p[rest:], "?#")
	f.scan(p, rest, path)
	query := path
	fragment := cutAt(p, query, len(p), '#')
	if query < fragment {
		f.form(p, query+1, fragment, "query")
	}
	if fragment < len(p) {
		f.form(p, fragment+1, len(p), "fragment")
	}
}

func indexAny(p []byte, chars string) int {
	if i := bytes.IndexAny(p, chars); i >= 0 {
		return i
	}
	return len(p)
}

// form finds the secrets of name=value pairs, joined by & (a query, or a body of
// application/x-www-form-urlencoded).
func (f *finder) form(p []byte, start, end int, place string) {
	for start < end {
		stop := cutAt(p, start, end, '&')
		f.pair(p, start, stop, place)
		start = stop + 1
	}
}

func (f *finder) pair(p []byte, start, stop int, place string) {
	equals := cutAt(p, start, stop, '=')
	if equals == stop {
		f.scanAt(p, start, stop, place)
		return
	}
	name := unescapeQuery(string(p[start:equals]), ' ')
	value := unescapeQuery(string(p[equals+1:stop]), ' ')
	if f.r.rules.isQuery(name, value) {
		// A + in a key is a + that somebody forgot to encode.
		secret := unescapeQuery(string(p[equals+1:stop]), '+')
		if _, after, ok := strings.Cut(value, " "); ok && isScheme(value) {
			secret = after
		}
		f.addAs(equals+1, stop, secret, "query", place+" "+name)
		return
	}
	if len(value) > 1 && (value[0] == '{' || value[0] == '[') && value != string(p[equals+1:stop]) {
		f.escapedJSON(p, equals+1, stop, value, place+" "+name)
		return
	}
	f.scanAt(p, equals+1, stop, place+" "+name)
}

// escapedJSON finds secrets in JSON that was percent-encoded into a query.
// What is found replaces the whole value.
func (f *finder) escapedJSON(p []byte, start, stop int, value, place string) {
	inner := f.r.finder(place)
	inner.json([]byte(value))
	if len(inner.edits) == 0 {
		f.scanAt(p, start, stop, place)
		return
	}
	text := []byte(value)
	for _, e := range inner.edits {
		raw := escapeQuery(value[e.start:e.end])
		if i := bytes.Index(p[start:stop], []byte(raw)); i >= 0 {
			e.start, e.end = start+i, start+i+len(raw)
			f.edits = append(f.edits, e)
			continue
		}
		f.addAs(start, stop, string(text), e.rule, e.place)
		return
	}
}

func (f *finder) scanAt(p []byte, start, end int, place string) {
	inner := *f
	inner.place, inner.edits = place, nil
	inner.scan(p, start, end)
	f.edits = append(f.edits, inner.edits...)
}

// unescapeQuery undoes percent-encoding in a query, and gives + the meaning
// plus. What is not well-formed stays as it stands.
func unescapeQuery(s string, plus byte) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(plus)
		case s[i] == '%' && i+2 < len(s) && hexDigit(s[i+1]) >= 0 && hexDigit(s[i+2]) >= 0:
			b.WriteByte(byte(hexDigit(s[i+1])<<4 | hexDigit(s[i+2])))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// escapeQuery percent-encodes as encodeURIComponent does.
func escapeQuery(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; tokenByte(c) || strings.IndexByte(".!~*'()", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
