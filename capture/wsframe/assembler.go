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
	// SharePayload lets the Data of a message of one frame be that frame's
	// Payload, which the caller then must not change any more. Without it the
	// bytes are copied.
	SharePayload bool
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
	share    bool
	inflater inflater

	pending bool             // a fragmented message is open
	open    assembly         // that message
	closed  bool             // a close frame passed
	gap     bool             // bytes are missing since the last data frame
	aside   *capture.Message // a message whose end is missing
	count   assembly         // what SkipData returns
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
		share:   o.SharePayload,
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

// Frame takes the next frame of the direction, whole or cut off
// (f.Incomplete). It sets f.Violation and returns the message that ends with
// the frame, or nil. The message has everything but Seq; its Data is the
// caller's, and nil only where it could not be read or was not kept.
//
// A control frame is a message by itself, in the middle of a fragmented message
// too. Data frames up to the next one that has FIN set or is cut off are one
// message, with the opcode of the first. This holds where the rules are broken:
// a continuation without a message begins one, and the first frame of another
// message belongs to the one that is open.
//
// After a gap (f.Lost) an open message goes on with a continuation; at any
// other data frame it is put aside for Tail.
func (a *Assembler) Frame(f *capture.Frame) *capture.Message {
	if f.Lost > 0 {
		a.gap = true
		a.inflater.lose()
	}
	f.Violation = a.violation(f)
	if f.Opcode.Control() {
		a.closed = a.closed || f.Opcode == capture.OpClose && !f.Incomplete
		return a.single(f)
	}
	if a.gap && a.pending && f.Opcode != capture.OpContinuation {
		a.pending = false
		a.aside = a.incomplete(&a.open)
	}
	ends := f.Fin || f.Incomplete
	switch {
	case a.pending:
		a.add(&a.open, f)
	case ends:
		a.gap = false
		return a.single(f)
	default:
		a.open = a.begin(f)
	}
	a.gap, a.pending = false, !ends
	if a.pending {
		return nil
	}
	return a.complete(&a.open, f)
}

// single makes a message of one frame.
func (a *Assembler) single(f *capture.Frame) *capture.Message {
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
		Origin:     f.Origin,
		Compressed: a.deflate && f.RSV&rsv1 != 0 && f.Opcode != capture.OpContinuation && !f.Opcode.Control(),
	}}
	a.add(&m, f)
	return m
}

// add adds a frame to a message.
func (a *Assembler) add(m *assembly, f *capture.Frame) {
	m.Took = f.At + f.Took - m.At
	m.Fragments++
	m.Lost += f.Lost
	m.Incomplete = f.Incomplete
	m.short = m.short || m.Fragments > 1 && a.gap
	if f.Incomplete {
		m.Wire += uint64(len(f.Payload))
	} else {
		m.Wire += f.Length
		m.short = m.short || uint64(len(f.Payload)) < f.Length
	}
	if a.skip {
		m.Len = m.Wire
	} else {
		a.keep(m, f)
	}
	if m.Violation == "" {
		m.Violation = f.Violation
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
	if m.Fragments == 1 && (f.Fin || f.Incomplete || f.Opcode.Control()) {
		m.raw = payload // the only frame: not needed after this call
		return
	}
	m.raw = append(m.raw, payload...)
}

// complete finishes a message with its last frame and gives it away.
func (a *Assembler) complete(m *assembly, last *capture.Frame) *capture.Message {
	if a.skip {
		a.count = *m
		return &a.count.Message
	}
	rule := a.finish(m)
	if m.Violation == "" {
		m.Violation = rule
	}
	if last.Violation == "" {
		last.Violation = rule
	}
	return m.give()
}

// incomplete gives away the open message, which has no last frame.
func (a *Assembler) incomplete(m *assembly) *capture.Message {
	m.Incomplete = true
	if !a.skip {
		if rule := a.finish(m); m.Violation == "" {
			m.Violation = rule
		}
	}
	return m.give()
}

// give returns the message and lets go of its bytes.
func (m *assembly) give() *capture.Message {
	message := m.Message
	*m = assembly{}
	return &message
}

// finish sets Data and Len and returns the rule that is broken, or "".
func (a *Assembler) finish(m *assembly) (rule string) {
	if m.Compressed {
		rule = a.inflate(m)
	} else {
		m.Len, m.Data = m.Wire, m.raw
		if m.Fragments == 1 && !a.share || m.raw == nil {
			m.Data = append([]byte{}, m.raw...)
		}
		if m.Wire > uint64(a.limit) {
			rule = ruleLimit
		}
	}
	whole := !m.Incomplete && !m.short && uint64(len(m.Data)) == m.Len
	if rule == "" && whole && m.Opcode == capture.OpText && !utf8.Valid(m.Data) {
		rule = ruleText
	}
	return rule
}

// inflate is finish for a compressed message.
func (a *Assembler) inflate(m *assembly) (rule string) {
	m.Data, m.Len, rule = a.inflater.message(m.raw, !m.Incomplete && !m.short)
	if !m.short {
		return rule
	}
	a.inflater.lose()
	switch {
	case rule != "":
		return rule
	case int64(len(m.raw)) >= a.limit:
		return ruleLimit
	}
	return ruleDeflate + "bytes are missing"
}

// Tail returns the message that is unfinished at the end of the stream, marked
// Incomplete, or nil. Where there are gaps there may be another: call it until
// it returns nil.
func (a *Assembler) Tail() *capture.Message {
	m := a.aside
	a.aside = nil
	if m == nil && a.pending {
		a.pending = false
		m = a.incomplete(&a.open)
	}
	return m
}

// Pending reports whether a fragmented message is open.
func (a *Assembler) Pending() bool { return a.pending }

// Settled reports whether another Assembler that starts from Window would go on
// in the same way.
func (a *Assembler) Settled() bool {
	return !a.pending && !a.closed && !a.gap && a.aside == nil && !a.inflater.lost
}

// Window returns a copy of the inflate window as it is now: the end of what
// was inflated, at most 32 KiB, nil without context takeover.
func (a *Assembler) Window() []byte { return a.inflater.snapshot() }
