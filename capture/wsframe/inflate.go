package wsframe

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

const (
	windowSize = 32 << 10 // the largest window of DEFLATE, and so of permessage-deflate

	firstBuffer = 4 << 10  // the first size of an output buffer
	keepBuffer  = 64 << 10 // a buffer up to this size is used again
	countOver   = 4        // how many times the limit is inflated to learn a length
	maxStreams  = 1 << 16  // how many final blocks a message may have
)

// tail is what is put behind a message to inflate it: the four bytes that the
// sender took away (RFC 7692 §7.2.2), and an empty final block, so that the
// inflater ends instead of asking for more.
const tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// errTooLong ends the inflating of a message whose length is beyond counting.
var errTooLong = errors.New("message too long")

// inflater inflates the messages of one direction. Each message is a stream of
// its own with the window as its dictionary: an inflater that runs through all
// messages cannot tell the end of one from the end of the stream.
//
// The window is always kept whole, whatever size was agreed on: zlib senders
// that agreed on 8 bits use 9.
type inflater struct {
	limit    int64
	takeover bool
	window   []byte // end of the output so far, or more of it
	lost     bool   // the window lacks what was not recorded
	wire     []byte // message and tail
	out      []byte
	source   bytes.Reader
	z        io.ReadCloser
}

func (i *inflater) start(limit int64, takeover bool, window []byte) {
	i.limit, i.takeover = limit, takeover
	if takeover {
		i.slide(window)
	}
}

// message inflates one message. It returns up to the limit of it, its length
// as far as that was counted, and the rule that it breaks, or "". Without whole
// the message may end anywhere.
func (i *inflater) message(wire []byte, whole bool) (data []byte, n uint64, rule string) {
	if whole && len(wire) == 0 {
		return []byte{}, 0, ruleDeflate + "no bytes at all" // 00 is the empty message
	}
	end := ""
	if whole {
		end = tail
		// Without these bytes the highest bit of the last byte is 0: it is a
		// block's header or padding.
		if bytes.HasSuffix(wire, []byte(tail[:4])) {
			end = tail[4:]
			rule = "RFC 7692 7.2.1: the empty block at the end is still there"
		}
	}
	if !i.takeover {
		i.window = i.window[:0]
	}
	i.wire = append(append(i.wire[:0], wire...), end...)
	i.source.Reset(i.wire)
	o := output{data: i.out[:0], limit: i.limit}
	err := i.streams(&o, len(end))
	data = i.give(o.data)
	switch {
	case err == nil || err == io.ErrUnexpectedEOF && !whole:
		if o.total > uint64(i.limit) {
			rule = ruleLimit
		}
		return data, o.total, rule
	case err == errTooLong:
		i.forget()
		return data, o.total, ruleLimit
	case err == io.ErrUnexpectedEOF:
		rule = ruleDeflate + "it ends inside a block"
	default:
		rule = ruleDeflate + strings.TrimPrefix(err.Error(), "flate: ")
	}
	if i.lost {
		rule = ruleDeflate + "bytes before it were not recorded"
	}
	i.forget()
	return nil, 0, rule
}

// streams inflates until no more than rest bytes of the source are left.
func (i *inflater) streams(o *output, rest int) error {
	for range maxStreams {
		// A final block does not end the message (RFC 7692 §7.2.1).
		if err := i.stream(o); err != nil || i.source.Len() <= rest {
			return err
		}
	}
	return errors.New("too many final blocks")
}

// stream inflates up to the end of a final block and moves the window on.
func (i *inflater) stream(o *output) error {
	i.reset()
	start := len(o.data)
	for {
		room := o.room()
		k, err := i.z.Read(room)
		if o.took(k) {
			i.slide(o.data[start:])
			start = len(o.data)
			i.slide(room[:k])
		}
		if err == nil && o.total > countOver*uint64(o.limit) {
			err = errTooLong
		}
		if err != nil {
			i.slide(o.data[start:])
			if err == io.EOF {
				err = nil
			}
			return err
		}
	}
}

// reset prepares z for a new stream from the source.
func (i *inflater) reset() {
	if i.z == nil {
		i.z = flate.NewReaderDict(&i.source, i.dictionary())
		return
	}
	// Never fails: it only sets the state back.
	_ = i.z.(flate.Resetter).Reset(&i.source, i.dictionary())
}

// give returns the output as the caller's own, and keeps the buffers unless
// they grew large.
func (i *inflater) give(out []byte) []byte {
	if cap(i.wire) > keepBuffer {
		i.wire = nil
	}
	if cap(out) > keepBuffer {
		return out
	}
	i.out = out[:0]
	return append([]byte{}, out...)
}

// slide moves the window on over p. The buffer holds two windows, so that
// short messages seldom move the bytes of long ones.
func (i *inflater) slide(p []byte) {
	if len(p) > windowSize {
		p = p[len(p)-windowSize:]
	}
	if len(i.window)+len(p) > 2*windowSize {
		i.window = i.window[:copy(i.window, i.dictionary())]
	}
	i.window = append(i.window, p...)
	i.lost = i.lost && len(i.window) < windowSize
}

// dictionary returns the window itself.
func (i *inflater) dictionary() []byte {
	return i.window[max(0, len(i.window)-windowSize):]
}

// forget empties the window, so that what refers to it is seen to be broken
// instead of read wrongly.
func (i *inflater) forget() { i.window = i.window[:0] }

// lose is forget where what follows is not the sender's fault.
func (i *inflater) lose() {
	i.forget()
	i.lost = i.takeover
}

func (i *inflater) snapshot() []byte {
	if !i.takeover || len(i.window) == 0 {
		return nil
	}
	return append([]byte{}, i.dictionary()...)
}

// output is a message on its way out of the inflater.
type output struct {
	data  []byte // up to the limit
	limit int64
	total uint64
	spill []byte // where the rest goes
}

// room returns where the next bytes are to be put.
func (o *output) room() []byte {
	if int64(len(o.data)) >= o.limit {
		if o.spill == nil {
			o.spill = make([]byte, windowSize)
		}
		return o.spill
	}
	if len(o.data) == cap(o.data) {
		o.data = slices.Grow(o.data, max(firstBuffer, len(o.data)))
	}
	return o.data[len(o.data):min(int64(cap(o.data)), o.limit)]
}

// took counts n bytes as put into the room, and tells whether that was beyond
// the limit.
func (o *output) took(n int) (spilt bool) {
	spilt = int64(len(o.data)) >= o.limit
	if !spilt {
		o.data = o.data[:len(o.data)+n]
	}
	o.total += uint64(n)
	return spilt
}
