package web

import (
	"context"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

// selectionKey is what a selection is of: the rows of one exchange that pass a
// filter, heartbeats folded or not.
type selectionKey struct {
	id     capture.ExchangeID
	level  level
	filter string
	fold   bool
}

// selection knows which rows of an exchange are listed. It is extended as far as
// the tape goes whenever it is asked, and stands still in between. It may be
// used concurrently.
//
// Of many hits only every step-th is kept, and those between are found again by
// reading: the list stays below keptHits.
type selection struct {
	key    selectionKey
	filter *filter.Filter
	server *Server
	gentle bool // leaves most of the processor to the recorder

	ctx  context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	moved   chan struct{} // closed when more is known
	running bool
	used    time.Time
	head    uint64   // the commit up to which all was looked at
	whole   bool     // anything was looked at to its end
	scanned uint64   // rows looked at
	matched uint64   // rows listed
	hits    []uint64 // the number of every step-th of them
	step    uint64
	first   []uint64 // the numbers of the first ones
	state   keeper   // as it was after the last row
	done    bool     // the exchange has ended, and all of it was looked at
	err     error
}

const (
	// keptHits is how many hits a selection keeps: 512 KiB.
	keptHits = 64 << 10
	// firstHits is how many hits a search tells at once.
	firstHits = 50
	// scanRun is how long a selection scans before it tells how far it is.
	scanRun = 5 * time.Millisecond
	// gentlePause is how long a gentle one makes way then: it takes a twentieth
	// of a processor.
	gentlePause = 95 * time.Millisecond
	// catchUpSoon is how long an answer waits for the end of a scan though what
	// it needs is known.
	catchUpSoon = 20 * time.Millisecond
	// overlooked is how many rows are scanned between two looks at the clock.
	overlooked = 64
)

func newSelection(s *Server, key selectionKey, f *filter.Filter, gentle bool) *selection {
	x := &selection{key: key, filter: f, server: s, gentle: gentle, moved: make(chan struct{}), step: 1, used: time.Now()}
	x.ctx, x.stop = context.WithCancel(s.ctx)
	return x
}

// progress is how far a selection is.
type progress struct {
	scanned, matched uint64
	first            []uint64
	running, done    bool
	err              error
}

// progress returns how far the selection is, and a channel that is closed when
// that is more.
func (x *selection) progress() (progress, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return progress{x.scanned, x.matched, x.first, x.running, x.done, x.err}, x.moved
}

// extend makes the selection look at what is new, in the background.
func (x *selection) extend() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.used = time.Now()
	if x.running || x.done || x.ctx.Err() != nil || x.whole && x.head == x.server.tape.Head() {
		return
	}
	x.running = true
	x.server.work.Go(x.scan)
}

// catchUp extends the selection and waits until it is up to date, or until
// enough hits are known (0: all), at most for a while.
func (x *selection) catchUp(ctx context.Context, enough uint64, patience time.Duration) progress {
	x.extend()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	soon := time.NewTimer(catchUpSoon)
	defer soon.Stop()
	late := false
	for {
		p, moved := x.progress()
		if !p.running || late && enough > 0 && p.matched >= enough {
			return p
		}
		select {
		case <-moved:
		case <-soon.C:
			late = true
		case <-timer.C:
			return p
		case <-ctx.Done():
			return p
		}
	}
}

// scan looks at all rows that the tape has beyond those looked at.
func (x *selection) scan() {
	head := x.server.tape.Head()
	err := x.walk()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running = false
	if err == nil {
		x.head, x.whole = head, true
	}
	if x.ctx.Err() == nil && err != nil {
		x.err, x.done = err, true
	}
	x.tell()
}

func (x *selection) walk() error {
	r, err := x.server.reel(x.key.id, x.key.level)
	if err != nil {
		return err
	}
	keep := x.resume(r)
	began := time.Now()
	var batch []uint64
	seen := x.scanned // only walk writes it
	for l, err := range r.from(seen + 1) {
		if err != nil {
			return err
		}
		if keep.keep(l) {
			batch = append(batch, l.seq)
		}
		if seen = l.seq; seen%overlooked != 0 || time.Since(began) < scanRun {
			continue
		}
		x.found(seen, batch, keep, false)
		if batch = batch[:0]; !x.pause() {
			return x.ctx.Err()
		}
		began = time.Now()
	}
	x.found(seen, batch, keep, !growing(r.ex))
	return nil
}

// resume returns the keeper as it was after the last row, for an exchange that
// may have changed since.
func (x *selection) resume(r *reel) *keeper {
	keep := x.key.keeper(r.ex, x.filter, x.server.protocol(r))
	keep.beat = x.state.beat
	return keep
}

// pause makes way for others, and reports whether to go on.
func (x *selection) pause() bool {
	if !x.gentle {
		return x.ctx.Err() == nil
	}
	select {
	case <-time.After(gentlePause):
		return true
	case <-x.ctx.Done():
		return false
	}
}

// found adds what a run of rows brought, up to and with row seen.
func (x *selection) found(seen uint64, hits []uint64, keep *keeper, done bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, seq := range hits {
		if x.matched%x.step == 0 {
			if len(x.hits) == keptHits {
				x.thin()
			}
			if x.matched%x.step == 0 {
				x.hits = append(x.hits, seq)
			}
		}
		if len(x.first) < firstHits {
			x.first = append(x.first, seq)
		}
		x.matched++
	}
	x.scanned, x.state.beat, x.done = seen, keep.beat, done
	x.tell()
}

// thin drops every other hit.
func (x *selection) thin() {
	for i := range len(x.hits) / 2 {
		x.hits[i] = x.hits[2*i]
	}
	x.hits = x.hits[:len(x.hits)/2]
	x.step *= 2
}

// tell wakes those who wait for progress. The caller holds the lock.
func (x *selection) tell() {
	close(x.moved)
	x.moved = make(chan struct{})
}

// seqs returns the numbers of n hits from hit number at on, fewer at the end of
// what is known.
func (x *selection) seqs(ctx context.Context, at, n uint64) ([]uint64, error) {
	x.mu.Lock()
	if at >= x.matched {
		x.mu.Unlock()
		return nil, nil
	}
	n = min(n, x.matched-at)
	known, step := x.hits, x.step
	if step == 1 {
		out := append([]uint64(nil), known[at:at+n]...)
		x.mu.Unlock()
		return out, nil
	}
	from, skip := known[at/step], at%step
	x.mu.Unlock()
	return x.again(ctx, from, skip, n)
}

// again finds n hits anew, after skipping some, from a hit on.
func (x *selection) again(ctx context.Context, from, skip, n uint64) ([]uint64, error) {
	r, err := x.server.reel(x.key.id, x.key.level)
	if err != nil {
		return nil, err
	}
	keep := x.key.keeper(r.ex, x.filter, x.server.protocol(r))
	var out []uint64
	for l, err := range r.from(from) {
		if err != nil {
			return out, err
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if !keep.keep(l) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if out = append(out, l.seq); uint64(len(out)) == n {
			break
		}
	}
	return out, nil
}

// place returns the number of the first hit whose row number is at least seq,
// counted from 0; the number of hits when there is none.
func (x *selection) place(ctx context.Context, seq uint64) (uint64, error) {
	x.mu.Lock()
	lo, hi := 0, len(x.hits) // the last kept hit at or before seq
	for lo < hi {
		if mid := (lo + hi) / 2; x.hits[mid] < seq {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	step, matched := x.step, x.matched
	x.mu.Unlock()
	if step == 1 || lo == 0 {
		return uint64(lo), nil
	}
	at := uint64(lo-1) * step
	between, err := x.seqs(ctx, at, step)
	if err != nil {
		return 0, err
	}
	for _, hit := range between {
		if hit >= seq {
			break
		}
		at++
	}
	return min(at, matched), nil
}

func (x *selection) lastUse() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.used
}

func (x *selection) failed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err != nil
}
