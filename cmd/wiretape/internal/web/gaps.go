package web

import (
	"slices"
	"time"
)

const (
	// gapWindow is how many rows before it a wait is compared with.
	gapWindow = 256
	// gapLeast is the shortest wait that is marked, gapFactor how many times the
	// median it must be.
	gapLeast  = time.Second
	gapFactor = 10
)

// gaps are the waits between the last rows.
type gaps struct {
	ring []time.Duration
	next int
}

func (g *gaps) add(d time.Duration) {
	d = max(d, 0)
	if len(g.ring) < gapWindow {
		g.ring = append(g.ring, d)
		return
	}
	g.ring[g.next] = d
	g.next = (g.next + 1) % gapWindow
}

// long reports whether a wait stands out.
func (g *gaps) long(d time.Duration) bool {
	if d < gapLeast || len(g.ring) == 0 {
		return false
	}
	sorted := slices.Clone(g.ring)
	slices.Sort(sorted)
	return d >= gapFactor*sorted[len(sorted)/2]
}
