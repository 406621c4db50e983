package view

import (
	"bytes"
	"net/url"
	"strings"
)

// form writes the fields of application/x-www-form-urlencoded, decoded, a line
// for each.
func (out *printer) form(p []byte) {
	p = bytes.TrimRight(p, "\r\n")
	width := 0
	for pair := range bytes.SplitSeq(p, []byte("&")) {
		name, _, _ := bytes.Cut(pair, []byte("="))
		if len(name) <= 24 {
			width = max(width, Width(Sanitize(unescapeForm(name))))
		}
	}
	for pair := range bytes.SplitSeq(p, []byte("&")) {
		if len(pair) == 0 {
			continue
		}
		name, value, _ := bytes.Cut(pair, []byte("="))
		shown := Sanitize(unescapeForm(name))
		out.begin(key)
		out.plain(shown)
		out.end(key)
		out.plain(strings.Repeat(" ", max(width-Width(shown), 0)) + " = ")
		out.visible([]byte(unescapeForm(value)))
		out.newline()
	}
}

// unescapeForm undoes the percent-encoding; what is none stays as it is.
func unescapeForm(p []byte) string {
	if s, err := url.QueryUnescape(string(p)); err == nil {
		return s
	}
	return string(p)
}
