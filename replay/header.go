package replay

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// headerRoot is the part of a request's Doc that holds header fields. They are
// not compared: a client library may add and leave out what it likes.
const headerRoot = "header"

// headerDoc takes those header fields of a request apart that a client makes
// anew for each request, as their names say.
func headerDoc(p *payload.Parser, fields []capture.Field) *payload.Doc {
	d := &payload.Doc{}
	for _, f := range fields {
		if !madeAnew(f.Name) || f.Value == "" {
			continue
		}
		l := p.Member(headerRoot, strings.ToLower(f.Name), f.Value)
		l.Start += len(d.Data)
		l.End += len(d.Data)
		d.Leaves = append(d.Leaves, l)
		d.Data = append(append(d.Data, f.Value...), '\n')
	}
	return d
}

func isHeader(l *payload.Leaf) bool {
	p := l.Path.Parent()
	return p != nil && p.Text == headerRoot
}

// madeAnew reports whether a header field is the id of its request.
func madeAnew(name string) bool {
	return shape.RoleOf(strings.TrimPrefix(strings.ToLower(name), "x-")) == shape.Request || strings.EqualFold(name, "x-amzn-trace-id")
}

// headerSlot is a value of the client, or of the server, in a header field of a
// response.
type headerSlot struct {
	field int
	slot  slot
}

// headerSlots finds them: in fields that are named as ids, and in addresses.
func (g registry) headerSlots(m *message) []headerSlot {
	response := m.rec.ex.Response
	var out []headerSlot
	for i, f := range response.Header {
		address := strings.EqualFold(f.Name, "Location") || strings.EqualFold(f.Name, "Content-Location") || strings.EqualFold(f.Name, "Link")
		role := shape.RoleOf(f.Name)
		if !address && role != shape.Request && role != shape.ID {
			continue
		}
		shape.Words(f.Value, func(start, end int) {
			word := f.Value[start:end]
			l := &payload.Leaf{Kind: payload.Word, Value: word, Start: start, End: end}
			e := g.get("", word)
			if e == nil && address && shape.Opaque(word) && !g.said[word] {
				e = &entity{value: word, owner: capture.Receive, class: ClassToken, origin: m, id: true}
				g.byKey[entityKey{value: word}] = e
			}
			if e == nil && !address && start == 0 && end == len(f.Value) {
				e = g.get(strings.ToLower(f.Name), word)
			}
			if e != nil && e.class != ClassTime {
				out = append(out, headerSlot{i, slot{start: start, end: end, entity: e, leaf: l}})
			}
		})
	}
	return out
}

// headers returns the values of the response's header fields that differ from
// the recorded ones, by their place.
func (c *conversation) headers(i *instance, m *message) map[int]string {
	var edits map[int][]payload.Edit
	for k := range m.heads {
		h := &m.heads[k]
		if text, ok := c.fill(i, &h.slot); ok {
			if edits == nil {
				edits = map[int][]payload.Edit{}
			}
			edits[h.field] = append(edits[h.field], payload.Edit{Start: h.slot.start, End: h.slot.end, Text: text})
		}
	}
	out := map[int]string{}
	for field, list := range edits {
		value := payload.Apply(nil, []byte(m.rec.ex.Response.Header[field].Value), tidy(list))
		out[field] = strings.NewReplacer("\r", "", "\n", "").Replace(string(value))
	}
	return out
}
