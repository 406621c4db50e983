package store

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// track is an exchange on its way to the tape. Its lock is the one of
// capture.Track and guards all of it but the first three.
type track struct {
	tape    *Tape
	id      uint64
	session uint64

	sync.Mutex
	ex     *capture.Exchange
	mark   func() capture.Mark
	open   *block   // nil: the next piece begins one
	sealed []*block // full, not yet committed
	pieces uint64   // appended so far
	busy   int      // the buffer size the last full block came to
	dirty  bool     // in tape.dirty
	closed bool

	payload  uint64 // bytes of data since the last snapshot
	headsSum uint64 // of the heads taken last
	written  bool   // a snapshot took the exchange
	listed   bool   // it is in the bucket of open ones
	tailed   bool   // it is in the bucket of tails
	refs     refs   // to blocks in the log that are not in the index
	kept     int    // its share of tape.kept
	mended   uint64 // tape.mended at the last piece
}

var _ capture.Track = (*track)(nil)

// Append implements capture.Track.
func (k *track) Append(p *capture.Piece) error {
	if k.closed || k.tape.closing.Load() {
		return ErrClosed
	}
	if len(p.Data) > runMax {
		return k.split(p)
	}
	if p.Type == capture.PieceGap {
		k.noteFault()
	}
	k.mended = k.tape.mended.Load()
	k.put(p, nil)
	return nil
}

// put appends a piece whose data is not too long. The mark is asked for when
// a block begins, unless one is given.
func (k *track) put(p *capture.Piece, mark *capture.Mark) {
	if k.open != nil && !k.open.fits(len(p.Data)) {
		k.seal()
	}
	if k.open == nil {
		k.begin(p.At, mark)
	}
	k.open.append(p)
	k.pieces++
	k.payload += uint64(len(p.Data))
	k.touch()
}

// begin starts a block.
func (k *track) begin(at time.Duration, given *capture.Mark) {
	var m capture.Mark
	switch {
	case given != nil:
		m = *given
	case k.mark != nil:
		m = k.mark()
	default:
		m.Clean = k.pieces == 0
	}
	m.Pieces = k.pieces
	k.open = newBlock(&k.tape.buffers, k.id, m, at, k.busy)
}

// seal ends the open block.
func (k *track) seal() {
	k.busy = k.open.buf.size
	k.sealed = append(k.sealed, k.open)
	k.tape.sealed(len(k.open.buf.b) - k.open.stored)
	k.open = nil
}

// split appends a piece that is longer than a block as several: a frame and
// more of its payload, or chunks.
func (k *track) split(p *capture.Piece) error {
	q := *p
	q.Data = p.Data[:runMax]
	k.put(&q, nil)
	// What had passed before the rest, were a block to begin there.
	var m capture.Mark
	if k.mark != nil {
		m = k.mark()
	}
	m.Clean = false
	if p.Type == capture.PieceFrame {
		m.Frames++
		q = capture.Piece{Type: capture.PieceMore, Dir: p.Dir, At: p.At}
	}
	for rest := p.Data[runMax:]; len(rest) > 0; {
		n := min(len(rest), runMax)
		q.Data = rest[:n]
		k.put(&q, &m)
		rest = rest[n:]
	}
	return nil
}

// noteFault writes into the exchange why bytes of it are missing, if the tape
// failed since the last piece.
func (k *track) noteFault() {
	f := k.tape.lastFault.Load()
	if f == nil || k.ex.Fault != "" {
		return
	}
	if k.tape.failing.Load() || k.tape.mended.Load() != k.mended {
		k.ex.Fault = "the tape could not be written: " + (*f).Error()
	}
}

// Touch implements capture.Track.
func (k *track) Touch() {
	if !k.closed {
		k.touch()
	}
}

func (k *track) touch() {
	if !k.dirty {
		k.dirty = true
		k.tape.enqueue(k)
	}
}

// Close implements capture.Track.
func (k *track) Close() {
	if k.closed {
		return
	}
	k.closed = true
	if k.open != nil {
		k.seal()
	}
	k.touch()
}

// headsChanged reports whether the heads are others than the last ones taken.
func (k *track) headsChanged(seed maphash.Seed, heads []byte) bool {
	sum := maphash.Bytes(seed, heads)
	if k.written && sum == k.headsSum {
		return false
	}
	k.headsSum = sum
	return true
}
