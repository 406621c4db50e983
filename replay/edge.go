package replay

import (
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// strength tells how surely a value in a message of the server is one of the
// client's.
type strength uint8

const (
	noEdge   strength = iota
	byClock           // a time the client sent: no sign of what caused the message
	byServer          // an id of the server's, which an earlier message of this cause showed
	byValue           // a value like no other
	byPlace           // the id of a request, at the place where requests have it
)

// hit is an entity found in a message of the server.
type hit struct {
	entity   *entity
	strength strength
	slot     slot
}

// hits finds the entities in a message of the server.
func (g registry) hits(m *message) []hit {
	var out []hit
	call := callOf(m.doc)
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		if l.Kind == payload.Literal || l.Kind == payload.Empty || l.Value == "" {
			continue
		}
		if h, ok := g.whole(m, l, call); ok {
			out = append(out, h)
			continue
		}
		out = g.within(out, m, l)
	}
	return out
}

// whole looks a leaf up.
func (g registry) whole(m *message, l *payload.Leaf, call call) (hit, bool) {
	s := slot{start: l.Start, end: l.End, leaf: l}
	if e := g[entityKey{value: l.Value}]; e != nil && e.owner == capture.Send && e.class != ClassTime {
		s.entity = e
		return hit{e, byValue, s}, true
	}
	name := nameIn(l.Path)
	if e := g[entityKey{name, l.Value}]; e != nil && e.owner == capture.Send {
		if st := short(e, m, l, call); st > noEdge {
			s.entity = e
			return hit{e, st, s}, true
		}
	}
	for _, other := range aliases[strings.NewReplacer("_", "", "-", "").Replace(name)] {
		if e := g[entityKey{other, l.Value}]; e != nil && e.owner == capture.Send && e.class != ClassTime && call.answers(e.origin) {
			s.entity = e
			return hit{e, byPlace, s}, true
		}
	}
	if e := g.serverMade(m, l); e != nil && e.owner == capture.Receive {
		s.entity = e
		return hit{e, byServer, s}, true
	}
	return hit{}, false
}

// short decides whether a short value of the server is one of the client's of
// the same name.
func short(e *entity, m *message, l *payload.Leaf, call call) strength {
	if e.class == ClassTime {
		if echoedClock(e, m) {
			return byClock
		}
		return noEdge
	}
	if !call.answers(e.origin) {
		return noEdge // the server's own request, with the server's own id
	}
	for _, p := range e.paths {
		if p == l.Path.Field {
			return byPlace
		}
	}
	role := roleIn(l.Path)
	switch {
	case strings.HasPrefix(l.Path.Name, "["):
		return noEdge
	case role == shape.Request:
		return byPlace
	case !shape.Digits(l.Value) && len(l.Value) >= 2 && role != shape.Top && role != shape.NoRole:
		return byValue
	}
	return noEdge
}

// echoedClock reports whether a time in an answer is the client's, and not the
// server's own that happens to be the same.
func echoedClock(e *entity, m *message) bool {
	if m.beat != noBeat {
		return true
	}
	_, unit := shape.Time(e.value)
	var passed time.Duration
	if e.origin.rec == m.rec {
		passed = m.at - e.origin.done
	}
	return unit != shape.NoTime && passed > 4*unit.Resolution()
}

// within looks for values of the client inside a longer string.
func (g registry) within(out []hit, m *message, l *payload.Leaf) []hit {
	if l.Kind != payload.String && l.Kind != payload.Markup && l.Kind != payload.Word || len(l.Value) < 8 || len(l.Value) > 8192 {
		return out
	}
	quotes := 0
	if l.Kind == payload.String {
		quotes = 1
	}
	if l.End-l.Start-2*quotes != len(l.Value) {
		return out // escapes: places cannot be told
	}
	shape.Words(l.Value, func(start, end int) {
		if end-start < 8 || end-start == len(l.Value) {
			return
		}
		word := l.Value[start:end]
		e := g[entityKey{value: word}]
		if e == nil || e.class == ClassTime || e.owner != capture.Send {
			return
		}
		base := l.Start + quotes
		out = append(out, hit{e, byValue, slot{start: base + start, end: base + end, entity: e, leaf: l, part: true}})
	})
	return out
}

// callOf tells whether a message of the server may be a request of its own,
// whose id is of its own count.
func callOf(d *payload.Doc) call {
	var c call
	id := false
	for i := range d.Leaves {
		p := d.Leaves[i].Path
		for p.Depth > 1 {
			p = p.Parent()
		}
		switch p.Text {
		case "$.method":
			c.method = d.Leaves[i].Value
		case "$.id":
			id = d.Leaves[i].Value != "null"
		case "$.jsonrpc":
			c.rpc = true
		case "$.result", "$.error", "$.code":
			return call{}
		}
	}
	if !id {
		return call{}
	}
	return c
}

// call is what a message has of a request: a method, in JSON-RPC or not.
type call struct {
	method string
	rpc    bool
}

// answers reports whether the message is an answer to m all the same: it only
// repeats the method, which no answer of JSON-RPC does.
func (c call) answers(m *message) bool {
	if c.method == "" {
		return true
	}
	return !c.rpc && callOf(m.doc).method == c.method
}
