package cli

import (
	"fmt"
	"time"
)

// progressEvery is the pause between two updates of a progress line.
const progressEvery = 200 * time.Millisecond

// progress returns what tells of long work on a terminal, and what takes the
// line away at the end. Elsewhere both do nothing.
func (a *app) progress(what string) (step func(done, total int), end func()) {
	if _, ok := isTerminal(a.err); !ok {
		return func(int, int) {}, func() {}
	}
	var next time.Time
	shown := false
	began := time.Now()
	step = func(done, total int) {
		now := time.Now()
		if now.Before(next) || now.Sub(began) < 2*progressEvery {
			return
		}
		next, shown = now.Add(progressEvery), true
		fmt.Fprintf(a.err, "\r\x1b[Kwiretape: %s %d of %d", what, done, total)
	}
	end = func() {
		if shown {
			fmt.Fprint(a.err, "\r\x1b[K")
		}
	}
	return step, end
}
