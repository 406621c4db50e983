package replay

import (
	"time"

	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// timesIn returns the scalars of a message of the server that are times of the
// moment it was sent, in whatever unit.
func timesIn(m *message) []payload.Leaf {
	var out []payload.Leaf
	wall := m.rec.wall(m.at)
	for i := range m.doc.Leaves {
		l := &m.doc.Leaves[i]
		if l.Kind == payload.Literal || l.Kind == payload.Empty || l.Kind == payload.Bytes {
			continue
		}
		at, unit := shape.Time(l.Value)
		if unit == shape.NoTime {
			continue
		}
		limit := near
		switch roleIn(l.Path) {
		case shape.Clock:
			limit = named
		case shape.ID, shape.Request, shape.Top:
			continue // an id that looks like a time, or counts on from one
		}
		if at.Sub(wall).Abs() <= limit {
			out = append(out, *l)
		}
	}
	return out
}

// shiftTimes adds the edits that move the times of a message by now − recorded.
// What is filled in already stays.
func (c *conversation) shiftTimes(m *message, edits []payload.Edit) []payload.Edit {
	by := time.Since(m.rec.wall(m.at))
	for i := range m.times {
		l := &m.times[i]
		moved, ok := shape.ShiftTime(l.Value, by)
		if !ok {
			continue
		}
		v := payload.Leaf{Kind: l.Kind, Value: moved}
		raw := []byte(moved)
		if l.Kind == payload.String {
			raw = payload.AppendString(nil, moved, 0)
		}
		edits = append(edits, payload.Edit{Start: l.Start, End: l.End, Text: l.AppendValue(nil, &v, raw, true)})
	}
	return tidy(edits)
}
