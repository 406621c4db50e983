// Package tree stands at the far end of the path bytes → mitm → capture → show,
// export, replay: it holds a document whose members keep their order, and
// prints it as YAML or JSON.
//
// What stands in the leaves was recorded, and is not to be trusted: every
// string that a YAML reader could take for something else is quoted, and
// numbers keep the text they came with.
package tree

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// Value is a node: nil, a bool, an int, a string, a Number, a List or a *Map.
type Value any

// Number is the text of a JSON number.
type Number string

// List is a sequence.
type List []Value

// Map is a mapping that keeps the order in which its members were set. The zero
// value is empty and ready for use.
type Map struct {
	names  []string
	values map[string]Value
}

// Write writes a document as YAML, or as JSON.
func Write(w io.Writer, v Value, asJSON bool) error {
	var text []byte
	if asJSON {
		text = AppendJSON(nil, v)
	} else {
		text = AppendYAML(nil, v)
	}
	_, err := w.Write(text)
	return err
}

// New returns a mapping of names and values in turn.
func New(members ...any) *Map {
	m := &Map{}
	for i := 0; i+1 < len(members); i += 2 {
		m.Set(members[i].(string), members[i+1])
	}
	return m
}

// Set gives a member a value, at the end if it is new.
func (m *Map) Set(name string, v Value) {
	if m.values == nil {
		m.values = map[string]Value{}
	}
	if _, known := m.values[name]; !known {
		m.names = append(m.names, name)
	}
	m.values[name] = v
}

// Text sets a member unless s is empty.
func (m *Map) Text(name, s string) {
	if s != "" {
		m.Set(name, s)
	}
}

// Part sets a member unless the mapping or list it would hold is empty.
func (m *Map) Part(name string, v Value) {
	switch v := v.(type) {
	case nil:
		return
	case *Map:
		if v.Len() == 0 {
			return
		}
	case List:
		if len(v) == 0 {
			return
		}
	}
	m.Set(name, v)
}

// Get returns a member, nil if there is none.
func (m *Map) Get(name string) Value {
	if m == nil {
		return nil
	}
	return m.values[name]
}

// Has reports whether there is a member of that name.
func (m *Map) Has(name string) bool {
	if m == nil {
		return false
	}
	_, ok := m.values[name]
	return ok
}

// Len returns how many members there are; the nil Map has none.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return len(m.names)
}

// All yields the members in order.
func (m *Map) All(yield func(string, Value) bool) {
	if m == nil {
		return
	}
	for _, n := range m.names {
		if !yield(n, m.values[n]) {
			return
		}
	}
}

// Texts returns a list of strings.
func Texts(all []string) List {
	var l List
	for _, s := range all {
		l = append(l, s)
	}
	return l
}

// maxDepth is how deeply the values of a JSON text may be nested.
const maxDepth = 64

// Parse returns the tree of a valid JSON text. What is nested too deeply is
// null, and of members with one name the last counts.
func Parse(v jsontext.Value) Value { return parse(v, 0) }

func parse(v jsontext.Value, depth int) Value {
	switch {
	case v.Null() || depth > maxDepth:
		return nil
	case v.Is('{'):
		m := &Map{}
		for name, member := range v.Members {
			m.Set(valid(string(name)), parse(member, depth+1))
		}
		return m
	case v.Is('['):
		l := List{}
		for e := range v.Elements {
			l = append(l, parse(e, depth+1))
		}
		return l
	case v.Is('"'):
		return valid(v.Text())
	case v.Number():
		return Number(v)
	}
	return v.Is('t')
}

// valid returns a string without bytes that are no UTF-8.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Plain returns the mapping as maps and slices, for those who do not care about
// order.
func (m *Map) Plain() map[string]any {
	out := map[string]any{}
	for name, v := range m.All {
		out[name] = plain(v)
	}
	return out
}

func plain(v Value) any {
	switch v := v.(type) {
	case *Map:
		return v.Plain()
	case List:
		all := make([]any, len(v))
		for i, e := range v {
			all[i] = plain(e)
		}
		return all
	case Number:
		return json.Number(v)
	}
	return v
}
