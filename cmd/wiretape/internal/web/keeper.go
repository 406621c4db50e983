package web

import (
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/protocol"
)

// keeper says which rows of a reel are listed. Starting anew at a row that it
// kept, it keeps the same rows from there on. It may not be used concurrently.
type keeper struct {
	ex     *capture.Exchange
	within *filter.Filter // nil: all
	folds  bool
	namer  *namer
	beat   bool // the row before was a heartbeat
}

// keeper returns what keeps the rows a selection asks for.
func (k selectionKey) keeper(ex *capture.Exchange, f *filter.Filter, proto string) *keeper {
	out := &keeper{ex: ex, within: f.Within(ex), folds: k.fold}
	if k.fold {
		out.namer = newNamer(ex, proto)
	}
	return out
}

// keep reports whether a row is listed. Of heartbeats in a row, only the first
// one is.
func (k *keeper) keep(l *line) bool {
	if !k.within.Row(k.ex, l.row(k.ex)) {
		return false
	}
	if !k.folds {
		return true
	}
	before := k.beat
	k.beat = k.namer.beat(l)
	return !(before && k.beat)
}

// maxBeat is the longest payload that is looked into for a heartbeat, in bytes.
const maxBeat = 512

// namer names the rows of a socket in the words of its protocol.
type namer struct {
	splitter *protocol.Splitter
	units    []*protocol.Unit
}

func newNamer(ex *capture.Exchange, proto string) *namer {
	if ex.Kind != capture.KindWebSocket {
		return &namer{}
	}
	return &namer{splitter: protocol.NewSplitter(ex, &protocol.Options{Protocol: proto, MaxUnit: 1 << 20})}
}

// name returns what the protocol says of a row, nil for nothing.
func (n *namer) name(l *line) *protocol.Unit {
	if n.splitter == nil || l.message == nil {
		return nil
	}
	n.units = n.units[:0]
	n.splitter.Feed(l.message, func(u *protocol.Unit) { n.units = append(n.units, u) })
	if len(n.units) == 0 {
		return nil
	}
	return n.units[0]
}

// beat reports whether a row keeps the connection alive and does nothing else.
// It looks only into short ones.
func (n *namer) beat(l *line) bool {
	if l.message != nil && !l.message.Opcode.Control() {
		return len(l.message.Data) <= maxBeat && n.beats(l, n.name(l))
	}
	return n.beats(l, nil)
}

// beats is beat for a row of which the name is known.
func (n *namer) beats(l *line, u *protocol.Unit) bool {
	switch {
	case l.message != nil && l.message.Opcode.Control():
		return l.message.Opcode == capture.OpPing || l.message.Opcode == capture.OpPong
	case l.frame != nil:
		return l.frame.Opcode == capture.OpPing || l.frame.Opcode == capture.OpPong
	case l.event != nil:
		return !l.event.Dispatched && l.event.Retry == nil && len(l.event.Comments) > 0
	}
	return u != nil && u.Role == protocol.Heartbeat && len(n.units) == 1 && len(l.message.Data) <= maxBeat
}

// speaks returns the name of the protocol of an exchange, "" for none that is
// known: by its handshake, or by its first messages.
func speaks(r *reel) string {
	if r.ex.Kind != capture.KindWebSocket {
		return ""
	}
	const enough = 32
	named := newNamer(r.ex, "")
	for l, err := range r.on(messages).from(1) {
		if err != nil || l.seq > enough {
			break
		}
		named.name(l)
	}
	if p := named.splitter.Protocol(); p != nil {
		return p.Name
	}
	return ""
}

// folded is a run of heartbeats shown as one row.
type folded struct {
	N   uint64        `json:"n"`
	For time.Duration `json:"for_ns"`
}
