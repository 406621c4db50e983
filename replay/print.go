package replay

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// WriteText writes the plan for people: the classes of fields, and what caused
// each message of the server.
func (p *Plan) WriteText(w io.Writer) error {
	var b strings.Builder
	p.writeFields(&b)
	for _, r := range p.recordings {
		fmt.Fprintf(&b, "\nexchange %d  %s %s\n", r.ex.ID, view.Sanitize(r.ex.Request.Method), view.Sanitize(r.ex.Request.URL))
		for _, m := range r.messages {
			writeMessage(&b, m)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Plan) writeFields(b *strings.Builder) {
	fmt.Fprintf(b, "%-28s %-36s %-6s %5s %6s  %s\n", "KIND", "FIELD", "CLASS", "SEEN", "VALUES", "WHY")
	for _, f := range p.fields.sorted() {
		fmt.Fprintf(b, "%-28s %-36s %-6s %5d %6d  %s\n", view.Sanitize(f.key.label), view.Sanitize(f.key.path), f.class, f.n, len(f.values), f.why)
	}
}

// sorted returns all fields by kind and path.
func (t *fields) sorted() []*field {
	var list []*field
	for _, table := range t.byKey {
		for _, f := range table {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *field) int {
		if c := strings.Compare(a.key.label, b.key.label); c != 0 {
			return c
		}
		return strings.Compare(a.key.path, b.key.path)
	})
	return list
}

func writeMessage(b *strings.Builder, m *message) {
	arrow := "→"
	if m.dir == capture.Receive {
		arrow = "←"
	}
	fmt.Fprintf(b, "%5d %s %9.3fs  %-60s", m.seq, arrow, m.at.Seconds(), view.Sanitize(m.line(60)))
	switch {
	case m.dir == capture.Send && m.beat != noBeat:
		b.WriteString("  heartbeat")
	case m.dir == capture.Receive && m.why == byTimer:
		b.WriteString("  by timer")
	case m.dir == capture.Receive && (m.cause == nil || m.cause == m.rec.root):
		b.WriteString("  unasked")
	case m.dir == capture.Receive:
		fmt.Fprintf(b, "  by #%d (%s) after %v", m.cause.seq, m.why, max(0, m.at-m.cause.done))
	}
	for _, s := range m.slots {
		whose := "client's"
		if s.entity.owner == capture.Receive {
			whose = "server's"
		}
		fmt.Fprintf(b, "\n%24s %s %s %q", "", view.Sanitize(s.leaf.Path.Text), whose, s.entity.value)
	}
	b.WriteByte('\n')
}

// line shows a message in one line of at most n characters, what is written in
// bytes with its kind.
func (m *message) line(n int) string {
	text := oneLine(m.doc.Data, n)
	switch m.doc.Format {
	case payload.CBOR, payload.MessagePack, payload.Packet:
		return oneLine([]byte(m.label+" "+text), n)
	}
	return text
}

// oneLine shows the beginning of a payload on one line.
func oneLine(p []byte, n int) string {
	s := show(p)
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
