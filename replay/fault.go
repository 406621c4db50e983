package replay

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fault is a disturbance that is played at a stated point of a connection, or
// of a response. Of the conditions all that are set must hold.
type Fault struct {
	Do Disturbance `yaml:"do" json:"do"`

	// Where. The zero values mean every connection, and once on each.
	URL        string `yaml:"url,omitempty" json:"url,omitempty"`               // part of the recorded URL
	Connection int    `yaml:"connection,omitempty" json:"connection,omitempty"` // only the n-th live connection or request
	Times      int    `yaml:"times,omitempty" json:"times,omitempty"`           // at most so often in all; 0: no bound

	// When. Without any, at the start.
	After int           `yaml:"after,omitempty" json:"after,omitempty"` // after the n-th message of the server, event or chunk
	Kind  string        `yaml:"kind,omitempty" json:"kind,omitempty"`   // after a message of the server that contains this
	Time  time.Duration `yaml:"time,omitempty" json:"time,omitempty"`   // so long after the connection was accepted
	Byte  int           `yaml:"byte,omitempty" json:"byte,omitempty"`   // inside of that message's frame: after so many of its bytes

	// What.
	Code   int           `yaml:"code,omitempty" json:"code,omitempty"`               // close: the close code, 1011 by default; refuse: the status
	Reason string        `yaml:"reason,omitempty" json:"reason,omitempty"`           // close: the reason
	Delay  time.Duration `yaml:"delay,omitempty" json:"delay,omitempty"`             // delay: how long; stall: how long, 0: for good
	Jitter time.Duration `yaml:"jitter,omitempty" json:"jitter,omitempty"`           // delay: up to so much more, drawn from the seed
	Rate   int           `yaml:"rate,omitempty" json:"rate,omitempty"`               // throttle: bytes a second
	Retry  time.Duration `yaml:"retry_after,omitempty" json:"retry_after,omitempty"` // refuse: Retry-After
}

// Disturbance is what a Fault does.
type Disturbance string

// The disturbances.
const (
	DoClose     Disturbance = "close"     // a close frame; of a body, its early but clean end
	DoFIN       Disturbance = "fin"       // the connection ends without one, by FIN
	DoReset     Disturbance = "reset"     // by RST
	DoStall     Disturbance = "stall"     // nothing is sent any more, not even pongs
	DoMute      Disturbance = "mute"      // pings are not answered any more
	DoTruncate  Disturbance = "truncate"  // the message is cut to Byte bytes; a body ends there, cleanly
	DoCorrupt   Disturbance = "corrupt"   // a byte of the message is another: that at Byte, else one drawn
	DoDuplicate Disturbance = "duplicate" // the message is sent twice
	DoReorder   Disturbance = "reorder"   // the message changes places with the next one
	DoDelay     Disturbance = "delay"     // the message is late; without a condition, every message
	DoThrottle  Disturbance = "throttle"  // bytes go out at Rate
	DoRefuse    Disturbance = "refuse"    // the connection is not accepted: HTTP status Code, or at once FIN
)

var disturbances = [...]Disturbance{
	DoClose, DoFIN, DoReset, DoStall, DoMute, DoTruncate, DoCorrupt, DoDuplicate, DoReorder, DoDelay, DoThrottle, DoRefuse,
}

// FaultError says what is wrong with a fault.
type FaultError struct {
	Spec string
	Err  string
}

// Error implements error.
func (e *FaultError) Error() string { return fmt.Sprintf("fault %q: %s", e.Spec, e.Err) }

// Hint shows how faults are written.
func (e *FaultError) Hint() string {
	return `as in "close:1012@after=3", "fin@kind=ticker,byte=2", "refuse:503,times=2,retry_after=1s", "delay:200ms,jitter=50ms"`
}

// ParseFault reads a fault in one line: what it does, a colon and its main
// value, and conditions after @ or a comma, as in "close:1012@after=3,url=/ws".
func ParseFault(spec string) (Fault, error) {
	head, rest, _ := strings.Cut(strings.Replace(spec, "@", ",", 1), ",")
	do, value, given := strings.Cut(head, ":")
	f := Fault{Do: Disturbance(do)}
	fail := func(format string, args ...any) (Fault, error) {
		return Fault{}, &FaultError{spec, fmt.Sprintf(format, args...)}
	}
	if given {
		if err := f.main(value); err != "" {
			return fail("%s", err)
		}
	}
	for rest != "" {
		var pair string
		pair, rest, _ = strings.Cut(rest, ",")
		name, v, ok := strings.Cut(pair, "=")
		if !ok {
			return fail("%q is not name=value", pair)
		}
		if err := f.set(strings.TrimSpace(name), v); err != "" {
			return fail("%s", err)
		}
	}
	if err := f.check(); err != "" {
		return fail("%s", err)
	}
	return f, nil
}

// main sets what the value after the colon is for.
func (f *Fault) main(v string) string {
	switch f.Do {
	case DoClose:
		code, reason, _ := strings.Cut(v, " ")
		f.Reason = reason
		return f.set("code", code)
	case DoRefuse:
		if v == "tcp" {
			return ""
		}
		return f.set("code", v)
	case DoStall, DoDelay:
		return f.set("delay", v)
	case DoThrottle:
		return f.set("rate", v)
	case DoTruncate, DoCorrupt:
		return f.set("byte", v)
	}
	return fmt.Sprintf("%s has no value", f.Do)
}

func (f *Fault) set(name, v string) string {
	numbers := map[string]*int{"connection": &f.Connection, "times": &f.Times, "after": &f.After, "byte": &f.Byte, "code": &f.Code, "rate": &f.Rate}
	times := map[string]*time.Duration{"time": &f.Time, "delay": &f.Delay, "jitter": &f.Jitter, "retry_after": &f.Retry}
	texts := map[string]*string{"url": &f.URL, "kind": &f.Kind, "reason": &f.Reason}
	var err error
	switch {
	case numbers[name] != nil:
		*numbers[name], err = strconv.Atoi(v)
	case times[name] != nil:
		*times[name], err = time.ParseDuration(v)
	case texts[name] != nil:
		*texts[name] = v
	default:
		return fmt.Sprintf("unknown name %q", name)
	}
	if err != nil {
		return fmt.Sprintf("%s: %q cannot be read", name, v)
	}
	return ""
}

// check says what is wrong with a fault, or "".
func (f *Fault) check() string {
	known := false
	for _, d := range disturbances {
		known = known || d == f.Do
	}
	switch {
	case !known:
		return fmt.Sprintf("unknown disturbance %q (one of %v)", f.Do, disturbances)
	case f.After < 0 || f.Byte < 0 || f.Times < 0 || f.Connection < 0 || f.Time < 0 || f.Delay < 0 || f.Jitter < 0 || f.Retry < 0:
		return "a negative number"
	case f.Do == DoThrottle && f.Rate <= 0:
		return "throttle needs a rate, in bytes a second"
	case f.Do == DoDelay && f.Delay+f.Jitter == 0:
		return "delay needs a time"
	case f.Do == DoClose && f.Code != 0 && (f.Code < 1000 || f.Code > 4999):
		return "close codes go from 1000 to 4999 (RFC 6455 7.4)"
	case f.Do == DoRefuse && f.Code != 0 && (f.Code < 200 || f.Code > 599):
		return "refuse needs an HTTP status, or tcp"
	}
	return ""
}
