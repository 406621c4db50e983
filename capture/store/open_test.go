package store_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// foreign makes a bbolt file that is no tape.
func foreign(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("meta"))
		if err != nil {
			return err
		}
		return b.Put([]byte("format"), []byte("somebody else's"))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// setMeta changes a value of the meta bucket of a tape.
func setMeta(t *testing.T, path, key string, value []byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte(key), value) })
	if err != nil {
		t.Fatal(err)
	}
}

func empty(t *testing.T, path string) {
	t.Helper()
	tape, err := store.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoTapeIsRefusedAndNotWrittenTo(t *testing.T) {
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for _, test := range []struct {
		name string
		make func(path string)
		want string
	}{
		{"a directory", func(p string) { os.Mkdir(p, 0o700) }, "is not a tape but a directory"},
		{"an empty file", func(p string) { os.WriteFile(p, nil, 0o600) }, "is not a tape but an empty file"},
		{"text", func(p string) { os.WriteFile(p, []byte("hello\n"), 0o600) }, "is not a tape but a file of another kind"},
		{"noise", func(p string) { os.WriteFile(p, noise, 0o600) }, "is not a tape but a file of another kind"},
		{"a device", func(p string) { os.Symlink(os.DevNull, p) }, "is not a tape but not a regular file"},
		{"another program's bbolt file", func(p string) { foreign(t, p) }, "is not a tape but a bbolt file of another program"},
		{"a later format", func(p string) {
			empty(t, p)
			setMeta(t, p, "version", binary.BigEndian.AppendUint32(nil, 99))
		}, "has tape format 99, this program reads up to 2"},
		{"a tape cut in its first page", func(p string) {
			empty(t, p)
			os.Truncate(p, 1000)
		}, "is damaged: file: the file ends after 1000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.tape")
			test.make(path)
			before, _ := os.ReadFile(path)
			_, openErr := store.Open(path, nil)
			_, readErr := store.Read(path, nil)
			for _, err := range []error{openErr, readErr} {
				var hint interface{ Hint() string }
				if err == nil || !errors.As(err, &hint) {
					t.Errorf("got %v, want an error with a hint", err)
				} else if !strings.Contains(err.Error(), path+" "+test.want) {
					t.Errorf("got %q, want %q", err, test.want)
				}
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was written to")
			}
		})
	}
}

func TestMissingTapeIsMadeByRecordersOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	if _, err := store.Read(path, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v, want that it does not exist", err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Fatal("reading made a file")
	}
	if _, err := store.Open(filepath.Join(path, "in", "no", "folder"), nil); err == nil {
		t.Fatal("a tape in no folder")
	}
	empty(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if left, _ := filepath.Glob(path + "?*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	check(t, path)
}

func TestTapeInUseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	open(t, path, nil)
	_, openErr := store.Open(path, nil)
	_, readErr := store.Read(path, nil)
	_, checkErr := store.Check(path)
	verifyErr := store.Verify(path)
	compactErr := store.Compact(path, "", nil)
	for _, err := range []error{openErr, readErr, checkErr, verifyErr, compactErr} {
		var locked *store.LockedError
		if !errors.As(err, &locked) || locked.Path != path {
			t.Errorf("got %v, want that it is locked", err)
		}
	}
}

func TestReadersKeepRecordersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	empty(t, path)
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := store.Read(path, nil)
	if err != nil {
		t.Fatal("two readers:", err)
	}
	second.Close()
	var locked *store.LockedError
	if _, err := store.Open(path, nil); !errors.As(err, &locked) {
		t.Errorf("got %v, want that it is locked", err)
	}
	view.Close()
	empty(t, path)
}

func TestNumbersGoOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	for run := range capture.SessionID(3) {
		tape, err := store.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := begin(t, tape); got != run+1 {
			t.Errorf("session %d, want %d", got, run+1)
		}
		ex := &capture.Exchange{Session: run + 1}
		k, err := tape.Track(ex, nil)
		if err != nil {
			t.Fatal(err)
		}
		if ex.ID != capture.ExchangeID(run+1) {
			t.Errorf("exchange %d, want %d", ex.ID, run+1)
		}
		k.Lock()
		k.Close()
		k.Unlock()
		if err := tape.Finish(run+1, time.Now()); err != nil {
			t.Fatal(err)
		}
		if run < 2 {
			// The newest goes; its number is not given again.
			if err := tape.Remove(run + 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
		check(t, path)
	}
}

// TestBranchThatLeadsToItself is the damage that would send bbolt round and
// round until the stack is full.
func TestBranchThatLeadsToItself(t *testing.T) {
	b, want := sample(t, 150)
	branches := 0
	for id := 2; id < len(b)/4096; id++ {
		page := b[id*4096:]
		if binary.NativeEndian.Uint64(page) != uint64(id) || binary.NativeEndian.Uint16(page[8:]) != 1 {
			continue
		}
		branches++
		damaged := append([]byte(nil), b...)
		binary.NativeEndian.PutUint64(damaged[id*4096+16+8:], uint64(id))
		endure(t, damaged, want)
	}
	if branches == 0 {
		t.Fatal("the sample has no branch")
	}
}
