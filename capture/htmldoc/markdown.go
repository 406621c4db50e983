package htmldoc

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// markdown returns a description as HTML: CommonMark with tables. HTML in it is
// shown as text, links lead to the web or to mail only, and images are their
// description.
func markdown(text string) template.HTML {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	m := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(&nodes{}, 100))),
	)
	var b bytes.Buffer
	if err := m.Convert([]byte(visible(text)), &b); err != nil {
		return template.HTML("<p>" + template.HTMLEscapeString(clean(text)) + "</p>")
	}
	return template.HTML(b.String())
}

// visible cleans a text line by line.
func visible(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.ReplaceAll(clean(strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")), "\x00", ""))
	}
	return strings.Join(lines, "\n")
}

// nodes renders what goldmark would let do more than a page that is shared
// should.
type nodes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (n *nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, n.link)
	r.Register(ast.KindAutoLink, n.autoLink)
	r.Register(ast.KindImage, n.image)
	r.Register(ast.KindRawHTML, n.rawHTML)
	r.Register(ast.KindHTMLBlock, n.htmlBlock)
	r.Register(ast.KindHeading, n.heading)
}

// safe returns an address that a link may lead to, "" for none.
func safe(address []byte) string {
	u, err := url.Parse(string(address))
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host != "" {
			return u.String()
		}
	case "mailto":
		return u.String()
	}
	return ""
}

func (n *nodes) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	anchor(w, safe(node.(*ast.Link).Destination), entering)
	return ast.WalkContinue, nil
}

// anchor begins or ends a link; without an address there is none.
func anchor(w util.BufWriter, address string, entering bool) {
	switch {
	case address == "":
	case entering:
		_, _ = fmt.Fprintf(w, `<a href="%s" rel="noopener noreferrer">`, template.HTMLEscapeString(address))
	default:
		_, _ = w.WriteString("</a>")
	}
}

func (n *nodes) autoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	l := node.(*ast.AutoLink)
	address := l.URL(source)
	if l.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(address), []byte("mailto:")) {
		address = append([]byte("mailto:"), address...)
	}
	anchor(w, safe(address), true)
	_, _ = w.WriteString(template.HTMLEscapeString(string(l.Label(source))))
	anchor(w, safe(address), false)
	return ast.WalkContinue, nil
}

// image leaves the description, which is what is below the node.
func (n *nodes) image(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkContinue, nil
}

func (n *nodes) rawHTML(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		segments := node.(*ast.RawHTML).Segments
		for i := range segments.Len() {
			s := segments.At(i)
			_, _ = w.WriteString(template.HTMLEscapeString(string(s.Value(source))))
		}
	}
	return ast.WalkSkipChildren, nil
}

func (n *nodes) htmlBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	b := node.(*ast.HTMLBlock)
	if entering {
		_, _ = w.WriteString("<p>")
		for i := range b.Lines().Len() {
			s := b.Lines().At(i)
			_, _ = w.WriteString(template.HTMLEscapeString(string(s.Value(source))))
		}
		return ast.WalkContinue, nil
	}
	if b.HasClosure() {
		_, _ = w.WriteString(template.HTMLEscapeString(string(b.ClosureLine.Value(source))))
	}
	_, _ = w.WriteString("</p>\n")
	return ast.WalkContinue, nil
}

// heading goes below those of the page.
func (n *nodes) heading(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	format := "</h%d>\n"
	if entering {
		format = "<h%d>"
	}
	_, _ = fmt.Fprintf(w, format, min(node.(*ast.Heading).Level+3, 6))
	return ast.WalkContinue, nil
}
