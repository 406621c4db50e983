package diff

import (
	"fmt"
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// maxHeld is how much a cursor holds of what it has passed and is asked for
// later, in bytes.
const maxHeld = 32 << 20

// cursor reads a side a second time, mostly in order. What it passes and is
// needed later it holds, as far as that goes; the rest is looked up again.
type cursor struct {
	side  *side
	needs map[uint64]bool
	next  func() (*unit, error, bool)
	stop  func()
	at    uint64 // the last row that was read
	held  map[uint64]*unit
	order []uint64
	size  int
}

// newCursor returns a cursor on the first row. needs are the rows it will be
// asked for.
func newCursor(s *side, needs map[uint64]bool) *cursor {
	c := &cursor{side: s, needs: needs, held: map[uint64]*unit{}}
	c.next, c.stop = iter.Pull2(s.units(1))
	return c
}

// get returns the row with a number.
func (c *cursor) get(seq uint64) (*unit, error) {
	if u := c.held[seq]; u != nil {
		c.drop(seq)
		return u, nil
	}
	for c.at < seq {
		u, err, ok := c.next()
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, fmt.Errorf("exchange %d, row %d: %w", c.side.ex.ID, seq, capture.ErrNotFound)
		}
		if c.at = u.seq; c.at == seq {
			return u, nil
		}
		if c.needs[u.seq] {
			c.hold(u)
		}
	}
	for u, err := range c.side.units(seq) {
		if err != nil || u.seq == seq {
			return u, err
		}
		break
	}
	return nil, fmt.Errorf("exchange %d, row %d: %w", c.side.ex.ID, seq, capture.ErrNotFound)
}

// hold keeps a row, and gives up the oldest ones when that is too much.
func (c *cursor) hold(u *unit) {
	c.held[u.seq] = u
	c.order = append(c.order, u.seq)
	c.size += sizeOf(u)
	for c.size > maxHeld && len(c.order) > 0 {
		c.drop(c.order[0])
		c.order = c.order[1:]
	}
	if len(c.order) > 2*len(c.held)+64 {
		kept := c.order[:0]
		for _, seq := range c.order {
			if c.held[seq] != nil {
				kept = append(kept, seq)
			}
		}
		c.order = kept
	}
}

func (c *cursor) drop(seq uint64) {
	if u := c.held[seq]; u != nil {
		c.size -= sizeOf(u)
		delete(c.held, seq)
	}
}

// sizeOf is about how much memory a unit takes.
func sizeOf(u *unit) int {
	if u.doc == nil {
		return 128
	}
	return 256 + 2*len(u.doc.Data) + 64*len(u.doc.Leaves)
}
