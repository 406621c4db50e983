package lint

import (
	"fmt"

	"github.com/wiretape/wiretape/capture"
)

// Severity tells how bad a finding is.
type Severity uint8

// The severities.
const (
	Note    Severity = iota // a few clients mind, or it is odd
	Warning                 // some clients lose something
	Error                   // a rule is broken, or most clients lose something
)

// String returns "note", "warning" or "error".
func (s Severity) String() string { return [...]string{"note", "warning", "error"}[min(s, Error)] }

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (s *Severity) UnmarshalText(p []byte) error {
	for _, known := range [...]Severity{Note, Warning, Error} {
		if known.String() == string(p) {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("unknown severity %q", p)
}

// Where is a place in an exchange.
type Where struct {
	// Seq is the event's, record's or message's, as show lists it; 0 for the
	// exchange as a whole.
	Seq uint64 `json:"seq"`
	// Offset counts bytes. In a body it counts from the start of the decoded
	// body, in a message of a socket from the start of its payload.
	Offset int64             `json:"offset"`
	Dir    capture.Direction `json:"-"`
}

// Finding is one thing that is wrong.
type Finding struct {
	Rule     string   `json:"rule"` // as in Rules
	Severity Severity `json:"severity"`
	Where    Where    `json:"where"`   // the first time
	Times    int      `json:"times"`   // how often
	What     string   `json:"what"`    // in words; what it quotes of the stream is quoted as in Go
	Source   string   `json:"source"`  // of the rule: a standard, or whose behaviour it is
	Clients  string   `json:"clients"` // what they do
}

// String returns the finding on one line.
func (f Finding) String() string {
	s := f.Severity.String() + ": "
	if f.Where.Seq > 0 {
		s += fmt.Sprintf("#%d, byte %d: ", f.Where.Seq, f.Where.Offset)
	}
	s += f.What
	if f.Times > 1 {
		s += fmt.Sprintf(" (%d times)", f.Times)
	}
	return s + " [" + f.Rule + ", " + f.Source + "]"
}

// Rule is what Lint looks for.
type Rule struct {
	Name     string
	Severity Severity
	Source   string
	Clients  string
}

// maxFindings is how many different things are told. How often one is found
// is counted beyond it.
const maxFindings = 200

// findings collects. What is found again is counted.
type findings struct {
	list  []Finding
	index map[string]int // by rule and by what makes two findings of a rule differ
}

// add tells of a broken rule. Two findings of one rule are one, found twice,
// unless their kinds differ.
func (f *findings) add(r *Rule, kind string, at Where, format string, args ...any) {
	id := r.Name + "\x00" + kind
	if i, ok := f.index[id]; ok {
		f.list[i].Times++
		return
	}
	if len(f.list) >= maxFindings {
		return
	}
	if f.index == nil {
		f.index = map[string]int{}
	}
	f.index[id] = len(f.list)
	f.list = append(f.list, Finding{
		Rule: r.Name, Severity: r.Severity, Where: at, Times: 1,
		What: fmt.Sprintf(format, args...), Source: r.Source, Clients: r.Clients,
	})
}

// quote returns the beginning of what came, for people.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return fmt.Sprintf("%.*q…", most, s)
	}
	return fmt.Sprintf("%q", s)
}
