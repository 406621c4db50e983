package replay

import (
	"hash/maphash"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// seed is of all keys of this process.
var seed = maphash.MakeSeed()

// key sums up what must be equal in two messages for one to stand for the
// other: the places of all scalars, and the values of those that last from run
// to run. The order of an object's members does not count. known maps values
// that stand for recorded ones; it may be nil.
func (t *fields) key(label string, d *payload.Doc, known func(*payload.Leaf) (string, bool)) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteByte(byte(d.Format))
	h.WriteString(d.Frame)
	sum := h.Sum64()
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if isHeader(l) {
			continue
		}
		h.Reset()
		h.WriteString(l.Path.Text)
		if v, ok := t.lasts(label, l, known); ok {
			h.WriteByte(byte(l.Kind) + 1)
			h.WriteString(v)
		}
		sum += h.Sum64()
	}
	return sum
}

// lasts returns what of a leaf must be as recorded, and false where nothing.
func (t *fields) lasts(label string, l *payload.Leaf, known func(*payload.Leaf) (string, bool)) (string, bool) {
	if f := t.of(label, l); f != nil {
		if f.jwt {
			return lastingClaims(l.Value), true
		}
		if f.class.Volatile() {
			return "", false
		}
	} else if t.unseen(l).Volatile() {
		return "", false
	}
	if known != nil {
		if v, ok := known(l); ok {
			return v, true
		}
	}
	if l.Kind == payload.Number {
		return payload.Canonical(l.Value), true
	}
	return l.Value, true
}

func lastingClaims(token string) string {
	claims, ok := shape.JWT(token)
	if !ok {
		return token
	}
	return shape.Claims(claims)
}

// of returns the field a leaf belongs to in messages of a kind, or nil.
func (t *fields) of(label string, l *payload.Leaf) *field {
	if f := t.byKey[label][l.Path.Field]; f != nil {
		return f
	}
	return t.byKey[""][l.Path.Field]
}

// fieldAt returns the field of a leaf of a message, or nil.
func (t *fields) fieldAt(m *message, i int) *field {
	if i < len(m.fields) {
		return m.fields[i]
	}
	return t.of(m.label, &m.doc.Leaves[i])
}

// classAt returns the class of a leaf of a message.
func (t *fields) classAt(m *message, i int) Class {
	if f := t.fieldAt(m, i); f != nil {
		return f.class
	}
	return t.unseen(&m.doc.Leaves[i])
}

// classOf returns the class of a leaf in messages of a kind.
func (t *fields) classOf(label string, l *payload.Leaf) Class {
	if f := t.of(label, l); f != nil {
		return f.class
	}
	return t.unseen(l)
}

// unseen guesses the class of a field that no recorded message of its kind has.
func (t *fields) unseen(l *payload.Leaf) Class {
	if c, ok := t.pinned[l.Path.Field]; ok {
		return c
	}
	if l.Kind == payload.Literal || l.Kind == payload.Empty {
		return ClassConst
	}
	switch role := roleIn(l.Path); {
	case rootOf(l.Path) == "ack", role == shape.Request, role == shape.Top && l.Path.Depth == 1 && !t.http:
		return ClassToken
	case role == shape.Credential:
		return ClassToken
	case role == shape.Signature:
		return ClassSign
	case role == shape.Clock:
		if _, unit := shape.Time(l.Value); unit != shape.NoTime {
			return ClassTime
		}
	}
	return ClassConst
}

// find returns the entity that a lasting field of the client repeats, or nil:
// a value of the server's, or one of the client's own that is like no other.
func (g registry) find(l *payload.Leaf) *entity {
	if l.Kind == payload.Literal || l.Kind == payload.Empty || l.Value == "" {
		return nil
	}
	if e := g.get("", l.Value); e != nil {
		return e
	}
	if e := g.get(nameIn(l.Path), l.Value); e != nil && e.owner == capture.Receive {
		return e
	}
	return nil
}
