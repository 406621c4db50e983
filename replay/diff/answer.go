package diff

import (
	"encoding/json"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
)

// answers compares what two language models said instead of the fragments they
// said it in. It reports false where one side is no such stream.
func (c *comparison) answers() (bool, error) {
	a, b := c.a.answer(), c.b.answer()
	if a == nil || b == nil {
		return false, nil
	}
	return true, c.part(PartAnswer, a, b)
}

// answer joins the fragments of a stream, nil where it has no known format.
func (s *side) answer() *unit {
	if s.ex.Kind == capture.KindHTTP {
		return nil // its body is compared as it is
	}
	r, err := merge.Merge(s.t, nil)
	if err != nil || r.Format == merge.PlainText {
		return nil
	}
	data, err := json.Marshal(r)
	if err != nil {
		return nil
	}
	u := &unit{dir: capture.Receive, kind: "answer", done: s.ex.Duration}
	s.take(u, data, false)
	return u
}
