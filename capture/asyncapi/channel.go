package asyncapi

import (
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// channel describes one endpoint, and what is done on it.
func (d *document) channel(e *apidoc.Endpoint) {
	d.Channels++
	name := e.Slug()
	if e.Kind != capture.KindWebSocket {
		name = strings.ToLower(e.Method) + "-" + name
	}
	name = free(d.channels, name)
	address, parameters := d.address(e)
	c := tree.New("address", address)
	c.Text("title", e.Title)
	c.Text("summary", summary(e))
	c.Text("description", e.SafeDescription())
	c.Set("servers", d.serverRefs(e))
	c.Part("parameters", parameters)
	messages := &tree.Map{}
	for i, r := range e.Request {
		messages.Set(requestID(i), body(r))
	}
	for _, m := range e.Messages {
		messages.Set(m.ID, message(m))
	}
	d.Messages += messages.Len()
	c.Part("messages", messages)
	if e.Kind == capture.KindWebSocket {
		c.Part("bindings", tree.New("ws", handshake(e)))
	}
	c.Part("tags", tags(e.Tags))
	c.Text("x-status", string(e.Status))
	c.Text("x-owner", e.Owner)
	d.channels.Set(name, c)
	d.work(name, e)
}

// free returns a name that a mapping has not yet.
func free(m *tree.Map, name string) string {
	unique := name
	for n := 2; m.Has(unique); n++ {
		unique = name + "-" + strconv.Itoa(n)
	}
	return unique
}

// address returns the path with variables whose names documents take, and what
// is known of them.
func (d *document) address(e *apidoc.Endpoint) (string, *tree.Map) {
	address, parameters := e.Pattern, &tree.Map{}
	for _, v := range e.Variables() {
		name := apidoc.Slug(v)
		address = strings.Replace(address, "{"+v+"}", "{"+name+"}", 1)
		p := tree.New("description", "A part of the path that varies.")
		for _, known := range e.Parameters {
			if known.In == apidoc.InPath && known.Name == v && known.Example != "" {
				p.Set("examples", tree.List{known.Example})
			}
		}
		parameters.Set(name, p)
	}
	return address, parameters
}

// summary says in one line what the endpoint is.
func summary(e *apidoc.Endpoint) string {
	s := map[capture.Kind]string{
		capture.KindWebSocket: "WebSocket",
		capture.KindSSE:       "Server-sent events",
		capture.KindNDJSON:    "A stream of JSON texts",
	}[e.Kind]
	if e.Protocol != "" {
		s += ", " + e.Protocol
	}
	if len(e.Subprotocols) > 0 {
		s += ", subprotocol " + strings.Join(e.Subprotocols, " or ")
	}
	return s + "."
}

// handshake describes the request that opens a socket, by the WebSockets
// binding 0.1.0.
func handshake(e *apidoc.Endpoint) *tree.Map {
	b := &tree.Map{}
	if e.Method == "GET" || e.Method == "POST" {
		b.Set("method", e.Method)
	}
	b.Part("query", group(e.Parameters, apidoc.InQuery))
	b.Part("headers", group(e.Parameters, apidoc.InHeader))
	b.Set("bindingVersion", "0.1.0")
	return b
}

// group describes the parameters of one place as an object; nil for none.
func group(all []*apidoc.Parameter, in apidoc.Place) tree.Value {
	properties := &tree.Map{}
	var required []string
	for _, p := range all {
		if p.In != in || p.Name == "$ref" {
			continue
		}
		properties.Set(p.Name, p.Schema.Tree(apidoc.Draft07))
		if p.Required {
			required = append(required, p.Name)
		}
	}
	if properties.Len() == 0 {
		return nil
	}
	m := tree.New("type", "object", "properties", properties)
	m.Part("required", tree.Texts(required))
	return m
}

func tags(names []string) tree.List {
	var all tree.List
	for _, n := range names {
		all = append(all, tree.New("name", n))
	}
	return all
}
