package soak_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
)

// TestKilledRecorder kills the recorder under load, again and again on one
// tape: it opens, it is whole, the open exchange is marked as cut, and what was
// on disk is there. At full length that is all that came more than 250 ms
// before.
func TestKilledRecorder(t *testing.T) {
	rounds := 2
	if full() {
		rounds = 20
	}
	tape := filepath.Join(t.TempDir(), "x.tape")
	r := rand.New(rand.NewPCG(2, 6455))
	for round := range rounds {
		server := servePush(t, 20_000, 1)
		rec := record(t, tape)
		client := connect(t, rec.proxy, server.listener.Addr().String())
		wait := 200*time.Millisecond + time.Duration(r.IntN(600))*time.Millisecond
		durable := untilKilled(t, rec, client, wait)
		server.stop()
		<-client.done
		report, err := store.Check(tape)
		if err != nil || !report.OK() {
			t.Fatalf("round %d: check: %+v, %v", round, report, err)
		}
		if out, err := program(tape, "ls").CombinedOutput(); err != nil {
			t.Fatalf("round %d: ls: %v\n%s", round, err, out)
		}
		opened, err := store.Open(tape, nil)
		if err != nil {
			t.Fatal(err)
		}
		id := capture.ExchangeID(round + 1)
		ex, err := opened.Exchange(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := numbered(t, opened, id); !ex.Cut || got < durable {
			t.Errorf("round %d: cut %v, %d frames on the tape, at least %d should be", round, ex.Cut, got, durable)
		}
		if err := opened.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// untilKilled lets the recorder run for a while, kills it, and returns how many
// frames must be on the tape.
func untilKilled(t *testing.T, rec *recorder, client *reader, wait time.Duration) (durable uint64) {
	t.Helper()
	began := time.Now()
	var history []sample
	for time.Since(began) < wait {
		history = append(history, sample{time.Now(), client.got.Load()})
		time.Sleep(5 * time.Millisecond)
	}
	if !full() {
		// How busy this machine's disk is nobody knows: what the recorder says
		// is on disk has to stay there.
		durable = onDisk(t, rec)
	}
	killed := time.Now()
	if err := rec.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = rec.cmd.Wait()
	for _, s := range history {
		if full() && killed.Sub(s.at) > 250*time.Millisecond {
			durable = s.got
		}
	}
	return durable
}

// onDisk returns how many frames of the newest exchange the recorder has
// committed.
func onDisk(t *testing.T, rec *recorder) (frames uint64) {
	t.Helper()
	c, err := control.Dial(rec.tape)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for ex, err := range store.NewReader(c).Exchanges(0, true) {
		if err != nil {
			t.Fatal(err)
		}
		frames = ex.Received.Frames
	}
	if frames == 0 {
		t.Error("nothing is on disk yet")
	}
	return frames
}
