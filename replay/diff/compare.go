package diff

import (
	"bytes"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// maxFields is how many fields a row lists.
const maxFields = 1000

// differ compares two units field by field. mates may be nil.
func (c *comparison) differ(a, b *unit) []Field {
	d := &difference{c: c, a: a, b: b}
	others := map[string]*payload.Leaf{}
	for l := range b.leaves() {
		others[l.Path.Text] = l
	}
	if !a.doc.SamePaths(b.doc) && (a.doc.Format == payload.Text || b.doc.Format == payload.Text) ||
		len(a.doc.Leaves)+len(b.doc.Leaves) == 0 {
		d.whole(others)
		return d.fields
	}
	for l := range a.leaves() {
		o := others[l.Path.Text]
		delete(others, l.Path.Text)
		d.field(l, o)
	}
	for l := range b.leaves() {
		if others[l.Path.Text] == l {
			d.field(nil, l)
		}
	}
	if len(d.fields) == 0 && (a.doc.Frame != b.doc.Frame || c.bytes) {
		d.payload()
	}
	return d.fields
}

// difference is the comparison of two units.
type difference struct {
	c      *comparison
	a, b   *unit
	fields []Field
}

// whole compares payloads that have no fields in common, and what is said
// beside them.
func (d *difference) whole(others map[string]*payload.Leaf) {
	for i := range d.a.extra {
		l := &d.a.extra[i]
		d.field(l, others[l.Path.Text])
		delete(others, l.Path.Text)
	}
	for i := range d.b.extra {
		if l := &d.b.extra[i]; others[l.Path.Text] == l {
			d.field(nil, l)
		}
	}
	d.payload()
}

// payload compares the bytes.
func (d *difference) payload() {
	a, b := d.a.doc.Data, d.b.doc.Data
	if !bytes.Equal(a, b) && !d.c.ignore.paths["$"] {
		same := 0
		for same < len(a) && same < len(b) && a[same] == b[same] {
			same++
		}
		x, y := around(part(a, same), part(b, same))
		d.add(Field{Path: "$", A: &x, B: &y, Class: replay.ClassText.String()})
	}
}

// part returns what of long bytes is to be seen when they differ from a place on.
func part(p []byte, from int) string {
	const enough = 4 * most
	start := max(0, from-enough)
	return string(p[start:min(len(p), start+2*enough)])
}

// field compares a scalar; nil where a side has none.
func (d *difference) field(l, o *payload.Leaf) {
	if l != nil && o != nil && l.Same(o) {
		return
	}
	f := Field{}
	class := replay.ClassConst
	switch {
	case o == nil:
		f.Path, class = l.Path.Text, d.c.of(d.a, l)
		f.A = text(rawOf(d.a, l))
	case l == nil:
		f.Path, class = o.Path.Text, d.c.of(d.b, o)
		f.B = text(rawOf(d.b, o))
	default:
		f.Path, class = l.Path.Text, d.c.of(d.a, l)
		x, y := around(rawOf(d.a, l), rawOf(d.b, o))
		f.A, f.B = &x, &y
		f.OK = d.varies(l, o, class)
	}
	f.Class = class.String()
	if f.OK && d.c.ignore.classes[class] {
		return
	}
	d.add(f)
}

// varies reports whether a difference is one that runs have.
func (d *difference) varies(l, o *payload.Leaf, class replay.Class) bool {
	if d.c.bytes {
		return false
	}
	if to, known := d.c.toA[valueSum(o)]; known && to == valueSum(l) {
		return true
	}
	was, lasts := d.c.lasts(d.a, l, class)
	if !lasts {
		return true
	}
	is, ok := d.c.lasts(d.b, o, d.c.of(d.b, o))
	return ok && was == is && l.Kind == o.Kind
}

func (d *difference) add(f Field) {
	if len(d.fields) < maxFields {
		d.fields = append(d.fields, f)
	}
}

// rawOf returns a scalar as it stands in its payload.
func rawOf(u *unit, l *payload.Leaf) string {
	if l.Start < 0 || l.End > len(u.doc.Data) || l.Start >= l.End {
		return l.Value
	}
	return string(u.doc.Data[l.Start:l.End])
}

// most is how much of a value a row shows, in bytes, and context how much of
// what is equal before the first difference.
const (
	most    = 200
	context = 40
)

// around returns two values, of long ones what is around the first difference.
func around(a, b string) (string, string) {
	if len(a) <= most && len(b) <= most {
		return shown(a), shown(b)
	}
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	from := max(0, same-context)
	for from > 0 && !utf8.RuneStart(byteAt(a, b, from)) {
		from--
	}
	mark := ""
	if from > 0 {
		mark = "…"
	}
	return mark + shown(a[from:]), mark + shown(b[from:])
}

func byteAt(a, b string, i int) byte {
	if i < len(a) {
		return a[i]
	}
	if i < len(b) {
		return b[i]
	}
	return 0
}

// shown makes a value readable, and cuts it.
func shown(s string) string {
	if !payload.Printable(s[:min(len(s), 4*most)]) && !payload.Printable(strings.ToValidUTF8(s, "")) || !utf8.ValidString(s) {
		if len(s) > most/2 {
			return "0x" + hex.EncodeToString([]byte(s[:most/2])) + "…"
		}
		return "0x" + hex.EncodeToString([]byte(s))
	}
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func text(s string) *string {
	s = shown(s)
	return &s
}
