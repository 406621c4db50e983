package protocol

import "time"

// Pair is a request with its answers.
type Pair struct {
	Request *Unit
	Answer  *Unit // the first; nil while there is none
	Last    *Unit // the last so far, which may be the first
	Answers int
	// Done tells that the request has all the answers it is to have. A pair that
	// is not done at the end was cut off, or left without.
	Done bool
	// Optional tells that the protocol promises no answer: a Phoenix push may
	// have one.
	Optional bool
}

// Latency returns the time from the last byte of the request to the first byte
// of the first answer; ok is false if there is none.
func (p *Pair) Latency() (d time.Duration, ok bool) {
	if p.Answer == nil {
		return 0, false
	}
	return max(0, p.Answer.At-p.Request.At-p.Request.Took), true
}

// Took returns the time from the first byte of the request to the last byte of
// the last answer; ok is false if there is none.
func (p *Pair) Took() (d time.Duration, ok bool) {
	if p.Last == nil {
		return 0, false
	}
	return max(0, p.Last.At+p.Last.Took-p.Request.At), true
}

// Failed reports whether an answer says that the request failed.
func (p *Pair) Failed() bool {
	return p.Answer != nil && p.Answer.Error || p.Last != nil && p.Last.Error
}

// Unanswered reports whether an answer was promised and did not come.
func (p *Pair) Unanswered() bool { return p.Answers == 0 && !p.Optional }
