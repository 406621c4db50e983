package store

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

const (
	// freeMax is how many free pages are written down with each commit, so
	// that opening need not look for them. Beyond, after much was pruned,
	// writing the list would cost more than the rest of the commit.
	freeMax = 8 << 10
	// growMin and growMax bound the steps in which the file grows.
	growMin = 1 << 20
	growMax = 16 << 20
	// releaseStep is by how much a tape grows before the pages of it that were
	// touched are given back, so that a recorder's memory does not seem to grow
	// with its tape.
	releaseStep = 4 << 20
	// cachedEnd is how much of a tape's end the system is left to keep in its
	// cache, for those who follow. What lies before it is let go of: to write
	// to pages that were just given back costs a fraction of what new ones do,
	// and a long recording does not push the files of others out of the cache.
	cachedEnd = 8 << 20
)

// errTaken tells that the tape is not as this recorder left it.
var errTaken = errors.New("another program wrote to the tape meanwhile")

// database is a tape's file under bbolt. After a failed commit the state of
// bbolt is not trusted: the file is closed and opened anew, so that what is
// read is what a next process would read.
type database struct {
	path    string
	timeout time.Duration
	noSync  bool
	size    int64 // of the file, as last seen; the flusher's
	used    int64 // of it, at the begin of the last commit; the flusher's
	settled int64 // used when pages were last given back; the flusher's

	mu   sync.RWMutex // held for reading while bolt is used
	bolt *bbolt.DB    // nil while the file could not be opened again
	file *os.File     // bolt's own
	weak bool         // after a failure: good for reading, not yet for writing
}

// view runs fn in a read transaction.
func (d *database) view(fn func(*bbolt.Tx) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.bolt == nil {
		return ErrClosed
	}
	return guard(func() error { return d.bolt.View(fn) })
}

// update runs fn in a write transaction. After an error bolt must be opened
// anew.
func (d *database) update(fn func(*bbolt.Tx) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.bolt == nil {
		return ErrClosed
	}
	if info, err := d.file.Stat(); err == nil {
		d.size = info.Size()
	}
	d.bolt.AllocSize = int(min(max(d.size/16, growMin), growMax))
	d.bolt.NoFreelistSync = d.bolt.Stats().FreePageN > freeMax
	err := guard(func() error {
		return d.bolt.Update(func(tx *bbolt.Tx) error {
			d.used = tx.Size()
			return fn(tx)
		})
	})
	if err == nil {
		d.release()
	}
	return err
}

// release gives pages back when the tape grew by some.
func (d *database) release() {
	switch {
	case d.settled == 0:
		d.settled = d.used // what was there before is not this recorder's
	case d.used-d.settled > releaseStep:
		unmap(d.bolt.Info().Data, d.used)
		if from := max(0, d.settled-cachedEnd); from < d.used-cachedEnd && !d.noSync {
			uncache(d.file, from, d.used-cachedEnd-from)
		}
		d.settled = d.used
	}
}

// commit writes a batch, all or nothing. A batch that failed may be given
// again.
func (d *database) commit(b *batch) error {
	if !d.sound() {
		if err := d.renew(nil); err != nil {
			return err
		}
		if done, err := d.reached(b); done || err != nil {
			return err
		}
	}
	err := d.update(b.apply)
	if err == nil || errors.Is(err, errRejected) {
		return b.rejected
	}
	if d.renew(err) != nil {
		return err
	}
	if done, reachedErr := d.reached(b); done || reachedErr != nil {
		return reachedErr
	}
	return err
}

// reached reports whether a commit that was said to have failed is on the tape
// nevertheless.
func (d *database) reached(b *batch) (bool, error) {
	head, err := d.head()
	switch {
	case err != nil:
		return false, err
	case head == b.number:
		return true, d.file.Sync()
	case head != b.number-1:
		d.drop(nil)
		return false, errTaken
	}
	return false, nil
}

// sound reports whether the file is open and can be written to.
func (d *database) sound() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.bolt != nil && !d.weak
}

// drop closes bolt after it failed with err.
func (d *database) drop(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dropLocked(err)
}

func (d *database) dropLocked(err error) {
	if d.bolt == nil {
		return
	}
	var panicked *panicError
	if errors.As(err, &panicked) {
		// Its locks may be held for ever. Closing the file under it gives the
		// tape's lock back; the memory map stays.
		d.file.Close()
	} else {
		guard(d.bolt.Close)
	}
	d.bolt, d.file = nil, nil
}

// renew closes the file after bolt failed with err, and opens it again. Then
// it writes the meta pages as they read, and waits until they are on disk:
// after a failed fsync the system may hold pages for clean that never got
// there. Readers wait meanwhile.
func (d *database) renew(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dropLocked(err)
	if err := d.openLocked(); err != nil {
		return err
	}
	err = rewriteMeta(d.file, d.bolt.Info().PageSize)
	d.weak = err != nil
	return err
}

func (d *database) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.openLocked()
}

func (d *database) openLocked() error {
	bolt, file, err := openBolt(d.path, d.timeout)
	if err != nil {
		return err
	}
	bolt.NoSync = d.noSync
	d.bolt, d.file = bolt, file
	return nil
}

// head reads the number of the last commit.
func (d *database) head() (head uint64, err error) {
	err = d.view(func(tx *bbolt.Tx) error {
		head, err = readHead(tx)
		return err
	})
	return head, err
}

func readHead(tx *bbolt.Tx) (uint64, error) {
	meta := tx.Bucket([]byte(bucketMeta))
	if meta == nil {
		return 0, errors.New("bucket meta is missing")
	}
	v := meta.Get([]byte(metaHead))
	if len(v) != 8 {
		return 0, errors.New("the number of the last commit is missing")
	}
	return number(v), nil
}

// close closes the file, cut down to what is in use.
func (d *database) close() error {
	if !d.sound() {
		d.drop(nil)
		return nil
	}
	var size int64
	err := d.view(func(tx *bbolt.Tx) error {
		size = tx.Size()
		return nil
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil && runtime.GOOS != "windows" {
		if info, statErr := d.file.Stat(); statErr == nil && info.Size() > size {
			err = d.file.Truncate(size)
		}
	}
	if closeErr := guard(d.bolt.Close); err == nil {
		err = closeErr
	}
	d.bolt, d.file = nil, nil
	return err
}

// rewriteMeta writes the two meta pages of a file as they are.
func rewriteMeta(f *os.File, pageSize int) error {
	b := make([]byte, 2*pageSize)
	if _, err := f.ReadAt(b, 0); err != nil {
		return err
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		return err
	}
	return f.Sync()
}
