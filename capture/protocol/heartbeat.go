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
		open := append(h.open[u.Dir], openBeat{b, u.link.key, u.At + u.Took})
		h.open[u.Dir] = open[max(0, len(open)-maxBeats):]
	}
}

// reply finds the heartbeat that u answers. One that came before it and was not
// answered will not be.
func (h *heartbeats) reply(u *Unit, frame bool) bool {
	open := h.open[u.Dir.Opposite()]
	for i, o := range open {
		if o.beats.Frames != frame || o.key != u.link.key && (frame || o.key != "" && u.link.key != "") {
			continue
		}
		rtt := max(0, u.At-o.until)
		b := o.beats
		if b.Replies == 0 || rtt < b.Fastest {
			b.Fastest = rtt
		}
		b.Slowest = max(b.Slowest, rtt)
		b.total += rtt
		b.Replies++
		h.open[u.Dir.Opposite()] = append(open[:0:0], drop(open, i, frame)...)
		return true
	}
	return false
}

// drop returns what of open still waits when the i-th was answered.
func drop(open []openBeat, i int, frame bool) []openBeat {
	var rest []openBeat
	for j, o := range open {
		if j > i || j < i && o.beats.Frames != frame {
			rest = append(rest, o)
		}
	}
	return rest
}
