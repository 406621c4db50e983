//go:build linux

package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// smallDisk mounts a disk of so many bytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if os.Getuid() != 0 {
		t.Skip("skipped: needs root")
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skip("skipped: needs root with mounts")
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// noisy returns bytes that do not compress and tell where they are from.
func noisy(i int) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8), byte(i >> 16)}, 2000) }

// pour records until the queue takes no more, and returns how many pieces the
// tape took.
func pour(t *testing.T, tape *store.Tape, k capture.Track, ex *capture.Exchange, from int) int {
	t.Helper()
	for i := from; i < from+1_000_000; i++ {
		b := noisy(i)
		if !tape.Reserve(len(b), 50*time.Millisecond) {
			return i
		}
		k.Lock()
		if err := k.Append(&capture.Piece{Dir: capture.Receive, At: time.Duration(i), Data: b}); err != nil {
			t.Fatal(err)
		}
		ex.Received.Bytes += uint64(len(b))
		k.Unlock()
	}
	t.Fatal("a small disk took everything")
	return 0
}

// intact checks that the first exchange holds the pieces from 0 on, and
// returns how many.
func intact(t *testing.T, r capture.Reader) int {
	t.Helper()
	n := 0
	for p, err := range r.Pieces(1, capture.Mark{}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Type == capture.PieceChunk && !bytes.Equal(p.Data, noisy(int(p.At))) {
			t.Fatalf("piece %d is not what was recorded", n)
		}
		n++
	}
	return n
}

func TestFullDiskStopsRecordingButNotTraffic(t *testing.T) {
	path := filepath.Join(smallDisk(t, "6m"), "x.tape")
	faults := make(chan error, 10)
	tape := open(t, path, &store.Options{Queue: 1 << 20, Fault: func(err error) { faults <- err }})
	session := begin(t, tape)
	ex := &capture.Exchange{Session: session, Open: true}
	k, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := pour(t, tape, k, ex, 0)
	if err := <-faults; !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fault %v, want ENOSPC", err)
	}
	start := time.Now()
	for range 100 {
		if tape.Reserve(6000, time.Minute) {
			t.Fatal("there is room")
		}
	}
	if waited := time.Since(start); waited > 10*time.Second {
		t.Fatalf("traffic waited %v for a disk that is full", waited)
	}
	if err := tape.Finish(session, time.Unix(9, 0)); err == nil {
		t.Error("Finish found room")
	}
	if err := tape.Close(); err == nil {
		t.Error("Close found room")
	}
	check(t, path)
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	if have := intact(t, view); have == 0 || have > n {
		t.Errorf("%d pieces of %d", have, n)
	}
	if ex, err := view.Exchange(1); err != nil || !ex.Cut {
		t.Errorf("the exchange is not marked as cut: %v", err)
	}
}

func TestRecordingGoesOnWhenThereIsRoomAgain(t *testing.T) {
	dir := smallDisk(t, "12m")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x.tape")
	faults := make(chan error, 10)
	tape := open(t, path, &store.Options{Queue: 1 << 20, Fault: func(err error) { faults <- err }})
	session := begin(t, tape)
	ex := &capture.Exchange{Session: session, Open: true}
	k, err := tape.Track(ex, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := pour(t, tape, k, ex, 0)
	if err := <-faults; !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fault %v, want ENOSPC", err)
	}
	if _, err := tape.Exchange(1); err != nil {
		t.Error("what was committed cannot be read while the disk is full:", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := <-faults; err != nil {
		t.Fatalf("fault %v, want that it works again", err)
	}
	for !tape.Reserve(6000, time.Second) {
	}
	k.Lock()
	k.Append(&capture.Piece{Type: capture.PieceGap, Dir: capture.Receive, At: time.Duration(n), Lost: 6000})
	k.Append(&capture.Piece{Dir: capture.Receive, At: time.Duration(n + 1), Data: noisy(n + 1)})
	ex.Open = false
	k.Close()
	k.Unlock()
	if err := tape.Finish(session, time.Unix(9, 0)); err != nil {
		t.Fatal(err)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, path)
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	if have := intact(t, view); have != n+2 {
		t.Errorf("%d pieces of %d", have, n+2)
	}
	if ex, err := view.Exchange(1); err != nil || ex.Fault == "" || ex.Cut {
		t.Errorf("the exchange is %+v, %v", ex, err)
	}
}
