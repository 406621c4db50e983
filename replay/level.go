package replay

import "fmt"

// Level tells how much a live client may differ from the recorded one.
type Level uint8

// The levels. Values that vary from run to run (ids, times, signatures,
// tokens) are compared by LevelBytes alone.
const (
	LevelMatch   Level = iota // any order; every other value must be as recorded; repeats allowed
	LevelBytes                // recorded order, every byte as recorded
	LevelOrdered              // recorded order within each causal chain, no repeats
	LevelNear                 // the nearest recorded message answers, with a warning
	LevelTape                 // nothing is compared: the server side plays by the clock
)

var levelNames = [...]string{"match", "bytes", "ordered", "near", "tape"}

// String returns "match", "bytes", "ordered", "near" or "tape".
func (l Level) String() string { return nameOf(levelNames[:], int(l), "level") }

// ParseLevel is the inverse of Level.String.
func ParseLevel(s string) (Level, error) {
	i, err := indexOf(levelNames[:], s, "level")
	return Level(i), err
}

// OnMiss tells what happens to what no recording answers.
type OnMiss uint8

// What to do on a miss.
const (
	MissFail        OnMiss = iota // refuse it, loudly; no socket is opened
	MissPassthrough               // hand the request to Options.Fallback
	MissRecord                    // the same; the Fallback records what it does
)

var missNames = [...]string{"fail", "passthrough", "record"}

// String returns "fail", "passthrough" or "record".
func (m OnMiss) String() string { return nameOf(missNames[:], int(m), "on-miss") }

// ParseOnMiss is the inverse of OnMiss.String.
func ParseOnMiss(s string) (OnMiss, error) {
	i, err := indexOf(missNames[:], s, "on-miss")
	return OnMiss(i), err
}

// OnReconnect tells which recorded connection a further live one takes.
type OnReconnect uint8

// What a further connection takes.
const (
	ReconnectNext OnReconnect = iota // the n-th takes the n-th recorded one, then the last again
	ReconnectSame                    // every one takes the first recorded one
)

var reconnectNames = [...]string{"next", "same"}

// String returns "next" or "same".
func (o OnReconnect) String() string { return nameOf(reconnectNames[:], int(o), "on-reconnect") }

// ParseOnReconnect is the inverse of OnReconnect.String.
func ParseOnReconnect(s string) (OnReconnect, error) {
	i, err := indexOf(reconnectNames[:], s, "on-reconnect")
	return OnReconnect(i), err
}

// OnExhausted tells what follows when a recording has nothing more to give.
type OnExhausted uint8

// What follows the end of a recording.
const (
	ExhaustedRepeat OnExhausted = iota // identical requests get the last answer again; streams end as recorded, or stay open where the client left
	ExhaustedFail                      // a further identical request is a miss
	ExhaustedEnd                       // streams end
	ExhaustedHold                      // streams stay open, silent
	ExhaustedLoop                      // answers and streams start over
)

var exhaustedNames = [...]string{"repeat", "fail", "end", "hold", "loop"}

// String returns "repeat", "fail", "end", "hold" or "loop".
func (o OnExhausted) String() string { return nameOf(exhaustedNames[:], int(o), "on-exhausted") }

// ParseOnExhausted is the inverse of OnExhausted.String.
func ParseOnExhausted(s string) (OnExhausted, error) {
	i, err := indexOf(exhaustedNames[:], s, "on-exhausted")
	return OnExhausted(i), err
}

// Timing tells from where delays count.
type Timing uint8

// The timings.
const (
	TimingCause    Timing = iota // from the client message that caused the server's
	TimingAbsolute               // from the start of the connection, but never before the cause
)

var timingNames = [...]string{"cause", "absolute"}

// String returns "cause" or "absolute".
func (t Timing) String() string { return nameOf(timingNames[:], int(t), "timing") }

// ParseTiming is the inverse of Timing.String.
func ParseTiming(s string) (Timing, error) {
	i, err := indexOf(timingNames[:], s, "timing")
	return Timing(i), err
}

func nameOf(names []string, i int, what string) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", what, i)
}

func indexOf(names []string, s, what string) (int, error) {
	for i, n := range names {
		if n == s {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q (one of %v)", what, s, names)
}
