package replay

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/replay/internal/payload"
)

// parts takes the records of a frame, or the elements of a batch, by
// themselves.
func (c *conversation) parts(doc *payload.Doc) (parts []*payload.Doc, isBatch bool) {
	if doc.Format == payload.Lines {
		return splitRecords(doc, c.parser), false
	}
	spans := payload.Elements(doc)
	if spans == nil {
		return []*payload.Doc{doc}, false
	}
	for _, s := range spans {
		parts = append(parts, c.parser.Parse(doc.Data[s.Start:s.End:s.End], false))
	}
	return parts, true
}

// batch gathers the answers to the elements of one live message, to send them
// as one.
type batch struct {
	open  int
	parts []part
}

// part is an answer and its place among the recorded ones.
type part struct {
	order int
	data  []byte
}

// expect notes that an element of the batch will be answered.
func (b *batch) expect(i *instance) {
	i.batch = b
	for _, e := range i.m.effects {
		if e.why >= byTurn {
			b.open++
			return
		}
	}
}

// join makes one array of the answers to a batch, in recorded order.
func (b *batch) join() []byte {
	slices.SortStableFunc(b.parts, func(x, y part) int { return x.order - y.order })
	var out strings.Builder
	out.WriteByte('[')
	for i, p := range b.parts {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(p.data)
	}
	out.WriteByte(']')
	return []byte(out.String())
}
