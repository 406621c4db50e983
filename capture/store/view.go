package store

import (
	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
)

// View is a tape that nobody records to. It may be used concurrently.
type View struct {
	*Reader
	path string
	db   *database
	head uint64
}

var _ capture.Reader = (*View)(nil)

// Read opens a tape for reading. While it is open no recorder can open the
// tape.
func Read(path string, o *Options) (*View, error) {
	options := o.withDefaults()
	if err := precheck(path); err != nil {
		return nil, err
	}
	bolt, f, err := readBolt(path, options.Timeout)
	if err != nil {
		return nil, err
	}
	v := &View{path: path, db: &database{path: path, bolt: bolt, file: f}}
	v.Reader = &Reader{source: viewSource{v}, idle: true}
	if err := verify(path, false); err != nil {
		v.Close()
		return nil, err
	}
	err = v.db.view(func(tx *bbolt.Tx) error {
		v.head, err = readHead(tx)
		return err
	})
	if err != nil {
		v.Close()
		return nil, damaged(path, "bucket meta", err)
	}
	return v, nil
}

// Path returns the path the tape was opened with.
func (v *View) Path() string { return v.path }

// Close closes the file.
func (v *View) Close() error {
	v.db.mu.Lock()
	defer v.db.mu.Unlock()
	if v.db.bolt == nil {
		return nil
	}
	err := guard(v.db.bolt.Close)
	v.db.bolt = nil
	return err
}
