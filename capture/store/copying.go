package store

import (
	"fmt"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// copying repacks the blocks of one exchange. Blocks are joined, never cut, so
// that each begins at a mark.
type copying struct {
	*rebuild
	ex     *capture.Exchange
	extent extent // in the old tape
	refs   refs   // to blocks in the new one
	open   *block
	read   uint64 // ordinal of the next piece in the old tape
	next   uint64 // ordinal of the next piece in the new one
	frames uint64 // frames begun before

	payload, stored uint64
	scratch         []byte

	// Of a salvage.
	lost [2]uint64 // bytes that were counted, but no block holds
	torn [2]bool   // what comes next goes on with a frame that is missing
}

// blocks copies the blocks of the exchange.
func (c *copying) blocks() error {
	if c.salvage {
		if err := c.missing(); err != nil {
			return err
		}
	}
	if err := c.each(c.block); err != nil {
		return err
	}
	if total := c.extent.pieces; c.read < total {
		if err := c.hole(total, c.ex.Sent.Frames+c.ex.Received.Frames, c.ex.Duration); err != nil {
			return err
		}
	}
	c.seal()
	return nil
}

// each walks the blocks as they stand on the old tape. A salvage reads them
// from the bucket of version 1, where it put them all.
func (c *copying) each(fn func(first uint64, p Pair) error) error {
	id := uint64(c.ex.ID)
	if c.extent.logged && !c.salvage {
		return c.eachLogged(id, fn)
	}
	from := blockKey(id, 0)
	for limit := 1; ; limit = min(2*limit+1, readRecords) {
		pairs, err := c.from.Scan(bucketBlocks, from, limit, readBytes)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			of, first, ok := splitBlockKey(p.Key)
			if !ok || of != id {
				return nil
			}
			if err := fn(first, p); err != nil {
				return err
			}
		}
		if len(pairs) == 0 {
			return nil
		}
		from = after(pairs[len(pairs)-1].Key)
	}
}

func (c *copying) eachLogged(id uint64, fn func(first uint64, p Pair) error) error {
	r := NewReader(c.from)
	var list []ref
	for at, err := range r.refs(id, c.extent) {
		if err != nil {
			return err
		}
		list = append(list, at)
	}
	for len(list) > 0 {
		pairs, err := r.blocksAt(id, list[:min(len(list), readRecords)])
		if err != nil {
			return err
		}
		for i, p := range pairs {
			if err := fn(list[i].mark.Pieces, p); err != nil {
				return err
			}
		}
		list = list[len(pairs):]
	}
	return nil
}

// block copies one block.
func (c *copying) block(first uint64, p Pair) error {
	o, scratch, err := openBlock(p.Key, p.Value, c.scratch, c.unpacker)
	c.scratch = scratch
	if err != nil {
		return c.mend(where(uint64(c.ex.ID), first), err)
	}
	if first > c.read {
		if err := c.hole(first, o.mark.Frames, o.base); err != nil {
			return err
		}
	}
	if c.open != nil && len(c.open.buf.b)+len(o.data)+pieceRoom > blockMax {
		c.seal()
	}
	if c.open == nil {
		o.mark.Pieces = c.next
		c.begin(o.mark, o.base)
	}
	r := pieces{b: o.data, last: o.base}
	var q capture.Piece
	for c.read = first; r.next(&q); c.read++ {
		if q.Type == capture.PieceMore && c.torn[q.Dir] {
			continue
		}
		c.torn[q.Dir] = c.torn[q.Dir] && q.Type != capture.PieceFrame
		c.put(&q)
	}
	if r.err != nil {
		return c.mend(where(uint64(c.ex.ID), first), r.err)
	}
	return nil
}

func (c *copying) begin(m capture.Mark, base time.Duration) {
	c.open = newBlock(&c.buffers, uint64(c.ex.ID), m, base, len(bufferSizes)-1)
}

func (c *copying) put(p *capture.Piece) {
	c.open.append(p)
	c.next++
	c.payload += uint64(len(p.Data))
	switch p.Type {
	case capture.PieceFrame:
		c.frames++
		if c.ex.Request.URL == "" && c.salvage {
			c.ex.Kind = capture.KindWebSocket // a record that was made up
		}
	case capture.PieceGap:
		c.frames += p.Frames
	}
}

// seal gives the open block to the batch.
func (c *copying) seal() {
	if c.open == nil {
		return
	}
	b := c.batch
	b.takeBlock(&c.refs, uint64(c.ex.ID), 0, c.open)
	put := &b.puts[putLog][len(b.puts[putLog])-1]
	if c.packer != nil {
		if packed, shorter := pack(c.packer, nil, put.Value); shorter {
			put.Value = packed
		}
	}
	c.stored += uint64(len(put.Value))
	c.size += len(put.Value)
	c.report.Blocks++
	c.report.Pieces += uint64(c.open.count)
	c.open = nil
}

// missing finds how many bytes were recorded that no block holds.
func (c *copying) missing() error {
	var have [2]uint64
	err := c.each(func(_ uint64, p Pair) error {
		o, scratch, err := openBlock(p.Key, p.Value, c.scratch, c.unpacker)
		c.scratch = scratch
		if err != nil {
			return nil
		}
		r := pieces{b: o.data, last: o.base}
		for q := (capture.Piece{}); r.next(&q); {
			have[q.Dir] += uint64(len(q.Data))
		}
		return nil
	})
	for dir, n := range [2]uint64{c.ex.Sent.Bytes, c.ex.Received.Bytes} {
		if n > have[dir] {
			c.lost[dir] = n - have[dir]
		}
	}
	return err
}

// hole marks with gaps that the pieces up to next are missing, and that frames
// had begun before it. The bytes are told at the first hole.
func (c *copying) hole(next, frames uint64, at time.Duration) error {
	err := c.mend(where(uint64(c.ex.ID), c.read), fmt.Errorf("%d pieces are missing", next-c.read))
	if err != nil {
		return err
	}
	c.read = next
	if c.open == nil {
		c.begin(capture.Mark{Pieces: c.next, Frames: c.frames, Clean: c.next == 0}, at)
	}
	gap := capture.Piece{Type: capture.PieceGap, Dir: capture.Receive, At: at}
	if frames > c.frames {
		gap.Frames = frames - c.frames
	}
	for dir, n := range c.lost {
		if n > 0 {
			gap.Dir, gap.Lost = capture.Direction(dir), n
			c.put(&gap)
			c.ex.Lost.Gaps++
			c.ex.Lost.Bytes += n
			gap.Frames, gap.Lost = 0, 0
		}
	}
	if c.lost == [2]uint64{} {
		c.put(&gap)
		c.ex.Lost.Gaps++
	}
	c.lost = [2]uint64{}
	c.torn = [2]bool{true, true}
	c.ex.Fault = "salvaged from a damaged tape: parts are missing"
	c.seal()
	return nil
}
