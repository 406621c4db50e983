package view

import (
	"bufio"
	"io"
	"strconv"
	"unicode/utf8"
)

// printer writes formatted payloads. It remembers the first error, and makes
// printable all that goes through visible.
type printer struct {
	w       *bufio.Writer
	st      Style
	midLine bool // something was written since the last line end
	asJSON  bool // what is not printable is escaped as in JSON strings
	buf     []byte
}

func newPrinter(w io.Writer, st Style) *printer {
	return &printer{w: bufio.NewWriterSize(w, 16<<10), st: st}
}

func (out *printer) flush() error { return out.w.Flush() }

func (out *printer) newline() {
	out.w.WriteByte('\n')
	out.midLine = false
}

// endLine ends the line if one has begun.
func (out *printer) endLine() {
	if out.midLine {
		out.newline()
	}
}

// plain writes s, which holds nothing recorded.
func (out *printer) plain(s string) {
	out.w.WriteString(s)
	out.midLine = true
}

func (out *printer) indent(depth int) {
	const blanks = "                                "
	for n := 2 * depth; n > 0; n -= len(blanks) {
		out.w.WriteString(blanks[:min(n, len(blanks))])
	}
}

// begin and end put what is between them in the colour of p.

func (out *printer) begin(p paint) {
	if out.st.Color && p != plain {
		out.w.WriteString("\x1b[" + p.sgr() + "m")
	}
	out.midLine = true
}

func (out *printer) end(p paint) {
	if out.st.Color && p != plain {
		out.w.WriteString("\x1b[0m")
	}
}

// visible writes one line or a part of it, made printable.
func (out *printer) visible(s []byte) {
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if unprintable(r) || r == utf8.RuneError && n == 1 {
			out.w.Write(s[start:i])
			if out.asJSON && r != utf8.RuneError {
				out.buf = appendEscape(out.buf[:0], r)
			} else {
				out.buf = appendVisible(out.buf[:0], r, n, s[i])
			}
			out.w.Write(out.buf)
			start = i + n
		}
		i += n
	}
	out.w.Write(s[start:])
	out.midLine = true
}

// painted writes a part of a line in the colour of p.
func (out *printer) painted(p paint, s []byte) {
	out.begin(p)
	out.visible(s)
	out.end(p)
}

// text writes lines, made printable; tabs stay, and CRLF is a line end.
func (out *printer) text(p []byte) {
	start := 0
	for i, c := range p {
		if c != '\n' && c != '\t' {
			continue
		}
		line := p[start:i]
		if c == '\n' && len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		out.visible(line)
		if start = i + 1; c == '\n' {
			out.newline()
		} else {
			out.w.WriteByte('\t')
		}
	}
	if start < len(p) {
		out.visible(p[start:])
	}
}

// hexdump writes lines of sixteen bytes.
func (out *printer) hexdump(p []byte, offset int64) {
	for len(p) > 0 {
		n := min(len(p), 16)
		out.buf = appendHexLine(out.buf[:0], p[:n], offset)
		out.w.Write(out.buf)
		out.newline()
		p, offset = p[n:], offset+int64(n)
	}
}

// appendHexLine appends offset, bytes in two groups of eight, and characters, as
// hexdump -C does.
func appendHexLine(line, p []byte, offset int64) []byte {
	for most := int64(0xfffffff); offset <= most && most > 0; most >>= 4 {
		line = append(line, '0') // at least eight digits
	}
	line = append(strconv.AppendInt(line, offset, 16), ' ')
	for i := range 16 {
		if i%8 == 0 {
			line = append(line, ' ')
		}
		if i < len(p) {
			line = append(line, hexDigits[p[i]>>4], hexDigits[p[i]&15], ' ')
		} else {
			line = append(line, "   "...)
		}
	}
	line = append(line, " |"...)
	for _, c := range p {
		line = append(line, dotted(c))
	}
	return append(line, '|')
}
