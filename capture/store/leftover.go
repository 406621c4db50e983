package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// leftoverAge is how long nothing was written to an unfinished tape before it may
// be taken for a leftover.
const leftoverAge = time.Minute

// unfinished is the path at which this process writes a tape that takes the
// place of path when it is complete.
func unfinished(path string) string { return fmt.Sprintf("%s.new-%d", path, os.Getpid()) }

// removeLeftovers removes what processes that were killed left of a tape at
// path. It is as long as the tape, and nobody asks for it again.
func removeLeftovers(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+".new-")
		pid, err := strconv.Atoi(text)
		if !ok || err != nil || pid <= 0 || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftoverAge && !running(pid) {
			_ = os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

// running reports whether there is a process with this number.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	if runtime.GOOS == "windows" { // it would not have been found
		return true
	}
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}
