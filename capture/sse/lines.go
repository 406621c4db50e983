package sse

import "bytes"

// lines finds the line ends of one run: LF, CR and CRLF, mixed as they come. The
// next LF and the next CR are remembered, so that a stream that has only one of
// them is not searched for the other again and again.
type lines struct {
	p      []byte
	lf, cr int
}

// end returns where the line that begins at pos ends, and where the next one
// begins; the length of p for both where p does not hold its end. A CR at the
// end of p is a line end already.
func (l *lines) end(pos int) (end, next int) {
	if l.lf < pos {
		l.lf = index(l.p, pos, '\n')
	}
	if l.cr < pos {
		l.cr = index(l.p, pos, '\r')
	}
	end = min(l.lf, l.cr)
	next = min(end+1, len(l.p))
	if end == l.cr && next == l.lf && next < len(l.p) {
		next++
	}
	return end, next
}

// index returns where in p, from pos on, c stands first, or len(p).
func index(p []byte, pos int, c byte) int {
	if i := bytes.IndexByte(p[pos:], c); i >= 0 {
		return pos + i
	}
	return len(p)
}
