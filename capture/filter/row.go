package filter

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Row is one thing inside an exchange: a message, a frame, an event, a record
// or a body. It holds what it was made from without copying: use it before
// that changes. The zero Row is one about which nothing is known.
type Row struct {
	kind       rowKind
	dir        capture.Direction
	opcode     capture.Opcode
	compressed bool
	incomplete bool
	seq        uint64
	at, took   time.Duration
	size, wire uint64
	fragments  int
	eventType  string // of an event that dispatched
	id         string // the last event ID
	origin     string
	violation  string
	data       []byte
	text       string // instead of data
}

type rowKind uint8

const (
	rowBody rowKind = iota
	rowMessage
	rowFrame
	rowEvent
	rowRecord
)

// Message returns the row of a WebSocket message.
func Message(m *capture.Message) Row {
	return Row{
		kind: rowMessage, seq: m.Seq, dir: m.Dir, at: m.At, took: m.Took, opcode: m.Opcode, compressed: m.Compressed,
		fragments: m.Fragments, size: m.Len, wire: m.Wire, incomplete: m.Incomplete, violation: m.Violation, origin: m.Origin, data: m.Data,
	}
}

// Frame returns the row of a WebSocket frame. Its payload is as on the wire:
// text in a compressed one is not found.
func Frame(f *capture.Frame) Row {
	return Row{
		kind: rowFrame, seq: f.Seq, dir: f.Dir, at: f.At, took: f.Took, opcode: f.Opcode, compressed: f.RSV&4 != 0,
		fragments: 1, size: f.Length, wire: f.Length, incomplete: f.Incomplete, violation: f.Violation, origin: f.Origin, data: f.Payload,
	}
}

// Event returns the row of a block of an event stream.
func Event(e *capture.Event) Row {
	r := Record(e)
	r.kind, r.id = rowEvent, e.ID
	if e.Dispatched {
		r.eventType = e.Type
	}
	return r
}

// Record returns the row of a record of a stream of JSON texts.
func Record(e *capture.Event) Row {
	return Row{
		kind: rowRecord, seq: e.Seq, dir: e.Dir, at: e.At, took: e.Took, size: uint64(len(e.Data)), wire: uint64(max(len(e.Raw), len(e.Data))),
		incomplete: e.Incomplete, violation: e.Violation, text: e.Data,
	}
}

// Body returns the row of a body, decoded, of which wire bytes were on the
// wire. The bodies of a plain exchange are its rows, and so is the body of the
// request that a stream answers.
func Body(dir capture.Direction, at time.Duration, data []byte, wire uint64) Row {
	return Row{kind: rowBody, dir: dir, at: at, size: uint64(len(data)), wire: wire, data: data}
}

// socket reports whether the row has an opcode.
func (r *Row) socket() bool { return r.kind == rowMessage || r.kind == rowFrame }

// bytes returns the payload, which must not be changed.
func (r *Row) bytes() []byte {
	if r.data == nil && r.text != "" {
		return []byte(r.text)
	}
	return r.data
}

// contains and matches search the payload where it lies.
func (r *Row) contains(s string) bool {
	if r.data == nil {
		return strings.Contains(r.text, s)
	}
	return bytes.Contains(r.data, []byte(s))
}

func (r *Row) matches(re *regexp.Regexp) bool {
	if r.data == nil {
		return re.MatchString(r.text)
	}
	return re.Match(r.data)
}

// containsFold is contains without regard to case; lower is in lower case, and
// ASCII.
func (r *Row) containsFold(lower string) bool {
	if r.data == nil {
		return containsFold(r.text, lower)
	}
	return containsFold(r.data, lower)
}

// containsFold looks for an ASCII text in lower case, by its first character in
// either case.
func containsFold[T string | []byte](s T, lower string) bool {
	if lower == "" {
		return true
	}
	first := lower[0]
	for i := 0; i+len(lower) <= len(s); i++ {
		if fold(s[i]) == first && foldsTo(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

func foldsTo[T string | []byte](s T, lower string) bool {
	for i := range len(lower) {
		if fold(s[i]) != lower[i] {
			return false
		}
	}
	return true
}

func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
