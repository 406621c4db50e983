package replay

import (
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// series is what one place shows over all kinds of the client's messages: a
// place that counts up with every message, whatever it says, and that answers
// repeat, is the id of a request.
type series struct {
	n       int
	shapes  map[uint64]bool // different sets of fields around it
	last    map[*recording]int64
	prefix  string
	broken  bool // not a counter
	step    int64
	values  map[recorded]bool // what answers may repeat; false: repeated already
	orders  map[recorded]int  // which message had it first
	echoed  int               // how many were, at the same place
	samples int
	echoes  map[place]int // how many values were repeated at other places
}

// recorded is a value of a recording.
type recorded struct {
	rec   *recording
	value string
}

// place is a field of one kind of the server's messages.
type place struct{ label, path string }

// countable reports whether a leaf may be a counter or an id.
func (t *fields) countable(l *payload.Leaf) bool {
	if t.http || l.Path.Depth > 3 || len(l.Value) > 40 || !strings.ContainsAny(l.Value, "0123456789") {
		return false
	}
	switch l.Kind {
	case payload.Markup, payload.Number, payload.String, payload.Word, payload.Form:
		return true
	}
	return false
}

// count adds a value to the series of its place.
func (t *fields) count(m *message, l *payload.Leaf, shape uint64) {
	s := t.series[l.Path.Field]
	if s == nil {
		s = &series{
			shapes: map[uint64]bool{}, last: map[*recording]int64{}, values: map[recorded]bool{}, orders: map[recorded]int{}, echoes: map[place]int{},
		}
		t.series[l.Path.Field] = s
	}
	s.n++
	s.shapes[shape] = true
	if v := (recorded{m.rec, l.Value}); len(s.values) < maxValues {
		s.values[v] = true
		if _, ok := s.orders[v]; !ok {
			s.orders[v] = m.order
		}
		s.samples = len(s.values)
	}
	prefix, n, ok := counter(l.Value)
	last, seen := s.last[m.rec]
	switch {
	case !ok || s.n > 1 && prefix != s.prefix:
		s.broken = true
	case seen && (n <= last || n-last > maxStep):
		s.broken = true
	case seen:
		s.step = max(s.step, n-last)
	}
	s.prefix = prefix
	s.last[m.rec] = n
}

// counter splits a value into what stands before the number at its end, and
// the number.
func counter(v string) (prefix string, n int64, ok bool) {
	i := len(v)
	for i > 0 && v[i-1] >= '0' && v[i-1] <= '9' {
		i--
	}
	n, err := strconv.ParseInt(v[i:], 10, 64)
	return v[:i], n, err == nil
}

// shapeOf sums up which fields a message has.
func shapeOf(m *message) uint64 {
	if m.shape == 0 {
		m.shape = maphash.String(seed, m.label)
		for i := range m.doc.Leaves {
			m.shape += m.doc.Leaves[i].Path.Sum
		}
	}
	return m.shape
}

// repeats finds which values of series the server repeated, and where. Places
// that repeat a series with all they ever hold are learned.
func (t *fields) repeats(messages []*message) {
	sources := map[recorded][]string{}
	for path, s := range t.series {
		for v := range s.values {
			sources[v] = append(sources[v], path)
		}
	}
	totals := map[place]int{}
	seen := map[place]map[recorded]bool{}
	for _, m := range messages {
		if m.dir != capture.Receive {
			continue
		}
		for i := range m.doc.Leaves {
			l := &m.doc.Leaves[i]
			if l.Kind == payload.Literal || l.Kind == payload.Empty {
				continue
			}
			at, v := place{m.label, l.Path.Field}, recorded{m.rec, l.Value}
			totals[at]++
			for _, path := range sources[v] {
				if s := t.series[path]; s.orders[v] < m.order {
					s.repeat(path, at, v, seen)
				}
			}
		}
	}
	for path, s := range t.series {
		for at, n := range s.echoes {
			if n >= 3 && n*20 >= totals[at]*19 && n*2 >= s.samples {
				t.learned[at] = append(t.learned[at], path)
			}
		}
	}
}

// repeat notes that the server repeated a value of the series at a place.
func (s *series) repeat(path string, at place, v recorded, seen map[place]map[recorded]bool) {
	if at.path == path {
		if s.values[v] {
			s.values[v] = false
			s.echoed++
		}
		return
	}
	if seen[at] == nil {
		seen[at] = map[recorded]bool{}
	}
	key := recorded{v.rec, path + "\x00" + v.value}
	if !seen[at][key] {
		seen[at][key] = true
		s.echoes[at]++
	}
}

// counts says why a field is a counter of messages, or "". total is how many
// messages of the client there are.
func (s *series) counts(f *field, role shape.Role, total int) string {
	if s == nil || argument[strings.ToLower(f.leaf.Name)] {
		return ""
	}
	echoed := s.echoed
	for _, n := range s.echoes {
		if n >= 3 {
			echoed = max(echoed, n)
		}
	}
	most := echoed > 0 && echoed*2 >= s.samples
	everywhere := s.n*5 >= total*3
	named := (role == shape.Request || role == shape.Top || role == shape.ID) && atTop(f.leaf)
	word := rootOf(f.leaf) == "word"
	plain := s.prefix == "" || word || named
	switch {
	case named && !s.broken && s.n >= 3 && (len(s.shapes) >= 2 || most),
		most && everywhere && plain && !s.broken && len(s.shapes) >= 2 && (s.n >= 3 || s.step == 1 && s.echoed == s.n):
		return "counts up over all kinds of message, and answers repeat it"
	case word && f.leaf.Field == "word[0]" && s.echoed*2 >= s.samples && s.echoed > 0 && s.distinct():
		return "tag at the start of the line, which answers repeat"
	case everywhere && s.n >= 3 && s.distinct() && s.echoed == s.samples && len(s.shapes) >= 2:
		return "never the same, and every answer repeats it"
	case wampID(f) && (most || s.echoed > 0):
		return "id of a WAMP request"
	}
	return ""
}

// distinct reports whether no value came twice.
func (s *series) distinct() bool { return s.samples == s.n }

// atTop reports whether a scalar stands directly in the message.
func atTop(p *payload.Path) bool {
	if rootOf(p) == "xml" {
		return p.Depth == 2
	}
	return p.Depth == 1
}

// argument lists names of numbers that say what is asked for.
var argument = map[string]bool{
	"page": true, "offset": true, "limit": true, "size": true, "count": true, "index": true, "level": true,
	"depth": true, "qty": true, "quantity": true, "amount": true, "price": true, "px": true, "sz": true,
	"from": true, "to": true, "start": true, "end": true, "step": true, "x": true, "y": true, "cursor": true,
	"after": true, "before": true, "since": true, "until": true, "max": true, "min": true, "value": true,
}

// wampID reports whether a field is the request of a WAMP message, whose first
// element is a number (WAMP, Message Definitions).
func wampID(f *field) bool {
	if f.leaf.Field != "$[1]" {
		return false
	}
	return f.all(func(s sample) bool {
		l := s.m.doc.Leaves
		return s.leaf.Kind == payload.Number && l[0].Path.Field == "$[0]" && l[0].Kind == payload.Number
	})
}
