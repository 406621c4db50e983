package diff_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/diff"
)

// said returns a line of a talk, drawn at random from a few kinds.
func said(r *rand.Rand) string {
	switch r.IntN(7) {
	case 0:
		return fmt.Sprintf(`> {"id":"%08x%04dq","op":"order","px":%d}`, r.Uint32(), r.IntN(9999), r.IntN(5))
	case 1:
		return fmt.Sprintf(`< {"id":"%08x%04dq","op":"order","ok":%v}`, r.Uint32(), r.IntN(9999), r.IntN(2) == 0)
	case 2:
		return fmt.Sprintf(`< {"tick":%d,"px":%d}`, r.IntN(3), r.IntN(1000))
	case 3:
		return fmt.Sprintf(`< text %d %d`, r.IntN(4), r.IntN(4))
	case 4:
		return `> ping`
	case 5:
		return fmt.Sprintf(`< [%d,"x",{"a":%d}]`, r.IntN(3), r.IntN(3))
	}
	return fmt.Sprintf(`> {"op":"k%d","list":[%d,%d]}`, r.IntN(4), r.IntN(3), r.IntN(3))
}

// TestEveryMessageStandsInOneRow compares random talks, the second of which is
// the first with messages taken out, put in, changed and moved.
func TestEveryMessageStandsInOneRow(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		var a, b []string
		for range r.IntN(60) {
			a = append(a, said(r))
		}
		for _, line := range a {
			switch r.IntN(8) {
			case 0:
			case 1:
				b = append(b, line, said(r))
			case 2:
				b = append(b, said(r))
			default:
				b = append(b, line)
			}
		}
		if n := len(b); n > 4 {
			i, j := r.IntN(n), r.IntN(n)
			b[i], b[j] = b[j], b[i]
		}
		for _, level := range []replay.Level{replay.LevelMatch, replay.LevelOrdered, replay.LevelBytes} {
			whole(t, fmt.Sprintf("seed %d, %s", seed, level), a, b, level)
		}
	}
}

// whole checks that the rows hold all messages of both sides once, those of A in
// order, and that a talk differs from itself in nothing.
func whole(t *testing.T, name string, a, b []string, level replay.Level) {
	t.Helper()
	var seenA, seenB []uint64
	x, y := socket(t, "wss://h/", strings.Join(a, "\n")), socket(t, "wss://h/", strings.Join(b, "\n"))
	sum, err := diff.Exchanges(x, y, &diff.Options{Level: level}, func(r *diff.Row) error {
		if r.Part != diff.PartMessage {
			return nil
		}
		if r.A != nil {
			seenA = append(seenA, *r.A)
		}
		if r.B != nil {
			seenB = append(seenB, *r.B)
		}
		if (r.Status == diff.OnlyA) != (r.B == nil) || (r.Status == diff.OnlyB) != (r.A == nil) {
			t.Errorf("%s: %s of %v and %v", name, r.Status, r.A, r.B)
		}
		return nil
	})
	if err != nil {
		t.Fatal(name, err)
	}
	if !slices.IsSorted(seenA) {
		t.Errorf("%s: A is out of order: %v", name, seenA)
	}
	slices.Sort(seenB)
	for _, side := range []struct {
		lines []string
		seen  []uint64
		beats int
	}{{a, seenA, sum.HeartbeatsA}, {b, seenB, sum.HeartbeatsB}} {
		if len(side.seen)+side.beats != len(side.lines) || len(slices.Compact(slices.Clone(side.seen))) != len(side.seen) {
			t.Errorf("%s: %d messages, %d heartbeats, rows %v", name, len(side.lines), side.beats, side.seen)
		}
	}
	same, err := diff.Exchanges(x, x, &diff.Options{Level: level}, func(*diff.Row) error { return nil })
	if err != nil || same.Different() || same.Volatile > 0 {
		t.Errorf("%s: a talk differs from itself: %+v, %v", name, same, err)
	}
}

// TestHardAlignments compares talks in which nothing is where it was. What is
// checked is that they are compared at all.
func TestHardAlignments(t *testing.T) {
	const n = 5_000
	talk := func(line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i) + "\n")
		}
		return b.String()
	}
	for name, x := range map[string]struct {
		a, b func(i int) string
		want diff.Summary
	}{
		"backwards": {
			func(i int) string { return fmt.Sprintf(`< {"event":"e","v":%d}`, i) },
			func(i int) string { return fmt.Sprintf(`< {"event":"e","v":%d}`, n-1-i) },
			diff.Summary{Equal: n + 3},
		},
		"all different": {
			func(i int) string { return fmt.Sprintf(`< {"event":"e","v":%d}`, i) },
			func(i int) string { return fmt.Sprintf(`< {"event":"e","v":%d}`, n+i) },
			diff.Summary{Equal: 3, Changed: n},
		},
		"two in turns": {
			func(i int) string { return fmt.Sprintf(`< {"event":"e","v":%d}`, i%2) },
			func(i int) string { return fmt.Sprintf(`< {"event":"e","v":%d}`, (i+1)%2) },
			diff.Summary{Equal: n + 3},
		},
		"a kind each": {
			func(i int) string { return fmt.Sprintf(`< {"event":"e%d"}`, i) },
			func(i int) string { return fmt.Sprintf(`< {"event":"e%d"}`, n-i) },
			diff.Summary{Equal: n - 1 + 3, OnlyA: 1, OnlyB: 1},
		},
	} {
		a, b := socket(t, "wss://h/", talk(x.a)), socket(t, "wss://h/", talk(x.b))
		got, err := diff.Exchanges(a, b, nil, func(*diff.Row) error { return nil })
		if err != nil || *got != x.want {
			t.Errorf("%s: %+v, %v, want %+v", name, *got, err, x.want)
		}
	}
}

// TestLargeMessagesFarApart has more to hold than is held: what was given up is
// read again.
func TestLargeMessagesFarApart(t *testing.T) {
	const n = 36
	pad := strings.Repeat("x", 1<<19)
	talk := func(run int) string {
		var b strings.Builder
		for i := range n {
			at := i
			if run == 2 {
				at = n - 1 - i
			}
			fmt.Fprintf(&b, "< {\"event\":\"e\",\"v\":%d,\"id\":\"r%dx%06dq%d\",\"pad\":%q}\n", at, run, at*7919, run, pad)
		}
		return b.String()
	}
	seen := 0
	got, err := diff.Exchanges(socket(t, "wss://h/", talk(1)), socket(t, "wss://h/", talk(2)), nil, func(r *diff.Row) error {
		if r.Part == diff.PartMessage && *r.A+*r.B == n+1 {
			seen++
		}
		return nil
	})
	if err != nil || got.Volatile != n || got.Different() || seen != n {
		t.Errorf("%+v, %v, %d aligned", *got, err, seen)
	}
}
