package apidoc

import (
	"github.com/wiretape/wiretape/capture/internal/tree"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// Schema tells how values are built, in the words of JSON Schema. The zero
// Schema is that of any value.
type Schema struct {
	// Types are the types that were seen: "object", "array", "string",
	// "integer", "number", "boolean", "null". null comes last.
	Types  []string
	Format string   // "date-time", "date", "uuid", "email", "uri"; "int64" for large integers
	Const  string   // the one value of a member that tells kinds apart
	Enum   []string // the few strings that came again and again, in order
	// Properties are the members of an object, as they first came; nil for a
	// map, whose values Additional describes.
	Properties []Property
	Additional *Schema
	Items      *Schema   // of an array
	Tuple      []*Schema // of an array whose places have meanings of their own
	MinItems   int       // how many places of a tuple were always there
	// Variants are the shapes that a value has, if they really differ.
	// Exclusive tells that a value can only have one of them.
	Variants  []*Schema
	Exclusive bool
	// Example is the JSON text of a scalar that was seen.
	Example string
}

// Property is a member of an object.
type Property struct {
	Name     string
	Required bool // every object had it
	Schema   *Schema
}

// Dialect is a version of JSON Schema.
type Dialect uint8

// The dialects, which differ in how places of arrays are described.
const (
	Draft2020 Dialect = iota // of OpenAPI 3.1 and later
	Draft07                  // of AsyncAPI
)

// MarshalJSON implements json.Marshaler: draft 2020-12, with an example of each
// scalar.
func (s *Schema) MarshalJSON() ([]byte, error) {
	return tree.AppendJSON(nil, printer{Draft2020, true}.tree(s)), nil
}

// Tree returns the schema as a document.
func (s *Schema) Tree(d Dialect) *tree.Map { return printer{d, false}.tree(s) }

// printer writes schemas.
type printer struct {
	dialect  Dialect
	examples bool // of scalars
}

func (d printer) tree(s *Schema) *tree.Map {
	m := &tree.Map{}
	if s == nil {
		return m
	}
	if len(s.Variants) > 0 {
		var all tree.List
		for _, v := range s.Variants {
			all = append(all, d.tree(v))
		}
		if s.Exclusive {
			m.Set("oneOf", all)
		} else {
			m.Set("anyOf", all)
		}
		return m
	}
	switch len(s.Types) {
	case 0:
	case 1:
		m.Set("type", s.Types[0])
	default:
		m.Set("type", tree.Texts(s.Types))
	}
	m.Text("format", s.Format)
	m.Text("const", s.Const)
	if len(s.Enum) > 0 {
		enum := tree.Texts(s.Enum)
		if s.Nullable() {
			enum = append(enum, nil)
		}
		m.Set("enum", enum)
	}
	d.object(m, s)
	d.array(m, s)
	if d.examples && s.Example != "" && len(s.Enum) == 0 && s.Const == "" {
		m.Set("examples", tree.List{tree.Parse(jsontext.Of([]byte(s.Example)))})
	}
	return m
}

// refName is a name that readers of documents take for a reference wherever it
// stands.
const refName = "$ref"

func (d printer) object(m *tree.Map, s *Schema) {
	members, matching := &tree.Map{}, &tree.Map{}
	var required []string
	for _, p := range s.Properties {
		if p.Name == refName {
			matching.Set(`^\$ref$`, d.tree(p.Schema))
			continue
		}
		if p.Required {
			required = append(required, p.Name)
		}
		members.Set(p.Name, d.tree(p.Schema))
	}
	m.Part("properties", members)
	m.Part("patternProperties", matching)
	m.Part("required", tree.Texts(required))
	if s.Additional != nil {
		m.Set("additionalProperties", d.tree(s.Additional))
	}
}

func (d printer) array(m *tree.Map, s *Schema) {
	if s.Items != nil {
		m.Set("items", d.tree(s.Items))
	}
	if s.Tuple == nil {
		return
	}
	var places tree.List
	for _, p := range s.Tuple {
		places = append(places, d.tree(p))
	}
	name := "prefixItems"
	if d.dialect == Draft07 {
		name = "items"
	}
	m.Set(name, places)
	if s.MinItems > 0 {
		m.Set("minItems", s.MinItems)
	}
}

// Nullable reports whether null is one of the types.
func (s *Schema) Nullable() bool {
	return len(s.Types) > 0 && s.Types[len(s.Types)-1] == "null"
}
