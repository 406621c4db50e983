package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"go.etcd.io/bbolt"
)

// Compact writes what the tape at src holds into a new tape at dst, without
// free space and with full blocks, compressed if the options say so. When dst
// is src, or "", the new tape takes the place of the old one at the end. An
// interrupted Compact leaves src as it was.
func Compact(src, dst string, o *Options) (err error) {
	options := o.withDefaults()
	if dst == "" {
		dst = src
	}
	if dst != src {
		if err := vacant(dst); err != nil {
			return err
		}
	}
	v, err := Read(src, o)
	if err != nil {
		return err
	}
	removeLeftovers(dst)
	tmp := unfinished(dst)
	defer os.Remove(tmp)
	info, err := v.Info()
	if err == nil {
		options.Tool = info.Tool
		err = v.compact(tmp, &options)
	}
	// The old tape is kept locked while the new one takes its place, where the
	// system can do that.
	if runtime.GOOS == "windows" {
		v.Close()
	}
	defer v.Close()
	if err != nil {
		return fmt.Errorf("compact tape %s: %w", src, err)
	}
	if err := os.Rename(tmp, dst); err != nil {
		return fmt.Errorf("compact tape %s: %w", src, err)
	}
	syncFolder(dst)
	return nil
}

// vacant returns an error when something is at path.
func vacant(path string) error {
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil:
		err = fs.ErrExist
	}
	return fmt.Errorf("make tape %s: %w", path, err)
}

// compact makes a new tape of what v holds. It goes on with the same numbers.
func (v *View) compact(path string, o *Options) error {
	r, err := newRebuild(v.Source(), path, o)
	if err != nil {
		return err
	}
	err = v.db.view(func(tx *bbolt.Tx) error {
		r.batch.exchange = highest(tx.Bucket([]byte(bucketExchanges)))
		r.batch.session = highest(tx.Bucket([]byte(bucketSessions)))
		return nil
	})
	if err == nil {
		err = r.run()
	}
	if closeErr := r.close(); err == nil {
		err = closeErr
	}
	return err
}
