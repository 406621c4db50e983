package wsframe

import (
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// defaultLimit is Options.MaxMessage where none is given.
const defaultLimit = 256 << 20

// Options tells an Assembler what to keep. The zero value is the default.
type Options struct {
	// MaxMessage is the longest message kept, in bytes, inflated or not. Of a
	// longer one Data holds the beginning, Len goes on counting up to four
	// times as much, and Violation says so. 0 means 256 MiB.
	MaxMessage int64
	// Window is the inflate window to start from, as Assembler.Window
	// returned it.
	Window []byte
	// SkipData asks for counts alone: payloads are neither kept nor inflated
	// nor looked at, frames need not have any, and Len is Wire. The message
	// that Frame returns is then valid until the next call.
	SkipData bool
}

// Assembler turns the frames of one direction of a connection into messages
// and checks the rules for both. A broken rule is named, in the frame and in
// the message, and stops nothing. It may not be used concurrently.
type Assembler struct {
	dir      capture.Direction
	deflate  bool
	others   bool // other extensions may use the reserved bits
	limit    int64
	skip     bool
	inflater inflater

	pending bool     // a fragmented message is open
	open    assembly // that message
	closed  bool     // a close frame passed
	cut     *capture.Message
	count   assembly // what SkipData returns
}

// assembly is a message in the making.
type assembly struct {
	capture.Message
	raw   []byte // the payload so far as on the wire, no longer than the limit
	short bool   // raw lacks bytes
}

// NewAssembler returns an Assembler for one direction of a connection on which
// d was agreed. The options may be nil.
func NewAssembler(dir capture.Direction, d Deflate, o *Options) *Assembler {
	if o == nil {
		o = &Options{}
	}
	a := &Assembler{
		dir:     dir,
		deflate: d.Enabled,
		others:  d.Others,
		limit:   o.MaxMessage,
		skip:    o.SkipData,
	}
	if a.limit <= 0 {
		a.limit = defaultLimit
	}
	noTakeover := d.ServerNoTakeover
	if dir == capture.Send {
		noTakeover = d.ClientNoTakeover
	}
	a.inflater.start(a.limit, !noTakeover, o.Window)
	return a
}

// Frame takes the next frame of the direction, whole, or cut off by the end
// (f.Incomplete). It sets f.Violation and returns the message that the frame
// completed, or nil. The message has everything but Seq and Origin; its Data
// is the caller's, and nil only where it was not kept.
//
// A control frame completes itself, in the middle of a fragmented message too.
// Where the rules are broken, every payload still comes out in some message: a
// continuation without a message is one of its own, with that opcode; a whole
// message inside a fragmented one completes alone; the first frame of another
// fragmented message gives back the one that was open, Incomplete.
func (a *Assembler) Frame(f *capture.Frame) *capture.Message {
	f.Violation = a.violation(f)
	if f.Opcode == capture.OpClose && !f.Incomplete {
		a.closed = true
	}
	switch {
	case f.Opcode == capture.OpContinuation && a.pending:
		a.add(&a.open, f)
		if !f.Fin || f.Incomplete {
			return nil
		}
		a.pending = false
		return a.complete(&a.open, f)
	case (f.Fin || f.Opcode.Control()) && !f.Incomplete:
		return a.single(f)
	case f.Opcode.Control():
		m := a.begin(f)
		a.cut = a.incomplete(&m)
		return nil
	}
	var left *capture.Message
	if a.pending {
		left = a.incomplete(&a.open)
	}
	a.open, a.pending = a.begin(f), true
	return left
}

// single makes a message of one whole frame.
func (a *Assembler) single(f *capture.Frame) *capture.Message {
	if a.skip {
		a.count = a.begin(f)
		return &a.count.Message
	}
	m := a.begin(f)
	return a.complete(&m, f)
}

// begin starts a message with its first frame.
func (a *Assembler) begin(f *capture.Frame) assembly {
	m := assembly{Message: capture.Message{
		Dir:        f.Dir,
		At:         f.At,
		Opcode:     f.Opcode,
		FirstFrame: f.Seq,
		Compressed: a.deflate && f.RSV&rsv1 != 0 && f.Opcode != capture.OpContinuation && !f.Opcode.Control(),
	}}
	a.add(&m, f)
	return m
}

// add adds a frame to a message.
func (a *Assembler) add(m *assembly, f *capture.Frame) {
	m.Took = f.At + f.Took - m.At
	m.Fragments++
	if f.Incomplete {
		m.Wire += uint64(len(f.Payload))
	} else {
		m.Wire += f.Length
		m.short = m.short || uint64(len(f.Payload)) < f.Length
	}
	if !a.skip {
		a.keep(m, f)
	}
	if m.Violation == "" {
		m.Violation = f.Violation
	}
	if a.skip {
		m.Len = m.Wire
	}
}

// keep adds the payload of f to that of the message, up to the limit.
func (a *Assembler) keep(m *assembly, f *capture.Frame) {
	room := a.limit - int64(len(m.raw))
	if m.Compressed {
		room += a.limit>>10 + 1024 // what DEFLATE adds to data it cannot compress
	}
	payload := f.Payload
	if int64(len(payload)) > room {
		payload = payload[:room]
		m.short = true
	}
	if f.Length > uint64(room) && f.Violation == "" {
		f.Violation = ruleLimit
	}
	if m.Fragments == 1 && f.Fin {
		m.raw = payload // one frame: not needed after this call
		return
	}
	m.raw = append(m.raw, payload...)
}

// complete finishes a message with its last frame.
func (a *Assembler) complete(m *assembly, last *capture.Frame) *capture.Message {
	if a.skip {
		a.count = *m
		return &a.count.Message
	}
	rule := a.finish(m, true)
	if rule == "" && m.Opcode == capture.OpText && uint64(len(m.Data)) == m.Len && !utf8.Valid(m.Data) {
		rule = ruleText
	}
	return a.result(m, rule, last)
}

// incomplete finishes a message that has no last frame.
func (a *Assembler) incomplete(m *assembly) *capture.Message {
	m.Incomplete = true
	var rule string
	if !a.skip {
		rule = a.finish(m, false)
	}
	return a.result(m, rule, nil)
}

// result names the broken rule and gives the message away.
func (a *Assembler) result(m *assembly, rule string, last *capture.Frame) *capture.Message {
	if m.Violation == "" {
		m.Violation = rule
	}
	if last != nil && last.Violation == "" {
		last.Violation = rule
	}
	message := m.Message
	*m = assembly{}
	return &message
}

// finish sets Data and Len and returns the rule that is broken, or "".
func (a *Assembler) finish(m *assembly, whole bool) string {
	if m.Compressed {
		return a.inflate(m, whole)
	}
	m.Len = m.Wire
	if m.Fragments == 1 {
		m.Data = append([]byte{}, m.raw...)
	} else {
		m.Data = m.raw
	}
	if m.Wire > uint64(a.limit) {
		return ruleLimit
	}
	return ""
}

func (a *Assembler) inflate(m *assembly, whole bool) (rule string) {
	m.Data, m.Len, rule = a.inflater.message(m.raw, whole && !m.short)
	if !m.short {
		return rule
	}
	a.inflater.forget()
	switch {
	case rule != "":
	case m.Wire > uint64(len(m.raw)) && int64(len(m.raw)) >= a.limit:
		rule = ruleLimit
	default:
		rule = ruleDeflate + "bytes are missing"
	}
	return rule
}

// Gap tells that bytes of the direction are missing before the next frame. The
// open message is given back, Incomplete, or nil; compressed messages that
// refer to what is missing cannot be read until one does not.
func (a *Assembler) Gap() *capture.Message {
	a.inflater.forget()
	if !a.pending {
		return nil
	}
	a.pending = false
	return a.incomplete(&a.open)
}

// Tail returns the message that is unfinished at the end of the stream, marked
// Incomplete, or nil. Where the stream ends inside a control frame inside a
// fragmented message there are two: call it until it returns nil.
func (a *Assembler) Tail() *capture.Message {
	if a.pending {
		a.pending = false
		return a.incomplete(&a.open)
	}
	m := a.cut
	a.cut = nil
	return m
}

// Pending reports whether a fragmented message is open.
func (a *Assembler) Pending() bool { return a.pending }

// Window returns a copy of the inflate window as it is now: the end of what
// was inflated, at most 32 KiB, nil without context takeover.
func (a *Assembler) Window() []byte { return a.inflater.snapshot() }
