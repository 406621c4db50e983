package replay

import (
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
	labels  map[string]bool
	last    map[*recording]int64
	prefix  string
	broken  bool          // not a counter
	wanted  map[echo]bool // values answers may repeat
	echoed  int
	samples int
}

// echo is a value at a place of a recording.
type echo struct {
	rec         *recording
	path, value string
}

// countable reports whether a leaf stands where ids of requests do: at the top
// of an object, in a tuple, among the first words of a line.
func (t *fields) countable(l *payload.Leaf) bool {
	if t.http {
		return false
	}
	switch l.Kind {
	case payload.Markup, payload.Number, payload.String, payload.Word:
		return atTop(l.Path) && len(l.Value) <= 24 && strings.ContainsAny(l.Value, "0123456789")
	}
	return false
}

// atTop reports whether a scalar stands directly in the message.
func atTop(p *payload.Path) bool {
	if rootOf(p) == "xml" {
		return p.Depth == 2
	}
	return p.Depth == 1
}

// count adds a value to the series of its place.
func (t *fields) count(m *message, l *payload.Leaf) {
	s := t.series[l.Path.Field]
	if s == nil {
		s = &series{labels: map[string]bool{}, last: map[*recording]int64{}, wanted: map[echo]bool{}}
		t.series[l.Path.Field] = s
	}
	s.n++
	s.labels[m.label] = true
	if len(s.wanted) < maxValues {
		s.wanted[echo{m.rec, l.Path.Field, l.Value}] = true
		s.samples = len(s.wanted)
	}
	prefix, n, ok := counter(l.Value)
	last, seen := s.last[m.rec]
	switch {
	case !ok || s.n > 1 && prefix != s.prefix:
		s.broken = true
	case seen && (n <= last || n-last > 1000):
		s.broken = true
	}
	s.prefix = prefix
	s.last[m.rec] = n
}

// counter splits a value into letters and the number at its end.
func counter(v string) (prefix string, n int64, ok bool) {
	i := len(v)
	for i > 0 && v[i-1] >= '0' && v[i-1] <= '9' {
		i--
	}
	n, err := strconv.ParseInt(v[i:], 10, 64)
	return v[:i], n, err == nil
}

// echoes counts the values of series that the server repeated at the same
// place.
func (t *fields) echoes(messages []*message) {
	if len(t.series) == 0 {
		return
	}
	for _, m := range messages {
		if m.dir != capture.Receive {
			continue
		}
		for i := range m.doc.Leaves {
			l := &m.doc.Leaves[i]
			s := t.series[l.Path.Field]
			if s == nil || !atTop(l.Path) {
				continue
			}
			e := echo{m.rec, l.Path.Field, l.Value}
			if s.wanted[e] {
				delete(s.wanted, e)
				s.echoed++
			}
		}
	}
}

// counts says why a field is a counter of messages, or "". total is how many
// messages of the client there are.
func (s *series) counts(f *field, role shape.Role, total int) string {
	if s == nil || s.echoed == 0 || argument[strings.ToLower(f.leaf.Name)] {
		return ""
	}
	named := role == shape.Request || role == shape.Top || role == shape.ID
	word := rootOf(f.leaf) == "word"
	everywhere := s.n*5 >= total*4
	switch {
	case named && !s.broken && s.n >= 3 && (len(s.labels) >= 2 || s.echoed*2 >= s.samples),
		everywhere && !s.broken && s.n >= 3 && len(s.labels) >= 2 && (s.prefix == "" || word) && s.echoed*2 >= s.samples:
		return "counts up over all kinds of message, and answers repeat it"
	case word && f.leaf.Field == "word[0]" && s.echoed*2 >= s.samples && s.distinct():
		return "tag at the start of the line, which answers repeat"
	case everywhere && s.n >= 3 && s.distinct() && s.echoed == s.samples && len(s.labels) >= 2:
		return "never the same, and every answer repeats it"
	case wampID(f) && s.echoed*2 >= s.samples:
		return "id of a WAMP request"
	}
	return ""
}

// distinct reports whether no value came twice.
func (s *series) distinct() bool { return s.samples == s.n }

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
