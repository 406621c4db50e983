package cli

import (
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/protocol"
	"github.com/wiretape/wiretape/capture/view"
)

// fewest is how many heartbeats in a row are worth a line of their own.
const fewest = 3

// talk writes the messages of a socket for people: with the names their
// protocol has for them, and runs of heartbeats as one line where they are
// folded.
type talk struct {
	*showing
	splitter *protocol.Splitter
	fold     bool
	run      []*capture.Message // heartbeats that were not written, the first and the last
	count    int
	wire     uint64
}

func newTalk(s *showing, ex *capture.Exchange) *talk {
	return &talk{showing: s, splitter: protocol.NewSplitter(ex, nil), fold: s.folds()}
}

// folds reports whether runs of heartbeats are one line: where that was asked
// for, and for people on a terminal who did not ask for certain rows.
func (s *showing) folds() bool {
	if s.foldGiven {
		return s.fold
	}
	return s.terminal && !s.follow && !s.hex && s.filter == ""
}

// message writes a message, or keeps it while it may be one of a run.
func (k *talk) message(m *capture.Message) error {
	label, beat := k.name(m)
	if beat && k.fold {
		k.count, k.wire = k.count+1, k.wire+m.Wire
		if len(k.run) >= fewest {
			k.run = k.run[:fewest-1]
		}
		k.run = append(k.run, m)
		return nil
	}
	if err := k.flush(); err != nil || k.limit > 0 && k.shown >= k.limit {
		return err
	}
	k.shown++
	return k.row(k.timeline.Labelled(m, label), m.Data)
}

// flush writes the heartbeats that wait.
func (k *talk) flush() error {
	run, count, wire := k.run, k.count, k.wire
	k.run, k.count, k.wire = nil, 0, 0
	if count >= fewest {
		k.shown++
		return k.timeline.Beats(run[0], run[len(run)-1], count, wire)
	}
	for _, m := range run {
		k.shown++
		if err := k.timeline.Message(m); err != nil {
			return err
		}
	}
	return nil
}

// name returns what the protocol calls a message, "" where its own text says as
// much, and whether it is a heartbeat.
func (k *talk) name(m *capture.Message) (label string, beat bool) {
	if m.Opcode.Control() {
		return "", m.Opcode != capture.OpClose
	}
	var labels []string
	units := 0
	k.splitter.Feed(m, func(u *protocol.Unit) {
		if units++; units == 1 {
			beat = u.Role == protocol.Heartbeat && u.First == m.Seq
		}
		beat = beat && u.Role == protocol.Heartbeat
		if len(labels) < 3 {
			labels = append(labels, u.Label)
		}
	})
	if p := k.splitter.Protocol(); p == nil || p.Name == "json" {
		return "", beat
	}
	return view.Sanitize(strings.Join(labels, ", ")), beat
}

// conversation writes the messages of a socket as a table.
func (s *showing) conversation(ex *capture.Exchange) error {
	k := newTalk(s, ex)
	for m, err := range s.transcript.Messages(s.from) {
		if err != nil {
			return err
		}
		if !s.keep.Row(ex, filter.Message(m)) {
			continue
		}
		err = k.message(m)
		s.tell(m.Dir, !m.Opcode.Control())
		if err != nil || s.limit > 0 && s.shown >= s.limit {
			return err
		}
	}
	return k.flush()
}
