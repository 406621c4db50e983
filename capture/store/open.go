package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
)

// Open opens the tape at path for recording, or makes one, readable for its
// owner only. What a recorder that did not end properly left open is marked as
// cut off. It never writes over a file that is no tape.
//
// The errors are *NotTapeError, *VersionError, *LockedError, *DamageError, or
// those of the file system.
func Open(path string, o *Options) (*Tape, error) {
	options := o.withDefaults()
	err := precheck(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path, &options); err == nil {
			err = precheck(path)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := verifyLocked(path, options.Timeout, false); err != nil {
		return nil, err
	}
	db := &database{path: path, timeout: options.Timeout, noSync: options.NoSync}
	if err := db.open(); err != nil {
		return nil, openError(path, err)
	}
	t := newTape(path, options, db)
	if options.Compress {
		t.packer, err = newPacker()
	}
	if err == nil {
		err = db.update(t.resume)
	}
	if err != nil {
		db.drop(err)
		return nil, openError(path, err)
	}
	go t.run()
	return t, nil
}

func newTape(path string, o Options, db *database) *Tape {
	t := &Tape{
		path:     path,
		options:  o,
		db:       db,
		seed:     maphash.MakeSeed(),
		woken:    make(chan struct{}, 1),
		kicked:   make(chan struct{}, 1),
		stop:     make(chan struct{}),
		done:     make(chan struct{}),
		live:     map[uint64]*track{},
		sessions: map[uint64]*session{},
		stale:    map[uint64]bool{},
		moved:    make(chan struct{}),
	}
	t.queue = newQueue(o.Queue, func() { signal(t.kicked) })
	t.Reader = NewReader(tapeSource{t})
	return t
}

// openError tells what kept a tape that had seemed fine from being opened.
func openError(path string, err error) error {
	var panicked *panicError
	var locked *LockedError
	switch {
	case errors.As(err, &locked):
		return err
	case errors.As(err, &panicked), errors.Is(err, errDamage):
		return damaged(path, "file", err)
	}
	return fmt.Errorf("open tape %s: %w", path, err)
}

// errDamage marks errors that mean that bytes are not what was written.
var errDamage = errors.New("damaged")

// resume reads where the last recorder stopped, marks as cut off what it left
// open, and notes that the tape is in use.
func (t *Tape) resume(tx *bbolt.Tx) error {
	head, err := readHead(tx)
	if err != nil {
		return fmt.Errorf("%w: %w", errDamage, err)
	}
	t.head = head + 1
	if err := upgrade(tx, t.options.Tool); err != nil {
		return err
	}
	exchanges, open := tx.Bucket([]byte(bucketExchanges)), tx.Bucket([]byte(bucketOpen))
	var cut [][]byte
	c := open.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		cut = append(cut, bytes.Clone(k))
	}
	for _, k := range cut {
		if err := cutOff(tx, k); err != nil {
			return fmt.Errorf("%w: %w", errDamage, err)
		}
		if err := open.Delete(k); err != nil {
			return err
		}
	}
	t.nextExchange = highest(exchanges)
	t.lastBlock = highest(tx.Bucket([]byte(bucketLog)))
	t.nextSession = highest(tx.Bucket([]byte(bucketSessions)))
	meta := tx.Bucket([]byte(bucketMeta))
	if err := meta.Put([]byte(metaClean), []byte{0}); err != nil {
		return err
	}
	return meta.Put([]byte(metaHead), key(t.head))
}

// highest is the highest number that a bucket ever held.
func highest(b *bbolt.Bucket) uint64 {
	n := b.Sequence()
	if k, _ := b.Cursor().Last(); len(k) == 8 {
		n = max(n, number(k))
	}
	return n
}

// upgrade makes a tape of an earlier version one of this version, and tool its
// maker: an older program is refused and told which one to use. What it holds
// stays where it is.
func upgrade(tx *bbolt.Tx, tool string) error {
	meta := tx.Bucket([]byte(bucketMeta))
	want := binary.BigEndian.AppendUint32(nil, Version)
	if bytes.Equal(meta.Get([]byte(metaVersion)), want) {
		return nil
	}
	for _, name := range madeWith(Version) {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	if err := meta.Put([]byte(metaTool), []byte(tool)); err != nil {
		return err
	}
	return meta.Put([]byte(metaVersion), want)
}

// cutOff marks an exchange as cut off, as long as it was recorded.
func cutOff(tx *bbolt.Tx, k []byte) error {
	exchanges := tx.Bucket([]byte(bucketExchanges))
	v := exchanges.Get(k)
	if v == nil {
		return nil
	}
	ex, e, err := readExchange(k, v)
	if err != nil {
		return err
	}
	ex.Open, ex.Cut = true, true
	if last, ok := lastPiece(tx, k, e); ok {
		ex.Duration = max(ex.Duration, last)
	}
	return putExchange(tx, k, ex, e)
}

// lastPiece returns when the last piece of an exchange came.
func lastPiece(tx *bbolt.Tx, exchange []byte, e extent) (time.Duration, bool) {
	if e.pieces == 0 {
		return 0, false
	}
	k, v := lastBlock(tx, exchange, e)
	dec, err := newDecoder()
	if err != nil {
		return 0, false
	}
	defer dec.Close()
	o, _, err := openBlock(k, v, nil, dec)
	if err != nil {
		return 0, false
	}
	r := pieces{b: o.data, last: o.base}
	var p capture.Piece
	for r.next(&p) {
	}
	return r.last, r.err == nil
}

// lastBlock returns the key and the value of an exchange's last block, nil if
// it is not there.
func lastBlock(tx *bbolt.Tx, exchange []byte, e extent) (k, v []byte) {
	id := number(exchange)
	if !e.logged {
		k, v = before(tx.Bucket([]byte(bucketBlocks)), id+1)
		if of, _, ok := splitBlockKey(k); !ok || of != id {
			return nil, nil
		}
		return k, v
	}
	list, err := parseRefs(e.refs)
	if err == nil && len(list) == 0 {
		k, v := before(tx.Bucket([]byte(bucketIndex)), id+1)
		if of, _, ok := splitBlockKey(k); ok && of == id {
			list, err = readChunk(k, v)
		}
	}
	switch {
	case err != nil || len(list) == 0:
		return nil, nil
	case list[len(list)-1].number == 0:
		return exchange, tx.Bucket([]byte(bucketTails)).Get(exchange)
	}
	k = key(list[len(list)-1].number)
	return k, tx.Bucket([]byte(bucketLog)).Get(k)
}

// before returns the last pair of a bucket before those of an exchange.
func before(b *bbolt.Bucket, exchange uint64) (k, v []byte) {
	if b == nil {
		return nil, nil
	}
	c := b.Cursor()
	if k, _ := c.Seek(key(exchange)); k == nil {
		return c.Last()
	}
	return c.Prev()
}
