package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// precheck tells whether there is a tape at path, as far as that can be said
// while another process may be writing to it.
func precheck(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &MissingError{Path: path}
	case err != nil:
		return fmt.Errorf("open tape: %w", err)
	case info.IsDir():
		return &NotTapeError{Path: path, Is: "a directory"}
	case !info.Mode().IsRegular():
		return &NotTapeError{Path: path, Is: "not a regular file"}
	case info.Size() == 0:
		return &NotTapeError{Path: path, Is: "an empty file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open tape: %w", err)
	}
	defer f.Close()
	p, err := openPages(f, info.Size())
	if err == nil {
		// The size after the meta pages were read: a tape only grows.
		if info, err = f.Stat(); err == nil {
			p.size = info.Size()
			err = p.whole()
		}
	}
	switch {
	case errors.Is(err, errNoBolt):
		return &NotTapeError{Path: path, Is: "a file of another kind"}
	case err != nil:
		return damaged(path, "file", err)
	}
	return nil
}

func damaged(path, where string, err error) *DamageError {
	return &DamageError{Path: path, Damage: []Damage{{where, err.Error()}}}
}

// Verify reads every page of a tape and returns what is wrong with the trees
// as a *DamageError, or why the file is no tape that can be opened. It does
// not look at what the pages hold: Check does. It does not need bbolt, and no
// damage makes it panic.
func Verify(path string) error {
	if err := precheck(path); err != nil {
		return err
	}
	return verifyLocked(path, (*Options)(nil).withDefaults().Timeout, true)
}

// verifyLocked verifies a tape while it keeps writers away.
func verifyLocked(path string, timeout time.Duration, all bool) error {
	lock, _, err := readBolt(path, timeout)
	if err != nil {
		return err
	}
	err = verify(path, all)
	if closeErr := guard(lock.Close); err == nil {
		err = closeErr
	}
	return err
}

// verify reads a tape that is locked against writers and returns what is wrong
// with its pages, as an error. The leaves of the trees are read if the last
// recorder did not close the tape, or with all: then bbolt would look at them
// too, and panic.
func verify(path string, all bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open tape: %w", err)
	}
	defer f.Close()
	p, m, err := openTape(path, f)
	if err != nil {
		return err
	}
	w := walk{file: p, leaves: all || !m.clean() || p.freelist == noFreelist}
	w.run()
	for _, name := range madeWith(m.version()) {
		if !w.buckets[name] {
			w.fault("bucket "+name, "it is missing")
		}
	}
	if len(w.damage) > 0 {
		return &DamageError{Path: path, Damage: w.damage}
	}
	return nil
}

// openTape reads a tape up to its meta bucket.
func openTape(path string, f *os.File) (*pageFile, tapeMeta, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("open tape: %w", err)
	}
	p, err := openPages(f, info.Size())
	if errors.Is(err, errNoBolt) {
		return nil, nil, &NotTapeError{Path: path, Is: "a file of another kind"}
	}
	if err == nil {
		err = p.whole()
	}
	if err != nil {
		return nil, nil, damaged(path, "file", err)
	}
	m, err := p.tapeMeta()
	if err != nil {
		return nil, nil, damaged(path, "bucket meta", err)
	}
	return p, m, m.check(path)
}

// tapeMeta is the meta bucket of a tape.
type tapeMeta map[string][]byte

// tapeMeta reads the meta bucket.
func (p *pageFile) tapeMeta() (tapeMeta, error) {
	m := tapeMeta{}
	if root, err := p.node(p.root); err == nil && root.flags == pageBranch {
		return m, nil // more buckets than a tape has
	}
	w := walk{file: p, leaves: true, only: bucketMeta}
	w.each = func(_ string, n *node, e element) {
		if v, err := n.value(e); err == nil {
			m[string(e.key)] = v
		}
	}
	w.run()
	if len(w.damage) > 0 {
		return nil, errors.New(w.damage[0].String())
	}
	return m, nil
}

// check returns an error when this is the meta bucket of no tape, or of one
// that is too new.
func (m tapeMeta) check(path string) error {
	if string(m[metaFormat]) != formatName {
		return &NotTapeError{Path: path, Is: "a bbolt file of another program"}
	}
	if v := m[metaVersion]; len(v) != 4 {
		return damaged(path, "bucket meta", errors.New("the version is missing"))
	} else if have := binary.BigEndian.Uint32(v); have == 0 || have > Version {
		return &VersionError{Path: path, Have: have, Want: Version, Tool: string(m[metaTool])}
	}
	return nil
}

// version is the version of a tape that was checked.
func (m tapeMeta) version() uint32 { return binary.BigEndian.Uint32(m[metaVersion]) }

func (m tapeMeta) clean() bool { return len(m[metaClean]) == 1 && m[metaClean][0] == 1 }
