package htmldoc

import (
	"fmt"
	"strings"

	"github.com/wiretape/wiretape/capture/apidoc"
)

// row is one line of the table that a schema is.
type row struct {
	Depth    string // as a class, "d0" to "d9"
	Name     string
	Type     string
	Required bool
	Notes    []string // "one of …", "e.g. …"
}

const (
	maxRows  = 400 // of one table
	maxDepth = 9
)

// table grows row by row.
type table struct{ rows []row }

// rowsOf returns a schema as a table: a line for each member, those below
// indented. An object itself has no line, its members have.
func rowsOf(s *apidoc.Schema) []row {
	if s == nil {
		return nil
	}
	t := &table{}
	if len(s.Properties) > 0 && len(s.Variants) == 0 {
		t.members(s, 0)
	} else {
		t.add("", s, false, 0)
	}
	return t.rows
}

func (t *table) members(s *apidoc.Schema, depth int) {
	for _, p := range s.Properties {
		t.add(p.Name, p.Schema, p.Required, depth)
	}
}

// add adds the line of a value, and those of what is in it.
func (t *table) add(name string, s *apidoc.Schema, required bool, depth int) {
	if len(t.rows) >= maxRows {
		return
	}
	r := row{Depth: fmt.Sprintf("d%d", min(depth, maxDepth)), Name: clean(name), Type: typeOf(s), Required: required, Notes: notesOf(s)}
	if r.Name == "" && name != "" || strings.TrimSpace(name) != name {
		r.Name = clean(fmt.Sprintf("%q", name))
	}
	if len(t.rows) == maxRows-1 {
		r = row{Depth: "d0", Name: "…", Type: "more than is shown"}
	}
	t.rows = append(t.rows, r)
	t.below(s, depth+1)
}

// below adds the lines of what is in a value.
func (t *table) below(s *apidoc.Schema, depth int) {
	switch {
	case len(s.Variants) > 0:
		for i, v := range s.Variants {
			t.add("("+variantName(v, i)+")", v, false, depth)
		}
	case len(s.Properties) > 0:
		t.members(s, depth)
	case s.Additional != nil:
		t.add("‹name›", s.Additional, false, depth)
	case s.Items != nil && !isScalar(s.Items):
		t.below(s.Items, depth)
	}
	for i, p := range s.Tuple {
		t.add(fmt.Sprintf("[%d]", i), p, i < s.MinItems, depth)
	}
}

// variantName names one of several shapes by the word that tells it apart.
func variantName(s *apidoc.Schema, i int) string {
	for _, p := range s.Properties {
		if p.Schema.Const != "" {
			return p.Name + " " + p.Schema.Const
		}
	}
	return fmt.Sprintf("shape %d", i+1)
}

func isScalar(s *apidoc.Schema) bool {
	return len(s.Variants) == 0 && len(s.Properties) == 0 && s.Additional == nil && s.Items == nil && s.Tuple == nil
}

// typeOf says in words what a value is.
func typeOf(s *apidoc.Schema) string {
	if len(s.Variants) > 0 {
		if s.Exclusive {
			return fmt.Sprintf("one of %d", len(s.Variants))
		}
		return fmt.Sprintf("any of %d", len(s.Variants))
	}
	var words []string
	for _, t := range s.Types {
		switch {
		case t == "array" && s.Items != nil:
			t = "array of " + typeOf(s.Items)
		case t == "object" && s.Additional != nil:
			t = "map of " + typeOf(s.Additional)
		case t == "string" && s.Format != "" && s.Format != "int64":
			t = s.Format
		}
		words = append(words, t)
	}
	if len(words) == 0 {
		return "anything"
	}
	return strings.Join(words, " or ")
}

func notesOf(s *apidoc.Schema) []string {
	if s.Items != nil && isScalar(s.Items) {
		s = s.Items
	}
	var notes []string
	switch {
	case s.Const != "":
		notes = append(notes, "always "+s.Const)
	case len(s.Enum) > 0:
		notes = append(notes, strings.Join(s.Enum, " | "))
	case strings.HasPrefix(s.Example, `"REDACTED`):
		notes = append(notes, "secret")
	case s.Example != "" && isScalar(s):
		notes = append(notes, "e.g. "+s.Example)
	}
	return cleanAll(notes)
}

func parameterOf(p *apidoc.Parameter) parameterRow {
	out := parameterRow{
		Name: clean(p.Name), In: string(p.In), Type: typeOf(p.Schema), Example: clean(p.Example), Required: p.Required, Secret: p.Secret,
	}
	if len(p.Schema.Enum) > 0 {
		out.Notes = notesOf(p.Schema)
	}
	return out
}
