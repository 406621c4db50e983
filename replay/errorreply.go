package replay

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// errorReply returns the protocol's own word for an error, as an answer to a
// message that nothing answers: the recorded one, with the live message's ids.
// It is nil where none was recorded that fits.
func (c *conversation) errorReply(data []byte, opcode capture.Opcode) []byte {
	docs, _ := c.docsOf(data, opcode)
	if len(docs) == 0 {
		return nil
	}
	doc := docs[0]
	label := labelOf(doc)
	var best *message
	for _, m := range c.plan.messages {
		if m.error && m.cause != nil && m.why >= byTurn && m.cause.doc != nil && m.opcode == opcode && c.fits(m, doc) {
			if best == nil || m.cause.label == label {
				best = m
			}
		}
	}
	if best == nil {
		return nil
	}
	i := &instance{m: best.cause, index: -1}
	c.values(i, doc)
	return c.render(i, best)
}

// fits reports whether an answer can be addressed to a live message: it has the
// ids that the recorded one had.
func (c *conversation) fits(m *message, doc *payload.Doc) bool {
	for _, s := range m.slots {
		for _, t := range m.cause.tokens {
			if t.entity == s.entity && leafAt(doc, m.cause.doc.Leaves[t.leaf].Path.Text) == nil {
				return false
			}
		}
	}
	return true
}
