package openapi

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// add describes one endpoint. A document has each path once: of two hosts with
// the same one, the first keeps it.
func (d *document) add(e *apidoc.Endpoint) {
	host := serverOf(e)
	shape, variables := e.Pattern, make([]string, 0, 4)
	for _, v := range e.Variables() {
		shape = strings.Replace(shape, "{"+v+"}", "{}", 1)
		variables = append(variables, apidoc.Slug(v))
	}
	p := d.byShape[shape]
	if p != nil && (p.host != host || p.methods[e.Method]) {
		d.Twice = append(d.Twice, e.Key)
		return
	}
	if !slices.Contains(d.hosts, host) {
		d.hosts = append(d.hosts, host)
	}
	if p == nil {
		p = &path{host: host, variables: variables, item: &tree.Map{}, methods: map[string]bool{}}
		d.byShape[shape] = p
		address := shape
		for _, v := range variables {
			address = strings.Replace(address, "{}", "{"+v+"}", 1)
		}
		d.paths.Set(address, p.item)
		d.Paths++
	}
	p.methods[e.Method] = true
	d.Operations++
	o := d.operation(e, p.variables)
	if slices.Contains(methods, e.Method) {
		p.item.Set(strings.ToLower(e.Method), o)
		return
	}
	others, _ := p.item.Get("additionalOperations").(*tree.Map)
	if others == nil {
		others = &tree.Map{}
		p.item.Set("additionalOperations", others)
	}
	others.Set(e.Method, o)
}

// methods are those that path items have fields for.
var methods = []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY"}

// serverOf returns the address of a host, over TLS where that was seen.
func serverOf(e *apidoc.Endpoint) string {
	scheme := "http"
	if slices.Contains(e.Schemes, "https") {
		scheme = "https"
	}
	return scheme + "://" + e.Host
}
