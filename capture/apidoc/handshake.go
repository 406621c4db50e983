package apidoc

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// maxParameters is how many parameters of one endpoint are told apart.
const maxParameters = 200

// heads is what was seen of the heads of requests, or of responses.
type heads struct {
	budget *int
	n      int
	all    []*parameter
	byName map[string]*parameter
}

type parameter struct {
	Parameter
	n    int
	root *node
}

// set takes the value of a parameter. One that stands several times counts
// once.
func (h *heads) set(seen map[string]bool, in Place, name, value string) {
	key := string(in) + " " + name
	if in == InHeader {
		key = strings.ToLower(key)
	}
	p := h.byName[key]
	if p == nil {
		if len(h.all) == maxParameters || len(name) > maxName {
			return
		}
		p = &parameter{Parameter: Parameter{In: in, Name: name}, root: newNode(h.budget)}
		if h.byName == nil {
			h.byName = map[string]*parameter{}
		}
		h.byName[key] = p
		h.all = append(h.all, p)
	}
	if !seen[key] {
		seen[key] = true
		p.n++
	}
	p.root.add(scalar(value), 0, false)
	if p.Example == "" && value != "" && len(value) <= maxExample {
		p.Example = value
	}
}

// scalar returns the JSON text that a parameter's value stands for.
func scalar(value string) jsontext.Value {
	switch {
	case value == "true" || value == "false",
		isDigits(value) && len(value) <= 15 && (value == "0" || value[0] != '0'):
		return jsontext.Value(value)
	}
	return jsontext.Value(quoted(value))
}

// parameters returns what was found out, in the order of the places.
func (h *heads) parameters() []*Parameter {
	var all []*Parameter
	for _, p := range h.all {
		p.Required = p.n >= h.n || p.In == InPath
		p.Schema = p.root.schema()
		if len(p.Schema.Types) > 1 || len(p.Schema.Variants) > 0 { // there is only text on the wire
			p.Schema = &Schema{Types: []string{"string"}}
		}
		p.Schema.Example = ""
		all = append(all, &p.Parameter)
	}
	order := []Place{InPath, InQuery, InHeader, InCookie}
	slices.SortStableFunc(all, func(a, b *Parameter) int {
		return slices.Index(order, a.In) - slices.Index(order, b.In)
	})
	return all
}

// request takes the head of a request.
func (h *heads) request(pattern string, a address, fields []capture.Field) {
	h.n++
	seen := map[string]bool{}
	for name, value := range parameters(pattern, a.path) {
		h.set(seen, InPath, name, value)
	}
	for name, value := range pairs(a.query) {
		h.set(seen, InQuery, name, value)
	}
	for _, f := range fields {
		switch {
		case strings.EqualFold(f.Name, "Cookie"):
			for part := range strings.SplitSeq(f.Value, ";") {
				if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok && name != "" {
					h.set(seen, InCookie, name, value)
				}
			}
		case matters(f.Name):
			h.set(seen, InHeader, f.Name, f.Value)
		}
	}
}

// response takes the head of a response.
func (h *heads) response(fields []capture.Field) {
	h.n++
	seen := map[string]bool{}
	for _, f := range fields {
		if tells(f.Name) {
			h.set(seen, InHeader, f.Name, f.Value)
		}
	}
}

// matters reports whether a request's header field is one that an API asks for,
// and not one that every client sends.
func matters(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "host", "connection", "upgrade", "user-agent", "accept", "accept-encoding", "accept-language", "accept-charset",
		"cache-control", "pragma", "dnt", "content-length", "content-type", "content-encoding", "authorization", "cookie",
		"origin", "referer", "range", "te", "trailer", "transfer-encoding", "via", "forwarded", "priority", "expect",
		"upgrade-insecure-requests", "keep-alive", "traceparent", "tracestate", "baggage", "b3", "http2-settings",
		"x-requested-with", "date", "from", "save-data", "x-real-ip":
		return false
	}
	for _, prefix := range [...]string{
		"sec-", "if-", "x-forwarded-", "proxy-", "access-control-", "x-stainless-", "x-b3-", "cf-", "x-amzn-trace", "x-datadog-", "x-client-data",
	} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return name != "" && name[0] != ':'
}

// tells reports whether a response's header field is one that a client of an
// API looks at.
func tells(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "location", "link", "retry-after", "etag", "last-modified", "www-authenticate":
		return true
	case "x-powered-by", "x-cache", "x-xss-protection", "x-frame-options", "x-content-type-options", "x-served-by",
		"x-timer", "x-runtime", "x-dns-prefetch-control", "x-ua-compatible", "x-robots-tag", "x-download-options",
		"x-permitted-cross-domain-policies", "x-envoy-upstream-service-time":
		return false
	}
	return strings.HasPrefix(name, "x-") && !strings.HasPrefix(name, "x-amz-cf-") && !strings.HasPrefix(name, "x-cache-") ||
		strings.HasPrefix(name, "ratelimit") || strings.HasPrefix(name, "anthropic-") || strings.HasPrefix(name, "openai-")
}
