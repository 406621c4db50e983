package record

import (
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// socket is the state of a recorded WebSocket: where each direction stands in
// its frames, and the first close frame.
type socket struct {
	side     [2]side
	frames   uint64 // begun, both directions
	takeover bool   // messages are deflated with a window that reaches back before them
	closed   *capture.End
}

// side is one direction of a socket.
type side struct {
	splitter  wsframe.Splitter
	headAt    time.Duration // when the first byte of an unfinished head came
	inHead    bool
	inFrame   bool // a frame's payload is unfinished
	inMessage bool // a fragmented message is unfinished
	skipping  bool // the rest of the frame at hand fell into a gap
	afterGap  bool // no message was complete since the last gap
	head      capture.FrameHead
	control   []byte // payload of the control frame at hand; at most 125 bytes are of use

	// What was on the wire, recorded or not:
	fragmented bool // a fragmented message is open
	closed     bool // a close frame has passed
}

func newSocket(r *capture.Response) *socket {
	// Peers may compress even where their handshake is faulty.
	d, _ := wsframe.Negotiated(capture.Values(r.Header, "Sec-WebSocket-Extensions"))
	return &socket{takeover: d.Enabled && !(d.ServerNoTakeover && d.ClientNoTakeover)}
}

// clean reports whether decoding can start at the next piece: what is said of
// the frames after it needs nothing of what came before.
func (s *socket) clean() bool {
	if s.closed != nil {
		return false // data after a close breaks a rule
	}
	for i := range s.side {
		if d := &s.side[i]; d.inFrame || d.inMessage || d.afterGap {
			return false
		}
	}
	return s.frames == 0 || !s.takeover
}

// isWebSocket reports whether r switches the connection to WebSocket (RFC 6455 §4.1).
func isWebSocket(r *capture.Response) bool {
	return r.Status == 101 && strings.EqualFold(capture.Get(r.Header, "Upgrade"), "websocket")
}

// frames records a run of socket bytes, frame by frame.
func (t *tap) frames(c capture.Chunk, room bool) {
	d := &t.socket.side[c.Dir]
	for p := c.Data; len(p) > 0; {
		piece, n, ok := d.splitter.Next(p)
		if n == 0 && !ok {
			return
		}
		if !d.inHead && !d.inFrame {
			d.inHead, d.headAt = true, c.At
		}
		p = p[n:]
		if !ok {
			break
		}
		if piece.First {
			d.head, d.inHead, d.inFrame = piece.Head, false, true
			d.control = d.control[:0]
		}
		if piece.Last {
			d.passedWhole(piece.Head)
		}
		t.framePiece(c, d, &piece, room)
	}
}

// passedWhole notes what a whole frame means for those that may follow it (RFC
// 6455 §5.4, §5.5.1).
func (d *side) passedWhole(h capture.FrameHead) {
	if !h.Opcode.Control() {
		d.fragmented = !h.Fin
	} else if h.Opcode == capture.OpClose {
		d.closed = true
	}
}

// framePiece records one piece of a frame, or counts it as lost. A frame whose
// beginning was lost is lost whole, so that what follows a gap begins with a
// head.
func (t *tap) framePiece(c capture.Chunk, d *side, piece *wsframe.Piece, room bool) {
	if !room || d.skipping {
		t.loseFrame(c.Dir, d, piece)
		return
	}
	if t.closeGap(c.Dir, c.At) {
		d.afterGap = true
	}
	out := capture.Piece{Type: capture.PieceMore, Dir: c.Dir, At: c.At - t.ex.At, Data: piece.Data}
	counts := t.counts(c.Dir)
	if piece.First {
		out.Type, out.Frame, out.Since = capture.PieceFrame, piece.Head, c.At-d.headAt
		// The mark of a block that begins here must not see this frame yet.
		d.inFrame = false
		t.append(&out)
		d.inFrame = true
		t.socket.frames++
		counts.Frames++
	} else {
		t.append(&out)
	}
	counts.Bytes += uint64(len(piece.Data))
	if d.head.Opcode == capture.OpClose && len(d.control) < 125 {
		d.control = append(d.control, piece.Data...)
	}
	if piece.Last {
		t.frameDone(c, d, counts)
	}
}

// loseFrame counts one piece of a frame as lost. A frame whose head is on the
// tape ends there, and the message with it, which is a row of its own.
func (t *tap) loseFrame(dir capture.Direction, d *side, piece *wsframe.Piece) {
	if !d.skipping && !piece.First {
		t.rows++
		d.inMessage = d.inMessage && d.head.Opcode.Control()
	}
	ended := uint64(0)
	if piece.Last {
		ended, d.inFrame = 1, false
	}
	d.skipping = !piece.Last
	t.lose(dir, uint64(len(piece.Data)), ended)
}

// frameDone counts a complete frame and the message it completes.
func (t *tap) frameDone(c capture.Chunk, d *side, counts *capture.Counts) {
	d.inFrame = false
	switch {
	case d.head.Opcode.Control():
		counts.Control++
		t.rows++
		if d.head.Opcode == capture.OpClose && t.socket.closed == nil {
			t.firstClose(c.Dir, d.control)
		}
	case d.head.Fin:
		d.inMessage, d.afterGap = false, false
		counts.Messages++
		t.rows++
		t.rec.messages.Add(1)
	default:
		d.inMessage = true
	}
}

// firstClose keeps the code and the reason that the end of the exchange will
// carry.
func (t *tap) firstClose(dir capture.Direction, payload []byte) {
	code, reason := capture.ParseClose(payload)
	by := capture.Client
	if dir == capture.Receive {
		by = capture.Server
	}
	t.socket.closed = &capture.End{How: capture.HowClose, By: by, Code: code, Reason: reason}
}

// closeSocket completes the end with the first close frame, and keeps the
// bytes of a head that never became whole.
func (t *tap) closeSocket(e *capture.End) {
	for _, dir := range [...]capture.Direction{capture.Send, capture.Receive} {
		if rest := t.socket.side[dir].splitter.Partial(); len(rest) > 0 {
			t.append(&capture.Piece{
				Type: capture.PieceChunk, Dir: dir, At: t.socket.side[dir].headAt - t.ex.At, Data: rest,
			})
			t.counts(dir).Bytes += uint64(len(rest))
		}
	}
	if c := t.socket.closed; c != nil {
		e.How, e.By, e.Code, e.Reason = c.How, c.By, c.Code, c.Reason
	}
}
