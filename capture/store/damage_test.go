package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/store"
)

// sample writes a tape of two sessions and returns its bytes and its content.
func sample(t *testing.T, steps int) ([]byte, map[capture.ExchangeID][]seen) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.tape")
	model := &capturetest.Tape{}
	for seed := range uint64(2) {
		tape, err := store.Open(path, &store.Options{NoSync: true, CommitEvery: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		r := &random{Rand: rand.New(rand.NewPCG(seed, 2)), t: t, tape: tape, model: model}
		r.session = begin(t, tape)
		for range steps {
			r.step()
		}
		if err := tape.Finish(r.session, time.Unix(9, 0)); err != nil {
			t.Fatal(err)
		}
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	all := map[capture.ExchangeID][]seen{}
	for ex, err := range view.Exchanges(0, true) {
		if err != nil {
			t.Fatal(err)
		}
		all[ex.ID] = content(t, view, ex.ID)
	}
	return b, all
}

// readAll reads everything a reader gives. Errors are fine, panics are not.
func readAll(r capture.Reader) (n int, err error) {
	if _, err := r.Sessions(); err != nil {
		return 0, err
	}
	for ex, err := range r.Exchanges(0, false) {
		if err != nil {
			return n, err
		}
		if _, err := r.Marks(ex.ID); err != nil {
			return n, err
		}
		for _, err := range r.Pieces(ex.ID, capture.Mark{}) {
			if err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// endure does with a damaged tape all that can be done with one.
func endure(t *testing.T, b []byte, want map[capture.ExchangeID][]seen) (outcome string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.tape")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	report, checkErr := store.Check(path)
	verifyErr := store.Verify(path)
	view, err := store.Read(path, nil)
	if err == nil {
		var n int
		if n, err = readAll(view); err == nil && checkErr == nil && report.OK() && uint64(n) != report.Pieces {
			t.Errorf("%d pieces, %d checked", n, report.Pieces)
		}
		view.Close()
	}
	if checkErr == nil && report.OK() && (err != nil || verifyErr != nil) {
		t.Errorf("the check is clean, but: %v, %v", err, verifyErr)
	}
	rescue(t, path, want)
	record(t, path)
	switch {
	case checkErr != nil:
		return "no report"
	case report.OK():
		return "clean"
	case err != nil:
		return "damaged, and reading says so"
	}
	return "damaged where reading did not look"
}

// rescue salvages the tape and checks what comes out.
func rescue(t *testing.T, path string, want map[capture.ExchangeID][]seen) {
	t.Helper()
	dst := path + ".salvaged"
	report, err := store.Salvage(path, dst, nil)
	if err != nil {
		var foreign *store.NotTapeError
		var version *store.VersionError
		if !errors.As(err, &foreign) && !errors.As(err, &version) {
			t.Errorf("salvage: %v", err)
		}
		return
	}
	whole := check(t, dst)
	if report.Exchanges != whole.Exchanges || report.Blocks != whole.Blocks || report.Pieces != whole.Pieces ||
		report.Payload != whole.Payload || report.Sessions != whole.Sessions {
		t.Errorf("salvage says %+v, it holds %+v", report, whole)
	}
	view, err := store.Read(dst, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	n := 0
	for ex, err := range view.Exchanges(0, false) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if got := content(t, view, ex.ID); ex.Fault == "" {
			if d := cmp.Diff(want[ex.ID], got); d != "" {
				t.Errorf("salvaged exchange %d: %s", ex.ID, d[:min(len(d), 2000)])
			}
		}
	}
	if n < len(want) && report.OK() {
		t.Errorf("salvage brought %d of %d exchanges and says nothing", n, len(want))
	}
}

// record records to the tape, if it can be opened, as a recorder would.
func record(t *testing.T, path string) {
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tape, err := store.Open(path, &store.Options{NoSync: true})
	if err != nil {
		var hint interface{ Hint() string }
		if !errors.As(err, &hint) || hint.Hint() == "" {
			t.Errorf("no hint with: %v", err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("a tape that was refused was written to: %v", err)
		}
		return
	}
	defer tape.Close()
	s := capture.Session{}
	if err := tape.Begin(&s); err != nil {
		return
	}
	k, err := tape.Track(&capture.Exchange{Session: s.ID}, nil)
	if err != nil {
		t.Fatal(err)
	}
	k.Lock()
	k.Append(&capture.Piece{Data: []byte("x")})
	k.Close()
	k.Unlock()
	tape.Finish(s.ID, time.Now())
}

func TestFlippedBytesAreFoundAndSurvived(t *testing.T) {
	b, want := sample(t, 100)
	r := rand.New(rand.NewPCG(3, 3))
	outcomes := map[string]int{}
	for range rounds(20) {
		damaged := append([]byte(nil), b...)
		for range 1 + r.IntN(3) {
			at := r.IntN(len(b))
			if r.IntN(2) == 0 {
				at = at&^4095 + r.IntN(64) // where pages have their numbers
			}
			damaged[at%len(b)] ^= byte(1 << r.IntN(8))
		}
		outcomes[endure(t, damaged, want)]++
	}
	t.Log(outcomes)
}

func TestEveryByteOfAPageHeadIsSurvived(t *testing.T) {
	b, want := sample(t, 40)
	for page := 0; page < len(b); page += 4096 {
		if page > 8*4096 && page%(16*4096) != 0 && !testing.Short() {
			continue
		}
		damaged := append([]byte(nil), b...)
		copy(damaged[page:], "\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\xff\xff\xff\xff\xff\xff")
		endure(t, damaged, want)
	}
}

func TestTruncatedTapesAreSurvived(t *testing.T) {
	b, want := sample(t, 150)
	r := rand.New(rand.NewPCG(4, 4))
	sizes := []int{0, 1, 15, 20, 100, 4095, 4096, 4097, 8191, 8192, 12288, len(b) - 1, len(b) - 4096}
	for range rounds(6) {
		sizes = append(sizes, r.IntN(len(b)))
	}
	for _, n := range sizes {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			if outcome := endure(t, b[:n], want); outcome == "clean" {
				t.Errorf("%d of %d bytes, and the check is clean", n, len(b))
			}
		})
	}
}

// rounds is how often a random test runs: more in the long tests.
func rounds(n int) int {
	if os.Getenv("WIRETAPE_SOAK") != "" {
		return 50 * n
	}
	return n
}
