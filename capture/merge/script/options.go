package script

import (
	"fmt"
	"time"
)

// Options bounds what a script may use. The zero value is the default.
type Options struct {
	// Event is how long one event may take, and the script's own start; 0
	// means 250 ms.
	Event time.Duration
	// Total is how long all events of a stream may take together; 0 means 10 s.
	Total time.Duration
	// Memory is by how many bytes the heap may grow while the script runs; 0
	// means 256 MiB. It is looked at every few milliseconds, so that more may
	// be in use for a moment.
	Memory uint64
	// Log is called with what console.log prints, one line at a time. nil
	// throws it away.
	Log func(line string)
}

// withDefaults returns a copy with the defaults filled in.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Event <= 0 {
		c.Event = 250 * time.Millisecond
	}
	if c.Total <= 0 {
		c.Total = 10 * time.Second
	}
	if c.Memory == 0 {
		c.Memory = 256 << 20
	}
	return c
}

// Error says what is wrong with a script, and where.
type Error struct {
	Name         string // the script's name
	Line, Column int    // 1, 2, 3 …; 0 where there is no place
	Message      string
	Stopped      bool // it used more than it may
}

// Error implements error.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Name, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Message)
}

// Hint says what a person can do about it.
func (e *Error) Hint() string {
	if e.Stopped {
		return "a script has a short while for each event, and bounded memory: keep in state only what later events need"
	}
	return "a script is a function (event, state) that returns the text an event adds; event.data is what came, event.json the same parsed"
}
