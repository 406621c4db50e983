package compose

import (
	"io"
	"strings"

	"golang.org/x/net/html"
)

// formatMarkup lays XML or HTML out with a line for each tag, or puts it all on
// one. Tags, texts and comments stay as they were written; an element that
// holds nothing but a short text stays on its line, and what a script, a style
// or preformatted text holds is not touched.
func formatMarkup(text string, isHTML, minify bool) (string, error) {
	if !isHTML {
		if err := checkXML(text); err != nil {
			return "", err
		}
	}
	m := &markup{minify: minify, html: isHTML}
	tokens, err := tokensOf(text, isHTML)
	if err != nil {
		return "", err
	}
	for i := 0; i < len(tokens); i++ {
		if !minify && i+2 < len(tokens) && tokens[i].kind == html.StartTagToken && tokens[i+1].kind == html.TextToken &&
			tokens[i+2].kind == html.EndTagToken && tokens[i].depthKept == 0 && len(tokens[i+1].raw) <= 80 && !strings.Contains(strings.TrimSpace(tokens[i+1].raw), "\n") {
			m.line(tokens[i].raw + strings.TrimSpace(tokens[i+1].raw) + tokens[i+2].raw)
			i += 2
			continue
		}
		m.put(&tokens[i])
	}
	return strings.TrimLeft(m.out.String(), "\n"), nil
}

// token is a run of markup as it was written.
type token struct {
	kind      html.TokenType
	raw       string
	name      string
	depthKept int // inside of how many elements whose space means something
}

// tokensOf cuts markup into tokens.
func tokensOf(text string, isHTML bool) ([]token, error) {
	var tokens []token
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(0)
	z.AllowCDATA(!isHTML)
	kept, read := 0, 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() != io.EOF {
				return nil, z.Err()
			}
			if read < len(text) { // a tag that is not closed
				tokens = append(tokens, token{kind: html.TextToken, raw: text[read:], depthKept: kept})
			}
			return tokens, nil
		}
		t := token{kind: kind, raw: string(z.Raw())}
		read += len(t.raw)
		name, _ := z.TagName()
		t.name = string(name)
		switch {
		case kind == html.StartTagToken && isHTML && void(t.name):
			t.kind = html.SelfClosingTagToken
		case kind == html.StartTagToken && isHTML && keeps(t.name):
			kept++
		}
		t.depthKept = kept
		if kind == html.EndTagToken && isHTML && keeps(t.name) && kept > 0 {
			kept--
		}
		if strings.HasPrefix(t.raw, "<![CDATA[") || strings.HasPrefix(t.raw, "<?") {
			t.kind = html.CommentToken
		}
		tokens = append(tokens, t)
	}
}

// void reports whether an element of HTML has no end (WHATWG HTML 13.1.2).
func void(name string) bool {
	switch name {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr":
		return true
	}
	return false
}

// keeps reports whether space means something in an element of HTML.
func keeps(name string) bool {
	return name == "pre" || name == "textarea" || name == "script" || name == "style"
}

// markup writes tokens out.
type markup struct {
	out          strings.Builder
	minify, html bool
	depth        int
	inKept       bool
}

const (
	// maxIndent is how many levels are told apart: beyond it, lines would be all
	// space.
	maxIndent = 100
	// maxIndented is from which length on lines begin at the margin, in bytes:
	// of a text full of tags little but space would be seen.
	maxIndented = 32 << 20
)

// line writes s on a line of its own.
func (m *markup) line(s string) {
	if !m.minify {
		m.out.WriteByte('\n')
	}
	if !m.minify && m.out.Len() < maxIndented {
		m.out.WriteString(strings.Repeat("  ", min(m.depth, maxIndent)))
	}
	m.out.WriteString(s)
}

func (m *markup) put(t *token) {
	if t.depthKept > 0 {
		if !m.inKept {
			m.line("")
		}
		m.out.WriteString(t.raw)
		m.inKept = t.kind != html.EndTagToken || t.depthKept > 1
		return
	}
	switch t.kind {
	case html.TextToken:
		text := strings.TrimSpace(t.raw)
		switch {
		case text == "":
		case m.minify && m.html:
			m.out.WriteString(collapse(t.raw))
		case m.minify:
			m.out.WriteString(t.raw)
		default:
			m.line(text)
		}
	case html.EndTagToken:
		m.depth = max(m.depth-1, 0)
		m.line(t.raw)
	case html.StartTagToken:
		m.line(t.raw)
		m.depth++
	default:
		m.line(t.raw)
	}
}

// collapse makes every run of space one blank, as HTML shows it.
func collapse(s string) string {
	text := strings.Join(strings.Fields(s), " ")
	if s[0] != text[0] {
		text = " " + text
	}
	if s[len(s)-1] != text[len(text)-1] {
		text += " "
	}
	return text
}
