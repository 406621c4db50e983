package replay

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// references finds the fields by which a message takes back an earlier one:
// they hold the earlier one's id, often under another name.
func (t *fields) references(messages []*message) {
	if !slices.ContainsFunc(messages, func(m *message) bool { return m.dir == capture.Send && takesBack(m.doc) }) {
		return
	}
	ids := map[recorded]bool{}
	not := map[*field]bool{}
	for _, m := range messages {
		if m.dir != capture.Send {
			continue
		}
		back := takesBack(m.doc)
		for i := range m.doc.Leaves {
			l := &m.doc.Leaves[i]
			f := t.fieldAt(m, i)
			if f == nil || l.Kind == payload.Literal || l.Kind == payload.Empty {
				continue
			}
			v := recorded{m.rec, string(rune(l.Kind)) + l.Value}
			kind, _ := shape.Discriminator(l.Path.Name)
			switch {
			case kind:
			case f.class == ClassToken || f.class == ClassSeq:
				if !f.refers {
					ids[v] = true
				}
			case f.class.Volatile():
			case back && ids[v] && !not[f] && strings.ContainsAny(l.Value, "0123456789"):
				f.refers = true
			default:
				not[f] = true
				f.refers = false
			}
		}
	}
	for _, table := range t.byKey {
		for _, f := range table {
			if f.refers {
				f.class, f.why = ClassToken, "the id of an earlier message, which this one takes back"
			}
		}
	}
}
