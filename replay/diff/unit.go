package diff

import (
	"fmt"
	"hash/maphash"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// unit is a message or an event, taken apart.
type unit struct {
	seq   uint64
	dir   capture.Direction
	done  time.Duration // last byte
	kind  string        // of message, "" for one that no field names
	label string        // the same as a plan has it
	doc   *payload.Doc
	extra []payload.Leaf // what is said beside the payload
	beat  bool
}

// side is one of the two recordings.
type side struct {
	t      *transcript.Transcript
	ex     *capture.Exchange
	parser payload.Parser
	ignore *ignorance
	beats  int
	left   int
}

func newSide(t *transcript.Transcript, ignore *ignorance) *side {
	return &side{t: t, ex: t.Exchange(), ignore: ignore}
}

// longest is how much of a payload is taken apart, in bytes; longer ones are
// compared whole.
const longest = 4 << 20

// units yields the messages or events from a row on, heartbeats marked.
func (s *side) units(from uint64) iter.Seq2[*unit, error] {
	switch s.ex.Kind {
	case capture.KindWebSocket:
		return s.messages(from)
	case capture.KindSSE, capture.KindNDJSON:
		return s.events(from)
	}
	return func(func(*unit, error) bool) {}
}

func (s *side) messages(from uint64) iter.Seq2[*unit, error] {
	return func(yield func(*unit, error) bool) {
		for m, err := range s.t.Messages(from) {
			if err != nil {
				yield(nil, fmt.Errorf("read the messages of exchange %d: %w", s.ex.ID, err))
				return
			}
			u := &unit{seq: m.Seq, dir: m.Dir, done: m.At + m.Took}
			if m.Opcode.Control() {
				if m.Opcode == capture.OpClose {
					continue // stands in the end
				}
				u.beat = true
			} else {
				s.take(u, m.Data, m.Opcode == capture.OpBinary)
				u.beat = replay.Heartbeat(u.doc, s.ex.Request.URL)
				s.say(u, "opcode", "binary", m.Opcode == capture.OpBinary)
				s.say(u, "incomplete", "true", m.Incomplete)
			}
			if !yield(u, nil) {
				return
			}
		}
	}
}

func (s *side) events(from uint64) iter.Seq2[*unit, error] {
	return func(yield func(*unit, error) bool) {
		for e, err := range s.t.Events(from) {
			if err != nil {
				yield(nil, fmt.Errorf("read the events of exchange %d: %w", s.ex.ID, err))
				return
			}
			u := &unit{seq: e.Seq, dir: e.Dir, done: e.At + e.Took}
			if !e.Dispatched && !e.Incomplete && s.ex.Kind == capture.KindSSE {
				u.beat = true
			} else {
				s.take(u, []byte(e.Data), false)
				if e.Type != "" && e.Type != "message" {
					u.kind = e.Type
				}
				s.say(u, "event", e.Type, s.ex.Kind == capture.KindSSE && e.Type != "message")
				s.say(u, "id", e.ID, e.ID != "")
				if e.Retry != nil {
					s.say(u, "retry", strconv.FormatInt(e.Retry.Milliseconds(), 10), true)
				}
				s.say(u, "incomplete", "true", e.Incomplete)
			}
			if !yield(u, nil) {
				return
			}
		}
	}
}

// take takes a payload apart, and names its kind.
func (s *side) take(u *unit, data []byte, binary bool) {
	s.parse(u, data, binary)
	u.label = replay.KindOf(u.doc)
	if !strings.HasPrefix(u.label, "{") { // what it has tells the kind no better
		u.kind = u.label
	}
}

func (s *side) parse(u *unit, data []byte, binary bool) {
	if len(data) > longest {
		sum := maphash.Bytes(seed, data)
		u.doc = &payload.Doc{Data: data, Frame: strconv.FormatUint(sum, 16)} // stands for them all
		return
	}
	u.doc = s.parser.Parse(data, binary)
	if len(s.ignore.paths)+len(s.ignore.names) > 0 {
		kept := u.doc.Leaves[:0]
		for _, l := range u.doc.Leaves {
			if !s.ignore.field(l.Path) {
				kept = append(kept, l)
			}
		}
		u.doc.Leaves = kept
	}
}

// say adds what is said beside the payload, if it is.
func (s *side) say(u *unit, name, value string, is bool) {
	if !is {
		return
	}
	l := s.parser.Single(name, value)
	s.add(u, &l)
}

// add adds a scalar that stands nowhere in the payload.
func (s *side) add(u *unit, l *payload.Leaf) {
	if !s.ignore.field(l.Path) {
		l.Start, l.End = 0, 0
		u.extra = append(u.extra, *l)
	}
}

// leaves yields all scalars of a unit.
func (u *unit) leaves() iter.Seq[*payload.Leaf] {
	return func(yield func(*payload.Leaf) bool) {
		for i := range u.extra {
			if !yield(&u.extra[i]) {
				return
			}
		}
		for i := range u.doc.Leaves {
			if !yield(&u.doc.Leaves[i]) {
				return
			}
		}
	}
}
