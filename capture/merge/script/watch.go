package script

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
)

// tick is how often a running script is looked at.
const tick = 5 * time.Millisecond

// init bounds how long regular expressions may backtrack. goja compiles them
// with regexp2, which has no other place to say so.
func init() { regexp2.DefaultMatchTimeout = 250 * time.Millisecond }

// watch looks at a script while it runs, and interrupts it when it uses too
// much.
type watch struct {
	vm      *goja.Runtime
	options *Options
	base    uint64 // of the heap, before the script

	mu       sync.Mutex // guards what follows
	running  bool
	deadline time.Time
	timer    *time.Timer
}

// newWatch returns a watch that is not looking yet. What the heap holds now is
// where it counts from.
func newWatch(vm *goja.Runtime, o *Options) *watch {
	w := &watch{vm: vm, options: o, base: heap()}
	w.timer = time.AfterFunc(time.Hour, w.look)
	w.timer.Stop()
	return w
}

// heap returns how many bytes objects take up, dead ones that were not yet
// collected among them.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// start begins to look, for at most the time given.
func (w *watch) start(limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = true
	w.deadline = time.Now().Add(limit)
	w.timer.Reset(min(tick, limit))
}

// stop ends it. Nothing interrupts the script from then on.
func (w *watch) stop() {
	w.mu.Lock()
	w.running = false
	w.timer.Stop()
	w.mu.Unlock()
	w.vm.ClearInterrupt()
}

// errTime and errMemory are why a script is interrupted.
var (
	errTime   = errors.New("took too long")
	errMemory = errors.New("used too much memory")
)

// look interrupts a script that uses too much, or comes again.
func (w *watch) look() {
	reason := w.reason()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.running:
	case reason != nil:
		w.vm.Interrupt(reason)
	default:
		w.timer.Reset(max(time.Millisecond, min(tick, time.Until(w.deadline))))
	}
}

// reason returns why the script must be interrupted, or nil.
func (w *watch) reason() error {
	w.mu.Lock()
	late := w.running && !time.Now().Before(w.deadline)
	w.mu.Unlock()
	if late {
		return errTime
	}
	limit := w.base + w.options.Memory
	if heap() <= limit {
		return nil
	}
	if heap() <= limit+w.options.Memory {
		runtime.GC() // much of it may be garbage
		if heap() <= limit {
			return nil
		}
	}
	return errMemory
}

// run runs a piece of the script under watch, and explains its errors.
func (s *Script) run(f func() error) error {
	limit := min(s.options.Event, s.options.Total-s.spent)
	if limit <= 0 {
		return &Error{Name: s.name, Stopped: true, Message: fmt.Sprintf("took more than %v in all", s.options.Total)}
	}
	begin := time.Now()
	s.watch.start(limit)
	err := f()
	s.watch.stop()
	took := time.Since(begin)
	s.spent += took
	if s.unseen += took; err == nil && s.unseen >= tick {
		// Events that are each too short to be looked at add up.
		s.unseen = 0
		if s.watch.reason() != nil {
			return s.overweight()
		}
	}
	return s.explain(err, limit)
}

// overweight returns the error of a script that uses too much memory.
func (s *Script) overweight() *Error {
	return &Error{Name: s.name, Stopped: true, Message: fmt.Sprintf("used more than %d MiB of memory", s.options.Memory>>20)}
}

// explain turns what goja says into an *Error, with the place in the script.
func (s *Script) explain(err error, limit time.Duration) error {
	var (
		thrown      *goja.Exception
		interrupted *goja.InterruptedError
		overflow    *goja.StackOverflowError
	)
	e := &Error{Name: s.name}
	switch {
	case err == nil:
		return nil
	case errors.As(err, &interrupted):
		e = s.overweight()
		if interrupted.Value() == errTime {
			e.Message = fmt.Sprintf("took more than %v", limit.Round(time.Millisecond))
		}
		s.place(e, interrupted.Stack())
	case errors.As(err, &overflow):
		e.Stopped = true
		e.Message = fmt.Sprintf("more than %d calls, one inside the other", maxCalls)
		s.place(e, overflow.Stack())
	case errors.As(err, &thrown):
		e.Message = thrown.Value().String()
		s.place(e, thrown.Stack())
	default:
		if own, ok := err.(*Error); ok {
			return own
		}
		e.Message = err.Error()
	}
	return e
}

// place finds the innermost frame that is the script's own.
func (s *Script) place(e *Error, stack []goja.StackFrame) {
	for _, f := range stack {
		if f.SrcName() == s.name {
			at := f.Position()
			e.Line, e.Column = at.Line, at.Column
			return
		}
	}
}
