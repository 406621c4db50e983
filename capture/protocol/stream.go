package protocol

import (
	"slices"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// framing finds units in a stream of bytes that minds no message borders.
type framing interface {
	// end looks for the end of the unit that p begins with. It returns how long
	// the unit is, which may be more than there is of it yet; 0 while that cannot
	// be told; and -1 if p begins no unit. It is called again, with more bytes
	// behind the same ones, until reset.
	end(p []byte) int
	// skip returns how many bytes of p still belong to a unit that is too long
	// and whose length is not known, and whether it ends with them.
	skip(p []byte) (n int, done bool)
	// reset makes ready for the next unit.
	reset()
	// broken says why p begins no unit.
	broken(p []byte) string
	// name names a unit by its data, and may shorten its body.
	name(s *Splitter, u *Unit)
	// slack returns how many bytes at the start of p, behind a unit in the same
	// message, belong to that unit.
	slack(p []byte) int
}

// stream joins the messages of one direction and cuts them by a framing. Of a
// unit that is not complete it holds the bytes, up to the splitter's limit.
type stream struct {
	framing framing
	held    []byte // the beginning of a unit
	first   uint64 // the message in which held begins
	at      time.Duration
	op      capture.Opcode
	last    uint64        // the message that came last
	until   time.Duration // its last byte

	long bool // in a unit that is too long; its parts are passed on as they come
	left int  // how much of it is to come; negative if not known
	lost bool // what comes may begin in the middle of a unit
}

// feed cuts the next message of the stream's direction.
func (t *stream) feed(s *Splitter, m *capture.Message) {
	if m.Lost > 0 {
		t.flush(s, m.Dir, "bytes are missing behind it: they were not recorded")
		t.lost = true
	}
	t.last, t.until = m.Seq, m.At+m.Took
	t.take(s, m)
	if m.Len > uint64(len(m.Data)) {
		t.flush(s, m.Dir, "bytes are missing behind it: the message is longer than is read")
		t.lost = true
	}
}

func (t *stream) take(s *Splitter, m *capture.Message) {
	p := m.Data
	if t.lost {
		if !t.whole(p) {
			t.part(s, m, p, "not cut: bytes before it are missing")
			return
		}
		t.lost = false
	}
	if t.long {
		p = p[t.pass(s, m, p):]
	}
	if len(p) == 0 {
		return
	}
	if len(t.held) > 0 {
		p = append(t.held, p...)
	}
	t.cut(s, m, p)
}

// cut takes p, which begins with what was held, apart.
func (t *stream) cut(s *Splitter, m *capture.Message, p []byte) {
	held := len(t.held)
	t.held = nil
	for len(p) > 0 {
		n := t.framing.end(p)
		switch {
		case n < 0:
			reason := t.framing.broken(p)
			t.framing.reset()
			t.lost = true
			t.emit(s, m, held, p, reason, false)
			return
		case n == 0 || n > len(p):
			if len(p) > s.max {
				t.overflow(s, m, held, p, n)
				return
			}
			t.hold(m, held, p)
			return
		}
		t.framing.reset()
		n += t.framing.slack(p[n:])
		t.emit(s, m, held, p[:n:n], "", true)
		p, held = p[n:], 0
	}
}

// hold keeps the beginning of a unit.
func (t *stream) hold(m *capture.Message, held int, p []byte) {
	if held == 0 {
		t.first, t.at, t.op = m.Seq, m.At, m.Opcode
		p = slices.Clone(p)
	}
	t.held = p
}

// overflow lets go of a unit that is too long to be held.
func (t *stream) overflow(s *Splitter, m *capture.Message, held int, p []byte, size int) {
	t.emit(s, m, held, p, "longer than is held: it comes in parts", true)
	t.long, t.left = true, -1
	if size > 0 {
		t.left = size - len(p)
		t.framing.reset()
	}
}

// pass lets the rest of a unit that is too long through, and returns how much
// of p that is.
func (t *stream) pass(s *Splitter, m *capture.Message, p []byte) int {
	n, done := len(p), false
	if t.left >= 0 {
		n = min(n, t.left)
		t.left -= n
		done = t.left == 0
	} else if n, done = t.framing.skip(p); done {
		t.framing.reset()
	}
	t.long = !done
	if n > 0 {
		t.part(s, m, p[:n:n], "part of a unit that is longer than is held")
	}
	return n
}

// whole reports whether p is one unit after the other, from its first byte to
// its last.
func (t *stream) whole(p []byte) bool {
	for len(p) > 0 {
		n := t.framing.end(p)
		t.framing.reset()
		if n <= 0 || n > len(p) {
			return false
		}
		n += t.framing.slack(p[n:])
		p = p[n:]
	}
	return true
}

// flush lets go of what is held, as it is.
func (t *stream) flush(s *Splitter, dir capture.Direction, why string) {
	if len(t.held) > 0 {
		s.put(&Unit{
			Dir: dir, At: t.at, Took: t.until - t.at, First: t.first, Last: t.last, Opcode: t.op,
			Data: t.held, Body: t.held, Label: "cut off", Violation: why,
		})
	}
	t.held, t.long = nil, false
	t.framing.reset()
}

// part passes bytes on that are no unit of their own.
func (t *stream) part(s *Splitter, m *capture.Message, p []byte, why string) {
	u := s.unit(m)
	u.Data, u.Body, u.Violation = p, p, why
	s.put(u)
}

// emit puts a unit that ends in m and of which held bytes stood before it.
func (t *stream) emit(s *Splitter, m *capture.Message, held int, p []byte, violation string, named bool) {
	u := s.unit(m)
	u.Data, u.Body, u.Violation = p, p, m.Violation
	if held > 0 {
		u.First, u.At, u.Opcode = t.first, t.at, t.op
		u.Took = m.At + m.Took - t.at
	}
	if violation != "" {
		u.Violation = violation
	}
	if named {
		t.framing.name(s, u)
	}
	s.put(u)
}

// streams is the cutter of a protocol that is a stream of bytes each way.
type streams [2]stream

func (c *streams) feed(s *Splitter, m *capture.Message) { c[m.Dir].feed(s, m) }

func (c *streams) close(s *Splitter) {
	for dir := range c {
		c[dir].flush(s, capture.Direction(dir), cutOff)
	}
}
