package payload

import (
	"net/url"
	"strings"
)

// form takes name=value&name=value apart.
func (p *Parser) form(d *Doc, src string) bool {
	if !strings.Contains(src, "=") || strings.ContainsAny(src, " \t\r\n{}<>\"|;,") {
		return false
	}
	for pair := range strings.SplitSeq(src, "&") {
		if strings.IndexByte(pair, '=') <= 0 {
			return false
		}
	}
	leaves, ok := p.Pairs("form", src)
	d.Format, d.Leaves = Fields, leaves
	return ok
}

// Pairs takes the fields of a form, or the parameters of a query, apart. The
// n-th of several fields of one name has n in its path. It reports false when
// src is not written as one.
func (p *Parser) Pairs(root, src string) (leaves []Leaf, ok bool) {
	at := p.paths.root(root)
	seen := map[string]int{}
	pos := 0
	for pair := range strings.SplitSeq(src, "&") {
		start := pos
		pos += len(pair) + 1
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		decodedName, err := url.QueryUnescape(name)
		decoded, err2 := url.QueryUnescape(value)
		if err != nil || err2 != nil {
			decodedName, decoded, ok = name, value, false
		}
		path := p.paths.key(at, decodedName)
		if n := seen[decodedName]; n > 0 {
			path = p.paths.at(path, n, false)
		}
		seen[decodedName]++
		valueStart := min(start+len(name)+1, start+len(pair))
		leaves = append(leaves, Leaf{
			Path: path, Kind: Form, Value: decoded, Start: valueStart, End: start + len(pair),
		})
	}
	return leaves, len(leaves) > 0
}

// Segments takes the path of a URL apart.
func (p *Parser) Segments(src string) []Leaf {
	root := p.paths.root("path")
	var leaves []Leaf
	pos := 0
	for i, segment := range strings.Split(src, "/") {
		leaves = append(leaves, Leaf{
			Path: p.paths.at(root, i, true), Kind: Word, Value: segment, Start: pos, End: pos + len(segment),
		})
		pos += len(segment) + 1
	}
	return leaves
}

// Single returns the leaf of a value that has no structure: a method, a host.
func (p *Parser) Single(name, value string) Leaf {
	return Leaf{Path: p.paths.root(name), Kind: Word, Value: value, End: len(value)}
}

// Member returns the leaf of one named value of a part of a message, such as a
// header field.
func (p *Parser) Member(root, name, value string) Leaf {
	return Leaf{Path: p.paths.key(p.paths.root(root), name), Kind: Word, Value: value, End: len(value)}
}
