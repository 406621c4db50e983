package redact

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// maxUnit is how much of a message waits for its end, in bytes. Of a longer one
// each such part is looked at by itself.
const maxUnit = 16 << 20

// socketSide rewrites the frames of one direction of a socket, message by
// message.
type socketSide struct {
	w        *rewriter
	dir      capture.Direction
	series   *series
	deflate  wsframe.Deflate
	inflater *wsframe.Assembler
	deflater *wsframe.Deflater
	// tainted says that a compressed message was changed, so that none after it
	// can refer to what stood before.
	tainted bool

	unit   *unit // the message at hand; nil between messages
	frame  *heldPiece
	target *unit  // the message the frame at hand belongs to: unit, or a control frame's own
	got    uint64 // payload bytes of it so far
	lost   bool   // bytes are missing before the next message
}

// unit is a message, or a control frame, in its pieces.
type unit struct {
	pieces     []*heldPiece
	frames     int
	size       int
	compressed bool
	control    bool
	cut        bool // it never became whole
	lost       bool // bytes are missing before it
}

func newSocketSide(w *rewriter, ex *capture.Exchange, dir capture.Direction) *socketSide {
	s := &socketSide{w: w, dir: dir}
	s.series = &series{r: w.r, place: "message", tally: w.tally}
	if ex.Response != nil {
		s.deflate, _ = wsframe.Negotiated(capture.Values(ex.Response.Header, "Sec-WebSocket-Extensions"))
	}
	return s
}

func (s *socketSide) piece(h *heldPiece) {
	switch h.Type {
	case capture.PieceFrame:
		s.cutFrame()
		s.begin(h)
		s.more(h)
	case capture.PieceMore:
		if s.frame == nil {
			h.ready = true // of a frame that is complete already
			return
		}
		s.more(h)
	case capture.PieceGap:
		s.cutFrame()
		s.cutUnit()
		s.lost = true
		h.ready = true
	default:
		h.ready = true // the bytes of a head
	}
}

// begin begins a frame. What belongs to one message is what wsframe.Assembler
// takes for one.
func (s *socketSide) begin(h *heldPiece) {
	s.frame, s.got = h, 0
	op := h.Frame.Opcode
	if op.Control() {
		s.target = &unit{control: true}
		return
	}
	if s.unit == nil {
		s.unit = &unit{compressed: s.deflate.Enabled && h.Frame.RSV&4 != 0 && op != capture.OpContinuation, lost: s.lost}
		s.lost = false
	}
	s.target = s.unit
}

// more adds a piece to the frame at hand, and ends frame and message where they
// end.
func (s *socketSide) more(h *heldPiece) {
	u := s.target
	if h.Type == capture.PieceFrame {
		u.frames++
	}
	u.pieces = append(u.pieces, h)
	u.size += len(h.Data)
	s.got += uint64(len(h.Data))
	switch {
	case s.got >= s.frame.Frame.Length:
		fin := s.frame.Frame.Fin
		s.frame = nil
		switch {
		case u.control:
			s.decideControl(u)
		case fin:
			s.unit = nil
			s.decide(u)
		}
	case u.size > maxUnit && !u.compressed && !u.control:
		s.unit = &unit{}
		s.target = s.unit
		s.decide(u)
	}
}

// cutFrame ends the frame at hand where it stands.
func (s *socketSide) cutFrame() {
	if s.frame == nil {
		return
	}
	s.frame = nil
	s.target.cut = true
	if s.target.control {
		s.decideControl(s.target)
		return
	}
	s.cutUnit()
}

// cutUnit ends the message at hand where it stands.
func (s *socketSide) cutUnit() {
	if u := s.unit; u != nil {
		s.unit = nil
		u.cut = true
		s.decide(u)
	}
}

func (s *socketSide) close() {
	s.cutFrame()
	s.cutUnit()
	s.series.flush()
}

// payload joins the pieces of a unit.
func (u *unit) payload() []byte {
	if len(u.pieces) == 1 {
		return u.pieces[0].Data
	}
	p := make([]byte, 0, u.size)
	for _, h := range u.pieces {
		p = append(p, h.Data...)
	}
	return p
}

// decideControl redacts a control frame, whose length must stay: there is a
// limit to it.
func (s *socketSide) decideControl(u *unit) {
	p := u.payload()
	f := &finder{r: s.w.r, place: "control frame", sameLength: true}
	f.scan(p, 0, len(p))
	if len(f.edits) > 0 {
		s.spread(u, p, s.w.r.settle(f.edits, p, s.w.tally))
	}
	u.ready()
}

func (u *unit) ready() {
	for _, h := range u.pieces {
		h.ready = true
	}
}

// decide redacts a message, now or when those after it are known.
func (s *socketSide) decide(u *unit) {
	if !u.compressed {
		s.series.pushTo(u.payload(), formMessage, false, func(p []byte, edits []edit) {
			if len(edits) > 0 {
				s.spread(u, p, edits)
			}
			u.ready()
		})
		return
	}
	data, ok := s.inflate(u)
	if !ok {
		s.unreadable(u)
		return
	}
	s.series.pushTo(data, formMessage, false, func(p []byte, edits []edit) {
		if len(edits) > 0 || s.tainted {
			s.recompress(u, p, edits)
		}
		u.ready()
	})
}

// inflate returns what a compressed message says.
func (s *socketSide) inflate(u *unit) ([]byte, bool) {
	if s.inflater == nil {
		s.inflater = wsframe.NewAssembler(s.dir, s.deflate, nil)
	}
	var m *capture.Message
	frame := capture.Frame{}
	for i, h := range u.pieces {
		if h.Type == capture.PieceFrame {
			frame = capture.Frame{FrameHead: h.Frame, Dir: s.dir}
			if u.lost && i == 0 {
				frame.Lost = 1
			}
		}
		frame.Payload = append(frame.Payload, h.Data...)
		last := i+1 == len(u.pieces)
		if !last && u.pieces[i+1].Type != capture.PieceFrame {
			continue
		}
		frame.Incomplete = u.cut && last
		m = s.inflater.Frame(&frame)
	}
	if m == nil || m.Len != uint64(len(m.Data)) || m.Data == nil {
		return nil, false
	}
	return m.Data, true
}

// unreadable takes the payload away from a message that cannot be inflated:
// nobody can tell what it says.
func (s *socketSide) unreadable(u *unit) {
	s.tainted = true
	if u.size > 0 {
		s.w.tally.add("unreadable", "message", "")
	}
	s.series.pushTo(nil, formMessage, false, func([]byte, []edit) {
		for _, h := range u.pieces {
			h.Data = h.Data[:0]
		}
		u.lengths()
		u.ready()
	})
}

// spread makes edits in the payload p of a message and puts it back into the
// pieces.
func (s *socketSide) spread(u *unit, p []byte, edits []edit) {
	var f filler
	for _, h := range u.pieces {
		n := len(h.Data)
		h.Data = nil
		f.expect(n, func(out []byte) { h.Data = out })
	}
	emit(p, edits, f.fill)
	u.lengths()
}

// recompress makes edits in the inflated payload p of a message, compresses it
// by itself and puts it back into the pieces.
func (s *socketSide) recompress(u *unit, p []byte, edits []edit) {
	s.tainted = true
	if s.deflater == nil {
		bits := s.deflate.ServerBits
		if s.dir == capture.Send {
			bits = s.deflate.ClientBits
		}
		s.deflater = wsframe.NewDeflater(bits, true)
	}
	var text []byte
	emit(p, edits, func(_ int, out []byte) { text = append(text, out...) })
	wire, err := s.deflater.Append(nil, text)
	if err != nil {
		wire = nil // an empty payload breaks a rule, but tells nothing
	}
	// As much of it in each piece as there was before.
	was, left := u.size, len(wire)
	for i, h := range u.pieces {
		n := left
		if i+1 < len(u.pieces) && was > 0 {
			n = min(left, len(wire)*len(h.Data)/was)
		}
		at := len(wire) - left
		h.Data = wire[at : at+n]
		left -= n
	}
	u.lengths()
}

// lengths corrects the frames' heads to the payloads as they are now. A frame
// that was cut off keeps as much to be desired as it did.
func (u *unit) lengths() {
	for i, h := range u.pieces {
		if h.Type != capture.PieceFrame {
			continue
		}
		n := uint64(len(h.Data))
		last := i
		for last+1 < len(u.pieces) && u.pieces[last+1].Type != capture.PieceFrame {
			last++
			n += uint64(len(u.pieces[last].Data))
		}
		if u.cut && last+1 == len(u.pieces) {
			n++ // still not whole
		}
		minimal := h.Frame.Size == h.Frame.MinimalSize()
		h.Frame.Length = n
		if size := h.Frame.MinimalSize(); minimal || h.Frame.Size < size {
			h.Frame.Size = size
		}
	}
}
