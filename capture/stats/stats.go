package stats

import (
	"encoding/json"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Stats are the figures of one exchange. A time that is nil is one that did not
// come.
type Stats struct {
	Exchange capture.ExchangeID `json:"exchange"`
	Kind     string             `json:"kind"`
	URL      string             `json:"url"`
	State    string             `json:"state"`            // "open" or "done"
	Format   string             `json:"format,omitempty"` // of a language model's answer, as in package merge
	Model    string             `json:"model,omitempty"`
	Duration time.Duration      `json:"duration_ns"`

	FirstByte      *time.Duration `json:"first_byte_ns"`      // of the response's head
	FirstEvent     *time.Duration `json:"first_event_ns"`     // event, record or received message
	FirstToken     *time.Duration `json:"first_token_ns"`     // anything that a language model said
	FirstReasoning *time.Duration `json:"first_reasoning_ns"` // of that, reasoning
	FirstText      *time.Duration `json:"first_text_ns"`      // of that, the answer itself
	LastToken      *time.Duration `json:"last_token_ns"`

	// Gaps are the times between what was received: events, records, messages,
	// and in other bodies runs of bytes.
	Gaps Spread `json:"gaps"`
	// Pings are the times from ping to pong, of both sides.
	Pings    Spread `json:"pings"`
	Tokens   Tokens `json:"tokens"`
	Chars    Rate   `json:"chars"` // of all that a language model said
	Sent     Volume `json:"sent"`
	Received Volume `json:"received"`
	Bins     Bins   `json:"bins"`
	// Operations are the requests inside a socket by what they do, the most
	// frequent first, and Calls the first 200 of them one by one.
	Operations []*Operation `json:"operations,omitempty"`
	Calls      []Call       `json:"calls,omitempty"`

	request *Operation // the exchange itself as a request; nil for a tunnel
}

// Spread is how a kind of time is spread. All is zero where Count is.
type Spread struct {
	Count     int           `json:"count"`
	P50       time.Duration `json:"p50_ns"`
	P95       time.Duration `json:"p95_ns"`
	P99       time.Duration `json:"p99_ns"`
	Max       time.Duration `json:"max_ns"`
	Mean      time.Duration `json:"mean_ns"`
	Histogram []Bar         `json:"histogram,omitempty"`
}

// Bar is how many times were longer than the bar before says, and at most Up.
type Bar struct {
	Up    time.Duration `json:"up_ns"`
	Count int           `json:"count"`
}

// Tokens are what the server says it read and wrote, as it was sent, and the
// rate of the output between the first token and the last.
type Tokens struct {
	Input     json.Number `json:"input,omitempty"`
	Output    json.Number `json:"output,omitempty"`
	PerSecond float64     `json:"per_second,omitempty"`
}

// Rate is a count and how fast it came.
type Rate struct {
	Count     int     `json:"count"`
	PerSecond float64 `json:"per_second,omitempty"`
}

// Volume is what passed in one direction.
type Volume struct {
	Messages uint64 `json:"messages"` // data messages; events that dispatched; records
	Wire     uint64 `json:"wire"`     // bytes of bodies or payloads, as on the wire
	Decoded  uint64 `json:"decoded"`  // the same with content coding and permessage-deflate undone
	// Ratio is Decoded by Wire: how many times smaller compression made it.
	Ratio float64 `json:"ratio"`
}

// Bins are how much came when: the time of the exchange in equal parts.
type Bins struct {
	Width    time.Duration `json:"width_ns"`
	Sent     []int         `json:"sent"`
	Received []int         `json:"received"`
}

// bins is how many parts there are.
const bins = 120

// add counts one at a time since the exchange's start.
func (b *Bins) add(dir capture.Direction, at time.Duration) {
	list := &b.Received
	if dir == capture.Send {
		list = &b.Sent
	}
	i := 0
	if b.Width > 0 {
		i = int(at / b.Width)
	}
	(*list)[max(0, min(i, bins-1))]++
}
