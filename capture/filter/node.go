package filter

import "github.com/wiretape/wiretape/capture"

// truth is the value of an expression, unknown while a row is missing (Kleene).
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// scan is what an expression is evaluated on.
type scan struct {
	ex   *capture.Exchange
	row  *Row // nil: not known yet
	docs documents
}

// node is a part of an expression.
type node interface {
	eval(*scan) truth
	// needs reports whether a term for which is true is in it.
	needs(func(*term) bool) bool
	// settle returns the node with all that needs no row replaced by its value.
	settle(*scan) node
}

// term is a leaf. One of its functions is set.
type term struct {
	head     bool // exchange needs whole heads
	exchange func(*capture.Exchange) bool
	row      func(*scan) bool
}

func (t *term) eval(s *scan) truth {
	switch {
	case t.exchange != nil:
		return truthOf(t.exchange(s.ex))
	case s.row == nil:
		return unknown
	}
	return truthOf(t.row(s))
}

func (t *term) needs(which func(*term) bool) bool { return which(t) }

func (t *term) settle(s *scan) node {
	if t.exchange != nil {
		return t.eval(s)
	}
	return t
}

// A truth is a node, too: one that is settled.

func (v truth) eval(*scan) truth            { return v }
func (v truth) needs(func(*term) bool) bool { return false }
func (v truth) settle(*scan) node           { return v }

// and holds if all of its parts do. A part that fails settles it, also while
// another is unknown.
type and []node

func (a and) eval(s *scan) truth {
	all := yes
	for _, n := range a {
		switch n.eval(s) {
		case no:
			return no
		case unknown:
			all = unknown
		}
	}
	return all
}

func (a and) needs(which func(*term) bool) bool { return anyNeeds(a, which) }

func (a and) settle(s *scan) node {
	var rest and
	for _, n := range a {
		switch n = n.settle(s); n {
		case no:
			return no
		case yes:
		default:
			rest = append(rest, n)
		}
	}
	switch len(rest) {
	case 0:
		return yes
	case 1:
		return rest[0]
	}
	return rest
}

// or holds if one of its parts does. A part that holds settles it.
type or []node

func (o or) eval(s *scan) truth {
	some := no
	for _, n := range o {
		switch n.eval(s) {
		case yes:
			return yes
		case unknown:
			some = unknown
		}
	}
	return some
}

func (o or) needs(which func(*term) bool) bool { return anyNeeds(o, which) }

func (o or) settle(s *scan) node {
	var rest or
	for _, n := range o {
		switch n = n.settle(s); n {
		case yes:
			return yes
		case no:
		default:
			rest = append(rest, n)
		}
	}
	switch len(rest) {
	case 0:
		return no
	case 1:
		return rest[0]
	}
	return rest
}

// not leaves the unknown unknown.
type not struct{ node }

func (n not) eval(s *scan) truth {
	switch n.node.eval(s) {
	case no:
		return yes
	case yes:
		return no
	}
	return unknown
}

func (n not) settle(s *scan) node {
	inner := n.node.settle(s)
	if v, ok := inner.(truth); ok {
		return not{v}.eval(s)
	}
	return not{inner}
}

func anyNeeds(nodes []node, which func(*term) bool) bool {
	for _, n := range nodes {
		if n.needs(which) {
			return true
		}
	}
	return false
}
