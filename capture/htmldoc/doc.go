// Package htmldoc stands at the far end of the path bytes → mitm → capture →
// show, export, replay: it writes what apidoc found out as one page to share,
// for readers who have nothing but a browser, or paper.
//
// The page holds all it needs, runs no script and fetches nothing; its own
// policy forbids both. What was recorded gets into it through html/template
// only, as text, with marks that are not seen made visible. Descriptions are
// Markdown without HTML.
package htmldoc

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
)

// Options says how to write. The zero value, and nil, are the default.
type Options struct {
	Title    string // of the page; "" for one made of the hosts
	Redacted bool   // secrets were taken out; the page says so
}

// Summary counts what was written.
type Summary struct{ Endpoints, Messages int }

//go:embed page.gohtml
var pageText string

//go:embed page.css
var pageStyle string

// Write writes the page. The same API is always the same bytes.
func Write(w io.Writer, api *apidoc.API, o *Options) (Summary, error) {
	p := &page{Style: template.CSS(pageStyle)}
	if o != nil {
		p.Options = *o
	}
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return p.Summary, fmt.Errorf("the page's template: %w", err)
	}
	p.fill(api)
	if err := t.Execute(w, p); err != nil {
		return p.Summary, fmt.Errorf("write the page: %w", err)
	}
	return p.Summary, nil
}

// kindWords are what people call the kinds of endpoints.
var kindWords = map[capture.Kind]string{
	capture.KindHTTP: "HTTP", capture.KindWebSocket: "WebSocket", capture.KindSSE: "Event stream", capture.KindNDJSON: "JSON lines",
}
