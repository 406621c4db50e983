package openapi

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// operation describes one endpoint; variables are the names that its path has
// in the document.
func (d *document) operation(e *apidoc.Endpoint, variables []string) *tree.Map {
	o := tree.New("operationId", d.id(strings.ToLower(e.Method)+"-"+e.Slug()))
	if e.Title != "" {
		o.Set("summary", e.Title)
	} else {
		o.Set("summary", e.Method+" "+e.Pattern)
	}
	o.Text("description", e.SafeDescription())
	o.Part("tags", tree.Texts(e.Tags))
	if e.Status == apidoc.Deprecated {
		o.Set("deprecated", true)
	}
	o.Part("parameters", parameters(e, variables))
	if len(e.Request) > 0 {
		o.Set("requestBody", tree.New("content", contents(e.Request)))
	}
	o.Set("responses", responses(e))
	o.Set("security", d.security(e.Security))
	o.Text("x-status", string(e.Status))
	o.Text("x-owner", e.Owner)
	return o
}

// id returns a name that no operation has yet.
func (d *document) id(name string) string {
	unique := name
	for n := 2; d.ids[unique]; n++ {
		unique = name + "-" + strconv.Itoa(n)
	}
	d.ids[unique] = true
	return unique
}

// parameters describes what is set in path, query, headers and cookies, but for
// what the security schemes tell.
func parameters(e *apidoc.Endpoint, variables []string) tree.List {
	var all tree.List
	named := map[string]bool{}
	for i, v := range e.Variables() {
		variable := &apidoc.Parameter{Schema: &apidoc.Schema{Types: []string{"string"}}}
		for _, known := range e.Parameters {
			if known.In == apidoc.InPath && known.Name == v {
				variable = known
			}
		}
		all = append(all, withSchema(tree.New("name", variables[i], "in", "path", "required", true), variable))
	}
	for _, known := range e.Parameters {
		name := known.Name
		if known.In == apidoc.InHeader {
			name = strings.ToLower(name)
		}
		if known.In == apidoc.InPath || known.Secret || named[string(known.In)+name] {
			continue
		}
		named[string(known.In)+name] = true
		p := tree.New("name", known.Name, "in", string(known.In))
		if known.Required {
			p.Set("required", true)
		}
		all = append(all, withSchema(p, known))
	}
	return all
}

// withSchema adds the schema of a parameter and an example.
func withSchema(m *tree.Map, p *apidoc.Parameter) *tree.Map {
	schema := p.Schema.Tree(apidoc.Draft2020)
	m.Set("schema", schema)
	switch schema.Get("type") {
	case "string":
		m.Text("example", p.Example)
	case "integer":
		m.Set("example", tree.Number(p.Example))
	}
	return m
}

func responses(e *apidoc.Endpoint) *tree.Map {
	all := &tree.Map{}
	for _, r := range e.Responses {
		name := strconv.Itoa(r.Status)
		if r.Status < 100 || r.Status > 599 {
			name = "default"
		}
		headers := &tree.Map{}
		for _, h := range r.Headers {
			headers.Set(h.Name, withSchema(&tree.Map{}, h))
		}
		m := tree.New("description", describe(r))
		m.Part("headers", headers)
		content := contents(r.Content)
		stream(content, e, r)
		m.Part("content", content)
		all.Set(name, m)
	}
	if all.Len() == 0 {
		all.Set("default", tree.New("description", "No response was recorded."))
	}
	return all
}

// describe says what a status means, and how often it was seen.
func describe(r *apidoc.Response) string {
	reason := r.Reason
	if reason == "" {
		reason = reasons[r.Status]
	}
	times := fmt.Sprintf("Seen %d times.", r.Count)
	if r.Count == 1 {
		times = "Seen once."
	}
	if reason == "" {
		return times
	}
	return reason + ". " + times
}

// reasons are the usual reason phrases (RFC 9110 §15), for HTTP/2, which has
// none.
var reasons = map[int]string{
	200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found",
	303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
	401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 410: "Gone",
	413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content", 429: "Too Many Requests",
	500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}

// security describes how a client says who it is: with all of these together.
func (d *document) security(all []apidoc.Security) tree.List {
	if len(all) == 0 {
		return tree.List{}
	}
	wanted := &tree.Map{}
	for _, s := range all {
		if !d.schemes.Has(s.ID()) {
			m := tree.New("type", "http", "scheme", s.Scheme)
			if s.Type == "apiKey" {
				m = tree.New("type", "apiKey", "in", string(s.In), "name", s.Name)
			}
			d.schemes.Set(s.ID(), m)
		}
		wanted.Set(s.ID(), tree.List{})
	}
	return tree.List{wanted}
}

// isStream reports whether a response was read as a stream.
func isStream(e *apidoc.Endpoint, c *apidoc.Content) bool {
	return (e.Kind == capture.KindSSE || e.Kind == capture.KindNDJSON) && c.Schema == nil && len(c.Examples) == 0
}
