package soak_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
)

// TestSteadyPush records a steady push through the whole program: nothing is
// lost, and at full length it says how soon what came was on disk, what memory
// and what space it took.
func TestSteadyPush(t *testing.T) {
	rate, sockets, length := 20_000, 2, time.Second
	if full() {
		rate, sockets, length = 100_000, 4, time.Minute
	}
	tape := filepath.Join(t.TempDir(), "x.tape")
	server := servePush(t, rate, sockets)
	rec := record(t, tape)
	var readers []*reader
	for range sockets {
		readers = append(readers, connect(t, rec.proxy, server.listener.Addr().String()))
	}
	watch := watchTape(t, rec, readers, length)
	server.stop()
	total := uint64(0)
	for _, r := range readers {
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		total += r.got.Load()
	}
	rec.stop()
	if sent := server.sent.Load(); total != sent {
		t.Errorf("the clients got %d frames, %d were sent", total, sent)
	}
	view, err := store.Read(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for i, r := range readers {
		if got := numbered(t, view, capture.ExchangeID(i+1)); got != r.got.Load() {
			t.Errorf("exchange %d has %d frames on the tape, its client got %d", i+1, got, r.got.Load())
		}
	}
	if report, err := store.Check(tape); err != nil || !report.OK() {
		t.Errorf("check: %v, %v", report, err)
	}
	if full() {
		watch.print(t, tape, total, length)
	}
}

// numbered counts the frames of an exchange and sees that none is missing.
func numbered(t *testing.T, tape capture.Reader, id capture.ExchangeID) uint64 {
	t.Helper()
	script, err := transcript.Open(tape, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := uint64(0)
	for m, err := range script.Messages(1) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Opcode.Control() {
			continue
		}
		if got := numberOf(m.Data); got != n {
			t.Fatalf("exchange %d: frame %d in place of %d", id, got, n)
		}
		n++
	}
	return n
}

// watched is what was seen from outside while the recorder ran.
type watched struct {
	behind   []time.Duration // how old the oldest frame was that was not on disk yet
	anon     []uint64        // anonymous memory, KiB, by second
	resident uint64          // the highest resident memory, KiB
}

// sample is how much the clients had got, when.
type sample struct {
	at  time.Time
	got uint64
}

// watchTape looks, through the control socket, at what is on disk, and at the
// recorder's memory, for a while.
func watchTape(t *testing.T, rec *recorder, readers []*reader, length time.Duration) *watched {
	t.Helper()
	client, err := control.Dial(rec.tape)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	tape := store.NewReader(client)
	w := &watched{}
	var history []sample
	began := time.Now()
	for next := began; time.Since(began) < length; next = next.Add(10 * time.Millisecond) {
		time.Sleep(time.Until(next))
		got := uint64(0)
		for _, r := range readers {
			got += r.got.Load()
		}
		history = append(history, sample{time.Now(), got})
		stored := uint64(0)
		for ex, err := range tape.Exchanges(0, true) {
			if err != nil {
				t.Fatal(err)
			}
			stored += ex.Received.Frames
		}
		i := slices.IndexFunc(history, func(s sample) bool { return s.got > stored })
		if i < 0 {
			i = len(history) - 1
		}
		w.behind = append(w.behind, time.Since(history[i].at))
		history = history[i:]
		if len(w.behind)%100 == 0 {
			anon, resident := memory(t, rec.cmd.Process.Pid)
			w.anon, w.resident = append(w.anon, anon), max(w.resident, resident)
		}
	}
	return w
}

// memory returns a process's anonymous memory and the most it had resident, in
// KiB.
func memory(t *testing.T, pid int) (anon, peak uint64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0 // not this system
	}
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "RssAnon: %d kB", &anon)
		_, _ = fmt.Sscanf(line, "VmHWM: %d kB", &peak)
	}
	return anon, peak
}

func (w *watched) print(t *testing.T, tape string, frames uint64, length time.Duration) {
	t.Helper()
	info, err := os.Stat(tape)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(w.behind)
	at := func(p int) time.Duration { return w.behind[min(len(w.behind)*p/100, len(w.behind)-1)] }
	t.Logf("%d frames of %d bytes in %v, all on the tape", frames, frameSize, length)
	t.Logf("on disk after: p50 %v, p99 %v, max %v", at(50), at(99), w.behind[len(w.behind)-1])
	t.Logf("anonymous memory by second, KiB: %v", w.anon)
	t.Logf("highest resident memory: %d MiB", w.resident>>10)
	t.Logf("tape: %d bytes, %.2f of the payload", info.Size(), float64(info.Size())/float64(frames*frameSize))
	for _, args := range [][]string{{"ls", "--limit", "50"}, {"show", "1", "--limit", "50"}, {"show", "1", "--from", fmt.Sprint(frames / 8), "--limit", "50"}} {
		began := time.Now()
		if out, err := program(tape, args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		t.Logf("wiretape %s: %v from the shell", strings.Join(args, " "), time.Since(began).Round(time.Millisecond))
	}
}
