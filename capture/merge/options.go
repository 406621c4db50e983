package merge

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// defaultLimit is Options.Limit where none is given.
const defaultLimit = 256 << 20

// Options says how to merge. The zero value detects the format.
type Options struct {
	// Format is one of Formats. "" detects it.
	Format string
	// Path and ReasoningPath are JSONPath queries (RFC 9535). What they select
	// of each event is the text, and the reasoning: strings as they are, other
	// scalars as they were sent. With one of them no format is looked for.
	Path, ReasoningPath string
	// Script makes the text, instead. It serves this one stream.
	Script Script
	// Rules name paths, scripts or formats by where a stream comes from. What
	// is said above comes before them.
	Rules *Rules
	// OpenScript opens the script file that a rule names. Without it such rules
	// are an error.
	OpenScript func(file string) (Script, error)
	// NewScript makes a script of the source that stands in a rule. Without it
	// such rules are an error.
	NewScript func(source string) (Script, error)
	// Delta is called for every piece of text as it is merged, by the one who
	// adds the event.
	Delta func(Delta)
	// Limit bounds what is kept of one stream, in bytes; 0 means 256 MiB.
	Limit int64
}

// Script makes text of events that have a format of their own. It is not for
// concurrent use.
type Script interface {
	// Event returns what an event adds to the text and to the reasoning.
	Event(e ScriptEvent) (text, reasoning string, err error)
}

// ScriptEvent is an event, a record or a message as scripts see it.
type ScriptEvent struct {
	Seq  uint64
	Dir  capture.Direction
	At   time.Duration // since the exchange's start
	Type string        // of the event, "message" by default; "" for records and messages
	ID   string        // the last event ID
	Data string
}

// Delta is a piece of an answer as it comes.
type Delta struct {
	Seq    uint64        // of the event it came with
	At     time.Duration // of that event, since the exchange's start
	Choice int
	Kind   Kind
	Tool   int    // ToolInput: the index of the call
	Name   string // ToolInput: the tool's name, as far as it is known
	Text   string
}

// FormatError says that a stream has no format that can be merged.
type FormatError struct {
	Exchange capture.ExchangeID
	Format   string // the format that was asked for, or ""
	Events   uint64 // how many events were looked at
	Kind     capture.Kind
}

// Error implements error.
func (e *FormatError) Error() string {
	if e.Format != "" {
		return fmt.Sprintf("no format is called %q", e.Format)
	}
	return fmt.Sprintf("exchange %d is no stream of a known format (%s, %d events)", e.Exchange, e.Kind, e.Events)
}

// Hint says what a person can do about it.
func (e *FormatError) Hint() string {
	if e.Format != "" {
		return "the formats are " + strings.Join(Formats(), ", ")
	}
	return "name the place of the text with --merge-path '$.a.b', or use --merge-script FILE"
}

// ErrNoOpenScript says that a rule names a script, and that scripts cannot be
// opened here.
var ErrNoOpenScript = errors.New("the rule names a script, and scripts cannot be opened here")
