package sse

import (
	"bytes"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// block is what the lines of the unfinished block said so far.
type block struct {
	open  bool          // its first byte was seen
	at    time.Duration // when
	last  time.Duration // when the last byte of the stream came
	size  int64         // its bytes before the current line, seen, not only kept
	part  int64         // bytes of the current line in earlier runs
	blank int           // bytes at the front of held that are not the block's

	incomplete bool
	hasData    bool
	hasID      bool
	hasRetry   bool
	data       []byte // the values of data, an LF after each
	typ        []byte
	id         []byte
	retry      time.Duration
	comments   []string
	violation  string
}

// take reads one line of n bytes, of which line holds as many as were kept.
func (b *block) take(line []byte, n int64, o *Options) {
	room := max(0, o.MaxEvent-b.size)
	if n <= room {
		b.field(line, o)
		return
	}
	b.cut(line[:min(int64(len(line)), room)], o)
}

// cut reads a line that was cut off. Of such a line data, event and comments
// show what there is; a cut id or retry would be another one.
func (b *block) cut(line []byte, o *Options) {
	if len(line) > 0 && line[0] != 'i' && line[0] != 'r' {
		b.field(wholeRunes(line), o)
	}
}

// field reads one line that is not blank (WHATWG 9.2.6). The names are compared
// byte by byte: "Data" and " data" are other fields, and ignored.
func (b *block) field(line []byte, o *Options) {
	name, value, colon := bytes.Cut(line, []byte{':'})
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(name) {
	case "data":
		b.hasData = true
		if !o.CountOnly {
			b.data = append(append(b.data, value...), '\n')
		}
	case "event":
		b.typ = append(b.typ[:0], value...)
	case "id":
		if bytes.IndexByte(value, 0) >= 0 {
			b.violate("WHATWG 9.2.6: id with U+0000 is ignored")
			return
		}
		b.hasID = true
		b.id = append(b.id[:0], value...)
	case "retry":
		b.setRetry(value)
	case "":
		if colon && !o.CountOnly {
			comment, _ := text(value)
			b.comments = append(b.comments, comment)
		}
	}
}

// setRetry takes ASCII digits and nothing else. What no Duration can hold
// becomes the longest one.
func (b *block) setRetry(value []byte) {
	const most = math.MaxInt64 / int64(time.Millisecond)
	ms := int64(0)
	for _, c := range value {
		if c < '0' || c > '9' {
			ms = -1
			break
		}
		if ms > (most-9)/10 {
			ms = most
			continue
		}
		ms = ms*10 + int64(c-'0')
	}
	if len(value) == 0 || ms < 0 {
		b.violate("WHATWG 9.2.6: retry that is not digits is ignored")
		return
	}
	b.hasRetry = true
	b.retry = time.Duration(ms) * time.Millisecond
}

func (b *block) violate(rule string) {
	if b.violation == "" {
		b.violation = rule
	}
}

// reset makes ready for the next block.
func (b *block) reset() {
	*b = block{last: b.last, data: b.data[:0], typ: b.typ[:0], id: b.id[:0]}
	if cap(b.data) > maxIdle {
		b.data = nil
	}
	if cap(b.id) > maxIdle {
		b.id = nil
	}
	if cap(b.typ) > maxIdle {
		b.typ = nil
	}
}

// complete ends the block with tail as its last bytes, and emits its event.
func (d *Decoder) complete(at time.Duration, tail []byte, emit func(*capture.Event)) {
	b := &d.block
	if b.hasID && !b.incomplete {
		d.id = append(d.id[:0], b.id...)
		d.renewed = true
	}
	d.seq++
	e := &d.event
	if !d.options.CountOnly {
		e = new(capture.Event)
	}
	*e = capture.Event{
		Seq:        d.seq,
		Dir:        capture.Receive,
		At:         b.at,
		Took:       at - b.at,
		Dispatched: b.hasData && !b.incomplete,
		Incomplete: b.incomplete,
	}
	over := b.size > d.options.MaxEvent
	if over {
		e.Violation = fmt.Sprintf("longer than %d bytes: the rest is cut", d.options.MaxEvent)
	}
	if !d.options.CountOnly {
		d.fill(e, tail, over)
	}
	d.held = d.held[:0]
	if cap(d.held) > maxIdle {
		d.held = nil
	}
	b.reset()
	emit(e)
}

// fill adds to e what CountOnly leaves out.
func (d *Decoder) fill(e *capture.Event, tail []byte, over bool) {
	b := &d.block
	if over {
		room := d.options.MaxEvent + int64(b.blank) - int64(len(d.held))
		tail = tail[:max(0, min(int64(len(tail)), room))]
	}
	e.Raw = make([]byte, 0, len(d.held)+len(tail))
	e.Raw = append(append(e.Raw, d.held...), tail...)
	e.ID = d.LastID()
	e.Comments = b.comments
	if b.hasRetry {
		retry := b.retry
		e.Retry = &retry
	}
	e.Type = "message"
	if len(b.typ) > 0 {
		e.Type, _ = text(b.typ)
	}
	if n := len(b.data); n > 0 {
		e.Data, _ = text(b.data[:n-1])
	}
	read := e.Raw
	if over || b.incomplete {
		read = wholeRunes(read)
	}
	if !utf8.Valid(read) {
		b.violation = "WHATWG 9.2.5: not UTF-8"
	}
	if e.Violation == "" {
		e.Violation = b.violation
	}
}
