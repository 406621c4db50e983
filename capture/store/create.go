package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// create makes an empty tape at path, where there is nothing. It is made under
// another name first, so that a half-made file never stands at path, and
// nothing that came there meanwhile is written over.
func create(path string, o *Options) error {
	removeLeftovers(path)
	tmp := unfinished(path)
	defer os.Remove(tmp)
	if err := initialize(tmp, o); err != nil {
		return fmt.Errorf("create tape: %w", err)
	}
	err := os.Link(tmp, path)
	if errors.Is(err, fs.ErrExist) {
		return nil // another recorder was faster: it is opened like any other
	}
	if err != nil {
		// A file system without hard links.
		if _, statErr := os.Lstat(path); errors.Is(statErr, fs.ErrNotExist) {
			err = os.Rename(tmp, path)
		}
	}
	if err != nil {
		return fmt.Errorf("create tape: %w", err)
	}
	syncFolder(path)
	return nil
}

// syncFolder makes the name of a new file as durable as its bytes, on systems
// that can.
func syncFolder(path string) {
	if f, err := os.Open(filepath.Dir(path)); err == nil {
		f.Sync()
		f.Close()
	}
}

// initialize makes an empty tape under a name that is nobody else's.
func initialize(path string, o *Options) error {
	bo := boltOptions(o.Timeout, false)
	bo.OpenFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		return os.OpenFile(name, flag|os.O_EXCL, perm)
	}
	db, err := bbolt.Open(path, 0o600, bo)
	if err != nil {
		return err
	}
	db.NoFreelistSync = false
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range madeWith(Version) {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		meta, err := tx.CreateBucket([]byte(bucketMeta))
		if err != nil {
			return err
		}
		for _, p := range []Pair{
			{[]byte(metaFormat), []byte(formatName)},
			{[]byte(metaVersion), binary.BigEndian.AppendUint32(nil, Version)},
			{[]byte(metaCreated), binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))},
			{[]byte(metaTool), []byte(o.Tool)},
			{[]byte(metaHead), make([]byte, 8)},
			{[]byte(metaClean), []byte{1}},
		} {
			if err := meta.Put(p.Key, p.Value); err != nil {
				return err
			}
		}
		return nil
	})
	if closeErr := db.Close(); err == nil {
		err = closeErr
	}
	return err
}
