package capture

import "time"

// Event is one server-sent event in the words of WHATWG HTML 9.2.6, or one
// record of a stream of JSON texts, whose text is then in Data.
type Event struct {
	Seq        uint64 // 1, 2, 3 … within the exchange; blocks that dispatch nothing count too
	Dir        Direction
	At         time.Duration // first byte, since the exchange's start
	Took       time.Duration // from the first byte to the last
	Dispatched bool          // false for a block without data: a comment, a lone retry or id
	Type       string        // "message" by default
	ID         string        // the last event ID as the client has it after this block
	Data       string
	Retry      *time.Duration // the reconnection time this block sets
	Comments   []string
	Incomplete bool   // the stream ended before the blank line, or inside the record
	Raw        []byte // the block as it stood in the decoded stream, line ends included
	Violation  string // the rule this block breaks
	Lost       uint64 // bytes of the body that were not recorded, right before the end of this block
}
