// Package asyncapi stands at the far end of the path bytes → mitm → capture →
// show, export, replay: it writes what apidoc found out of sockets and streams
// as an AsyncAPI 3.1 document (https://www.asyncapi.com/docs/reference).
//
// The document describes the service: it receives what clients send, and sends
// what they receive.
package asyncapi

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
	Channels, Operations, Messages int
	Skipped                        int // endpoints that are no socket and no stream
}

// Write writes the document. The same API is always the same bytes.
func Write(w io.Writer, api *apidoc.API, o *Options) (Summary, error) {
	d := &document{schemes: &tree.Map{}, servers: &tree.Map{}, channels: &tree.Map{}, operations: &tree.Map{}}
	if o != nil {
		d.Options = *o
	}
	for _, e := range api.Endpoints {
		if e.Kind == capture.KindHTTP {
			d.Skipped++
			continue
		}
		d.endpoints = append(d.endpoints, e)
	}
	for _, e := range d.endpoints {
		d.channel(e)
	}
	if err := tree.Write(w, d.root(), d.JSON); err != nil {
		return d.Summary, fmt.Errorf("write the AsyncAPI document: %w", err)
	}
	return d.Summary, nil
}

// document is the parts of a document as they grow.
type document struct {
	Options
	Summary
	endpoints                              []*apidoc.Endpoint
	servers, channels, operations, schemes *tree.Map
}

func (d *document) root() *tree.Map {
	return tree.New(
		"asyncapi", "3.1.0",
		"info", d.info(),
		"defaultContentType", "application/json",
		"servers", d.servers,
		"channels", d.channels,
		"operations", d.operations,
		"components", tree.New("securitySchemes", d.schemes),
	)
}

func (d *document) info() *tree.Map {
	return tree.New(
		"title", d.title(),
		"version", "1.0.0",
		"description", apidoc.About,
	)
}

// title returns the title that was asked for, or one made of the hosts.
func (d *document) title() string {
	if d.Title != "" {
		return d.Title
	}
	var hosts []string
	for _, e := range d.endpoints {
		if len(hosts) == 0 || hosts[len(hosts)-1] != e.Host {
			hosts = append(hosts, e.Host)
		}
	}
	return apidoc.Title(hosts)
}

// ref returns a reference within the document. The names are made of letters,
// digits and what needs no escape.
func ref(path ...string) *tree.Map { return tree.New("$ref", "#/"+strings.Join(path, "/")) }
