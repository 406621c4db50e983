package eventstream

import (
	"fmt"
	"math"
	"time"
)

const (
	defaultMaxMessage = 256 << 20
	maxIdle           = 64 << 10 // a buffer that grew beyond this is let go after its message
)

// Options says how to decode. The zero value is the default.
type Options struct {
	// MaxMessage is how many bytes of one message are kept; 0 means 256 MiB. Of
	// a longer one Payload and Raw are cut, and Violation says so.
	MaxMessage int64
	// CountOnly leaves Headers, Payload and Raw out of the messages, and checks
	// no CRC but that of the lengths. The decoder then holds next to nothing,
	// allocates nothing per message, and passes the same Message each time.
	CountOnly bool
	// Seq is how many messages came before, for starting between two of them.
	Seq uint64
}

// Decoder cuts an event stream into messages. It is not for concurrent use.
//
// Where a message's lengths cannot be right, the decoder looks for the next
// bytes that can begin a message. All that it passed over is one message with a
// Violation, Raw, and nothing else; it counts in Seq.
type Decoder struct {
	options Options
	seq     uint64
	message Message // the one passed to emit, with CountOnly

	at, last time.Duration
	held     []byte // what is kept of the unfinished message, or of what is passed over
	size     int64  // its bytes seen, those in window included
	total    int64  // its length, once the prelude is read
	lost     bool   // bytes are being passed over
	window   []byte // lost: the last bytes, which may begin a message
}

// NewDecoder returns a decoder for one stream. o may be nil.
func NewDecoder(o *Options) *Decoder {
	d := &Decoder{}
	if o != nil {
		d.options = *o
	}
	if d.options.MaxMessage <= 0 {
		d.options.MaxMessage = defaultMaxMessage
	}
	d.options.MaxMessage = max(preludeSize, min(d.options.MaxMessage, math.MaxInt64/2))
	d.seq = d.options.Seq
	return d
}

// Feed takes the next run of the stream, its content coding undone, which came
// at the time at, and calls emit for each message that it completes. It keeps
// nothing of p. The message is the callee's to keep, unless CountOnly is set:
// then it is good for the call only.
func (d *Decoder) Feed(at time.Duration, p []byte, emit func(*Message)) {
	for len(p) > 0 {
		if d.size == 0 {
			d.at = at
		}
		d.last = at
		switch {
		case d.lost:
			p = d.seek(at, p, emit)
		case d.total == 0:
			n := min(len(p), preludeSize-len(d.held))
			d.held = append(d.held, p[:n]...)
			d.size += int64(n)
			p = p[n:]
			if len(d.held) == preludeSize {
				d.begin()
			}
		default:
			n := int(min(int64(len(p)), d.total-d.size))
			d.keep(p[:n])
			d.size += int64(n)
			p = p[n:]
		}
		if d.total > 0 && d.size == d.total {
			d.finish(at, false, emit)
		}
	}
}

// begin reads the prelude in held.
func (d *Decoder) begin() {
	total, _, ok := prelude(d.held)
	if ok {
		d.total = total
		return
	}
	d.lost = true
	d.window = append(d.window[:0], d.held...)
	d.held = d.held[:0]
}

// keep appends q to held as far as it is wanted.
func (d *Decoder) keep(q []byte) {
	room := max(0, min(int64(len(q)), d.options.MaxMessage-int64(len(d.held))))
	if !d.options.CountOnly {
		d.held = append(d.held, q[:room]...)
	}
}

// seek passes over bytes until the window holds a prelude, and returns the rest
// of p.
func (d *Decoder) seek(at time.Duration, p []byte, emit func(*Message)) []byte {
	for i, c := range p {
		d.keep(d.window[:1])
		d.size++
		copy(d.window, d.window[1:])
		d.window[preludeSize-1] = c
		if _, _, ok := prelude(d.window); !ok {
			continue
		}
		d.size -= preludeSize
		d.finish(at, false, emit)
		d.at, d.size = at, preludeSize
		d.held = append(d.held, d.window...)
		d.begin()
		return p[i+1:]
	}
	return nil
}

// Close ends the stream. It calls emit for a message that is cut off, with
// Incomplete set: its Headers and Payload hold what there is.
func (d *Decoder) Close(at time.Duration, emit func(*Message)) {
	if d.lost {
		d.keep(d.window)
	}
	if d.size > 0 {
		d.finish(d.last, !d.lost, emit)
	}
}

// finish ends the message, or what is passed over, and emits it.
func (d *Decoder) finish(at time.Duration, incomplete bool, emit func(*Message)) {
	d.seq++
	m := &d.message
	if !d.options.CountOnly {
		m = new(Message)
	}
	*m = Message{Seq: d.seq, At: d.at, Took: at - d.at, Incomplete: incomplete}
	over := d.size > d.options.MaxMessage
	if !d.options.CountOnly {
		m.Raw = append([]byte(nil), d.held...)
		if !d.lost && len(m.Raw) >= preludeSize {
			m.parse(over || incomplete)
		}
	}
	switch {
	case d.lost:
		m.Violation = fmt.Sprintf("event stream: %d bytes that begin no message are passed over", d.size)
	case over:
		m.Violation = fmt.Sprintf("longer than %d bytes: the rest is cut", d.options.MaxMessage)
	}
	d.held = d.held[:0]
	if cap(d.held) > maxIdle {
		d.held = nil
	}
	d.size, d.total, d.lost = 0, 0, false
	emit(m)
}

// Pending reports whether bytes of an unfinished message are held. Where it is
// false another decoder can go on, given Seq.
func (d *Decoder) Pending() bool { return d.size > 0 || d.lost }

// Seq returns how many messages came so far, those before the start included.
func (d *Decoder) Seq() uint64 { return d.seq }
