package ndjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// open begins a record whose first byte is p[pos]. start is where the bytes of
// p begin that are not in held yet; the new start comes back.
func (d *Decoder) open(at time.Duration, p []byte, start, pos int) int {
	d.record.open = true
	d.record.at = at
	d.record.size = 0
	if d.options.CountOnly {
		return pos
	}
	start = max(start, pos-max(0, maxBetween-len(d.held)))
	d.record.before = len(d.held) + pos - start
	return start
}

// hold keeps q of the unfinished record, as far as it is wanted.
func (d *Decoder) hold(q []byte) {
	if !d.options.CountOnly {
		d.held = append(d.held, q[:d.room(len(q))]...)
	}
}

// room returns how many of n further bytes of the record may be kept.
func (d *Decoder) room(n int) int {
	room := d.options.MaxRecord + int64(d.record.before) - int64(len(d.held))
	return int(max(0, min(int64(n), room)))
}

// between keeps q for the front of the next record's Raw.
func (d *Decoder) between(q []byte) {
	if !d.options.CountOnly {
		d.held = append(d.held, q[:min(len(q), max(0, maxBetween-len(d.held)))]...)
	}
}

// withdraw makes what was taken for the beginning of a record, a blank line,
// stand between records.
func (d *Decoder) withdraw() {
	d.record.open = false
	d.held = d.held[:min(len(d.held), maxBetween)]
	d.text.reset()
}

// finish ends the record, whose size is counted, with tail as its last bytes,
// and emits its event.
func (d *Decoder) finish(at time.Duration, tail []byte, incomplete bool, emit func(*capture.Event)) {
	r := &d.record
	d.seq++
	e := &d.event
	if !d.options.CountOnly {
		e = new(capture.Event)
	}
	*e = capture.Event{
		Seq:        d.seq,
		Dir:        capture.Receive,
		At:         r.at,
		Took:       at - r.at,
		Dispatched: !incomplete,
		Incomplete: incomplete,
	}
	over := r.size > d.options.MaxRecord
	if over {
		e.Violation = fmt.Sprintf("longer than %d bytes: the rest is cut", d.options.MaxRecord)
	}
	if !d.options.CountOnly {
		d.fill(e, tail, over)
	}
	d.held = d.held[:0]
	if cap(d.held) > maxIdle {
		d.held = nil
	}
	*r = record{last: r.last}
	d.text.reset()
	d.mark = false
	emit(e)
}

// fill adds to e what CountOnly leaves out.
func (d *Decoder) fill(e *capture.Event, tail []byte, over bool) {
	tail = tail[:d.room(len(tail))]
	e.Raw = make([]byte, 0, len(d.held)+len(tail))
	e.Raw = append(append(e.Raw, d.held...), tail...)
	text := e.Raw[d.record.before:]
	ended := false // by a line end
	if !over && d.options.Format <= Sequence {
		if ended = bytes.HasSuffix(text, []byte{'\n'}); ended {
			text = text[:len(text)-1]
		}
		text = bytes.TrimSuffix(text, []byte{'\r'})
	}
	e.Data = string(text)
	if !over {
		e.Violation = d.violation(text, e.Incomplete, ended)
	}
}

// violation returns the rule that the record breaks.
func (d *Decoder) violation(text []byte, incomplete, ended bool) string {
	if d.options.Format == Sequence {
		switch {
		case !d.mark && !d.options.Continued:
			return "RFC 7464 2.2: no RS before the text"
		case incomplete && d.cut:
			return "RFC 7464 2.3: the text is cut off"
		}
	}
	switch {
	case incomplete:
		return ""
	case !json.Valid(text):
		return "RFC 8259 2: not a JSON text"
	case !utf8.Valid(text):
		return "RFC 8259 8.1: not UTF-8"
	case d.options.Format == Sequence && !ended:
		return "RFC 7464 2.2: no LF after the text"
	}
	return ""
}
