package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// blockRef is a ref as the check keeps it.
type blockRef struct {
	number, exchange, piece uint64
	sum                     uint64 // of the mark
}

// take keeps the refs of an exchange and reports whether one is to its tail.
func (c *checker) take(exchange uint64, list []ref) (tail bool) {
	for i := range list {
		if list[i].number == 0 {
			tail = true
			continue
		}
		c.refs = append(c.refs, blockRef{list[i].number, exchange, list[i].mark.Pieces, c.sum(&list[i].mark)})
	}
	return tail
}

// recordRefs keeps the refs in an exchange's record.
func (c *checker) recordRefs(exchange uint64, e extent) (tail bool, err error) {
	list, err := parseRefs(e.refs)
	if err != nil {
		return false, err
	}
	return c.take(exchange, list), nil
}

// chunk checks a chunk of the index.
func (c *checker) chunk(k, v []byte, exchange, piece uint64) error {
	list, err := readChunk(k, v)
	if err != nil {
		return err
	}
	i, ok := c.find(exchange)
	switch {
	case !ok || !c.exchanges[i].logged:
		return errors.New("its exchange is missing")
	case c.take(exchange, list):
		return errors.New("it names a tail")
	case len(list) == 0 || list[len(list)-1].mark.Pieces != piece:
		return errors.New("its key is not that of its last block")
	}
	return nil
}

// logged checks a block of the log, where blocks stand in the order of their
// numbers.
func (c *checker) logged(k, v []byte) error {
	c.report.Blocks++
	if !c.ordered {
		slices.SortFunc(c.refs, func(x, y blockRef) int { return cmp.Compare(x.number, y.number) })
		c.ordered = true
	}
	for len(c.refs) > 0 && c.refs[0].number < number(k) {
		c.lose(c.refs[0])
		c.refs = c.refs[1:]
	}
	o, count, err := c.pieces(k, v)
	if len(c.refs) == 0 || c.refs[0].number != number(k) {
		return errors.Join(err, errors.New("no exchange has it"))
	}
	r := c.refs[0]
	c.refs = c.refs[1:]
	switch {
	case err != nil:
		c.forget(r.exchange)
		return err
	case o.exchange != r.exchange || o.mark.Pieces != r.piece || c.sum(&o.mark) != r.sum:
		c.forget(r.exchange)
		return fmt.Errorf("it is not the block of exchange %d at piece %d", r.exchange, r.piece)
	}
	return c.follow(r.exchange, r.piece, count)
}

// lose notes that a block is missing.
func (c *checker) lose(r blockRef) {
	c.walk.fault(where(r.exchange, r.piece), "it is missing")
	c.forget(r.exchange)
}

// forget notes that it is not known any more how many pieces were found of an
// exchange.
func (c *checker) forget(exchange uint64) {
	if i, ok := c.find(exchange); ok {
		c.exchanges[i].known = false
	}
}

// follow checks that a block goes on where the one before it ended.
func (c *checker) follow(exchange, piece, count uint64) error {
	i, ok := c.find(exchange)
	if !ok {
		return errors.New("its exchange is missing")
	}
	x := &c.exchanges[i]
	want, known := x.have, x.known
	x.have, x.known = piece+count, true
	if known && want != piece {
		return fmt.Errorf("the pieces from %d on are missing", want)
	}
	return nil
}

// tail checks the tail of an exchange.
func (c *checker) tail(k, v []byte) error {
	c.report.Blocks++
	for _, r := range c.refs { // the log has ended
		c.lose(r)
	}
	c.refs = nil
	o, count, err := c.pieces(k, v)
	id := number(k)
	i, ok := c.find(id)
	if !ok || !c.exchanges[i].tail {
		return errors.Join(err, errors.New("no exchange has it"))
	}
	c.exchanges[i].tail = false
	switch {
	case err != nil:
		c.forget(id)
		return err
	case o.exchange != id:
		return fmt.Errorf("it is that of exchange %d", o.exchange)
	}
	return c.follow(id, o.mark.Pieces, count)
}

// whole tells of an exchange of which less was found than its record says.
func (c *checker) whole(x *listed) {
	place := fmt.Sprintf("exchange %d", x.id)
	switch {
	case !x.logged:
	case x.tail:
		c.walk.fault(place, "its tail is missing")
	case x.known && x.have != x.pieces:
		c.walk.fault(place, "%d pieces of %d", x.have, x.pieces)
	}
}
