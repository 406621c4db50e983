package merge

import (
	"encoding/json"
	"fmt"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"
)

// tree is JSON that is built path by path. Members keep the order in which they
// came, numbers the digits.
type tree struct {
	names    []string // of an object's members
	children []*tree  // of an object or an array
	array    bool
	leaf     json.RawMessage // anything but a string
	text     *part           // a string, which fragments may make
}

// maxPath is how deep a path may lead.
const maxPath = 64

// partial takes a fragment of the arguments: {jsonPath, stringValue |
// numberValue | boolValue | nullValue, willContinue}.
func (t *tool) partial(d *draft, v value) {
	selectors, err := singular(v.get("jsonPath").text())
	if err != nil {
		d.note("tool call %d: %v", t.number(), err)
		d.failed = true
		return
	}
	if t.built == nil {
		t.built = &tree{}
	}
	node := t.built
	for _, s := range selectors {
		if node = node.child(d, s); node == nil {
			d.note("tool call %d: %s leads nowhere", t.number(), v.get("jsonPath").text())
			d.failed = true
			return
		}
	}
	node.put(d, v)
}

// singular returns the selectors of a path that leads to one place.
func singular(path string) ([]spec.Selector, error) {
	p, err := jsonpath.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", path, err)
	}
	var selectors []spec.Selector
	for _, segment := range p.Query().Segments() {
		if segment.IsDescendant() || len(segment.Selectors()) != 1 || len(selectors) == maxPath {
			return nil, fmt.Errorf("path %q leads to more than one place", path)
		}
		selectors = append(selectors, segment.Selectors()[0])
	}
	return selectors, nil
}

// child returns the member or element that s selects, new or not. It is nil
// where the tree holds something else, or where an array would have a hole.
func (n *tree) child(d *draft, s spec.Selector) *tree {
	if n.leaf != nil || n.text != nil {
		return nil
	}
	switch s := s.(type) {
	case spec.Name:
		return n.member(d, string(s))
	case spec.Index:
		return n.element(d, int(s))
	}
	return nil
}

// member returns a member of an object, new or not.
func (n *tree) member(d *draft, name string) *tree {
	if n.array {
		return nil
	}
	for i, known := range n.names {
		if known == name {
			return n.children[i]
		}
	}
	if len(n.children) >= maxParts || !d.take(len(name)) {
		return nil
	}
	c := &tree{}
	n.names, n.children = append(n.names, name), append(n.children, c)
	return c
}

// element returns an element of an array, new or not. A new one can only be the
// next.
func (n *tree) element(d *draft, i int) *tree {
	if len(n.names) > 0 || i < 0 || i > len(n.children) {
		return nil
	}
	n.array = true
	if i < len(n.children) {
		return n.children[i]
	}
	if len(n.children) >= maxParts || !d.take(1) {
		return nil
	}
	c := &tree{}
	n.children = append(n.children, c)
	return c
}

// put sets the value at a place, or appends to the string there.
func (n *tree) put(d *draft, v value) {
	if s := v.get("stringValue"); s.is('"') {
		if n.text == nil {
			n.text = &part{choice: &choice{}}
		}
		follow := d.delta
		d.delta = nil // arguments that are not JSON yet are nothing to follow
		n.text.add(d, s)
		d.delta = follow
		return
	}
	for _, name := range [...]string{"numberValue", "boolValue"} {
		if f := v.get(name); f != nil && d.take(len(f)) {
			n.leaf = f.raw()
		}
	}
	if v.get("nullValue") != nil {
		n.leaf = json.RawMessage("null")
	}
}

// append appends the JSON.
func (n *tree) append(b []byte) []byte {
	switch {
	case n.text != nil:
		return append(b, quote(n.text.string())...)
	case n.leaf != nil:
		return append(b, n.leaf...)
	case n.array:
		b = append(b, '[')
		for i, c := range n.children {
			if i > 0 {
				b = append(b, ',')
			}
			b = c.append(b)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, c := range n.children {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quote(n.names[i])...), ':')
		b = c.append(b)
	}
	return append(b, '}')
}
