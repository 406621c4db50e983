package view

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Timeline returns a table on w of what happened inside one exchange, a line a
// row: number, time, time since the row before, direction, kind, size, preview.
// Each line is written at once. What breaks a rule is told on a line below.
func Timeline(w io.Writer, st Style) *TimelineTable {
	return &TimelineTable{w: w, st: st}
}

// TimelineTable writes the rows of an exchange for people. It is not for
// concurrent use.
type TimelineTable struct {
	w         io.Writer
	st        Style
	buf       bytes.Buffer
	rows      int
	last      time.Duration // time of the row before
	kindWidth int           // grows up to its limit as longer kinds come
	sizeWidth int           // grows as longer sizes come
	lastID    string        // last event ID
}

// Message adds a WebSocket message.
func (t *TimelineTable) Message(m *capture.Message) error { return t.Labelled(m, "") }

// Labelled adds a WebSocket message with what its protocol calls it before the
// preview.
func (t *TimelineTable) Labelled(m *capture.Message, label string) error {
	e := entry{seq: m.Seq, dir: m.Dir, at: m.At, kind: m.Opcode.String(), wire: m.Wire, len: m.Len, wrong: m.Violation}
	if m.Opcode.Control() {
		e.kindPaint = faint
	}
	e.lost, e.mark = m.Lost, origin(m.Origin)
	if m.Fragments > 1 {
		e.mark += "[" + strconv.Itoa(m.Fragments) + " frames] "
	}
	e.mark += incomplete(m.Incomplete)
	if label != "" {
		e.mark += clip(label, 40, t.st.ASCII) + "  "
	}
	e.preview = t.payload(m.Opcode, m.Data, m.Len)
	return t.entry(&e)
}

// Beats adds one line for n heartbeats, one after the other from the first to
// the last, with what they took on the wire together.
func (t *TimelineTable) Beats(first, last *capture.Message, n int, wire uint64) error {
	e := entry{seq: first.Seq, at: first.At, kind: "beats", kindPaint: faint, wire: wire, len: wire, sign: "♥"}
	times := "×"
	if t.st.ASCII {
		e.sign, times = "*", "x"
	}
	took := t.st.units(Duration(max(last.At-first.At, 0)))
	e.preview = func(width int) string {
		return t.st.paint(faint, t.st.clip(times+strconv.Itoa(n)+", "+took+", to "+strconv.FormatUint(last.Seq, 10), width))
	}
	err := t.entry(&e)
	t.last = max(t.last, last.At)
	return err
}

// Frame adds a WebSocket frame.
func (t *TimelineTable) Frame(f *capture.Frame) error {
	e := entry{seq: f.Seq, dir: f.Dir, at: f.At, kind: f.Opcode.String(), wire: frameWire(f), len: f.Length, wrong: f.Violation}
	if f.Opcode == capture.OpContinuation {
		e.kind = "cont"
	}
	if f.Opcode.Control() {
		e.kindPaint = faint
	}
	e.lost, e.mark = f.Lost, frameBits(f)+origin(f.Origin)+incomplete(f.Incomplete)
	op := f.Opcode
	if f.RSV != 0 { // compressed, or of an unknown extension: not text as it is
		op = capture.OpBinary
	}
	e.preview = t.payload(op, f.Payload, f.Length)
	return t.entry(&e)
}

// frameBits names the bits of a frame's head that are set.
func frameBits(f *capture.Frame) string {
	s := ""
	if f.Fin {
		s = "FIN "
	}
	for i, name := range [...]string{"RSV1 ", "RSV2 ", "RSV3 "} {
		if f.RSV&(4>>i) != 0 {
			s += name
		}
	}
	if f.Masked {
		s += "MASK "
	}
	return s
}

// Event adds a block of an event stream.
func (t *TimelineTable) Event(v *capture.Event) error {
	n := uint64(len(v.Raw))
	if n == 0 {
		n = uint64(len(v.Data))
	}
	e := entry{seq: v.Seq, dir: v.Dir, at: v.At, kind: Sanitize(v.Type), wire: n, len: n, wrong: v.Violation}
	if !v.Dispatched {
		e.kind, e.kindPaint = silentKind(v), faint
	}
	if v.Retry != nil {
		e.mark = "[retry " + t.st.units(Duration(*v.Retry)) + "] "
	}
	if v.ID != t.lastID {
		e.mark += "[id " + clip(v.ID, 40, t.st.ASCII) + "] "
		t.lastID = v.ID
	}
	e.mark += incomplete(v.Incomplete)
	data := v.Data
	if !v.Dispatched && data == "" && len(v.Comments) > 0 {
		data = ":" + strings.Join(v.Comments, " :")
	}
	e.preview = func(width int) string { return preview([]byte(short(data)), width, true, t.st.ASCII) }
	return t.entry(&e)
}

// silentKind names a block that dispatches nothing by what it is for.
func silentKind(v *capture.Event) string {
	switch {
	case v.Incomplete:
		return "(tail)"
	case len(v.Comments) > 0:
		return "(comment)"
	case v.Retry != nil:
		return "(retry)"
	}
	return "(no data)"
}

// Record adds a record of a stream of JSON texts.
func (t *TimelineTable) Record(v *capture.Event) error {
	n := uint64(len(v.Data))
	e := entry{seq: v.Seq, dir: v.Dir, at: v.At, kind: "record", wire: n, len: n, wrong: v.Violation, mark: incomplete(v.Incomplete)}
	e.preview = func(width int) string { return preview([]byte(short(v.Data)), width, true, t.st.ASCII) }
	return t.entry(&e)
}

// Chunk adds a run of bytes of a body or a tunnel.
func (t *TimelineTable) Chunk(c *capture.Chunk) error {
	n := uint64(len(c.Data))
	e := entry{dir: c.Dir, at: c.At, kind: "bytes", wire: n, len: n}
	e.preview = func(width int) string { return preview(c.Data, width, looksText(c.Data), t.st.ASCII) }
	return t.entry(&e)
}

// Gap adds bytes that were forwarded but not recorded.
func (t *TimelineTable) Gap(p *capture.Piece) error {
	return t.missing(p.Dir, p.At, p.Lost, p.Frames)
}

// missing adds a line for what was lost.
func (t *TimelineTable) missing(dir capture.Direction, at time.Duration, lost, frames uint64) error {
	e := entry{dir: dir, at: at, kind: "lost", kindPaint: bad, wire: lost, len: lost}
	e.preview = func(width int) string {
		s := t.st.cross() + " " + plural(lost, "byte")
		if frames > 0 {
			s += ", " + plural(frames, "frame")
		}
		return t.st.paint(bad, t.st.clip(s, width))
	}
	return t.entry(&e)
}

// End adds a last line that says how the exchange ended, or that it has not.
func (t *TimelineTable) End(ex *capture.Exchange) error {
	at := ex.Duration
	if ex.End != nil {
		at = ex.End.At
	}
	_, wrong := shortEnding(ex)
	words := Ending(ex)
	p := faint
	if wrong {
		words, p = t.st.cross()+" "+words, bad
	}
	t.buf.Reset()
	t.cell(pad("", t.seqWidth(), true), plain)
	t.cell(pad(t.time(at), t.timeWidth(), true), faint)
	t.buf.WriteString(t.st.paint(p, words))
	t.buf.WriteByte('\n')
	_, err := t.w.Write(t.buf.Bytes())
	return err
}

// payload returns the preview of a message or frame of n bytes.
func (t *TimelineTable) payload(op capture.Opcode, data []byte, n uint64) func(int) string {
	return func(width int) string {
		if op == capture.OpClose {
			if code, reason := capture.ParseClose(data); n != 1 {
				return clip(closeWords(code, reason), width, t.st.ASCII)
			}
		}
		return preview(data, width, op == capture.OpText || looksText(data), t.st.ASCII)
	}
}

// short cuts s to what a preview may look at, so that no large event is copied.
func short(s string) string { return s[:min(len(s), 1<<14)] }

func origin(s string) string {
	switch s {
	case "":
		return ""
	case "inject":
		return "[injected] "
	}
	return "[" + Sanitize(s) + "] "
}

func incomplete(yes bool) string {
	if yes {
		return "[incomplete] "
	}
	return ""
}
