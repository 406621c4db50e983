package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// guard runs what touches bbolt. bbolt panics on some damage, and reading a
// file that became shorter under its map is a memory fault; both become
// errors.
func guard(what func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			err = &panicError{r}
		}
	}()
	return what()
}

// panicError is what bbolt panicked with.
type panicError struct{ value any }

func (e *panicError) Error() string { return fmt.Sprintf("bbolt: %v", e.value) }

// boltOptions is how every tape is opened.
func boltOptions(timeout time.Duration, readOnly bool) *bbolt.Options {
	return &bbolt.Options{
		Timeout:      timeout,
		ReadOnly:     readOnly,
		FreelistType: bbolt.FreelistMapType,
		// database.update decides for each commit; opening writes nothing.
		NoFreelistSync: true,
	}
}

// mapSizes are the sizes to try for the memory map of a tape that is written,
// the best one first. When the map has to grow, the writer waits for all
// readers, so it should be large from the start. It costs address space only,
// but on Windows the file would grow to it at once, and 32-bit systems have no
// such space.
func mapSizes() []int {
	switch runtime.GOOS {
	case "linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly":
		switch runtime.GOARCH {
		case "amd64", "arm64", "riscv64", "ppc64le", "s390x", "loong64":
			huge := 1 << 30
			huge <<= 6
			return []int{huge, huge >> 4, 0}
		}
	}
	return []int{0}
}

// openBolt opens a file for writing that was found in order.
func openBolt(path string, timeout time.Duration) (db *bbolt.DB, f *os.File, err error) {
	for _, size := range mapSizes() {
		o := boltOptions(timeout, false)
		o.InitialMmapSize = size
		o.OpenFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
			var err error
			f, err = os.OpenFile(name, flag&^os.O_CREATE, perm)
			return f, err
		}
		err = guard(func() error {
			var err error
			db, err = bbolt.Open(path, 0o600, o)
			return err
		})
		if err == nil {
			return db, f, nil
		}
		var panicked *panicError
		if errors.As(err, &panicked) && f != nil {
			f.Close() // bbolt did not get to it, and the lock hangs on it
		}
		if errors.Is(err, berrors.ErrTimeout) {
			return nil, nil, &LockedError{Path: path}
		}
	}
	return nil, nil, err
}

// readBolt opens a file for reading, which keeps writers away.
func readBolt(path string, timeout time.Duration) (db *bbolt.DB, f *os.File, err error) {
	o := boltOptions(timeout, true)
	o.OpenFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		var err error
		f, err = os.OpenFile(name, flag, perm)
		return f, err
	}
	err = guard(func() error {
		db, err = bbolt.Open(path, 0, o)
		return err
	})
	var panicked *panicError
	switch {
	case err == nil:
		return db, f, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, nil, &LockedError{Path: path}
	case errors.As(err, &panicked) && f != nil:
		f.Close()
	}
	return nil, nil, openError(path, err)
}
