package sse

import (
	"bytes"
	"math"
	"time"

	"github.com/wiretape/wiretape/capture"
)

const (
	defaultMaxEvent = 256 << 20
	maxBlank        = 4 << 10  // bytes of blank lines kept for the front of the next Raw
	maxIdle         = 64 << 10 // a buffer that grew beyond this is let go after its block
)

var bom = [3]byte{0xEF, 0xBB, 0xBF}

// Options says how to decode. The zero value is the default.
type Options struct {
	// MaxEvent is how many bytes of one block are kept; 0 means 256 MiB. Of a
	// longer block Data and Raw are cut, Violation says so, what follows in the
	// block is passed over, and decoding goes on after its blank line.
	MaxEvent int64
	// CountOnly leaves Type, ID, Data, Retry, Comments and Raw out of the
	// events, and looks for no violation but the length. The decoder then holds
	// next to nothing, allocates nothing per event, and passes the same Event
	// each time.
	CountOnly bool

	// LastID, Seq and Continued are for starting in the middle of a stream,
	// after a blank line: the last event ID there, how many blocks came before,
	// and that a byte order mark there is none.
	LastID    string
	Seq       uint64
	Continued bool
}

// Decoder cuts an event stream into events. It is not for concurrent use.
type Decoder struct {
	options Options
	seq     uint64
	event   capture.Event // the one passed to emit, with CountOnly

	id      []byte // the last event ID, as the last blank line left it
	lastID  string // the same as text
	renewed bool   // id changed since lastID was made of it

	bom     int           // bytes of a byte order mark seen; -1 once that is settled
	bomAt   time.Duration // when the first of them came
	swallow bool          // the last run ended with CR: an LF now belongs to it

	// held are the bytes of earlier runs that still matter: the unfinished
	// block and the blank lines before it; with CountOnly only the beginning of
	// the unfinished line.
	held  []byte
	line  int // where in held the unfinished line begins
	block block
}

// NewDecoder returns a decoder for one stream. o may be nil.
func NewDecoder(o *Options) *Decoder {
	d := &Decoder{}
	if o != nil {
		d.options = *o
	}
	if d.options.MaxEvent <= 0 {
		d.options.MaxEvent = defaultMaxEvent
	}
	d.options.MaxEvent = min(d.options.MaxEvent, math.MaxInt64/2) // leaves room to add to it
	if d.options.Continued {
		d.bom = -1
	}
	d.seq = d.options.Seq
	d.lastID = d.options.LastID
	d.id = append(d.id, d.lastID...)
	return d
}

// Feed takes the next run of the stream, its content coding undone, which came
// at the time at, and calls emit for each block that it completes. It keeps
// nothing of p. The event is the callee's to keep, unless CountOnly is set: then
// it is good for the call only. Its Dir is Receive; At is the time of the run
// that brought the block's first byte, Took counts from there to the run that
// completed it.
func (d *Decoder) Feed(at time.Duration, p []byte, emit func(*capture.Event)) {
	if d.bom >= 0 {
		p = d.skipBOM(at, p, emit)
	}
	d.feed(at, p, emit)
}

// skipBOM takes one byte order mark off the front of the stream, however it is
// split (WHATWG Encoding 6.1, UTF-8 decode).
func (d *Decoder) skipBOM(at time.Duration, p []byte, emit func(*capture.Event)) []byte {
	if d.bom == 0 {
		d.bomAt = at
	}
	for d.bom < len(bom) && len(p) > 0 && p[0] == bom[d.bom] {
		d.bom++
		p = p[1:]
	}
	seen := bom[:d.bom]
	switch {
	case d.bom == len(bom):
		d.bom = -1
		if !d.options.CountOnly {
			d.held = append(d.held, seen...)
		}
	case len(p) > 0:
		d.bom = -1
		d.feed(d.bomAt, seen, emit)
	}
	return p
}

// feed walks the lines of p. start is where the bytes of p begin that are not
// in held and belong to the current block or the blank lines before it; pos is
// where the current line begins.
func (d *Decoder) feed(at time.Duration, p []byte, emit func(*capture.Event)) {
	if len(p) == 0 {
		return
	}
	d.block.last = at
	start, pos := 0, 0
	if d.swallow && p[0] == '\n' {
		pos = 1
		d.block.size++
	}
	d.swallow = p[len(p)-1] == '\r'
	lines := lines{p: p, lf: -1, cr: -1}
	for {
		end, next := lines.end(pos)
		if end == next {
			break
		}
		if pos < end || d.block.part > 0 {
			start = d.takeLine(at, p, start, pos, end)
			d.block.size += d.block.part + int64(next-pos)
			d.block.part = 0
		} else if d.block.open {
			d.complete(at, p[start:next], emit)
			start = next
		}
		pos = next
	}
	d.keep(at, p, start, pos)
}

// takeLine reads the line that p[pos:end] completes and returns the new start.
func (d *Decoder) takeLine(at time.Duration, p []byte, start, pos, end int) int {
	if !d.block.open {
		start = d.open(at, p, start, pos)
	}
	if d.block.part == 0 {
		d.block.take(p[pos:end], int64(end-pos), &d.options)
		return start
	}
	d.hold(p[start:end])
	d.block.take(d.held[d.line:], d.block.part+int64(end-pos), &d.options)
	if d.options.CountOnly {
		d.held = d.held[:0]
	}
	return end
}

// open begins a block whose first byte is p[pos] and returns the new start.
func (d *Decoder) open(at time.Duration, p []byte, start, pos int) int {
	d.block.open = true
	d.block.at = at
	d.block.size = 0
	if d.options.CountOnly {
		return pos
	}
	start = max(start, pos-max(0, maxBlank-len(d.held)))
	d.block.blank = len(d.held) + pos - start
	return start
}

// keep holds what the next run will need of p: the block begins at start, its
// unfinished line at pos.
func (d *Decoder) keep(at time.Duration, p []byte, start, pos int) {
	if pos < len(p) && !d.block.open {
		start = d.open(at, p, start, pos)
	}
	switch {
	case !d.block.open:
		if !d.options.CountOnly {
			d.held = append(d.held, p[start:min(len(p), start+max(0, maxBlank-len(d.held)))]...)
		}
		return
	case d.block.part > 0: // a line that neither begins nor ends in p
		d.hold(p[start:])
	case d.options.CountOnly:
		d.line = 0
		d.held = d.held[:0]
		d.hold(p[pos:])
	default:
		d.hold(p[start:pos])
		d.line = len(d.held)
		d.hold(p[pos:])
	}
	d.block.part += int64(len(p) - pos)
}

// hold appends q to held, as far as it is wanted.
func (d *Decoder) hold(q []byte) {
	room := d.options.MaxEvent + int64(d.block.blank) - int64(len(d.held))
	if d.options.CountOnly {
		room = d.options.MaxEvent - d.block.size - int64(len(d.held))
		// Only of an id is more needed than its name.
		for len(q) > 0 && room > 0 && len(d.held) < len("data:") {
			d.held = append(d.held, q[0])
			q, room = q[1:], room-1
		}
		if !bytes.HasPrefix(d.held, []byte("id:")) {
			return
		}
	}
	d.held = append(d.held, q[:max(0, min(int64(len(q)), room))]...)
}

// Close ends the stream. It calls emit for the tail that no blank line ended,
// with Incomplete set: a client discards it, its id too, so that ID is still
// the one before. Its Took ends with its last byte, not with the stream.
func (d *Decoder) Close(at time.Duration, emit func(*capture.Event)) {
	if d.bom > 0 {
		seen := bom[:d.bom]
		d.bom = -1
		d.feed(d.bomAt, seen, emit)
	}
	if !d.block.open {
		return
	}
	if d.block.part > 0 {
		d.block.cut(d.held[d.line:], &d.options)
		d.block.size += d.block.part
	}
	d.block.incomplete = true
	d.complete(d.block.last, nil, emit)
}

// Rest returns the bytes that belong to no block: after Close, the blank lines
// behind the last one. The slice is the decoder's.
func (d *Decoder) Rest() []byte { return d.held }

// Pending reports whether bytes of an unfinished block are held. Where it is
// false, and something was fed, another decoder can go on, given LastID and Seq.
func (d *Decoder) Pending() bool { return d.block.open || d.bom > 0 }

// LastID returns the last event ID as a client has it now.
func (d *Decoder) LastID() string {
	if d.renewed {
		d.renewed = false
		if string(d.id) != d.lastID {
			d.lastID, _ = text(d.id)
		}
	}
	return d.lastID
}

// Seq returns how many blocks came so far, those before the start included.
func (d *Decoder) Seq() uint64 { return d.seq }
