package replaytest_test

import (
	"fmt"
	"os"
)

func (e *example) Helper() {}

func (e *example) Name() string { return "Example" }

func (e *example) TempDir() string {
	dir, err := os.MkdirTemp("", "replaytest-")
	if err != nil {
		e.Fatalf("%v", err)
	}
	e.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (e *example) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }

func (e *example) Failed() bool { return false }

func (e *example) Logf(string, ...any) {}

func (e *example) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func (e *example) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (e *example) Skipf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
