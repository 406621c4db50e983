package replay

import (
	"slices"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// joinParts puts the records of a frame together again where all have one
// cause, so that they are sent as the frame they were.
func joinParts(messages []*message) []*message {
	var out []*message
	for i := 0; i < len(messages); {
		j := i + 1
		for j < len(messages) && messages[j].seq == messages[i].seq {
			j++
		}
		run := messages[i:j]
		if j-i > 1 && run[0].dir == capture.Receive && !slices.ContainsFunc(run, func(m *message) bool { return m.cause != run[0].cause || m.batch || m.doc.Framing != payload.Unframed }) {
			out = append(out, joinRun(run))
		} else {
			out = append(out, run...)
		}
		i = j
	}
	return out
}

func joinRun(run []*message) *message {
	whole := run[0]
	for _, m := range run[1:] {
		base := len(whole.doc.Data)
		data := append(slices.Clip(whole.doc.Data), m.doc.Data...)
		whole.doc = &payload.Doc{Format: payload.Lines, Data: data}
		for _, s := range m.slots {
			s.start += base
			s.end += base
			whole.slots = append(whole.slots, s)
		}
		for _, s := range m.counts {
			s.leaf.Start += base
			s.leaf.End += base
			whole.counts = append(whole.counts, s)
		}
		for _, l := range m.times {
			l.Start += base
			l.End += base
			whole.times = append(whole.times, l)
		}
		if c := whole.cause; c != nil {
			c.effects = slices.DeleteFunc(c.effects, func(e *message) bool { return e == m })
		}
	}
	return whole
}
