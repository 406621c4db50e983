package replay

import (
	"slices"
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
func (g registry) hits(m *message, table *fields) []hit {
	out := g.plainHits(m)
	if slices.ContainsFunc(out, func(h hit) bool { return !h.slot.elsewhere }) {
		return out
	}
	return g.learnedHits(out, m, table)
}

// learnedHits adds, to a message that has no id of a request at a place where
// these are to be expected, those at places that are known by what was seen.
func (g registry) learnedHits(out []hit, m *message, table *fields) []hit {
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		for _, path := range table.learned[place{m.label, l.Path.Field}] {
			e := g.get(nameOfPath(path), l.Value)
			if e != nil && e.owner == capture.Send && e.class != ClassTime {
				out = append(out, hit{e, byPlace, slot{start: l.Start, end: l.End, leaf: l, entity: e}})
				break
			}
		}
	}
	return out
}

// nameOfPath is nameIn for the text of a path.
func nameOfPath(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		path = strings.TrimPrefix(path[i:], ".")
	}
	return strings.ToLower(strings.TrimPrefix(path, "@"))
}

// wellKnown is where protocols put the id of a request in a way that names do
// not show, and what the client calls it.
var wellKnown = map[place]string{
	{"8", "$[1]"}:                   "-", // WAMP: [ERROR, REQUEST.Type, REQUEST.Request, …]
	{"8", "$[2]"}:                   "[1]",
	{"msg=updated", "$.methods[0]"}: "id", // Meteor's DDP
	{"msg=ready", "$.subs[0]"}:      "id",
	{"msg=added", "$.id"}:           "-", // of a document
	{"msg=changed", "$.id"}:         "-",
	{"msg=removed", "$.id"}:         "-",
}

// plainHits finds the entities that names, places and looks show.
func (g registry) plainHits(m *message) []hit {
	var out []hit
	call := callOf(m.doc)
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		if l.Kind == payload.Literal || l.Kind == payload.Empty || l.Value == "" {
			continue
		}
		s := slot{start: l.Start, end: l.End, leaf: l}
		name := g.told[place{m.label, l.Path.Field}]
		if name == "" {
			name = wellKnown[place{m.label, l.Path.Field}]
		}
		if name == "-" {
			continue
		} else if name != "" {
			if e := g.get(name, l.Value); e != nil && e.owner == capture.Send {
				s.entity = e
				out = append(out, hit{e, byPlace, s})
				continue
			}
		}
		if e, st := g.client(m, l, call); e != nil {
			s.entity = e
			out = append(out, hit{e, st, s})
			continue
		}
		if n := len(out); len(g.within(out, m, l)) > n {
			out = g.within(out, m, l)
			continue
		}
		if e := g.elsewhere(l); e != nil {
			s.entity, s.elsewhere = e, true
			out = append(out, hit{e, byClock, s})
			continue
		}
		if e := g.serverMade(m, l); e != nil && e.owner == capture.Receive {
			s.entity = e
			out = append(out, hit{e, byServer, s})
		}
	}
	return g.aliasHits(out, m, call)
}

// client finds the value of the client that a leaf of the server repeats: by
// the value alone, or under the same name.
func (g registry) client(m *message, l *payload.Leaf, call call) (*entity, strength) {
	if e := g.get("", l.Value); e != nil && e.owner == capture.Send && e.class != ClassTime {
		return e, byValue
	}
	if e := g.get(nameIn(l.Path), l.Value); e != nil && e.owner == capture.Send {
		if st := g.short(e, m, l, call); st > noEdge {
			return e, st
		}
	}
	return nil, noEdge
}

// aliasHits adds what the server calls otherwise than the client, at the top of
// a message or in its head: request_seq for seq. Where it does, a field of the
// client's name is the server's own.
func (g registry) aliasHits(out []hit, m *message, call call) []hit {
	found := false
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		if l.Path.Depth > 2 || l.Kind == payload.Literal || l.Kind == payload.Empty || strings.Contains(l.Path.Field, "[") {
			continue
		}
		for _, other := range g.traits.of(l.Path).aliases {
			e := g.get(other, l.Value)
			if e == nil || e.owner != capture.Send || e.class == ClassTime || !call.answers(e.origin) || !e.top {
				continue
			}
			if l.Path.Depth == 2 && !found && has(out, byPlace) || strings.HasPrefix(strings.ToLower(l.Path.Name), "sub") && shape.Digits(l.Value) {
				break // subscriptions are often counted by the server
			}
			if !found {
				found = true
				out = slices.DeleteFunc(out, func(h hit) bool { return h.strength == byPlace && h.slot.leaf.Path.Name == "seq" })
			}
			out = append(out, hit{e, byPlace, slot{start: l.Start, end: l.End, leaf: l, entity: e}})
			break
		}
	}
	return out
}

func has(hits []hit, st strength) bool {
	return slices.ContainsFunc(hits, func(h hit) bool { return h.strength == st })
}

// short decides whether a short value of the server is one of the client's of
// the same name.
func (g registry) short(e *entity, m *message, l *payload.Leaf, call call) strength {
	if e.class == ClassTime {
		if echoedClock(e, m) {
			return byClock
		}
		return noEdge
	}
	if !call.answers(e.origin) {
		return noEdge // the server's own request, with the server's own id
	}
	if slices.Contains(e.paths, l.Path.Field) {
		if g.doubtful[place{m.label, l.Path.Field}] {
			return noEdge
		}
		return byPlace
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
	if l.Kind != payload.String && l.Kind != payload.Markup && l.Kind != payload.Word || len(l.Value) < 8 || len(l.Value) > 8192 || !l.Plain() {
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
		e := g.get("", word)
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
