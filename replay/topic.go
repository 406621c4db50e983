package replay

import (
	"strings"

	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// topics are what the client's messages name: what they subscribe to or ask
// about. A message of the server that has all of it belongs to it.
type topics struct {
	byValue map[string][]*topic
	got     map[gotKey]bool
	pairs   map[[2]uint64]int // which shape answered which
	filters []*topic          // of MQTT, those with wildcards
}

// maxTopics bounds how many messages of one topic are told apart.
const maxTopics = 64

// topic is one thing a message names.
type topic struct {
	m     *message
	pairs []pair
}

type pair struct{ name, field, value string }

type gotKey struct {
	m     *message
	label string
}

// add notes what a message names: each element of its lists by itself, with
// what stands outside of them.
func (t *topics) add(m *message, table *fields) {
	if t.byValue == nil {
		t.byValue, t.got = map[string][]*topic{}, map[gotKey]bool{}
	}
	var common []pair
	var elements map[string][]pair
	var order []string
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		if !mayName(m, i) || table.classAt(m, i).Volatile() {
			continue
		}
		p := pair{nameIn(l.Path), l.Path.Field, l.Value}
		if strings.HasPrefix(p.name, "[") {
			p.name = ""
		}
		if e := elementOf(l.Path); e != "" {
			if elements == nil {
				elements = map[string][]pair{}
			}
			if elements[e] == nil {
				order = append(order, e)
			}
			elements[e] = append(elements[e], p)
		} else {
			common = append(common, p)
		}
	}
	if len(order) == 0 {
		t.put(&topic{m, common})
	}
	for _, e := range order {
		t.put(&topic{m, append(append([]pair{}, elements[e]...), common...)})
	}
}

func (t *topics) put(p *topic) {
	longest := ""
	for _, x := range p.pairs {
		if len(x.value) > len(longest) {
			longest = x.value
		}
	}
	if longest == "" {
		return
	}
	if p.m.doc.Format == payload.Packet && strings.ContainsAny(longest, "+#") && len(t.filters) < maxTopics {
		t.filters = append(t.filters, p)
	}
	list := append(t.byValue[longest], p)
	if len(list) > maxTopics {
		list = list[1:]
	}
	t.byValue[longest] = list
}

// mayName reports whether a leaf may name a topic: a text that is neither the
// kind of message nor a version.
func mayName(m *message, i int) bool {
	l := &m.doc.Leaves[i]
	switch l.Kind {
	case payload.Word:
		root := rootOf(l.Path)
		return (root == "word" || root == "text") && i != verbWord(m.doc)
	case payload.String, payload.Markup, payload.Form:
	default:
		return false
	}
	switch name := strings.ToLower(l.Path.Name); {
	case l.Value == "", name == "jsonrpc", name == "version", name == "v", name == "[3]", name == "[0]" && l.Path.Depth == 1:
		return false
	}
	kind, verb := shape.Discriminator(l.Path.Name)
	return !verb && !(kind && verbIn(l.Value) != otherVerb)
}

// verbWord returns which word of a line says what it is about to do: the first
// one of letters.
func verbWord(d *payload.Doc) int {
	for i := range d.Leaves {
		if v := d.Leaves[i].Value; v != "" && !strings.ContainsAny(v, "0123456789*") {
			return i
		}
	}
	return -1
}

// elementOf returns the path of the list's element a path lies in, "" for none.
func elementOf(p *payload.Path) string {
	for ; p.Parent() != nil; p = p.Parent() {
		if strings.HasPrefix(p.Name, "[") && p.Depth >= 2 {
			return p.Text
		}
	}
	return ""
}

// find returns the client's message whose topic a message of the server has,
// the most exact one. Of several alike, it is the first that has had nothing of
// this kind, else the last.
func (t *topics) find(m *message) *message {
	best := t.matches(m)
	if len(best) == 0 {
		return nil
	}
	best = t.usual(answered(best, m), m)
	chosen := best[len(best)-1].m
	for _, p := range best {
		if !t.got[gotKey{p.m, m.label}] {
			chosen = p.m
			break
		}
	}
	t.got[gotKey{chosen, m.label}] = true
	return chosen
}

// matches returns the topics a message of the server has, of which it has most.
func (t *topics) matches(m *message) (best []*topic) {
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		if l.Kind == payload.Number || l.Kind == payload.Literal {
			continue
		}
		for _, p := range t.byValue[l.Value] {
			switch {
			case p.m.space != m.space || !p.within(m.doc):
			case len(best) == 0 || len(p.pairs) > len(best[0].pairs):
				best = []*topic{p}
			case len(p.pairs) == len(best[0].pairs):
				best = append(best, p)
			}
		}
	}
	if len(best) == 0 && len(t.filters) > 0 {
		return t.filtered(m)
	}
	return best
}

// filtered returns the topics of MQTT whose wildcards take in the topic of a
// message.
func (t *topics) filtered(m *message) (out []*topic) {
	for _, p := range t.filters {
		for i := range m.doc.Leaves {
			if l := &m.doc.Leaves[i]; l.Path.Text == "$.topic" && takesIn(p.pairs[0].value, l.Value) {
				out = append(out, p)
			}
		}
	}
	return out
}

// takesIn reports whether a filter of MQTT takes a topic in (MQTT 3.1.1 §4.7).
func takesIn(filter, topic string) bool {
	levels := strings.Split(topic, "/")
	for i, f := range strings.Split(filter, "/") {
		switch {
		case f == "#":
			return true
		case i >= len(levels) || f != "+" && f != levels[i]:
			return false
		}
	}
	return strings.Count(filter, "/")+1 == len(levels)
}

// usual leaves of topics those whose kind of message was answered like this
// before, where there are any.
func (t *topics) usual(list []*topic, m *message) []*topic {
	if len(list) < 2 {
		return list
	}
	var out []*topic
	to := shapeOf(m)
	for _, p := range list {
		if t.pairs[[2]uint64{shapeOf(p.m), to}] > 0 {
			out = append(out, p)
		}
	}
	if len(out) > 0 {
		return out
	}
	return list
}

// answered leaves of topics those whose message m answers by its word, else
// those that were not to end a stream.
func answered(list []*topic, m *message) []*topic {
	var named, lasting []*topic
	for _, p := range list {
		if names(p.m, m) {
			named = append(named, p)
		}
		if p.m.verb() != unsubscribe {
			lasting = append(lasting, p)
		}
	}
	switch {
	case len(named) > 0:
		return named
	case len(lasting) > 0:
		return lasting
	}
	return list
}

// within reports whether a message has all a topic names.
func (p *topic) within(d *payload.Doc) bool {
	for _, x := range p.pairs {
		found := false
		for i := range d.Leaves {
			l := &d.Leaves[i]
			if l.Value == x.value && (distinctive(x.value) || x.field == l.Path.Field || x.name != "" && nameIn(l.Path) == x.name) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// distinctive reports whether a text says the same under whatever name: it is
// not too short, or looks like the name of a channel.
func distinctive(s string) bool {
	return len(s) >= 4 || len(s) >= 2 && strings.ContainsAny(s, "/#:@")
}
