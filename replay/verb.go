package replay

import (
	"slices"
	"strings"

	"github.com/wiretape/wiretape/replay/internal/payload"
	"github.com/wiretape/wiretape/replay/internal/shape"
)

// verb is what a message does about a stream.
type verb uint8

const (
	otherVerb verb = iota
	subscribe
	unsubscribe
)

var (
	startWords = []string{"subscribe", "sub", "join", "listen", "watch", "start", "follow"}
	stopWords  = []string{"unsubscribe", "unsub", "leave", "unlisten", "unwatch", "stop", "unfollow", "complete"}
)

// backWords are further words of messages that take back an earlier one.
var backWords = []string{"cancel", "cancelled", "canceled", "abort", "kill", "close", "end", "dismiss", "terminate"}

// wordBorders are borders of words that words does not know.
var wordBorders = strings.NewReplacer("/", "_", ":", "_")

// takesBack reports whether a message ends or cancels what an earlier one
// began.
func takesBack(d *payload.Doc) bool {
	if verbOf(d) == unsubscribe {
		return true
	}
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if _, verb := shape.Discriminator(l.Path.Name); l.Path.Depth > 1 || !verb {
			continue
		}
		for _, w := range words(wordBorders.Replace(l.Value)) {
			if slices.Contains(backWords, w) {
				return true
			}
		}
	}
	return false
}

// verb returns what a recorded message does about a stream.
func (m *message) verb() verb {
	if !m.verbRead {
		m.verbRead, m.does = true, verbOf(m.doc)
	}
	return m.does
}

// verbOf reads the fields that tell kinds of message apart.
func verbOf(d *payload.Doc) verb {
	for i := range d.Leaves {
		l := &d.Leaves[i]
		kind, _ := shape.Discriminator(l.Path.Name)
		if l.Path.Depth > 1 || l.Kind == payload.Number || !(kind || strings.HasPrefix(l.Path.Name, "[") || strings.HasPrefix(l.Path.Name, "word")) {
			continue
		}
		if v := verbIn(l.Value); v != otherVerb {
			return v
		}
	}
	return otherVerb
}

// verbIn looks for a verb among the words of a value: "subscribe_events",
// "/meta/subscribe", "phx_leave".
func verbIn(value string) verb {
	if len(value) > 64 {
		return otherVerb
	}
	found := otherVerb
	for _, w := range strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return strings.ContainsRune("._:/- ", r) }) {
		switch {
		case slices.Contains(stopWords, w):
			return unsubscribe
		case slices.Contains(startWords, w):
			found = subscribe
		}
	}
	return found
}
