// Package openapi stands at the far end of the path bytes → mitm → capture →
// show, export, replay: it writes what apidoc found out of requests and streams
// as an OpenAPI 3.2 document (https://spec.openapis.org/oas/v3.2.0).
//
// Streams are described by the schema of their items (OAS 3.2 §4.14.4): of an
// event stream that is the event, of JSON lines the line.
package openapi

import (
	"fmt"
	"io"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// Options says how to write. The zero value, and nil, are the default.
type Options struct {
	JSON  bool   // JSON instead of YAML
	Title string // of the document; "" for one made of the hosts
}

// Summary counts what was written.
type Summary struct {
	Paths, Operations int
	Sockets           int          // WebSockets, which are left out
	Twice             []apidoc.Key // left out: the path of another host that is in the document already
}

// Write writes the document. The same API is always the same bytes.
func Write(w io.Writer, api *apidoc.API, o *Options) (Summary, error) {
	d := &document{paths: &tree.Map{}, schemes: &tree.Map{}, byShape: map[string]*path{}, ids: map[string]bool{}}
	if o != nil {
		d.Options = *o
	}
	for _, e := range api.Endpoints {
		if e.Kind == capture.KindWebSocket {
			d.Sockets++
			continue
		}
		d.add(e)
	}
	if err := tree.Write(w, d.root(), d.JSON); err != nil {
		return d.Summary, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return d.Summary, nil
}

// document is the parts of a document as they grow.
type document struct {
	Options
	Summary
	hosts          []string
	paths, schemes *tree.Map
	byShape        map[string]*path // by the path without the names of its variables
	ids            map[string]bool  // of operations
}

// path is one entry of paths.
type path struct {
	host      string
	variables []string
	item      *tree.Map
	methods   map[string]bool
}

func (d *document) root() *tree.Map {
	root := tree.New("openapi", "3.2.0", "info", tree.New(
		"title", d.title(),
		"version", "1.0.0",
		"description", apidoc.About,
	))
	root.Set("servers", d.servers())
	if len(d.hosts) > 1 { // each path is on one of them
		for _, p := range d.byShape {
			p.item.Set("servers", tree.List{tree.New("url", p.host)})
		}
	}
	root.Set("paths", d.paths)
	root.Part("components", components(d.schemes))
	return root
}

func components(schemes *tree.Map) tree.Value {
	if schemes.Len() == 0 {
		return nil
	}
	return tree.New("securitySchemes", schemes)
}

// title returns the title that was asked for, or one made of the hosts.
func (d *document) title() string {
	if d.Title != "" {
		return d.Title
	}
	var names []string
	for _, h := range d.hosts {
		_, name, _ := strings.Cut(h, "://")
		names = append(names, name)
	}
	return apidoc.Title(names)
}

func (d *document) servers() tree.List {
	if len(d.hosts) == 0 {
		return tree.List{tree.New("url", "/")}
	}
	var all tree.List
	for _, h := range d.hosts {
		all = append(all, tree.New("url", h))
	}
	return all
}
