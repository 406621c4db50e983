package view

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// Sides returns a table on w of two recordings side by side: what is equal is
// counted, what differs is written out. Each line is written at once.
func Sides(w io.Writer, st Style) *SidesTable { return &SidesTable{w: w, st: st} }

// SidesTable writes for people in what two recordings differ. It is not for
// concurrent use.
type SidesTable struct {
	// All shows also what is equal.
	All bool

	w               io.Writer
	st              Style
	buf             bytes.Buffer
	equal, volatile int // rows that were not shown
}

// SidesRow is one row. Seq is nil for a side that has none, and 0 for what has
// no number of its own.
type SidesRow struct {
	A, B   *uint64
	Name   string // what it is: the part of an exchange, or the kind of message
	Dir    capture.Direction
	NoDir  bool
	Fields []SidesField
	Text   string // of a row that one side has
}

// SidesField is a field in which the sides differ; nil where one has none. OK
// tells that it is no difference that lasts.
type SidesField struct {
	Path  string
	A, B  *string
	Class string
	OK    bool
}

// Title begins a part of the table.
func (t *SidesTable) Title(text string) error {
	if err := t.Flush(); err != nil {
		return err
	}
	t.buf.WriteString(t.st.paint(strong, t.st.clip(text, t.st.Width)))
	t.buf.WriteByte('\n')
	return t.write()
}

// Row adds a row.
func (t *SidesTable) Row(r *SidesRow) error {
	lasting := r.A == nil || r.B == nil
	for _, f := range r.Fields {
		lasting = lasting || !f.OK
	}
	if !lasting && !t.All {
		if len(r.Fields) > 0 {
			t.volatile++
		} else {
			t.equal++
		}
		return nil
	}
	if err := t.Flush(); err != nil {
		return err
	}
	t.head(r, lasting)
	t.fields(r.Fields)
	return t.write()
}

// Flush says how many rows were left out since the last one that was shown.
func (t *SidesTable) Flush() error {
	if t.equal+t.volatile == 0 {
		return nil
	}
	dots := "⋯"
	if t.st.ASCII {
		dots = "..."
	}
	words := strconv.Itoa(t.equal+t.volatile) + " alike"
	if t.volatile > 0 {
		words += fmt.Sprintf(", %d of them but for ids, times and the like", t.volatile)
	}
	t.equal, t.volatile = 0, 0
	t.buf.WriteString(t.st.paint(faint, "  "+dots+" "+words))
	t.buf.WriteByte('\n')
	return t.write()
}

// head writes the first line of a row.
func (t *SidesTable) head(r *SidesRow, lasting bool) {
	mark, p := "=", plain
	switch {
	case r.B == nil:
		mark, p = "-", bad
	case r.A == nil:
		mark, p = "+", str
	case lasting:
		mark, p = t.st.cross(), bad
	case len(r.Fields) > 0:
		mark = "~"
	}
	line := mark + " "
	if !r.NoDir {
		line += pad(t.numbers(r), 7, false) + " " + t.st.arrow(r.Dir == capture.Send) + " "
	}
	line += Sanitize(r.Name)
	if r.Text != "" {
		line = pad(line, 28, false) + "  " + preview([]byte(r.Text), max(20, t.room()-32), true, t.st.ASCII)
	}
	t.buf.WriteString(t.st.paint(p, t.st.clip(strings.TrimRight(line, " "), t.room())))
	t.buf.WriteByte('\n')
}

// numbers gives the rows' numbers on both sides.
func (t *SidesTable) numbers(r *SidesRow) string {
	num := func(n *uint64) string {
		if n == nil || *n == 0 {
			return ""
		}
		return strconv.FormatUint(*n, 10)
	}
	a, b := num(r.A), num(r.B)
	if a == "" || b == "" || a == b {
		return a + b[min(len(a), len(b)):]
	}
	to := "→"
	if t.st.ASCII {
		to = ">"
	}
	return a + to + b
}

// fields writes the fields that differ, and on one line those that only vary
// from run to run.
func (t *SidesTable) fields(list []SidesField) {
	var varying []string
	for i := range list {
		f := &list[i]
		if f.OK && !t.All {
			varying = append(varying, f.Path)
			continue
		}
		p, q, note := bad, str, f.Class
		if f.OK {
			p, q, note = faint, faint, f.Class+", varies"
		}
		path := t.st.clip(f.Path, max(20, t.room()/2))
		t.buf.WriteString("    " + path + "  " + t.st.paint(faint, note) + "\n")
		t.value("- ", f.A, p)
		t.value("+ ", f.B, q)
	}
	if len(varying) > 0 {
		t.buf.WriteString(t.st.paint(faint, t.st.clip("    ~ varies: "+strings.Join(varying, ", "), t.room())))
		t.buf.WriteByte('\n')
	}
}

func (t *SidesTable) value(mark string, v *string, p paint) {
	if v == nil {
		return
	}
	t.buf.WriteString("      " + t.st.paint(p, mark+preview([]byte(*v), t.room()-8, true, t.st.ASCII)) + "\n")
}

func (t *SidesTable) room() int {
	if t.st.Width == 0 {
		return previewLimit
	}
	return max(t.st.Width, 40)
}

func (t *SidesTable) write() error {
	_, err := t.w.Write(t.buf.Bytes())
	t.buf.Reset()
	return err
}
