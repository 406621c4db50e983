package view

import "bytes"

// eventStream writes the lines of an event stream: comments faint, the names
// of fields apart from their values.
func (out *printer) eventStream(p []byte) {
	for len(p) > 0 {
		n, skip := lineEnd(p)
		line := p[:n]
		p = p[n+skip:]
		name, value, ok := bytes.Cut(line, []byte(":"))
		switch {
		case len(line) > 0 && line[0] == ':':
			out.painted(faint, line)
		case ok:
			out.painted(key, name)
			out.plain(":")
			out.visible(value)
		default:
			out.visible(line)
		}
		out.newline()
	}
}

// lineEnd returns the length of the first line and that of its end, which is
// CRLF, LF or CR (WHATWG HTML 9.2.5).
func lineEnd(p []byte) (n, skip int) {
	n = bytes.IndexAny(p, "\r\n")
	switch {
	case n < 0:
		return len(p), 0
	case p[n] == '\r' && n+1 < len(p) && p[n+1] == '\n':
		return n, 2
	}
	return n, 1
}
