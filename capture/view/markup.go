package view

import (
	"bytes"
	"slices"
	"strings"
)

// markup writes XML or HTML with a line for each tag, text and comment, and an
// element that holds nothing but a short text on one line. Tags stay as they
// were written. What is not well formed is shown as it is.
func (out *printer) markup(p []byte, html bool) {
	l := markupLexer{p: p, html: html}
	m := &markupPrinter{out: out, html: html}
	for t := l.next(); t.kind != markupEnd; t = l.next() {
		if t.kind == startTag {
			m.start(t, &l)
			continue
		}
		m.put(t)
	}
	out.endLine()
}

type markupKind uint8

const (
	markupEnd markupKind = iota
	markupText
	startTag
	endTag
	emptyTag
	markupAside // comment, processing instruction, declaration, CDATA
	rawText     // what a script, a style or preformatted text holds
)

type markupToken struct {
	kind markupKind
	text []byte
	name string // of tags; in lower case in HTML
}

// markupLexer cuts markup into tokens, and holds no more than its place.
type markupLexer struct {
	p    []byte
	pos  int
	html bool
	raw  string // the element whose end tag ends raw text
}

// next returns the next token, at the end one of the kind markupEnd.
func (l *markupLexer) next() markupToken {
	rest := l.p[l.pos:]
	if len(rest) == 0 {
		return markupToken{}
	}
	if l.raw != "" {
		n := endOfRaw(rest, l.raw)
		l.raw = ""
		if n > 0 {
			l.pos += n
			return markupToken{kind: rawText, text: rest[:n]}
		}
	}
	if rest[0] != '<' {
		n := bytes.IndexByte(rest, '<')
		if n < 0 {
			n = len(rest)
		}
		l.pos += n
		return markupToken{kind: markupText, text: rest[:n]}
	}
	t := tagAt(rest)
	l.pos += len(t.text)
	if l.html {
		t.name = strings.ToLower(t.name)
		if t.kind == startTag && void(t.name) {
			t.kind = emptyTag
		}
		if t.kind == startTag && preformatted(t.name) {
			l.raw = t.name
		}
	}
	return t
}

// tagAt returns the token that begins with the "<" at the beginning of p. A "<"
// that begins none is text.
func tagAt(p []byte) markupToken {
	for _, aside := range [...]struct{ begin, end string }{
		{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!", ">"},
	} {
		if bytes.HasPrefix(p, []byte(aside.begin)) {
			n := bytes.Index(p[len(aside.begin):], []byte(aside.end))
			if n < 0 {
				return markupToken{kind: markupText, text: p}
			}
			return markupToken{kind: markupAside, text: p[:len(aside.begin)+n+len(aside.end)]}
		}
	}
	t := markupToken{kind: startTag}
	i := 1
	if i < len(p) && p[i] == '/' {
		t.kind = endTag
		i++
	}
	if i >= len(p) || !nameStart(p[i]) {
		n := bytes.IndexByte(p[1:], '<') + 1
		if n == 0 {
			n = len(p)
		}
		return markupToken{kind: markupText, text: p[:n]}
	}
	end := tagEnd(p)
	if end < 0 {
		return markupToken{kind: markupText, text: p}
	}
	t.text = p[:end]
	t.name = string(p[i : i+nameLen(p[i:end])])
	if t.kind == startTag && bytes.HasSuffix(t.text, []byte("/>")) {
		t.kind = emptyTag
	}
	return t
}

// tagEnd returns where the tag at the beginning of p ends, its ">" included: a
// ">" in quotes does not count. -1: nowhere.
func tagEnd(p []byte) int {
	quote := byte(0)
	for i, c := range p {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return -1
}

func nameLen(p []byte) int {
	for i, c := range p {
		if !nameStart(c) && (c < '0' || c > '9') && c != '-' && c != '.' && c != ':' {
			return i
		}
	}
	return len(p)
}

// endOfRaw returns where the end tag of name begins.
func endOfRaw(p []byte, name string) int {
	for i := 0; ; i++ {
		n := bytes.Index(p[i:], []byte("</"))
		if n < 0 {
			return len(p)
		}
		i += n
		if rest := p[i+2:]; len(rest) >= len(name) && strings.EqualFold(string(rest[:len(name)]), name) {
			return i
		}
	}
}

// void reports whether an HTML element has no content (WHATWG HTML 13.1.2).
func void(name string) bool {
	return slices.Contains([]string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}, name)
}

// preformatted reports whether white space in an element matters, or whether
// it holds no markup at all.
func preformatted(name string) bool {
	return slices.Contains([]string{"script", "style", "pre", "textarea", "title"}, name)
}

// endsSibling reports whether an HTML element needs no end tag before another
// of its kind (WHATWG HTML 13.1.2.4).
func endsSibling(name string) bool {
	return slices.Contains([]string{"li", "p", "td", "th", "tr", "option", "dd", "dt"}, name)
}

// markupPrinter lays tokens out.
type markupPrinter struct {
	out  *printer
	html bool
	open []string // names of the open elements, the outer maxIndent of them
	deep int      // further open elements, not named
}

// start writes a start tag and, if the element is short and holds no other,
// all of it.
func (m *markupPrinter) start(t markupToken, l *markupLexer) {
	if m.html && endsSibling(t.name) && len(m.open) > 0 && m.open[len(m.open)-1] == t.name {
		m.pop(t.name)
	}
	m.put(t)
	ahead := *l
	text := ahead.next()
	content := []byte(nil)
	after := text
	if text.kind == markupText || text.kind == rawText {
		content = bytes.TrimSpace(text.text)
		if len(content) > 200 || bytes.IndexByte(content, '\n') >= 0 {
			m.push(t.name)
			return
		}
		after = ahead.next()
	}
	if after.kind != endTag || after.name != t.name {
		m.push(t.name)
		return
	}
	m.out.visible(content)
	m.out.painted(key, after.text)
	*l = ahead
}

// put writes a token on lines of its own.
func (m *markupPrinter) put(t markupToken) {
	p := plain
	switch t.kind {
	case rawText:
		m.out.endLine()
		m.out.text(bytes.Trim(t.text, "\r\n"))
		return
	case endTag:
		m.pop(t.name)
		p = key
	case startTag, emptyTag:
		p = key
	case markupAside:
		p = faint
	}
	for line := range bytes.Lines(t.text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		m.out.endLine()
		m.out.indent(min(len(m.open), maxIndent))
		m.out.painted(p, line)
	}
}

// push counts what lies deeper than lines are indented, without its name.
func (m *markupPrinter) push(name string) {
	if len(m.open) == maxIndent {
		m.deep++
		return
	}
	m.open = append(m.open, name)
}

// pop closes the innermost element called name and all inside it, if one is
// open.
func (m *markupPrinter) pop(name string) {
	if m.deep > 0 {
		m.deep--
		return
	}
	for i := len(m.open) - 1; i >= 0; i-- {
		if m.open[i] == name {
			m.open = m.open[:i]
			return
		}
	}
}
