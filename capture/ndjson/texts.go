package ndjson

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// feedTexts takes a run of a stream whose texts end where their brackets do.
func (d *Decoder) feedTexts(at time.Duration, p []byte, emit func(*capture.Event)) {
	start, pos := 0, 0
	for pos < len(p) {
		if !d.record.open {
			if d.separates(p[pos]) {
				pos++
				continue
			}
			start = d.open(at, p, start, pos)
		}
		n, end := d.scan(p[pos:])
		pos += n
		d.record.size += int64(n)
		if end {
			d.cut = d.options.Format == Sequence && pos < len(p) && p[pos] == rs
			d.finish(at, p[start:pos], d.incomplete(), emit)
			d.cut = false
			start = pos
		}
	}
	if d.record.open {
		d.hold(p[start:])
	} else {
		d.between(p[start:])
	}
}

// separates reports whether c, between two texts, belongs to neither.
func (d *Decoder) separates(c byte) bool {
	switch {
	case isSpace(c):
		return true
	case d.options.Format == Sequence:
		d.mark = d.mark || c == rs
		return c == rs
	case c == ',':
		return true
	case d.options.Format == Array && c == '[' && !d.opened:
		d.opened = true
		return true
	case d.options.Format == Array && c == ']' && d.opened:
		d.opened = false
		return true
	}
	return false
}

// scan returns how many bytes of p belong to the record, and whether it ends
// there. In a sequence that is at the LF behind a complete text, or at the next
// RS (RFC 7464 §2.1).
func (d *Decoder) scan(p []byte) (n int, end bool) {
	s := &d.text
	if d.options.Format != Sequence {
		n = s.scan(p)
		return n, s.done
	}
	s.sequence = true
	for n < len(p) {
		switch c := p[n]; {
		case c == rs:
			return n, true
		case !s.started || !s.done:
			n += s.scan(p[n:])
		case c == '\n' && !s.extra:
			return n + 1, true
		default:
			s.extra = s.extra || !isSpace(c)
			n++
		}
	}
	return n, false
}

// incomplete reports whether the record is cut off. In a sequence a number or a
// literal needs white space behind it (RFC 7464 §2.4).
func (d *Decoder) incomplete() bool {
	s := &d.text
	switch {
	case d.options.Format == Sequence && s.scalar && !s.done:
		return true
	case s.done && (!s.extra || d.cut):
		return false // whatever it is, it ended
	}
	return !s.complete()
}
