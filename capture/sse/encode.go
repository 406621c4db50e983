package sse

import (
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// lineEnds turns the line ends that a value may hold into the one it can hold.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// AppendEvent appends e to dst as a block and returns the extended slice.
// Decoding gives back Dispatched, Type, Data, Retry, Comments and Incomplete; Raw
// is not copied, but tells whether the block had an id of its own: with Raw, an
// id line is written where Raw has one, without, where ID is not empty.
//
// Line ends in Data and Comments become several lines. Type and ID end at their
// first line end; an ID with U+0000 cannot be sent and is left out. A block that
// would have no line gets an empty comment. Data comes before id and comments,
// because some clients look for it at the front of the block. An Incomplete
// event is written without its blank line.
func AppendEvent(dst []byte, e *capture.Event) []byte {
	begin := len(dst)
	if e.Type != "" && e.Type != "message" {
		dst = appendField(dst, "event", firstLine(e.Type))
	}
	if e.Dispatched || e.Incomplete && e.Data != "" {
		for line := range strings.SplitSeq(lineEnds.Replace(e.Data), "\n") {
			dst = appendField(dst, "data", line)
		}
	}
	id := e.ID != ""
	if e.Raw != nil {
		id = hasID(e.Raw)
	}
	if id && strings.IndexByte(e.ID, 0) < 0 {
		dst = appendField(dst, "id", firstLine(e.ID))
	}
	if e.Retry != nil && *e.Retry >= 0 {
		dst = appendField(dst, "retry", strconv.FormatInt(int64(*e.Retry/time.Millisecond), 10))
	}
	for _, comment := range e.Comments {
		for line := range strings.SplitSeq(lineEnds.Replace(comment), "\n") {
			dst = appendField(dst, "", line)
		}
	}
	if len(dst) == begin {
		dst = appendField(dst, "", "")
	}
	if e.Incomplete {
		return dst
	}
	return append(dst, '\n')
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), ':')
	if value != "" {
		dst = append(append(dst, ' '), value...)
	}
	return append(dst, '\n')
}

func firstLine(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}

// hasID reports whether the block sets the last event ID.
func hasID(raw []byte) bool {
	const none = "\x00" // no block can set this one
	d := NewDecoder(&Options{CountOnly: true, LastID: none})
	d.Feed(0, raw, func(*capture.Event) {})
	return d.LastID() != none
}
