package replay

import (
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// Plan is what the recordings of one endpoint compile to. It is read-only and
// may be shared.
type Plan struct {
	socket     bool
	recordings []*recording // in the order in which they started
	messages   []*message   // of all recordings, in time
	fields     *fields
	registry   registry
	groups     map[uint64]*group     // the client's messages by key
	parts      map[uint64][]*message // by key: what stands for one of several things a message names
	binary     *payload.Layout
	fifo       bool // the server answers one message after the other
	overrides  []*Overrides
	parsers    parsers
}
