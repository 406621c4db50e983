package apidoc

import (
	"encoding/json"
	"slices"
	"strings"
)

// schema returns what can be said of the values that were seen; nil for none.
func (n *node) schema() *Schema { return n.named("") }

// named returns the schema of the member with the given name.
func (n *node) named(name string) *Schema {
	if n == nil {
		return &Schema{}
	}
	simple := n.scalars(name)
	all := n.objects()
	exclusive := len(all) <= 1 || discriminated(all)
	if n.list != nil {
		all = append(all, n.list.schema())
	}
	switch {
	case len(all) == 0:
		return simple
	case len(all) == 1 && len(simple.Types) == 0:
		return all[0]
	case len(all) == 1 && slices.Equal(simple.Types, []string{"null"}):
		all[0].Types = append(all[0].Types, "null")
		return all[0]
	case len(simple.Types) > 0:
		all = append(all, simple)
	}
	return &Schema{Variants: all, Exclusive: exclusive}
}

// discriminated reports whether all objects are told apart by a member.
func discriminated(all []*Schema) bool {
	return !slices.ContainsFunc(all, func(s *Schema) bool {
		return slices.Contains(s.Types, "object") && !slices.ContainsFunc(s.Properties, func(p Property) bool {
			return p.Required && rank(p.Name) > 0 && (p.Schema.Const != "" || len(p.Schema.Enum) > 0)
		})
	})
}

// scalars describes what is no object and no array.
func (n *node) scalars(name string) *Schema {
	s := &Schema{Example: n.example}
	if n.text != nil {
		s.Types = append(s.Types, "string")
		n.text.describe(s, name)
	}
	switch {
	case n.floats > 0:
		s.Types = append(s.Types, "number")
	case n.ints > 0:
		s.Types = append(s.Types, "integer")
		if n.large && n.text == nil {
			s.Format = "int64"
		}
	}
	if n.bools > 0 {
		s.Types = append(s.Types, "boolean")
	}
	if n.nulls > 0 {
		s.Types = append(s.Types, "null")
	}
	if len(s.Types) > 1 && !(len(s.Types) == 2 && s.Nullable()) {
		s.Format, s.Enum, s.Const = "", nil, ""
	}
	return s
}

// describe says what strings have in common: one value that tells the kind, a
// few that come again and again, or a format.
func (t *texts) describe(s *Schema, name string) {
	if t.format != "" {
		s.Format = t.format
		return
	}
	if t.more || len(t.order) == 0 {
		return
	}
	for _, v := range t.order {
		if !isKindWord(v) || isMixed(v) && !isWordy(v) {
			return
		}
	}
	if rank(name) > 0 && len(t.order) == 1 {
		s.Const = t.order[0]
		return
	}
	if len(t.order) >= 2 && len(t.order) <= 8 && t.n >= 3*len(t.order) || rank(name) > 0 && len(t.order) > 1 {
		s.Enum = slices.Sorted(slices.Values(t.order))
	}
}

// isWordy reports whether a word with digits in it is mostly one of letters.
func isWordy(s string) bool { return len(strings.Trim(s, letters+"_-")) <= 2 }

// objects returns the schemas of the shapes that really differ.
func (n *node) objects() []*Schema {
	budget := maxNodes
	scratch := &node{budget: &budget}
	groups := slices.Clone(n.shapes)
	for i := 0; i < len(groups); i++ {
		for j := i + 1; j < len(groups); j++ {
			if !alike(groups[i], groups[j]) {
				continue
			}
			joined := &shape{}
			joined.merge(scratch, groups[i])
			joined.merge(scratch, groups[j])
			if groups[i].kind == groups[j].kind {
				joined.kind = groups[i].kind
			}
			groups[i] = joined
			groups = slices.Delete(groups, j, j+1)
			j = i // what was unlike may be like the two together
		}
	}
	if len(groups) > 8 {
		all := &shape{}
		for _, g := range groups {
			all.merge(scratch, g)
		}
		groups = []*shape{all}
	}
	var schemas []*Schema
	for _, g := range groups {
		schemas = append(schemas, g.schema())
	}
	return schemas
}

// alike reports whether two shapes are one, with members that may be missing.
func alike(a, b *shape) bool {
	names := make([]string, len(b.members))
	for i, m := range b.members {
		names[i] = m.name
	}
	likeness := a.likeness(names)
	if b.rest != nil {
		likeness = 1
	}
	if a.kind != "" && b.kind != "" && a.word != b.word {
		return likeness >= 0.6
	}
	return likeness >= 0.1 || len(a.members) < 2 || len(b.members) < 2
}

func (s *shape) schema() *Schema {
	out := &Schema{Types: []string{"object"}}
	if s.rest == nil && s.keyed() {
		budget := maxNodes
		rest := newNode(&budget)
		for _, m := range s.members {
			rest.merge(m.node)
		}
		out.Additional = rest.schema()
		return out
	}
	if s.rest != nil {
		out.Additional = s.rest.schema()
		return out
	}
	for _, m := range s.members {
		out.Properties = append(out.Properties, Property{m.name, m.n >= s.n, m.node.named(m.name)})
	}
	return out
}

// keyed reports whether the names of the members are themselves data: ids, or
// many names of which each object has few.
func (s *shape) keyed() bool {
	if len(s.members) == 0 {
		return false
	}
	data, had := 0, 0
	for _, m := range s.members {
		had += m.n
		if isMade(m.name) && (len(m.name) > 1 || len(s.members) > 2) || isRedacted(m.name) || formatOf(m.name) != "" {
			data++
		}
	}
	if data == len(s.members) {
		return true
	}
	return len(s.members) >= 24 && s.n > 1 && float64(had) < 0.5*float64(s.n*len(s.members))
}

func (l *list) schema() *Schema {
	s := &Schema{Types: []string{"array"}}
	if l.plain {
		if l.items != nil {
			s.Items = l.items.schema()
		}
		return s
	}
	for i, p := range l.places {
		name := ""
		if i == 0 { // as in ["event", …]
			name = anyKind
		}
		s.Tuple = append(s.Tuple, p.named(name))
	}
	s.MinItems = l.least
	return s
}

// quoted returns a JSON string.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
