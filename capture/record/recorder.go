// Package record stands between the relay and the tape on the path bytes →
// mitm → capture → show, export, replay: it takes the timed copies a relay
// hands over, cuts those of sockets into frames, counts messages and events as
// they pass, and appends the pieces to a capture.Writer.
//
// It decodes only as far as counting needs; what it stores is what was on the
// wire. Decoding for people happens on reading, in capture/transcript.
package record

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Overload says what happens when the queue to the disk is full.
type Overload uint8

// The rules for a full queue.
const (
	// Wait holds the relay back until there is room, so that nothing is lost;
	// a disk that makes no progress for Options.Patience turns it into Gap.
	Wait Overload = iota
	// Gap forwards without recording and marks where and how much is missing.
	Gap
)

// DefaultPatience is how long a chunk waits at most for room in the queue.
const DefaultPatience = 10 * time.Second

// Options for New. The zero value is the default.
type Options struct {
	Label      string
	Creator    string // program and version
	OnOverload Overload
	Patience   time.Duration // the longest wait for room in the queue; 0 means DefaultPatience
	Log        *slog.Logger  // warnings; nil: none
}

// Recorder implements capture.Recorder for one session on one tape. It may be
// used concurrently.
type Recorder struct {
	tape    capture.Writer
	clock   capture.Clock
	session capture.Session
	options Options

	mu     sync.Mutex
	open   map[*tap]struct{}
	closed bool

	exchanges, messages, lost, missed atomic.Uint64
	overloaded                        atomic.Bool
	warned                            atomic.Int64 // when the overload was last told of; 0: never
}

var _ capture.Recorder = (*Recorder)(nil)

// New begins a session on the tape, now.
func New(tape capture.Writer, o *Options) (*Recorder, error) {
	r := &Recorder{tape: tape, clock: capture.NewClock(), open: map[*tap]struct{}{}}
	if o != nil {
		r.options = *o
	}
	if r.options.Patience <= 0 {
		r.options.Patience = DefaultPatience
	}
	if r.options.Log == nil {
		r.options.Log = slog.New(slog.DiscardHandler)
	}
	r.session = capture.Session{
		Label: r.options.Label, Creator: r.options.Creator, Started: r.clock.Start(),
	}
	if err := tape.Begin(&r.session); err != nil {
		return nil, fmt.Errorf("begin a session: %w", err)
	}
	return r, nil
}

// Session returns the session's number.
func (r *Recorder) Session() capture.SessionID { return r.session.ID }

// Now reads the session's clock.
func (r *Recorder) Now() time.Duration { return r.clock.Now() }

// Totals is what a recorder has seen so far.
type Totals struct {
	Exchanges uint64 // begun
	Messages  uint64 // data messages, events and records
	Lost      uint64 // bytes forwarded but not recorded
	Missed    uint64 // exchanges forwarded but not recorded at all
}

// Totals returns the counts so far.
func (r *Recorder) Totals() Totals {
	return Totals{
		Exchanges: r.exchanges.Load(), Messages: r.messages.Load(),
		Lost: r.lost.Load(), Missed: r.missed.Load(),
	}
}

// Begin opens an exchange. When even its head finds no room on the way to the
// tape, the exchange is forwarded unrecorded and counted as missed.
func (r *Recorder) Begin(o capture.Opening) capture.Tap {
	if !r.reserve(sizeOf(o.Request)) {
		r.missed.Add(1)
		return deafTap{}
	}
	if r.stopped() {
		r.missed.Add(1)
		return deafTap{}
	}
	t := newTap(r, o)
	track, err := r.tape.Track(t.ex, t.mark)
	if err != nil {
		r.missed.Add(1)
		r.options.Log.Warn("an exchange is not recorded", "url", o.Request.URL, "err", err)
		return deafTap{}
	}
	t.track = track
	r.exchanges.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.open[t] = struct{}{}
	}
	return t
}

func (r *Recorder) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// Close ends what is still open, as ended by the proxy, and the session, and
// waits until all of it is on disk.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	left := make([]*tap, 0, len(r.open))
	for t := range r.open {
		left = append(left, t)
	}
	r.mu.Unlock()
	now := r.Now()
	for _, t := range left {
		t.End(capture.End{At: now, How: capture.HowError, By: capture.Proxy, Err: "the recorder was stopped"})
	}
	err := r.tape.Finish(r.session.ID, r.clock.Start().Add(now))
	if err != nil && !errors.Is(err, capture.ErrNotFound) {
		return fmt.Errorf("finish session %d: %w", r.session.ID, err)
	}
	return nil
}

func (r *Recorder) forget(t *tap) {
	r.mu.Lock()
	delete(r.open, t)
	r.mu.Unlock()
}

// warnEvery is how long a queue that fills up again and again is not told of
// again.
const warnEvery = 10 * time.Second

// reserve asks for room in the queue by the rule for a full one, and says when
// it was not given, but not every time.
func (r *Recorder) reserve(n int) bool {
	if r.tape.Reserve(n, 0) {
		r.overloaded.Store(false)
		return true
	}
	// A queue that was full a moment ago and still is will not be waited for
	// again: the disk has stopped, and traffic must not.
	if r.options.OnOverload == Wait && !r.overloaded.Load() && r.tape.Reserve(n, r.options.Patience) {
		return true
	}
	now, warned := max(int64(r.Now()), 1), r.warned.Load()
	if !r.overloaded.Swap(true) && (warned == 0 || now-warned > int64(warnEvery)) && r.warned.CompareAndSwap(warned, now) {
		r.options.Log.Warn("the tape does not keep up: traffic goes on unrecorded and the gap is marked")
	}
	return false
}

// sizeOf estimates what a head takes on its way to the tape, in bytes.
func sizeOf(q capture.Request) int {
	n := 256 + len(q.URL) + len(q.Raw)
	for _, f := range q.Header {
		n += len(f.Name) + len(f.Value) + 4
	}
	return n
}
