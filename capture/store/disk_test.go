//go:build linux

package store_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// recordSteadily records 5 MB a second for three seconds as a relay does that
// never waits, and says how long it stood still, what failed, and what the
// tape took.
func recordSteadily(path string) error {
	tape, err := store.Open(path, &store.Options{Fault: func(err error) { fmt.Println("fault:", err) }})
	if err != nil {
		return err
	}
	s := capture.Session{Started: time.Now()}
	if err := tape.Begin(&s); err != nil {
		return err
	}
	ex := &capture.Exchange{Session: s.ID, Open: true}
	k, err := tape.Track(ex, nil)
	if err != nil {
		return err
	}
	data := bytes.Repeat([]byte("x"), 5000)
	var worst time.Duration
	taken, start := 0, time.Now()
	for i := range 3000 {
		if ahead := time.Duration(i)*time.Millisecond - time.Since(start); ahead > 0 {
			time.Sleep(ahead)
		}
		begin := time.Now()
		if tape.Reserve(len(data), 200*time.Millisecond) {
			taken++
			k.Lock()
			k.Append(&capture.Piece{Dir: capture.Receive, At: time.Duration(i), Data: data})
			k.Unlock()
		}
		worst = max(worst, time.Since(begin))
	}
	k.Lock()
	ex.Open = false
	k.Close()
	k.Unlock()
	fmt.Println("finish:", tape.Finish(s.ID, time.Now()))
	fmt.Println("close:", tape.Close())
	fmt.Println("taken:", taken)
	fmt.Println("worst:", worst.Milliseconds())
	return nil
}

// TestBadDisks makes the system calls of a recorder slow or fail. Where
// WIRETAPE_SOAK is not set it is left out: it takes long, and it measures.
func TestBadDisks(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil || os.Getenv("WIRETAPE_SOAK") == "" {
		t.Skip("skipped: needs strace and WIRETAPE_SOAK")
	}
	for _, test := range []struct {
		name, inject string
		told         string // whether the user is: yes, no, or either
	}{
		{"fsync takes 400 ms", "fdatasync,fsync:delay_enter=400000", "no"},
		{"fsync fails for a while", "fdatasync:error=EIO:when=20..40", "yes"},
		{"the fsync of a meta page fails", "fdatasync:error=EIO:when=21", "either"},
		{"writing fails for a while", "pwrite64:error=EIO:when=100..300", "yes"},
		{"growing fails for a while", "ftruncate:error=ENOSPC:when=3..8", "yes"},
		{"now and then a write fails", "pwrite64:error=EIO:when=50+50", "yes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.tape")
			c := exec.Command(strace, "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace="+strings.SplitN(test.inject, ":", 2)[0], "-e", "inject="+test.inject, os.Args[0])
			c.Env = append(os.Environ(), "WIRETAPE_TEST_STEADY="+path)
			b, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			out := string(b)
			t.Log(strings.ReplaceAll(out, "\n", "; "))
			var taken, worst int
			fmt.Sscan(value(out, "taken:"), &taken)
			fmt.Sscan(value(out, "worst:"), &worst)
			if worst > 300 {
				t.Errorf("traffic stood still for %d ms", worst)
			}
			if told := strings.Contains(out, "fault: "); told && test.told == "no" || !told && test.told == "yes" {
				t.Errorf("the user was told: %v, want %s", told, test.told)
			}
			report := check(t, path)
			if strings.Contains(out, "close: <nil>") && report.Pieces != uint64(taken) {
				t.Errorf("%d pieces on the tape, it took %d", report.Pieces, taken)
			}
		})
	}
}

func value(out, name string) string {
	_, rest, _ := strings.Cut(out, name)
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
