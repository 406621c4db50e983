//go:build linux

package store_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// TestMain lets the test binary be a recorder that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("WIRETAPE_TEST_RECORDER"); path != "" {
		if err := recordForever(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if path := os.Getenv("WIRETAPE_TEST_STEADY"); path != "" {
		if err := recordSteadily(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// recordForever records numbered pieces to three exchanges, and says on stdout
// how many of the first it found on the tape after each commit. Then it keeps
// that number in a document.
func recordForever(path string) error {
	tape, err := store.Open(path, nil)
	if err != nil {
		return err
	}
	s := capture.Session{Started: time.Now()}
	if err := tape.Begin(&s); err != nil {
		return err
	}
	var tracks [3]capture.Track
	var exchanges [3]*capture.Exchange
	for i := range tracks {
		exchanges[i] = &capture.Exchange{Session: s.ID, Open: true}
		if tracks[i], err = tape.Track(exchanges[i], nil); err != nil {
			return err
		}
	}
	go tell(tape, exchanges[0].ID)
	clock := capture.NewClock()
	for n := uint64(0); ; n++ {
		k, ex := tracks[n%3], exchanges[n%3]
		p := capture.Piece{Dir: capture.Receive, At: clock.Now(), Data: binary.BigEndian.AppendUint64(make([]byte, 200), n)}
		tape.Reserve(len(p.Data), time.Second)
		k.Lock()
		if err := k.Append(&p); err != nil {
			return err
		}
		ex.Received.Bytes += uint64(len(p.Data))
		ex.Duration = p.At
		k.Unlock()
		if n%200 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func tell(tape *store.Tape, id capture.ExchangeID) {
	for head := uint64(0); ; {
		head, _ = tape.Wait(context.Background(), head)
		if ex, err := tape.Exchange(id); err == nil {
			fmt.Println(id, ex.Received.Bytes)
			_ = tape.SetDocument("bytes", fmt.Appendln(nil, id, ex.Received.Bytes))
		}
	}
}

// killed runs a recorder, kills it after some time, and returns the first of
// its exchanges and how many bytes of it were on the tape before.
func killed(t *testing.T, path string, after time.Duration) (first capture.ExchangeID, durable uint64) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "WIRETAPE_TEST_RECORDER="+path)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	var kill *time.Timer
	for s := bufio.NewScanner(out); s.Scan(); {
		if _, err := fmt.Sscan(s.Text(), &first, &durable); err != nil {
			break
		}
		if kill == nil {
			kill = time.AfterFunc(after, func() { c.Process.Kill() })
		}
	}
	if kill == nil {
		t.Fatalf("the recorder did not start: %s", stderr.String())
	}
	return first, durable
}

func TestKilledRecorderLosesNothingThatWasCommitted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var path string
	for round := range rounds(4) {
		if round%10 == 0 {
			path = filepath.Join(t.TempDir(), "x.tape")
		}
		first, durable := killed(t, path, time.Duration(r.IntN(200))*time.Millisecond)
		check(t, path)
		tape, err := store.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range capture.ExchangeID(3) {
			bytes := cutOff(t, tape, first+i, uint64(i))
			if i == 0 && bytes < durable {
				t.Errorf("%d bytes, %d were on the tape before", bytes, durable)
			}
		}
		keptDocument(t, tape, first, durable)
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
		check(t, path)
	}
}

// keptDocument checks the document of a recorder that was killed, which may
// have written none yet.
func keptDocument(t *testing.T, tape *store.Tape, first capture.ExchangeID, durable uint64) {
	t.Helper()
	kept, err := tape.Document("bytes")
	if err != nil {
		t.Fatal(err)
	}
	var id capture.ExchangeID
	var told uint64
	if _, err := fmt.Sscan(string(kept), &id, &told); kept != nil && (err != nil || id > first || id == first && told > durable) {
		t.Errorf("document %q, %v; %d bytes of exchange %d were told", kept, err, durable, first)
	}
}

// cutOff checks an exchange whose recorder was killed, and returns its bytes.
func cutOff(t *testing.T, tape *store.Tape, id capture.ExchangeID, n uint64) (bytes uint64) {
	t.Helper()
	ex, err := tape.Exchange(id)
	if err != nil {
		t.Fatal(err)
	}
	var last time.Duration
	for p, err := range tape.Pieces(id, capture.Mark{}) {
		if err != nil {
			t.Fatal(err)
		}
		if got := binary.BigEndian.Uint64(p.Data[200:]); got != n {
			t.Fatalf("piece %d of exchange %d, want %d", got, id, n)
		}
		n, bytes, last = n+3, bytes+uint64(len(p.Data)), p.At
	}
	if !ex.Cut || ex.Received.Bytes != bytes || ex.Duration != last {
		t.Errorf("exchange %d: cut %v, %d bytes of %d, %v of %v", id, ex.Cut, ex.Received.Bytes, bytes, ex.Duration, last)
	}
	return bytes
}
