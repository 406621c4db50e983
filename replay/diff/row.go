package diff

import (
	"encoding/json"

	"github.com/wiretape/wiretape/capture"
)

// Status is what the two sides of a row are to each other.
type Status uint8

// The statuses.
const (
	Equal    Status = iota
	Volatile        // equal but for what varies from run to run
	Changed
	OnlyA
	OnlyB
)

var statusNames = [...]string{"equal", "volatile", "changed", "only_a", "only_b"}

// String returns "equal", "volatile", "changed", "only_a" or "only_b".
func (s Status) String() string { return statusNames[s] }

// MarshalText writes the status as String does.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Different reports whether the sides differ in what lasts from run to run.
func (s Status) Different() bool { return s >= Changed }

// Part is what of an exchange a row is about.
type Part string

// The parts.
const (
	PartExchange Part = "exchange" // the exchange as a whole, where one side has none
	PartRequest  Part = "request"  // its head, and its body
	PartResponse Part = "response" // its head, and its body unless that is a stream
	PartMessage  Part = "message"  // of a socket
	PartEvent    Part = "event"    // of an event stream, or a record of JSON texts
	PartAnswer   Part = "answer"   // of a language model, joined from its events: Options.Merge
	PartEnd      Part = "end"      // how it ended
)

// Row is what stands side by side. Seq is 0 for what has no number of its own,
// such as the head of a request.
type Row struct {
	Part   Part    `json:"part"`
	A      *uint64 `json:"a"` // the row of A, as show numbers it; nil: it has none
	B      *uint64 `json:"b"`
	Status Status  `json:"status"`
	Dir    string  `json:"dir,omitempty"`  // "send" or "receive"
	Kind   string  `json:"kind,omitempty"` // of message, as in "op=order"
	Diff   []Field `json:"diff"`
	// Text is the beginning of what only one side has.
	Text string `json:"text,omitempty"`
	// ExchangeA and ExchangeB are the exchanges, 0: none.
	ExchangeA capture.ExchangeID `json:"exchange_a,omitempty"`
	ExchangeB capture.ExchangeID `json:"exchange_b,omitempty"`
}

// Field is a field in which the two sides differ. Values stand as they were
// sent, cut to what differs where they are long; nil where there is none.
type Field struct {
	Path  string  `json:"path"`
	A     *string `json:"a"`
	B     *string `json:"b"`
	Class string  `json:"class"` // as in a plan: const, enum, num, text, time, sign, token, seq
	// OK tells that the difference is one that runs have.
	OK bool `json:"ok,omitempty"`
}

// Summary counts rows.
type Summary struct {
	Equal, Volatile, Changed, OnlyA, OnlyB int
	HeartbeatsA, HeartbeatsB               int // not compared
	LeftA, LeftB                           int // beyond Options.MaxMessages
}

// Add counts a row.
func (s *Summary) Add(r *Row) {
	switch r.Status {
	case Equal:
		s.Equal++
	case Volatile:
		s.Volatile++
	case Changed:
		s.Changed++
	case OnlyA:
		s.OnlyA++
	case OnlyB:
		s.OnlyB++
	}
}

// Different reports whether any row tells of a difference that lasts.
func (s *Summary) Different() bool { return s.Changed+s.OnlyA+s.OnlyB > 0 }

// MarshalJSON leaves empty lists out of no row: a reader may rely on diff.
func (r *Row) MarshalJSON() ([]byte, error) {
	type plain Row
	p := plain(*r)
	if p.Diff == nil {
		p.Diff = []Field{}
	}
	return json.Marshal(p)
}
