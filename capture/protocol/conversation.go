package protocol

import (
	"iter"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Conversation is what was said on one exchange, put together.
type Conversation struct {
	Pairs         []*Pair // in the order of the requests, as many as are kept
	Subscriptions []*Subscription
	Heartbeats    []*Beats
	Pushes        []*Pushes // what belongs to no subscription

	// What follows counts all, kept or not.
	Units      int
	Requests   int
	Answered   int // requests with an answer, or more
	Failed     int // requests whose answer is an error
	Unanswered int // requests that were promised an answer and had none
	Orphans    int // answers to nothing that was asked
	Violations int // units that break a rule
}

// Pushes are units of one kind that nobody asked for.
type Pushes struct {
	Dir         capture.Direction
	Op          string
	Count       int
	First, Last time.Duration // when they began, since the exchange's start
}

// PairOptions bounds what a conversation holds in memory. The zero value, and
// nil, are the default.
type PairOptions struct {
	// MaxPairs is how many pairs are kept, the first ones. 0 means 100,000.
	MaxPairs int
	// MaxBody is how much of the body of a unit is kept, in bytes; 0 means 256.
	// Data is not kept. A negative number keeps the units as they came.
	MaxBody int
	// Each is called with each pair, kept or not, once it will not change: when
	// it is done, or at the end.
	Each func(*Pair)
}

// Pairs puts the units of an exchange together. It returns the first error of
// the units, with what came before.
func Pairs(units iter.Seq2[*Unit, error], o *PairOptions) (*Conversation, error) {
	p := NewPairer(o)
	for u, err := range units {
		if err != nil {
			return p.Close(), err
		}
		p.Feed(u)
	}
	return p.Close(), nil
}
