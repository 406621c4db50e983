package replay

import (
	"slices"
	"strconv"

	"github.com/wiretape/wiretape/replay/internal/payload"
)

// Costs that are not those of a class (Class.weight).
const (
	costPath   = 1  // a scalar that only one of the two has
	costKind   = 3  // another kind of message
	costFrame  = 1  // another text around the words, other bytes
	costFormat = 10 // another format
	tooFar     = costFormat
)

// maxNearest bounds how many recorded messages are compared with one that
// diverged.
const maxNearest = 5000

// distance is how far a recorded message is from a live one.
type distance struct {
	m    *message
	cost float64
	diff []FieldDiff
}

// compare finds the differences between a recorded message and a live one.
func (t *fields) compare(m *message, label string, doc *payload.Doc, known func(*payload.Leaf) (string, bool)) distance {
	d := distance{m: m}
	if m.doc.Format != doc.Format {
		d.cost += costFormat
	}
	if m.label != label {
		d.cost += costKind
	}
	if m.doc.Frame != doc.Frame {
		d.cost += costFrame
		if !m.doc.SamePaths(doc) || len(doc.Leaves) == 0 {
			d.diff = append(d.diff, FieldDiff{Path: "$", Want: show(m.doc.Data), Got: show(doc.Data), Class: ClassText.String()})
		}
	}
	live := map[string]*payload.Leaf{}
	for i := range doc.Leaves {
		live[doc.Leaves[i].Path.Text] = &doc.Leaves[i]
	}
	for i := range m.doc.Leaves {
		want := &m.doc.Leaves[i]
		if isHeader(want) {
			continue
		}
		got := live[want.Path.Text]
		delete(live, want.Path.Text)
		t.compareLeaf(&d, m, want, got, doc.Data, known)
	}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if live[l.Path.Text] == l && !isHeader(l) {
			d.cost += costPath
			d.diff = append(d.diff, FieldDiff{
				Path: l.Path.Text, Got: raw(l, doc.Data), Class: t.classOf(label, l).String(),
			})
		}
	}
	return d
}

func (t *fields) compareLeaf(d *distance, m *message, want, got *payload.Leaf, data []byte, known func(*payload.Leaf) (string, bool)) {
	class := t.classOf(m.label, want)
	if got == nil {
		d.cost += costPath
		d.diff = append(d.diff, FieldDiff{Path: want.Path.Text, Want: raw(want, m.doc.Data), Class: class.String()})
		return
	}
	if want.Same(got) {
		return
	}
	f := t.of(m.label, want)
	ok := class.Volatile() && (f == nil || !f.jwt || lastingClaims(want.Value) == lastingClaims(got.Value))
	if !ok {
		if v, found := known(got); found && v == want.Value {
			ok = true
		} else {
			d.cost += max(class.weight(), 0.5)
		}
	}
	d.diff = append(d.diff, FieldDiff{
		Path: want.Path.Text, Want: raw(want, m.doc.Data), Got: raw(got, data), Class: class.String(), OK: ok,
	})
}

// raw returns a scalar as it stands in its payload, shortened.
func raw(l *payload.Leaf, data []byte) string {
	if l.Start < 0 || l.End > len(data) || l.Start >= l.End {
		return l.Value
	}
	if !l.Plain() && l.Kind == payload.String {
		return strconv.Quote(l.Value)
	} else if !l.Plain() {
		return l.Value
	}
	return show(data[l.Start:l.End])
}

// show makes bytes readable in a diff.
func show(p []byte) string {
	const most = 200
	s := string(p)
	if !payload.Printable(s) {
		return hexText(p[:min(len(p), most/2)])
	}
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// nearest returns the recorded messages of the plan that come closest to a live
// one, at most n of them, the nearest first.
func (c *conversation) nearest(label string, doc *payload.Doc, n int) []distance {
	var best []distance
	seen := map[uint64]bool{}
	for _, m := range c.plan.candidates(c.primary) {
		if seen[m.key] {
			continue
		}
		if len(seen) >= maxNearest {
			break
		}
		seen[m.key] = true
		d := c.plan.fields.compare(m, label, doc, c.recorded)
		at, _ := slices.BinarySearchFunc(best, d.cost, func(x distance, cost float64) int {
			if x.cost <= cost {
				return -1
			}
			return 1
		})
		if at < n {
			best = slices.Insert(best, at, d)
			best = best[:min(len(best), n)]
		}
	}
	return best
}

// candidates returns the client's messages, those of one recording first.
func (p *Plan) candidates(primary *recording) []*message {
	var own, others []*message
	for _, m := range p.messages {
		switch {
		case m.key == 0 && len(m.doc.Leaves) == 0 && m.doc.Frame == "" || m.beat != noBeat:
		case m.rec == primary:
			own = append(own, m)
		default:
			others = append(others, m)
		}
	}
	return append(own, others...)
}

// substitutes returns the lasting values that a live message has otherwise than
// the recorded one that LevelNear let it stand for.
func (c *conversation) substitutes(m *message, doc *payload.Doc) []substitute {
	var out []substitute
	for i := range m.doc.Leaves {
		want := &m.doc.Leaves[i]
		if want.Kind == payload.Literal || want.Kind == payload.Empty || c.plan.fields.classOf(m.label, want).Volatile() {
			continue
		}
		got := leafAt(doc, want.Path.Text)
		if got == nil || want.Same(got) {
			continue
		}
		out = append(out, substitute{
			name: nameIn(want.Path), recorded: want.Value,
			value: value{leaf: *got, raw: doc.Data[got.Start:got.End]},
		})
	}
	return out
}
