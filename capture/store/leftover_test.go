package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture/store"
)

// TestLeftoversOfKilledProcessesGo has unfinished tapes of a process that has
// ended, of one that runs, and files that only look like one.
func TestLeftoversOfKilledProcessesGo(t *testing.T) {
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "x.tape")
	if err := os.WriteFile(path, mustRead(t, "testdata/v1.tape"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	for name, tt := range map[string]struct {
		when  time.Time
		stays bool
	}{
		fmt.Sprintf("x.tape.new-%d", ended.Process.Pid):      {old, false},
		fmt.Sprintf("x.tape.new-0%d", ended.Process.Pid):     {time.Now(), true}, // somebody may still write to it
		fmt.Sprintf("x.tape.new-%d", os.Getppid()):           {old, true},
		fmt.Sprintf("y.tape.new-%d", ended.Process.Pid):      {old, true},
		fmt.Sprintf("x.tape.new-%d.keep", ended.Process.Pid): {old, true},
		"x.tape.new-mine": {old, true},
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(file, []byte("x"), 0o600), os.Chtimes(file, tt.when, tt.when)); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) == tt.stays {
				t.Errorf("%s: %v", name, err)
			}
		}()
	}
	if err := store.Compact(path, "", nil); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
