//go:build unix

package store_test

import (
	"bufio"
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
	os.Exit(m.Run())
}

// recordForever records numbered pieces to three exchanges, and says on stdout
// what it has appended.
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
		if n%500 == 0 {
			fmt.Println(exchanges[0].ID, n)
			time.Sleep(time.Millisecond)
		}
	}
}

// killed runs a recorder, kills it after some time, and returns the first of
// its exchanges and how many pieces it had said it appended long enough before.
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
	type said struct {
		at time.Time
		n  uint64
	}
	var log []said
	var kill *time.Timer
	for s := bufio.NewScanner(out); s.Scan(); {
		var n uint64
		if _, err := fmt.Sscan(s.Text(), &first, &n); err != nil {
			break
		}
		if kill == nil {
			kill = time.AfterFunc(after, func() { c.Process.Kill() })
		}
		log = append(log, said{time.Now(), n})
	}
	end := time.Now()
	c.Wait()
	if kill == nil {
		t.Fatalf("the recorder did not start: %s", stderr.String())
	}
	for _, l := range log {
		if end.Sub(l.at) > 250*time.Millisecond {
			durable = l.n
		}
	}
	return first, durable
}

func TestKilledRecorderLosesLittle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	r := rand.New(rand.NewPCG(1, 9))
	for round := range rounds(4) {
		first, durable := killed(t, path, 300*time.Millisecond+time.Duration(r.IntN(400))*time.Millisecond)
		check(t, path)
		tape, err := store.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range capture.ExchangeID(3) {
			ex, err := tape.Exchange(first + i)
			if err != nil {
				t.Fatal(err)
			}
			var n, bytes, last = uint64(i), uint64(0), time.Duration(0)
			for p, err := range tape.Pieces(first+i, capture.Mark{}) {
				if err != nil {
					t.Fatal(err)
				}
				if got := binary.BigEndian.Uint64(p.Data[200:]); got != n {
					t.Fatalf("round %d: piece %d of exchange %d, want %d", round, got, first+i, n)
				}
				n, bytes, last = n+3, bytes+uint64(len(p.Data)), p.At
			}
			if n < durable {
				t.Errorf("round %d: exchange %d ends at piece %d, %d was recorded 250 ms before", round, first+i, n, durable)
			}
			if !ex.Cut || ex.Received.Bytes != bytes || ex.Duration != last {
				t.Errorf("round %d: cut %v, %d bytes of %d, %v of %v", round, ex.Cut, ex.Received.Bytes, bytes, ex.Duration, last)
			}
		}
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
		check(t, path)
	}
}
