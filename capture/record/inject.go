package record

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

var _ capture.SocketTap = (*tap)(nil)

// ID implements capture.SocketTap.
func (t *tap) ID() capture.ExchangeID {
	t.track.Lock()
	defer t.track.Unlock()
	return t.ex.ID
}

// Standing implements capture.SocketTap.
func (t *tap) Standing(dir capture.Direction) (capture.Standing, bool) {
	t.track.Lock()
	defer t.track.Unlock()
	if t.socket == nil || t.ended || t.ex.Fault != "" {
		return capture.Standing{}, false
	}
	d := &t.socket.side[dir]
	inHead, inPayload := d.splitter.Pending()
	return capture.Standing{InFrame: inHead || inPayload, InMessage: d.fragmented, Closed: d.closed}, true
}

// Boundary implements capture.SocketTap.
func (t *tap) Boundary(dir capture.Direction, p []byte) int {
	t.track.Lock()
	defer t.track.Unlock()
	if t.socket == nil {
		return len(p)
	}
	ahead := t.socket.side[dir].splitter.Fork()
	for at := 0; at < len(p); {
		piece, n, ok := ahead.Next(p[at:])
		at += n
		if ok && piece.Last {
			return at
		}
	}
	return len(p)
}

// Inject implements capture.SocketTap.
func (t *tap) Inject(dir capture.Direction, at time.Duration, head capture.FrameHead, payload []byte) bool {
	if !t.rec.reserve(len(payload) + pieceOverhead) {
		return false
	}
	t.track.Lock()
	defer t.track.Unlock()
	if t.socket == nil || t.ended || t.ex.Fault != "" {
		return false
	}
	t.passed(at)
	d := &t.socket.side[dir]
	if t.closeGap(dir, at) {
		d.afterGap = true
	}
	t.append(&capture.Piece{
		Type: capture.PieceFrame, Dir: dir, At: at - t.ex.At, Frame: head, Inject: true, Data: payload,
	})
	counts := t.counts(dir)
	t.socket.frames++
	counts.Frames++
	counts.Bytes += uint64(len(payload))
	// Between frames the side keeps nothing of the frame before.
	d.head, d.control = head, append(d.control[:0], payload[:min(len(payload), 125)]...)
	d.passedWhole(head)
	first := t.socket.closed == nil
	t.frameDone(capture.Chunk{Dir: dir, At: at}, d, counts)
	if c := t.socket.closed; first && c != nil {
		c.By = capture.Proxy
	}
	return true
}
