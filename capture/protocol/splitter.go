package protocol

import (
	"iter"
	"strconv"

	"github.com/wiretape/wiretape/capture"
)

// DefaultMaxUnit is how long a unit that stands in several messages may be by
// default, in bytes.
const DefaultMaxUnit = 256 << 20

// lookahead is how many data messages are looked at to tell the protocol.
const lookahead = 16

// Options tells how to cut. The zero value, and nil, are the default.
type Options struct {
	// Protocol is the name of the protocol to read the messages as; "" to find
	// it out.
	Protocol string
	// MaxUnit bounds what is held of a unit that is not complete, and the
	// inflated body of one, in bytes. A longer unit comes in parts that say so.
	// 0 means DefaultMaxUnit.
	MaxUnit int
}

// Splitter cuts the messages of one exchange into units. It must be fed all
// messages, in order and from the first one on where the protocol is a stream
// of bytes; it may not be used concurrently. It must be closed.
type Splitter struct {
	names
	recall recall

	sniffer  sniffer
	protocol *Protocol
	sure     bool // the protocol will not be told otherwise
	looked   int
	cut      cutter
	max      int
	seq      uint64
	emit     func(*Unit)
}

// cutter cuts the data messages of one protocol into units.
type cutter interface {
	// feed takes the next message and puts the units it completes.
	feed(s *Splitter, m *capture.Message)
	// close puts what is left.
	close(s *Splitter)
}

// NewSplitter returns a splitter for the messages of ex, which is only read
// here. The protocol is told by the handshake, or by the first messages as they
// come.
func NewSplitter(ex *capture.Exchange, o *Options) *Splitter {
	s := &Splitter{max: DefaultMaxUnit, sniffer: snifferOf(ex)}
	if o != nil && o.MaxUnit > 0 {
		s.max = o.MaxUnit
	}
	if o != nil && o.Protocol != "" {
		s.use(&Protocol{Name: o.Protocol, Variant: s.sniffer.variant(o.Protocol), By: "option"})
		s.sure = true
		return s
	}
	if p := s.sniffer.handshake(); p != nil {
		s.use(p)
		s.sure = true
		return s
	}
	s.use(s.sniffer.hint())
	return s
}

// Protocol returns what is known of the protocol so far, nil for nothing.
func (s *Splitter) Protocol() *Protocol { return s.protocol }

// Feed takes the next message and emits the units that it completes. They are
// the caller's, but for the memory they share with the message.
func (s *Splitter) Feed(m *capture.Message, emit func(*Unit)) {
	s.emit = emit
	if m.Opcode.Control() {
		s.control(m)
		return
	}
	if !s.sure {
		s.look(m)
	}
	s.cut.feed(s, m)
}

// Close emits what is left, and frees what the splitter holds. A splitter that
// was closed may not be fed.
func (s *Splitter) Close(emit func(*Unit)) {
	s.emit = emit
	s.cut.close(s)
	s.cut = closed{}
}

// closed is the cutter of a splitter that was closed.
type closed struct{}

func (closed) feed(*Splitter, *capture.Message) {}
func (closed) close(*Splitter)                  {}

// look tries to tell the protocol by one more message.
func (s *Splitter) look(m *capture.Message) {
	s.looked++
	s.sure = s.looked >= lookahead
	p := s.sniffer.message(m)
	if p == nil || p.Name == generic && s.protocol != nil {
		return
	}
	s.cut.close(s)
	s.use(p)
	s.sure = s.sure || !p.tentative
}

func (s *Splitter) use(p *Protocol) {
	s.protocol = p
	s.cut = newCutter(s, p)
}

// put passes a unit on.
func (s *Splitter) put(u *Unit) {
	s.seq++
	u.Seq = s.seq
	if u.link.key != "" {
		s.relate(u)
	}
	if u.Label == "" {
		u.Label = u.Opcode.String()
	}
	s.emit(u)
}

// relate names an answer by what was asked.
func (s *Splitter) relate(u *Unit) {
	switch u.Role {
	case Request:
		if u.Op != "" {
			s.recall.put(u.Dir, u.link.key, u.Op)
		}
	case Answer:
		asker := u.Dir.Opposite()
		if u.Op == "" {
			if u.Op = s.recall.get(asker, u.link.key); u.Op != "" {
				u.Label = s.label(u.Op, u.Label)
			}
		}
		if !u.More {
			s.recall.drop(asker, u.link.key)
		}
	}
}

// unit returns a unit that is all of m.
func (s *Splitter) unit(m *capture.Message) *Unit {
	u := &Unit{
		Dir: m.Dir, At: m.At, Took: m.Took, First: m.Seq, Last: m.Seq, Opcode: m.Opcode,
		Data: m.Data, Body: m.Data, Violation: m.Violation,
	}
	if m.Incomplete && u.Violation == "" {
		u.Violation = cutOff
	}
	return u
}

// cutOff is what is wrong with a unit that the end of the connection cut off.
const cutOff = "cut off: the connection ended inside it"

// control passes a control frame on.
func (s *Splitter) control(m *capture.Message) {
	u := s.unit(m)
	u.Op = m.Opcode.String()
	u.Label = u.Op
	switch m.Opcode {
	case capture.OpPing:
		u.beats(asks)
		u.link.key = "frame " + string(m.Data)
	case capture.OpPong:
		u.beats(replies)
		u.link.key = "frame " + string(m.Data)
	default:
		u.Role = Control
	}
	if m.Opcode == capture.OpClose && len(m.Data) >= 2 {
		code, reason := m.CloseStatus()
		u.Label = s.label(u.Op, strconv.Itoa(code), s.word([]byte(reason)))
	}
	s.put(u)
}

// Units yields the units of the messages of ex, and the first error of the
// messages, which ends them. What is yielded is the caller's.
func Units(ex *capture.Exchange, messages iter.Seq2[*capture.Message, error], o *Options) iter.Seq2[*Unit, error] {
	return func(yield func(*Unit, error) bool) {
		s := NewSplitter(ex, o)
		stopped := false
		emit := func(u *Unit) { stopped = stopped || !yield(u, nil) }
		var failed error
		for m, err := range messages {
			if failed = err; failed == nil {
				s.Feed(m, emit)
			}
			if stopped || failed != nil {
				break
			}
		}
		s.Close(emit)
		if failed != nil && !stopped {
			yield(nil, failed)
		}
	}
}
