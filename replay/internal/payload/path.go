package payload

import (
	"hash/maphash"
	"strconv"
	"strings"
)

// maxPaths bounds how many paths a Parser remembers, so that keys made up by a
// peer cannot fill the memory.
const maxPaths = 1 << 16

// seed is of all sums of this process.
var seed = maphash.MakeSeed()

// Path is where in a payload a scalar stands. Paths of one Parser are interned:
// equal paths are one pointer until the Parser forgets them.
type Path struct {
	Text  string // exact, as in "$.args[0].sz"
	Field string // the same for all elements of a list, as in "$.args[*].sz"
	Name  string // the last name, as in "sz"; "[1]" for a place in a tuple
	Lower string // Name in lower case, without the @ of an attribute
	Depth int    // how many steps from the root
	Sum   uint64 // of Field: equal for equal fields within one process

	parent *Path
	keys   map[string]*Path
	elems  map[elem]*Path
}

type elem struct {
	index int
	fixed bool // the index tells elements apart, as in a tuple
}

// Parent returns the path one step up, nil for a root.
func (p *Path) Parent() *Path { return p.parent }

// paths is the memory of a Parser.
type paths struct {
	roots map[string]*Path
	count int
}

// root returns the path called name that others begin with.
func (ps *paths) root(name string) *Path {
	if ps.count > maxPaths {
		*ps = paths{}
	}
	if p := ps.roots[name]; p != nil {
		return p
	}
	if ps.roots == nil {
		ps.roots = map[string]*Path{}
	}
	p := &Path{Text: name, Field: name, Name: name, Lower: lower(name), Sum: maphash.String(seed, name)}
	ps.roots[name] = p
	ps.count++
	return p
}

// key returns the member of an object called name.
func (ps *paths) key(p *Path, name string) *Path {
	if c := p.keys[name]; c != nil {
		return c
	}
	step := "." + name
	if !plain(name) {
		step = "[" + strconv.Quote(name) + "]"
	}
	return ps.add(p, name, step, step, func(c *Path) {
		if p.keys == nil {
			p.keys = map[string]*Path{}
		}
		p.keys[strings.Clone(name)] = c
	})
}

// document returns the root element of an XML text. Its name is no part of
// fields: a request and its response have different ones.
func (ps *paths) document(p *Path, name string) *Path {
	if c := p.keys[name]; c != nil {
		return c
	}
	return ps.add(p, name, "."+name, "", func(c *Path) {
		if p.keys == nil {
			p.keys = map[string]*Path{}
		}
		p.keys[strings.Clone(name)] = c
	})
}

// at returns the element of an array. The index of a fixed one stands in Field.
func (ps *paths) at(p *Path, index int, fixed bool) *Path {
	e := elem{index, fixed}
	if c := p.elems[e]; c != nil {
		return c
	}
	step := "[" + strconv.Itoa(index) + "]"
	field := step
	if !fixed {
		field = "[*]"
	}
	return ps.add(p, step, step, field, func(c *Path) {
		if p.elems == nil {
			p.elems = map[elem]*Path{}
		}
		p.elems[e] = c
	})
}

func (ps *paths) add(parent *Path, name, step, field string, keep func(*Path)) *Path {
	c := &Path{
		Text:   parent.Text + step,
		Field:  parent.Field + field,
		Name:   strings.Clone(name),
		Lower:  lower(name),
		Depth:  parent.Depth + 1,
		parent: parent,
	}
	c.Sum = maphash.String(seed, c.Field)
	ps.count++
	keep(c)
	return c
}

func lower(name string) string { return strings.ToLower(strings.TrimPrefix(strings.Clone(name), "@")) }

// plain reports whether a key needs no quotes in a path.
func plain(key string) bool {
	for i := 0; i < len(key); i++ {
		c := key[i]
		if !(c == '_' || c == '-' || c == '@' || c == '$' || c >= '0' && c <= '9' ||
			c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80) {
			return false
		}
	}
	return key != ""
}
