package store

import (
	"bytes"
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
	exchanges, open := tx.Bucket([]byte(bucketExchanges)), tx.Bucket([]byte(bucketOpen))
	var cut [][]byte
	c := open.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		cut = append(cut, bytes.Clone(k))
	}
	for _, k := range cut {
		if err := cutOff(exchanges, tx.Bucket([]byte(bucketBlocks)), k); err != nil {
			return fmt.Errorf("%w: %w", errDamage, err)
		}
		if err := open.Delete(k); err != nil {
			return err
		}
	}
	t.nextExchange = highest(exchanges)
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

// cutOff marks an exchange as cut off, as long as it was recorded.
func cutOff(exchanges, blocks *bbolt.Bucket, k []byte) error {
	v := exchanges.Get(k)
	if v == nil {
		return nil
	}
	ex, n, err := readExchange(k, v)
	if err != nil {
		return err
	}
	ex.Open, ex.Cut = true, true
	if last, ok := lastPiece(blocks, k, n); ok {
		ex.Duration = max(ex.Duration, last)
	}
	b := appendExchange(beginValue(nil, kindExchange), ex, n, true)
	sealValue(k, b)
	return exchanges.Put(k, b)
}

// lastPiece returns when the last piece of an exchange came.
func lastPiece(b *bbolt.Bucket, exchange []byte, n uint64) (time.Duration, bool) {
	if n == 0 {
		return 0, false
	}
	c := b.Cursor()
	k, _ := c.Seek(blockKey(number(exchange), n))
	var v []byte
	if k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	if id, _, ok := splitBlockKey(k); !ok || id != number(exchange) {
		return 0, false
	}
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
