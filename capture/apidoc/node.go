package apidoc

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture/jsontext"
)

// What a schema is inferred from is bounded, whatever the samples are.
const (
	maxNodes    = 20_000 // nodes of one endpoint
	maxDepth    = 24     // levels of one sample
	maxElements = 64     // elements of one array of one sample
	maxMembers  = 160    // names of one object; one with more is a map
	maxName     = 128    // bytes of a name; objects with longer ones are maps
	maxPlaces   = 10     // of an array whose places have meanings of their own
	maxVariants = 12     // shapes of one object that are told apart
	maxValues   = 12     // strings that are remembered of one place
	maxWord     = 48     // bytes of a string that may be one of few
	maxExample  = 120    // bytes of a scalar that is shown
)

// node is what was seen in one place of the samples. Nodes of one endpoint
// share a budget.
type node struct {
	budget                     *int
	nulls, bools, ints, floats int
	large                      bool // an integer beyond 32 bits
	text                       *texts
	shapes                     []*shape
	list                       *list
	example                    string
}

func newNode(budget *int) *node {
	if *budget > 0 {
		*budget--
	}
	return &node{budget: budget}
}

// child returns a node for a place below, nil when the budget is spent.
func (n *node) child() *node {
	if *n.budget <= 0 {
		return nil
	}
	return newNode(n.budget)
}

// add takes one more value. tuple says that the places of an array have
// meanings of their own.
func (n *node) add(v jsontext.Value, depth int, tuple bool) {
	if n == nil || len(v) == 0 {
		return
	}
	switch {
	case v.Is('{'):
		if depth < maxDepth {
			n.object(v, depth)
		} else {
			n.shapes = append(n.shapes[:0], &shape{n: 1})
		}
	case v.Is('['):
		n.array(v, depth, tuple)
	case v.Is('"'):
		n.string(v.Text())
	case v.Number():
		n.number(v)
	case v.Is('n'):
		n.nulls++
	case v.Is('t'), v.Is('f'):
		n.bools++
		n.show(string(v))
	}
}

func (n *node) number(v jsontext.Value) {
	n.show(string(v))
	if bytes.ContainsAny(v, ".eE") {
		n.floats++
		return
	}
	n.ints++
	i, ok := v.Int()
	n.large = n.large || !ok || i > 1<<31-1 || i < -1<<31
}

// string takes a string, which may be one of few.
func (n *node) string(s string) {
	if n.text == nil {
		n.text = &texts{format: formatOf(s)}
	}
	n.text.add(s)
	if n.example == "" && s != "" && len(s) <= maxExample {
		n.show(quoted(s))
	}
}

// show keeps the first scalar, as an example.
func (n *node) show(text string) {
	if n.example == "" && len(text) <= maxExample+2 {
		n.example = text
	}
}

// texts is what was seen of strings in one place.
type texts struct {
	n      int
	format string // of all of them
	counts map[string]int
	order  []string
	more   bool // there were others
}

func (t *texts) add(s string) {
	t.n++
	if t.format != "" && formatOf(s) != t.format {
		t.format = ""
	}
	if t.more {
		return
	}
	if _, known := t.counts[s]; !known && (len(t.counts) == maxValues || len(s) > maxWord) {
		t.more = true
		return
	}
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	if t.counts[s]++; t.counts[s] == 1 {
		t.order = append(t.order, strings.Clone(s))
	}
}

// shape is what was seen of objects that are built alike.
type shape struct {
	n          int
	kind, word string // the member that tells its kind, and what it says
	members    []*member
	index      map[string]*member
	rest       *node // of a map: its values
}

type member struct {
	name string
	n    int // how many objects had it
	node *node
}

func (n *node) object(v jsontext.Value, depth int) {
	var names []string
	kind, word := "", ""
	isMap := false
	for name, m := range v.Members {
		names = append(names, string(name))
		isMap = isMap || len(name) > maxName || len(names) > maxMembers || !utf8.Valid(name)
		if kind == "" && m.Is('"') && rank(string(name)) > 0 {
			if w := m.Text(); isKindWord(w) {
				kind, word = string(name), w
			}
		}
		if len(names) > 4*maxMembers {
			break
		}
	}
	s := n.shape(names, kind, word)
	s.n++
	if isMap && s.rest == nil {
		s.open(n)
	}
	i := 0
	seen := map[string]bool{}
	for name, m := range v.Members {
		if i++; i > 4*maxMembers {
			break
		}
		if seen[string(name)] {
			continue
		}
		seen[string(name)] = true
		s.member(n, string(name)).add(m, depth+1, false)
	}
}

// member returns the node of a member, nil when the budget is spent.
func (s *shape) member(n *node, name string) *node {
	if s.rest == nil && s.index[name] == nil && len(s.members) == maxMembers {
		s.open(n)
	}
	if s.rest != nil {
		return s.rest
	}
	m := s.index[name]
	if m == nil {
		m = &member{name: name, node: n.child()}
		if s.index == nil {
			s.index = map[string]*member{}
		}
		s.index[name] = m
		s.members = append(s.members, m)
	}
	m.n++
	return m.node
}

// open makes a shape a map: whatever its members are called, they are alike.
func (s *shape) open(n *node) {
	s.rest = newNode(n.budget)
	for _, m := range s.members {
		s.rest.merge(m.node)
	}
	s.members, s.index = nil, nil
}

// shape returns the shape that an object with the given names has.
func (n *node) shape(names []string, kind, word string) *shape {
	var best *shape
	likest := -1.0
	for _, s := range n.shapes {
		if s.kind != kind || s.word != word {
			continue
		}
		if kind != "" {
			return s
		}
		if l := s.likeness(names); l > likest {
			best, likest = s, l
		}
	}
	if best != nil && (likest >= 0.1 || len(names) < 2 || len(best.members) < 2) {
		return best
	}
	if len(n.shapes) >= maxVariants {
		if best != nil {
			return best
		}
		return n.shapes[0]
	}
	s := &shape{kind: kind, word: word}
	n.shapes = append(n.shapes, s)
	return s
}

// likeness returns how many of the names of both are names of both, 0 to 1.
func (s *shape) likeness(names []string) float64 {
	if s.rest != nil {
		return 1
	}
	both := 0
	for _, name := range names {
		if s.index[name] != nil {
			both++
		}
	}
	all := len(names) + len(s.members) - both
	if all == 0 {
		return 1
	}
	return float64(both) / float64(all)
}

// list is what was seen of arrays.
type list struct {
	n           int
	items       *node
	places      []*node // while each place has a meaning of its own
	least, most int
	plain       bool // places mean nothing
}

func (n *node) array(v jsontext.Value, depth int, tuple bool) {
	if n.list == nil {
		n.list = &list{plain: !tuple}
	}
	l := n.list
	l.n++
	count := 0
	if depth < maxDepth {
		for e := range v.Elements {
			if count++; count > maxElements {
				break
			}
			l.element(n, count-1).add(e, depth+1, false)
		}
	}
	if l.n == 1 || count < l.least {
		l.least = count
	}
	l.most = max(l.most, count)
}

func (l *list) element(n *node, i int) *node {
	if !l.plain && i >= maxPlaces {
		l.flatten(n)
	}
	if l.plain {
		if l.items == nil {
			l.items = n.child()
		}
		return l.items
	}
	if i == len(l.places) {
		l.places = append(l.places, n.child())
	}
	return l.places[i]
}

// flatten gives up on places.
func (l *list) flatten(n *node) {
	l.plain = true
	if l.items = newNode(n.budget); l.items == nil {
		return
	}
	for _, p := range l.places {
		l.items.merge(p)
	}
	l.places = nil
}
