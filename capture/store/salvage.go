package store

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
)

// Salvage writes what is undamaged of the tape at src into a new tape at dst,
// where nothing may be. Exchanges of which parts are missing get gaps in their
// place. The report counts what dst holds; its damage is what was left out. A
// file that never was a tape is an error.
func Salvage(src, dst string, o *Options) (*Report, error) {
	options := o.withDefaults()
	if err := vacant(dst); err != nil {
		return nil, err
	}
	f, p, err := openDamaged(src)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	removeLeftovers(dst)
	tmp := unfinished(dst)
	defer os.Remove(tmp)
	g, err := newGathering(tmp, &options)
	if err != nil {
		return nil, fmt.Errorf("salvage tape: %w", err)
	}
	err = g.run(p)
	v := &View{path: tmp, db: g.db}
	v.Reader = NewReader(viewSource{v})
	var report *Report
	if err == nil {
		report, err = mend(v.Source(), dst, &options)
	}
	if closeErr := v.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(dst)
		return nil, fmt.Errorf("salvage tape %s: %w", src, err)
	}
	report.Damage = append(g.walk.damage, report.Damage...)
	return report, nil
}

// mend makes a new tape of a source in which values may be missing.
func mend(from Source, path string, o *Options) (*Report, error) {
	r, err := newRebuild(from, path, o)
	if err != nil {
		return nil, err
	}
	r.salvage = true
	err = r.run()
	if closeErr := r.close(); err == nil {
		err = closeErr
	}
	return r.report, err
}

// openDamaged opens a file that was a tape once.
func openDamaged(path string) (*os.File, *pageFile, error) {
	err := precheck(path)
	var damage *DamageError
	if err != nil && !errors.As(err, &damage) {
		return nil, nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("salvage tape: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("salvage tape: %w", err)
	}
	p, err := openPages(f, info.Size())
	if err != nil {
		// Without meta pages there are only pages that tell what they are.
		p = &pageFile{r: f, size: info.Size(), pageSize: int64(os.Getpagesize()), freelist: noFreelist}
		p.pages = uint64(p.size / p.pageSize)
		return f, p, nil
	}
	if m, err := p.tapeMeta(); err == nil {
		if err := m.check(path); err != nil && !errors.As(err, &damage) {
			f.Close()
			return nil, nil, err
		}
	}
	return f, p, nil
}

// gathering collects the values of a damaged tape whose checksums hold.
type gathering struct {
	walk  *walk
	db    *database
	batch [len(dataBuckets)][]Pair
	size  int
	loose bool // pages that no tree leads to
	// found are the keys of loose pages, which may be there in several
	// versions.
	found     map[string]bool
	exchanges map[uint64]bool // false: only blocks so far
	err       error
}

func newGathering(path string, o *Options) (*gathering, error) {
	if err := initialize(path, o); err != nil {
		return nil, err
	}
	g := &gathering{
		db:        &database{path: path, timeout: o.Timeout, noSync: true},
		found:     map[string]bool{},
		exchanges: map[uint64]bool{},
	}
	return g, g.db.open()
}

func (g *gathering) run(p *pageFile) error {
	g.walk = &walk{file: p, leaves: true, each: g.value}
	if p.root != 0 {
		g.walk.run()
	} else {
		g.walk.fault("file", "both meta pages are damaged")
	}
	if len(g.walk.damage) > 0 {
		g.loosePages(p)
	}
	for id, found := range g.exchanges {
		if !found {
			g.stub(id)
		}
	}
	g.flush()
	return g.err
}

// loosePages looks at the leaves that the trees do not lead to any more, but
// for those that are known to be free.
func (g *gathering) loosePages(p *pageFile) {
	g.flush()
	g.loose = true
	if g.walk.seen == nil {
		g.walk.seen = make([]uint64, p.pages/64+1)
	}
	if ids, _, err := p.free(); err == nil {
		for _, id := range ids {
			if id < p.pages {
				g.walk.seen[id/64] |= 1 << (id % 64)
			}
		}
	}
	for id := uint64(2); id < p.pages && g.err == nil; id++ {
		if g.walk.taken(id) {
			continue
		}
		n, err := p.node(id)
		if err != nil || n.flags != pageLeaf {
			continue
		}
		for i := range n.count {
			if e, err := n.element(i); err == nil && !e.bucket {
				g.value("", n, e)
			}
		}
	}
}

// value takes a value whose checksum holds.
func (g *gathering) value(bucket string, n *node, e element) {
	if bucket == bucketMeta || bucket == bucketMarks || bucket == bucketIndex || bucket == bucketOpen || g.err != nil {
		return // marks are in the blocks, and nothing is open any more
	}
	k := slices.Clone(e.key)
	v, err := n.value(e)
	at := -1
	if err == nil && len(v) > valueHead {
		at = gathered(v[0])
	}
	if err == nil && at >= 0 {
		_, err = openValue(k, v, v[0])
	}
	if err != nil || at < 0 || bucket != "" && kindOf(bucket) != v[0] || !keyFits(at, k) {
		if bucket != "" {
			g.walk.fault(fmt.Sprintf("%s %x", bucket, k), "%v", errors.Join(err, errChecksum))
		}
		return
	}
	if k, v, err = asVersion1(k, slices.Clone(v)); err != nil {
		g.walk.fault(fmt.Sprintf("%s %x", bucket, k), "%v", err)
		return
	}
	if g.loose && at == putExchanges {
		v = earlier(k, v)
	}
	g.put(at, k, v)
}

// earlier lets the record of an exchange that no tree leads to say that it may
// be that of an earlier commit, unless the exchange had ended by then.
func earlier(k, v []byte) []byte {
	ex, e, err := readExchange(k, v)
	if err != nil || !ex.Open || ex.Fault != "" {
		return v
	}
	ex.Fault = "salvaged from a damaged tape: what came last may be missing"
	v = appendExchange(beginValue(nil, kindExchange), ex, extent{pieces: e.pieces}, false)
	sealValue(k, v)
	return v
}

// gathered is where values of a kind are put, -1 for those that are not needed.
func gathered(kind byte) int {
	switch kind {
	case kindSession:
		return putSessions
	case kindExchange:
		return putExchanges
	case kindHeads:
		return putHeads
	case kindDocument:
		return putDocuments
	case kindBlock:
		return putBlocks
	}
	return -1
}

// asVersion1 puts a block under its exchange and its first piece, and lets the
// record of an exchange say so: that way blocks are found without the index.
func asVersion1(k, v []byte) ([]byte, []byte, error) {
	switch {
	case v[0] == kindBlock && len(k) == 8:
		if len(v) < blockHead || uint64(len(v)) < blockPieces(v) {
			return k, v, errPieces
		}
		var o opened
		if err := o.parse(&fields{s: string(v[blockHead:blockPieces(v)])}); err != nil {
			return k, v, err
		}
		k = blockKey(o.exchange, o.mark.Pieces)
	case v[0] == kindExchange:
		ex, e, err := readExchange(k, v)
		if err != nil || !e.logged {
			return k, v, err
		}
		v = appendExchange(beginValue(nil, kindExchange), ex, extent{pieces: e.pieces}, false)
	default:
		return k, v, nil
	}
	sealValue(k, v)
	return k, v, nil
}

func keyFits(bucket int, k []byte) bool {
	switch bucket {
	case putBlocks:
		return len(k) == 8 || len(k) == 16
	case putDocuments:
		return len(k) > 0
	}
	return len(k) == 8
}

func (g *gathering) put(at int, k, v []byte) {
	switch at {
	case putExchanges:
		g.exchanges[number(k)] = true
	case putBlocks:
		g.exchanges[number(k)] = g.exchanges[number(k)]
	}
	g.batch[at] = append(g.batch[at], Pair{k, v})
	if g.size += len(v); g.size > rebuildBytes {
		g.flush()
	}
}

func (g *gathering) flush() {
	if g.err == nil && g.size > 0 {
		g.err = g.db.update(g.apply)
	}
	g.batch = [len(dataBuckets)][]Pair{}
	g.size = 0
}

// apply writes what was gathered. Of the versions of a value on loose pages,
// the one that knows most stays.
func (g *gathering) apply(tx *bbolt.Tx) error {
	for i, pairs := range g.batch {
		b, err := tx.CreateBucketIfNotExists([]byte(dataBuckets[i]))
		if err != nil {
			return err
		}
		for _, p := range pairs {
			if g.loose {
				id := dataBuckets[i] + string(p.Key)
				if old := b.Get(p.Key); old != nil && (!g.found[id] || rank(old) >= rank(p.Value)) {
					continue
				}
				g.found[id] = true
			}
			if err := b.Put(p.Key, p.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// rank tells which of two versions of a value is the later one: what is
// recorded only grows.
func rank(v []byte) uint64 {
	switch v[0] {
	case kindExchange:
		ex := new(capture.Exchange)
		e, _ := parseExchange(string(v[valueHead:]), ex)
		n := e.pieces
		if !ex.Open {
			n++
		}
		return n<<1 | boolUint(!ex.Open)
	case kindDocument:
		return documentTime(v)
	case kindBlock:
		if len(v) > blockHead {
			return uint64(v[blockCount]) | uint64(v[blockCount+1])<<8 | uint64(v[blockCount+2])<<16
		}
	}
	return uint64(len(v))
}

// stub makes up the record of an exchange of which only blocks are left.
func (g *gathering) stub(id uint64) {
	ex := capture.Exchange{
		ID: capture.ExchangeID(id), Kind: capture.KindTunnel, Timing: capture.NoTiming,
		Fault: "salvaged from a damaged tape: its record is missing",
	}
	k := key(id)
	v := appendExchange(beginValue(nil, kindExchange), &ex, extent{}, false)
	sealValue(k, v)
	g.batch[putExchanges] = append(g.batch[putExchanges], Pair{k, v})
	g.size += len(v)
}
