package redact

import (
	"github.com/wiretape/wiretape/capture"
)

// rewriter takes the pieces of one exchange and gives them out redacted: as many
// as they were, in the same order and at the same times. It holds back those
// about which nothing is decided yet, and with them those of the other direction
// that came after.
type rewriter struct {
	r      *Redactor
	ex     *capture.Exchange
	tally  *tally
	recode [2]bool
	out    func(*capture.Piece) error
	queue  []*heldPiece
	sides  [2]rewriterSide // nil before the first piece of the direction
	err    error
}

// rewriterSide rewrites one direction.
type rewriterSide interface {
	// piece takes a piece of the direction.
	piece(h *heldPiece)
	// close decides about all that is held back.
	close()
}

// heldPiece is a piece that waits.
type heldPiece struct {
	capture.Piece
	ready bool
}

// newRewriter returns a rewriter for ex, whose heads must be there before the
// first piece of their direction. recode tells of which directions the body, if
// it came in a content coding, is to be coded anew.
func newRewriter(r *Redactor, ex *capture.Exchange, t *tally, recode [2]bool, out func(*capture.Piece) error) *rewriter {
	return &rewriter{r: r, ex: ex, tally: t, recode: recode, out: out}
}

// side returns what rewrites a direction.
func (w *rewriter) side(dir capture.Direction) rewriterSide {
	if w.sides[dir] == nil {
		if w.ex.Kind == capture.KindWebSocket {
			w.sides[dir] = newSocketSide(w, w.ex, dir)
		} else {
			w.sides[dir] = newBodySide(w, w.ex, dir, w.recode[dir])
		}
	}
	return w.sides[dir]
}

// piece takes the next piece; its data is copied.
func (w *rewriter) piece(p *capture.Piece) error {
	h := &heldPiece{Piece: *p}
	h.Data = append([]byte(nil), p.Data...)
	w.queue = append(w.queue, h)
	w.side(p.Dir).piece(h)
	return w.letGo()
}

// close gives out what was held back.
func (w *rewriter) close() error {
	for _, side := range w.sides {
		if side != nil {
			side.close()
		}
	}
	for _, h := range w.queue {
		h.ready = true
	}
	return w.letGo()
}

// abandon frees what the sides hold, and gives out nothing more.
func (w *rewriter) abandon() error {
	w.out = func(*capture.Piece) error { return nil }
	return w.close()
}

// letGo gives out the pieces at the front that are decided.
func (w *rewriter) letGo() error {
	n := 0
	for n < len(w.queue) && w.queue[n].ready {
		if w.err == nil {
			w.err = w.out(&w.queue[n].Piece)
		}
		w.queue[n] = nil
		n++
	}
	w.queue = w.queue[n:]
	if len(w.queue) == 0 {
		w.queue = nil
	}
	return w.err
}

// filler deals the output of edits out to the pieces its input came in: what
// stays goes where it was, a placeholder where the last byte of its secret was,
// so that nothing is known before it came.
type filler struct {
	runs []waitingRun
}

// waitingRun is a piece that waits for its output.
type waitingRun struct {
	left int // input bytes not yet dealt with
	out  []byte
	done func(out []byte)
}

// expect adds a piece of n input bytes.
func (f *filler) expect(n int, done func(out []byte)) {
	if n == 0 && len(f.runs) == 0 {
		done(nil)
		return
	}
	f.runs = append(f.runs, waitingRun{left: n, done: done})
}

// fill takes the output for the next n input bytes.
func (f *filler) fill(n int, out []byte) {
	same := n == len(out)
	for n > 0 && len(f.runs) > 0 {
		run := &f.runs[0]
		k := min(n, run.left)
		n -= k
		run.left -= k
		if same {
			run.out = append(run.out, out[:k]...)
			out = out[k:]
		} else if n == 0 {
			run.out = append(run.out, out...)
		}
		f.settle()
	}
}

// settle gives back the runs at the front whose input is all dealt with.
func (f *filler) settle() {
	n := 0
	for n < len(f.runs) && f.runs[n].left == 0 {
		f.runs[n].done(f.runs[n].out)
		n++
	}
	f.runs = f.runs[n:]
}
