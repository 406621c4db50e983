package view

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// Exchanges returns a table of exchanges on w: number, kind, method, status,
// host and path, bytes (and messages, where the line is long enough) sent and
// received, duration, state, note. Nothing is written before Close, Flush, or
// the first few hundred rows, by which the columns are measured.
func Exchanges(w io.Writer, st Style) *ExchangeTable {
	return &ExchangeTable{w: w, st: st}
}

// ExchangeTable writes exchanges as lines for people. It is not for concurrent
// use.
type ExchangeTable struct {
	w       io.Writer
	st      Style
	waiting []exchangeRow
	columns []column // nil until they are measured
	buf     bytes.Buffer
}

// measured is how many rows decide the widths of the columns.
const measured = 256

// noteColumn is the width from which notes have a column; below it they stand
// on a line of their own.
const noteColumn = 120

type exchangeRow struct {
	cells [numColumns]string
	paint [numColumns]paint
	note  string
}

const (
	colID = iota
	colKind
	colMethod
	colStatus
	colURL
	colSent
	colReceived
	colTime
	colState
	colNote
	numColumns
)

type column struct {
	head  string
	right bool
	width int
	limit int // of its width
}

// Row adds ex.
func (t *ExchangeTable) Row(ex *capture.Exchange) error {
	t.waiting = append(t.waiting, t.row(ex))
	if t.columns == nil && len(t.waiting) < measured {
		return nil
	}
	return t.Flush()
}

// Flush writes the rows that wait for the columns to be measured.
func (t *ExchangeTable) Flush() error {
	if len(t.waiting) == 0 {
		return nil
	}
	t.buf.Reset()
	if t.columns == nil {
		t.measure()
		t.header()
	}
	for i := range t.waiting {
		t.line(&t.waiting[i])
	}
	t.waiting = t.waiting[:0]
	_, err := t.w.Write(t.buf.Bytes())
	return err
}

// Close writes what is left. It does not close the writer.
func (t *ExchangeTable) Close() error { return t.Flush() }

// row makes the cells of an exchange, printable and not yet cut to any width.
func (t *ExchangeTable) row(ex *capture.Exchange) exchangeRow {
	var r exchangeRow
	st := &t.st
	r.cells[colID] = strconv.FormatUint(uint64(ex.ID), 10)
	r.cells[colKind] = shortKind(ex.Kind)
	r.cells[colMethod] = Sanitize(ex.Request.Method)
	if s := status(ex); s > 0 {
		r.cells[colStatus] = strconv.Itoa(s)
		if s >= 400 {
			r.paint[colStatus] = bad
		}
	}
	r.cells[colURL] = Sanitize(hostPath(ex.Request.URL))
	r.cells[colSent], r.paint[colSent] = t.counts(ex, ex.Sent), sent
	r.cells[colReceived], r.paint[colReceived] = t.counts(ex, ex.Received), received
	r.cells[colTime] = st.units(Duration(ex.Duration))
	words, wrong := shortEnding(ex)
	if wrong {
		words = st.cross() + " " + words
		r.paint[colState] = bad
	}
	r.cells[colState] = words
	if st.Width > 0 && st.Width < noteColumn {
		r.note = remarks(ex)
	} else {
		r.cells[colNote] = remarks(ex)
	}
	r.paint[colID], r.paint[colNote] = strong, faint
	return r
}

// counts gives the bytes, and the messages before them where there is room.
func (t *ExchangeTable) counts(ex *capture.Exchange, c capture.Counts) string {
	if ex.Kind == capture.KindHTTP || ex.Kind == capture.KindTunnel || t.st.Width > 0 && t.st.Width < 100 {
		return count(c.Bytes)
	}
	return count(c.Messages) + "/" + count(c.Bytes)
}

func shortKind(k capture.Kind) string {
	if k == capture.KindWebSocket {
		return "ws"
	}
	return k.String()
}

// hostPath returns a URL without its scheme.
func hostPath(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		return rest
	}
	return url
}

// remarks is what is to say about an exchange: what went wrong, what is
// missing, what a person wrote.
func remarks(ex *capture.Exchange) string {
	var parts []string
	if ex.End != nil && ex.End.Err != "" {
		parts = append(parts, Sanitize(ex.End.Err))
	}
	if ex.Fault != "" {
		parts = append(parts, "recording stopped: "+Sanitize(ex.Fault))
	}
	if ex.Lost.Gaps > 0 {
		parts = append(parts, "lost "+Size(ex.Lost.Bytes))
	}
	if ex.Note != "" {
		parts = append(parts, string(clip(ex.Note, previewLimit, false)))
	}
	for _, tag := range ex.Tags {
		parts = append(parts, "#"+Sanitize(tag))
	}
	return strings.Join(parts, "; ")
}

// measure gives each column the width its cells need, and what is left to the
// URL and the note.
func (t *ExchangeTable) measure() {
	heads := [numColumns]string{"ID", "KIND", "METHOD", "STATUS", "HOST/PATH", t.st.arrow(true), t.st.arrow(false), "TIME", "STATE", "NOTE"}
	limits := [numColumns]int{12, 9, 7, 6, 0, 12, 12, 8, 18, 0}
	if t.st.Width > 0 && t.st.Width < 100 {
		heads[colMethod], heads[colStatus] = "METH", "STAT"
	}
	t.columns = make([]column, numColumns)
	used := 0
	for i := range t.columns {
		c := column{head: heads[i], right: i == colID || i >= colSent && i <= colTime, limit: limits[i]}
		for r := range t.waiting {
			c.width = max(c.width, Width(t.waiting[r].cells[i]))
		}
		if c.width > 0 || i == colURL {
			c.width = max(c.width, Width(c.head))
		}
		if c.limit > 0 {
			c.width = min(c.width, c.limit)
		}
		if i != colURL && i != colNote && c.width > 0 {
			used += c.width + 1
		}
		t.columns[i] = c
	}
	if t.st.Width > 0 {
		t.share(max(t.st.Width-used, 0))
	} else {
		url := &t.columns[colURL]
		url.width = min(url.width, 60) // longer ones push the rest of their line
	}
}

// share divides the columns that are left between the URL and the note.
func (t *ExchangeTable) share(left int) {
	url, note := &t.columns[colURL], &t.columns[colNote]
	if note.width > 0 {
		note.width = min(note.width, max(left/3, left-url.width-1))
		left -= note.width + 1
	}
	url.width = max(min(url.width, left), 12)
	url.limit, note.limit = url.width, note.width
}

func (t *ExchangeTable) header() {
	var r exchangeRow
	for i, c := range t.columns {
		r.cells[i], r.paint[i] = c.head, faint
	}
	t.line(&r)
}

// line writes a row. Blanks are held back until something follows them, so that
// no line ends with any.
func (t *ExchangeTable) line(r *exchangeRow) {
	first, blanks := true, 0
	for i, c := range t.columns {
		if c.width == 0 {
			continue
		}
		cell := r.cells[i]
		if c.limit > 0 && Width(cell) > c.limit {
			cell = t.shorten(i, cell, c.limit)
		}
		if !first {
			blanks++
		}
		first = false
		space := max(c.width-Width(cell), 0)
		if c.right {
			blanks += space
			space = 0
		}
		if cell == "" {
			blanks += space
			continue
		}
		t.buf.WriteString(strings.Repeat(" ", blanks))
		t.buf.WriteString(t.st.paint(r.paint[i], cell))
		blanks = space
	}
	t.buf.WriteByte('\n')
	if r.note != "" {
		indent := t.columns[colID].width + 1
		t.buf.WriteString(strings.Repeat(" ", indent))
		t.buf.WriteString(t.st.paint(faint, t.st.clip("# "+r.note, max(t.st.Width-indent, 12))))
		t.buf.WriteByte('\n')
	}
}

// shorten makes a cell fit. A URL loses its query first, then its middle:
// the host and the end of the path tell most.
func (t *ExchangeTable) shorten(col int, cell string, limit int) string {
	if col != colURL {
		return t.st.clip(cell, limit)
	}
	if path, query, ok := strings.Cut(cell, "?"); ok && query != "" {
		if Width(path)+2 <= limit {
			return t.st.clip(cell, limit)
		}
		cell = path + "?" + ellipsis(t.st.ASCII)
	}
	return elide(cell, limit, t.st.ASCII)
}
