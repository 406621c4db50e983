package asyncapi

import (
	"slices"

	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/tree"
)

// serverRefs names the servers of an endpoint, one for each scheme, and
// describes those that are new.
func (d *document) serverRefs(e *apidoc.Endpoint) tree.List {
	var refs tree.List
	for _, scheme := range e.Schemes {
		name := apidoc.Slug(e.Host + " " + scheme)
		if !d.servers.Has(name) {
			s := tree.New("host", e.Host, "protocol", scheme)
			if all := d.shared(e.Host); len(all) > 0 {
				s.Set("security", d.security(all))
			}
			d.servers.Set(name, s)
		}
		refs = append(refs, ref("servers", name))
	}
	return refs
}

// shared returns the ways to log in that all channels of a host have.
func (d *document) shared(host string) []apidoc.Security {
	var all []apidoc.Security
	first := true
	for _, e := range d.endpoints {
		switch {
		case e.Host != host:
		case first:
			all, first = e.Security, false
		case !slices.Equal(all, e.Security):
			return nil
		}
	}
	return all
}

// security returns references to schemes, which it describes where they are
// new.
func (d *document) security(all []apidoc.Security) tree.List {
	var refs tree.List
	for _, s := range all {
		if !d.schemes.Has(s.ID()) {
			d.schemes.Set(s.ID(), scheme(s))
		}
		refs = append(refs, ref("components", "securitySchemes", s.ID()))
	}
	return refs
}

func scheme(s apidoc.Security) *tree.Map {
	if s.Type == "apiKey" {
		return tree.New("type", "httpApiKey", "in", string(s.In), "name", s.Name)
	}
	return tree.New("type", "http", "scheme", s.Scheme)
}
