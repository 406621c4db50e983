package capture

import "time"

// SessionID numbers the sessions of a tape: 1, 2, 3 … Zero means none.
type SessionID uint64

// Session is one run of the recorder, or one import: one HAR log.
type Session struct {
	ID      SessionID
	Label   string
	Started time.Time // wall clock at the zero of the session's clock
	Ended   time.Time // zero while the session is open, or when it was cut off
	Creator string    // program and version, as in "wiretape 0.1.0"
	Note    string
	Tags    []string
}

// Clock counts nanoseconds since a session's start on the monotonic clock, so
// that a jump of the wall clock reorders nothing. The zero Clock is not usable;
// a Clock may be used concurrently.
type Clock struct{ start time.Time }

// NewClock starts a clock at zero, now.
func NewClock() Clock { return Clock{start: time.Now()} }

// Now returns the time since the clock's start.
func (c Clock) Now() time.Duration { return time.Since(c.start) }

// Start returns the wall-clock anchor: the wall time at which the clock read zero.
func (c Clock) Start() time.Time { return c.start.Round(0) }
