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
	lastID    string        // last event ID
}

// entry is one line of the timeline before it is laid out.
type entry struct {
	seq       uint64
	dir       capture.Direction
	at        time.Duration
	kind      string // printable
	kindPaint paint
	wire, len uint64
	mark      string // printable, before the preview
	preview   func(width int) string
	wrong     string // the rule that is broken
	lost      uint64 // bytes missing before
}

// Message adds a WebSocket message.
func (t *TimelineTable) Message(m *capture.Message) error {
	e := entry{seq: m.Seq, dir: m.Dir, at: m.At, kind: m.Opcode.String(), wire: m.Wire, len: m.Len, wrong: m.Violation}
	if m.Opcode.Control() {
		e.kindPaint = faint
	}
	e.lost, e.mark = m.Lost, origin(m.Origin)
	if m.Fragments > 1 {
		e.mark += "[" + strconv.Itoa(m.Fragments) + " frames] "
	}
	e.mark += incomplete(m.Incomplete)
	e.preview = t.payload(m.Opcode, m.Data, m.Len)
	return t.entry(&e)
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
	if s == "" {
		return ""
	}
	return "[" + Sanitize(s) + "] "
}

func incomplete(yes bool) string {
	if yes {
		return "[incomplete] "
	}
	return ""
}

func (t *TimelineTable) entry(e *entry) error {
	if e.lost > 0 {
		if err := t.missing(e.dir, e.at, e.lost, 0); err != nil {
			return err
		}
	}
	t.buf.Reset()
	if t.rows == 0 {
		t.header()
	}
	gap := max(e.at-t.last, 0)
	t.rows, t.last = t.rows+1, max(e.at, t.last)
	dir := received
	if e.dir == capture.Send {
		dir = sent
	}
	seq := ""
	if e.seq > 0 {
		seq = strconv.FormatUint(e.seq, 10)
	}
	used := t.cell(pad(seq, t.seqWidth(), true), faint)
	used += t.cell(pad(t.time(e.at), t.timeWidth(), true), plain)
	used += t.cell(pad("+"+t.st.units(Duration(gap)), gapWidth, true), gapPaint(gap))
	used += t.cell(t.st.arrow(e.dir == capture.Send), dir)
	kindPaint := e.kindPaint
	if kindPaint == plain {
		kindPaint = dir
	}
	used += t.cell(t.kind(e.kind), kindPaint)
	used += t.cell(pad(t.size(e), t.sizeWidth(), true), plain)
	t.preview(e, used)
	t.buf.WriteByte('\n')
	if e.wrong != "" {
		t.buf.WriteString(strings.Repeat(" ", t.seqWidth()+1))
		t.buf.WriteString(t.st.paint(bad, t.st.cross()+" "+Sanitize(e.wrong)))
		t.buf.WriteByte('\n')
	}
	_, err := t.w.Write(t.buf.Bytes())
	return err
}

// cell writes s and a blank, and returns how many columns that took.
func (t *TimelineTable) cell(s string, p paint) int {
	t.buf.WriteString(t.st.paint(p, s))
	t.buf.WriteByte(' ')
	return Width(s) + 1
}

func (t *TimelineTable) header() {
	t.kindWidth = 6
	h := pad("SEQ", t.seqWidth(), true) + " " + pad("TIME", t.timeWidth(), true) + " " + pad("GAP", gapWidth, true) +
		"   " + pad("KIND", t.kindWidth, false) + " " + pad("SIZE", t.sizeWidth(), true) + " PREVIEW"
	t.buf.WriteString(t.st.paint(faint, h))
	t.buf.WriteByte('\n')
}

// preview writes the mark and as much of the payload as the line still takes.
func (t *TimelineTable) preview(e *entry, used int) {
	defer t.trim()
	t.buf.WriteString(t.st.paint(faint, e.mark))
	room := previewLimit
	if t.st.Width > 0 {
		room = max(t.st.Width-used-Width(e.mark), 8)
	}
	if e.preview != nil {
		t.buf.WriteString(e.preview(room))
	}
}

// trim takes blanks off the end of the line.
func (t *TimelineTable) trim() {
	t.buf.Truncate(len(bytes.TrimRight(t.buf.Bytes(), " ")))
}

func (t *TimelineTable) kind(s string) string {
	limit := 32
	if t.st.Width > 0 && t.st.Width < 100 {
		limit = 20
	}
	s = elide(s, limit, t.st.ASCII)
	t.kindWidth = max(t.kindWidth, Width(s))
	return pad(s, t.kindWidth, false)
}

const gapWidth = 7

// gapPaint sets waits apart from the rest.
func gapPaint(gap time.Duration) paint {
	if gap >= time.Second {
		return strong
	}
	return faint
}

// wide reports whether there is room for microseconds and wire sizes.
func (t *TimelineTable) wide() bool { return t.st.Width == 0 || t.st.Width >= 100 }

func (t *TimelineTable) seqWidth() int {
	if t.wide() {
		return 6
	}
	return 5
}

func (t *TimelineTable) timeWidth() int {
	switch {
	case t.st.Absolute && t.wide():
		return 15
	case t.st.Absolute:
		return 12
	case t.wide():
		return 12
	}
	return 9
}

func (t *TimelineTable) sizeWidth() int {
	if t.wide() {
		return 10
	}
	return 5
}

// size gives the size on the wire and, where it differs, what came of it.
func (t *TimelineTable) size(e *entry) string {
	if e.wire == e.len || !t.wide() {
		return count(e.len)
	}
	to := "→"
	if t.st.ASCII {
		to = ">"
	}
	return count(e.wire) + to + count(e.len)
}

// time gives the wall clock, or seconds since the start in digits that line up.
func (t *TimelineTable) time(at time.Duration) string {
	digits := 3
	if t.wide() {
		digits = 6
	}
	if t.st.Absolute {
		return t.st.in(t.st.Started.Add(at)).Format("15:04:05.000000"[:9+digits])
	}
	for ; ; digits-- {
		if s := clock(at, digits); len(s) <= t.timeWidth() || digits == 1 {
			return s
		}
	}
}

// clock writes d as 1.234567, 1:02.345678 or 1:02:03.456789, with as many
// digits behind the point, rounded down.
func clock(d time.Duration, digits int) string {
	sign := ""
	if d < 0 {
		sign, d = "-", max(-d, 0)
	}
	frac := strconv.FormatInt(int64(d%time.Second)+int64(time.Second), 10)[1 : 1+digits]
	seconds, minutes, hours := int64(d/time.Second%60), int64(d/time.Minute%60), int64(d/time.Hour)
	switch {
	case hours > 0:
		return sign + strconv.FormatInt(hours, 10) + ":" + twoDigits(minutes) + ":" + twoDigits(seconds) + "." + frac
	case minutes > 0:
		return sign + strconv.FormatInt(minutes, 10) + ":" + twoDigits(seconds) + "." + frac
	}
	return sign + strconv.FormatInt(seconds, 10) + "." + frac
}

func twoDigits(n int64) string { return strconv.FormatInt(n+100, 10)[1:] }
