package view

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// entry is one line of the timeline before it is laid out.
type entry struct {
	seq       uint64
	dir       capture.Direction
	at        time.Duration
	kind      string // printable
	kindPaint paint
	wire, len uint64
	mark      string // printable, before the preview
	sign      string // in place of the arrow
	preview   func(width int) string
	wrong     string // the rule that is broken
	lost      uint64 // bytes missing before
}

// entry writes a line, and a line before it for what was lost, one after it for
// a broken rule.
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
	sign := e.sign
	if sign == "" {
		sign = t.st.arrow(e.dir == capture.Send)
	}
	used += t.cell(sign, dir)
	kindPaint := e.kindPaint
	if kindPaint == plain {
		kindPaint = dir
	}
	used += t.cell(t.kind(e.kind), kindPaint)
	used += t.cell(t.size(e), plain)
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
	t.kindWidth, t.sizeWidth = 6, 5
	h := pad("SEQ", t.seqWidth(), true) + " " + pad("TIME", t.timeWidth(), true) + " " + pad("GAP", gapWidth, true) +
		"   " + pad("KIND", t.kindWidth, false) + " " + pad("SIZE", t.sizeWidth, true) + " PREVIEW"
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

// kind returns s in the width of its column, which grows with the longest so far:
// lines are written as they come and cannot wait to be measured.
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

// wide reports whether there is room for microseconds.
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

// size gives the size on the wire and, where it differs, what came of it, in a
// column that grows as that of the kinds.
func (t *TimelineTable) size(e *entry) string {
	s := count(e.len)
	if e.wire != e.len {
		to := "→"
		if t.st.ASCII {
			to = ">"
		}
		s = count(e.wire) + to + s
	}
	t.sizeWidth = max(t.sizeWidth, Width(s))
	return pad(s, t.sizeWidth, true)
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
