package protocol

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Beats are the heartbeats of one kind that one side began.
type Beats struct {
	Label       string
	Dir         capture.Direction // of the side that asks, or gives the sign
	Frames      bool              // ping frames of WebSocket itself (RFC 6455 §5.5.2)
	Count       int
	Replies     int           // how many were answered
	Sign        bool          // no answer is due
	First, Last time.Duration // since the exchange's start
	// The time from a heartbeat to its answer.
	Fastest, Slowest time.Duration
	total            time.Duration
}

// Every returns the mean time between two heartbeats, 0 for fewer than two.
func (b *Beats) Every() time.Duration {
	if b.Count < 2 {
		return 0
	}
	return (b.Last - b.First) / time.Duration(b.Count-1)
}

// Mean returns the mean time to an answer, 0 without any.
func (b *Beats) Mean() time.Duration {
	if b.Replies == 0 {
		return 0
	}
	return b.total / time.Duration(b.Replies)
}

// maxBeats is how many heartbeats may wait for their answer.
const maxBeats = 256

// heartbeats folds heartbeats.
type heartbeats struct {
	kinds map[beatKind]*Beats
	open  [2][]openBeat // by the direction of the one who asked
}

type beatKind struct {
	dir   capture.Direction
	label string
	frame bool
	sign  bool
}

type openBeat struct {
	beats *Beats
	key   string
	until time.Duration
}

func (h *heartbeats) feed(c *Conversation, u *Unit) {
	frame := u.Opcode.Control()
	if u.link.beat == replies && h.reply(u, frame) {
		return
	}
	k := beatKind{u.Dir, u.Label, frame, u.link.beat != asks}
	b := h.kinds[k]
	if b == nil {
		if len(h.kinds) >= maxKinds {
			return
		}
		if h.kinds == nil {
			h.kinds = map[beatKind]*Beats{}
		}
		b = &Beats{Label: u.Label, Dir: u.Dir, Frames: frame, Sign: k.sign, First: u.At}
		h.kinds[k] = b
		c.Heartbeats = append(c.Heartbeats, b)
	}
	b.Count++
	b.Last = u.At
	if u.link.beat == asks {
		open := &h.open[u.Dir]
		if len(*open) == maxBeats {
			*open = append((*open)[:0], (*open)[maxBeats/2:]...)
		}
		*open = append(*open, openBeat{b, u.link.key, u.At + u.Took})
	}
}

// reply finds the heartbeat that u answers: of those without an id the last one,
// so that one that was never answered does not shift the others.
func (h *heartbeats) reply(u *Unit, frame bool) bool {
	open := &h.open[u.Dir.Opposite()]
	for i := len(*open) - 1; i >= 0; i-- {
		o := (*open)[i]
		if o.beats.Frames != frame || o.key != u.link.key && (frame || o.key != "" && u.link.key != "") {
			continue
		}
		o.beats.reply(max(0, u.At-o.until))
		*open = append((*open)[:i], (*open)[i+1:]...)
		return true
	}
	return false
}

func (b *Beats) reply(after time.Duration) {
	if b.Replies == 0 || after < b.Fastest {
		b.Fastest = after
	}
	b.Slowest = max(b.Slowest, after)
	b.total += after
	b.Replies++
}
