package replay

import (
	"slices"

	"github.com/wiretape/wiretape/capture"
)

// enough is how many answers must have come in the order of the questions for
// the server to be one that answers so.
const enough = 3

// inTurns reports whether the server answers one message after the other: of
// several that waited it always answered the oldest.
func (p *Plan) inTurns() bool {
	first := 0
	for _, r := range p.recordings {
		var open []*message
		for _, m := range r.messages {
			if m.dir == capture.Send {
				if m.beat == noBeat && m.firstAnswer() != nil {
					open = append(open, m)
				}
				continue
			}
			i := slices.Index(open, m.cause)
			switch {
			case i < 0 || m.cause.firstAnswer() != m:
				continue
			case i > 0:
				return false
			case len(open) > 1:
				first++
			}
			open = slices.Delete(open, i, i+1)
		}
	}
	return first >= enough
}

// firstAnswer returns the first of a message's effects if it answers it, else
// nil.
func (m *message) firstAnswer() *message {
	if len(m.effects) == 0 || m.effects[0].why < byTurn || m.effects[0].why == byTopic {
		return nil
	}
	return m.effects[0]
}
