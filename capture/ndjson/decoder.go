package ndjson

import (
	"math"
	"time"

	"github.com/wiretape/wiretape/capture"
)

const (
	defaultMaxRecord = 256 << 20
	maxBetween       = 4 << 10  // bytes between records kept for the front of the next Raw
	maxIdle          = 64 << 10 // a buffer that grew beyond this is let go after its record
)

var bom = [3]byte{0xEF, 0xBB, 0xBF}

// Format is how the JSON texts of a stream are told apart.
type Format uint8

// The formats.
const (
	Lines        Format = iota // one a line: NDJSON, JSON Lines; LF or CRLF
	Sequence                   // application/json-seq: 0x1E, text, LF (RFC 7464)
	Array                      // one JSON array, whose elements are the records
	Concatenated               // one behind the other, white space between them or not
)

// String returns "lines", "sequence", "array" or "concatenated".
func (f Format) String() string {
	return [...]string{"lines", "sequence", "array", "concatenated"}[f&3]
}

// Options says how to decode. The zero value is the default.
type Options struct {
	Format Format
	// MaxRecord is how many bytes of one record are kept; 0 means 256 MiB. Of a
	// longer one Data and Raw are cut, and Violation says so.
	MaxRecord int64
	// CountOnly leaves Data and Raw out of the events, and looks for no
	// violation but the length. The decoder then holds next to nothing,
	// allocates nothing per record, and passes the same Event each time.
	CountOnly bool

	// Seq and Continued are for starting in the middle of a stream, between two
	// records: how many came before, and that a byte order mark there is none
	// and an array is already open.
	Seq       uint64
	Continued bool
}

// Decoder cuts a stream of JSON texts into records. It is not for concurrent
// use.
type Decoder struct {
	options Options
	seq     uint64
	event   capture.Event // the one passed to emit, with CountOnly

	bom   int           // bytes of a byte order mark seen; -1 once that is settled
	bomAt time.Duration // when the first of them came

	// held are the bytes of earlier runs that still matter: the unfinished
	// record and what stands before it.
	held   []byte
	record record
	text   scanner
	opened bool // Array: the bracket was seen
	mark   bool // Sequence: the record began with RS
	cut    bool // Sequence: the record ends at an RS
}

// record is what is known of the unfinished record.
type record struct {
	open   bool
	at     time.Duration // first byte
	last   time.Duration // last byte of the stream so far
	size   int64         // bytes so far, in earlier runs, seen, not only kept
	before int           // bytes at the front of held that are not the record's
}

// NewDecoder returns a decoder for one stream. o may be nil.
func NewDecoder(o *Options) *Decoder {
	d := &Decoder{}
	if o != nil {
		d.options = *o
	}
	if d.options.MaxRecord <= 0 {
		d.options.MaxRecord = defaultMaxRecord
	}
	d.options.MaxRecord = min(d.options.MaxRecord, math.MaxInt64/2) // leaves room to add to it
	if d.options.Continued {
		d.bom = -1
		d.opened = true
	}
	d.seq = d.options.Seq
	return d
}

// Feed takes the next run of the stream, its content coding undone, which came
// at the time at, and calls emit for each record that it completes. It keeps
// nothing of p. The event is the callee's to keep, unless CountOnly is set: then
// it is good for the call only. Its Dir is Receive, its Data the record's text as
// sent, without its line end; At is the time of the run that brought the
// record's first byte, Took counts from there to the run that completed it.
func (d *Decoder) Feed(at time.Duration, p []byte, emit func(*capture.Event)) {
	if d.bom >= 0 {
		p = d.skipBOM(at, p, emit)
	}
	d.feed(at, p, emit)
}

// skipBOM takes a byte order mark off the front of the stream, however it is
// split: RFC 8259 §8.1 lets a reader ignore it.
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
		d.between(seen)
	case len(p) > 0:
		d.bom = -1
		d.feed(d.bomAt, seen, emit)
	}
	return p
}

func (d *Decoder) feed(at time.Duration, p []byte, emit func(*capture.Event)) {
	if len(p) == 0 {
		return
	}
	d.record.last = at
	if d.options.Format == Lines {
		d.feedLines(at, p, emit)
	} else {
		d.feedTexts(at, p, emit)
	}
}

// Close ends the stream. It calls emit for what no line end completed: as a
// record like the others where the JSON text is complete, as an Incomplete one,
// which is not Dispatched, where it is not.
func (d *Decoder) Close(at time.Duration, emit func(*capture.Event)) {
	if d.bom > 0 {
		seen := bom[:d.bom]
		d.bom = -1
		d.feed(d.bomAt, seen, emit)
	}
	if d.record.open && d.text.started {
		d.finish(d.record.last, nil, d.incomplete(), emit)
	}
}

// Rest returns the bytes that belong to no record: after Close, what stands
// behind the last one, like blank lines, or the end of an array. The slice is
// the decoder's.
func (d *Decoder) Rest() []byte { return d.held }

// Pending reports whether bytes of an unfinished record are held. Where it is
// false, and a record was seen, another decoder can go on, given Seq.
func (d *Decoder) Pending() bool { return d.record.open || d.mark || d.bom > 0 }

// Seq returns how many records came so far, those before the start included.
func (d *Decoder) Seq() uint64 { return d.seq }
