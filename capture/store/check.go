package store

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture"
)

// Report is what Check found.
type Report struct {
	Path      string
	Pages     uint64 // of the file
	Sessions  uint64
	Exchanges uint64
	Blocks    uint64
	Pieces    uint64
	Documents uint64
	Payload   uint64   // bytes of pieces
	Damage    []Damage // at most 1,000
}

// OK reports whether nothing is damaged.
func (r *Report) OK() bool { return len(r.Damage) == 0 }

// Err returns the damage as a *DamageError, or nil.
func (r *Report) Err() error {
	if r.OK() {
		return nil
	}
	return &DamageError{Path: r.Path, Damage: r.Damage}
}

// Check reads all of a tape: the trees, every checksum, every piece, and
// whether the buckets agree with each other. What is wrong is in the report;
// the error says why there is none: the file is no tape, or a recorder has it
// open. No damage makes it panic, and nothing is changed.
func Check(path string) (*Report, error) {
	c := checker{report: &Report{Path: path}, seed: maphash.MakeSeed(), sessions: map[uint64]bool{}}
	err := c.file(path)
	var damage *DamageError
	if errors.As(err, &damage) {
		c.report.Damage = append(damage.Damage, c.report.Damage...)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return c.report, nil
}

// checker looks at the values of a tape in the order of the buckets' names:
// blocks, documents, exchanges, heads, index, log, marks, open, sessions,
// tails.
type checker struct {
	report  *Report
	walk    *walk
	decoder *zstd.Decoder
	scratch []byte
	seed    maphash.Seed

	version   uint32          // of the tape
	totals    []total         // pieces of each exchange that has blocks of version 1
	marks     []blockMark     // that the blocks of version 1 say should be there
	exchanges []listed        // of the records
	refs      []blockRef      // to blocks in the log
	ordered   bool            // the refs are in the order of the log
	heads     int             // how many of them had heads so far
	open      int             // how many of them are in the bucket of open ones
	sessions  map[uint64]bool // that exchanges belong to; true when found
}

type total struct{ exchange, pieces uint64 }

type blockMark struct {
	exchange, piece uint64
	sum             uint64
}

func (m *blockMark) before(exchange, piece uint64) bool {
	return m.exchange < exchange || m.exchange == exchange && m.piece < piece
}

// listed is an exchange by its record, and how much of it was found.
type listed struct {
	id     uint64
	open   bool
	logged bool
	tail   bool   // it has one
	known  bool   // have is how many pieces were found
	pieces uint64 // that its record tells of
	have   uint64
}

func (c *checker) file(path string) error {
	if err := precheck(path); err != nil {
		return err
	}
	lock, _, err := readBolt(path, (*Options)(nil).withDefaults().Timeout)
	var locked *LockedError
	if errors.As(err, &locked) {
		return err
	}
	if lock != nil {
		defer guard(lock.Close)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("check tape: %w", err)
	}
	defer f.Close()
	p, m, err := openTape(path, f)
	if err != nil {
		return err
	}
	c.version = m.version()
	if c.decoder, err = newDecoder(); err != nil {
		return err
	}
	defer c.decoder.Close()
	c.report.Pages = p.pages
	c.walk = &walk{file: p, leaves: true, each: c.value}
	c.walk.run()
	c.buckets()
	c.report.Damage = c.walk.damage
	return nil
}

// buckets says which are missing, and, when the trees are sound, where they do
// not agree.
func (c *checker) buckets() {
	sound := len(c.walk.damage) == 0
	for _, name := range madeWith(c.version) {
		if !c.walk.buckets[name] {
			c.walk.fault("bucket "+name, "it is missing")
			sound = false
		}
	}
	if !sound {
		return
	}
	for id, found := range c.sessions {
		if !found {
			c.walk.fault(fmt.Sprintf("session %d", id), "exchanges belong to it, but it is missing")
		}
	}
	for _, t := range c.totals {
		c.walk.fault(fmt.Sprintf("exchange %d", t.exchange), "it has blocks, but no record")
	}
	for _, m := range c.marks {
		c.walk.fault(where(m.exchange, m.piece), "its mark is missing")
	}
	for _, r := range c.refs {
		c.walk.fault(where(r.exchange, r.piece), "it is missing")
	}
	if c.heads != len(c.exchanges) {
		c.walk.fault("bucket heads", "%d of %d exchanges have none", len(c.exchanges)-c.heads, len(c.exchanges))
	}
	open := 0
	for _, x := range c.exchanges {
		if x.open {
			open++
		}
		c.whole(&x)
	}
	if open != c.open {
		c.walk.fault("bucket open", "%d exchanges are listed, %d are open", c.open, open)
	}
}

func where(exchange, piece uint64) string {
	return fmt.Sprintf("block of exchange %d at piece %d", exchange, piece)
}

// value checks one value.
func (c *checker) value(bucket string, n *node, e element) {
	if kindOf(bucket) == 0 {
		return
	}
	k := slices.Clone(e.key)
	place := fmt.Sprintf("%s %x", bucket, k)
	v, err := n.value(e)
	switch {
	case err != nil:
	case e.bucket:
		err = errors.New("a bucket, where a value should be")
	case bucket == bucketBlocks || bucket == bucketMarks || bucket == bucketIndex:
		exchange, piece, ok := splitBlockKey(k)
		if !ok {
			err = errors.New("the key is malformed")
			break
		}
		place = where(exchange, piece)
		switch bucket {
		case bucketBlocks:
			err = c.block(k, v, exchange, piece)
		case bucketMarks:
			err = c.mark(k, v, exchange, piece)
		default:
			place = fmt.Sprintf("index of exchange %d at piece %d", exchange, piece)
			err = c.chunk(k, v, exchange, piece)
		}
	case bucket == bucketDocuments:
		place = fmt.Sprintf("document %q", k)
		c.report.Documents++
		_, err = readDocument(k, v)
	case len(k) != 8:
		err = errors.New("the key is malformed")
	default:
		place = fmt.Sprintf("%s %d", bucket, number(k))
		err = c.record(bucket, k, v)
	}
	if err != nil {
		c.walk.fault(place, "%v", err)
	}
}

func (c *checker) block(k, v []byte, exchange, piece uint64) error {
	c.report.Blocks++
	if len(c.totals) == 0 || c.totals[len(c.totals)-1].exchange != exchange {
		c.totals = append(c.totals, total{exchange: exchange})
	}
	t := &c.totals[len(c.totals)-1]
	o, count, err := c.pieces(k, v)
	want := t.pieces
	t.pieces = piece + count // what follows is measured from what is known
	switch {
	case err != nil:
		return err
	case o.mark.Pieces != piece:
		return fmt.Errorf("the mark is that of piece %d", o.mark.Pieces)
	case piece != want:
		return fmt.Errorf("the pieces from %d on are missing", want)
	}
	if piece > 0 {
		c.marks = append(c.marks, blockMark{exchange, piece, c.sum(&o.mark)})
	}
	return nil
}

// pieces opens a block and counts its pieces.
func (c *checker) pieces(k, v []byte) (o opened, count uint64, err error) {
	o, scratch, err := openBlock(k, v, c.scratch, c.decoder)
	c.scratch = scratch
	if err != nil {
		return o, 0, err
	}
	r := pieces{b: o.data, last: o.base}
	var p capture.Piece
	for r.next(&p) {
		count++
		c.report.Payload += uint64(len(p.Data))
	}
	c.report.Pieces += count
	if r.err == nil && count != uint64(o.count) {
		return o, count, fmt.Errorf("%d pieces of %d", count, o.count)
	}
	return o, count, r.err
}

func (c *checker) sum(m *capture.Mark) uint64 {
	b := putUint(appendMark(nil, m), tagMarkClean, boolUint(m.Clean))
	return maphash.Bytes(c.seed, b)
}

func (c *checker) mark(k, v []byte, exchange, piece uint64) error {
	m, err := readMark(k, v)
	for len(c.marks) > 0 && c.marks[0].before(exchange, piece) {
		c.walk.fault(where(c.marks[0].exchange, c.marks[0].piece), "its mark is missing")
		c.marks = c.marks[1:]
	}
	if len(c.marks) == 0 || c.marks[0].exchange != exchange || c.marks[0].piece != piece {
		return errors.Join(err, errors.New("a mark without its block"))
	}
	want := c.marks[0].sum
	c.marks = c.marks[1:]
	if err == nil && c.sum(&m) != want {
		err = errors.New("the mark is not that of the block")
	}
	return err
}

func (c *checker) record(bucket string, k, v []byte) error {
	id := number(k)
	switch bucket {
	case bucketExchanges:
		return c.exchange(id, k, v)
	case bucketHeads:
		c.heads++
		if _, ok := c.find(id); !ok {
			return errors.New("heads of an exchange that is missing")
		}
		return readHeads(k, v, &capture.Exchange{Response: &capture.Response{}})
	case bucketLog:
		return c.logged(k, v)
	case bucketTails:
		return c.tail(k, v)
	case bucketOpen:
		c.open++
		if i, ok := c.find(id); !ok || !c.exchanges[i].open {
			return errors.New("the exchange is not open")
		}
		_, err := openValue(k, v, kindOpen)
		return err
	}
	c.report.Sessions++
	s, err := readSession(k, v)
	if err != nil {
		return err
	}
	c.sessions[id] = true
	if uint64(s.ID) != id {
		return fmt.Errorf("it says it is session %d", s.ID)
	}
	return nil
}

func (c *checker) exchange(id uint64, k, v []byte) error {
	c.report.Exchanges++
	ex, e, err := readExchange(k, v)
	var have uint64
	for len(c.totals) > 0 && c.totals[0].exchange < id {
		c.walk.fault(fmt.Sprintf("exchange %d", c.totals[0].exchange), "it has blocks, but no record")
		c.totals = c.totals[1:]
	}
	if len(c.totals) > 0 && c.totals[0].exchange == id {
		have = c.totals[0].pieces
		c.totals = c.totals[1:]
	}
	if err != nil {
		c.exchanges = append(c.exchanges, listed{id: id})
		return err
	}
	x := listed{id: id, open: ex.Open && !ex.Cut, logged: e.logged, known: true, pieces: e.pieces}
	if ex.Session != 0 && !c.sessions[uint64(ex.Session)] {
		c.sessions[uint64(ex.Session)] = false
	}
	if e.logged {
		x.tail, err = c.recordRefs(id, e)
	}
	c.exchanges = append(c.exchanges, x)
	switch {
	case err != nil:
		return err
	case uint64(ex.ID) != id:
		return fmt.Errorf("it says it is exchange %d", ex.ID)
	case !e.logged && e.pieces != have:
		return fmt.Errorf("%d pieces of %d", have, e.pieces)
	case e.logged && have > 0:
		return errors.New("it has blocks in the bucket of version 1")
	}
	return nil
}

func (c *checker) find(id uint64) (int, bool) {
	return slices.BinarySearchFunc(c.exchanges, id, func(x listed, id uint64) int {
		return cmp.Compare(x.id, id)
	})
}
