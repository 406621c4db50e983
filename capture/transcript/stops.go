package transcript

import (
	"sync"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// Stops remembers, of sockets whose messages are compressed with a window that
// reaches back before them (RFC 7692 §7.1.1), places at which decoding can start:
// the tape itself has none. They are found by whoever reads the messages. It may
// be used concurrently; the zero Stops is ready.
type Stops struct {
	mu    sync.Mutex
	kept  map[capture.ExchangeID]*route
	reads uint64
}

// route is the stops of one exchange, in order.
type route struct {
	stops []stop
	every uint64 // messages between two
	used  uint64
}

// stop is a place between two frames: what lies before it, and the inflate
// windows there.
type stop struct {
	mark    capture.Mark
	windows [2][]byte
}

const (
	// stopEvery is how many messages lie between two stops at least, and
	// stopsKept how many an exchange has at most: 16 MiB where both sides
	// compress. When there are more, every other one is dropped.
	stopEvery = 4096
	stopsKept = 256
	// routesKept is for how many exchanges stops are kept.
	routesKept = 4
)

// before returns the last stop before which fewer than from rows lie; of counts
// the rows of a mark.
func (s *Stops) before(id capture.ExchangeID, from uint64, of func(capture.Mark) uint64) (stop, bool) {
	if s == nil {
		return stop{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.kept[id]
	if r == nil {
		return stop{}, false
	}
	s.reads++
	r.used = s.reads
	for i := len(r.stops) - 1; i >= 0; i-- {
		if of(r.stops[i].mark) < from {
			return r.stops[i], true
		}
	}
	return stop{}, false
}

// due reports whether a stop is wanted after so many messages.
func (s *Stops) due(id capture.ExchangeID, messages uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.kept[id]
	if r == nil {
		return messages >= stopEvery
	}
	last := uint64(0)
	if len(r.stops) > 0 {
		last = r.stops[len(r.stops)-1].mark.Messages
	}
	return messages >= last+r.every
}

// add keeps a stop behind all others.
func (s *Stops) add(id capture.ExchangeID, at stop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.kept[id]
	if r == nil {
		s.makeRoom()
		s.reads++
		r = &route{every: stopEvery, used: s.reads}
		s.kept[id] = r
	}
	if n := len(r.stops); n > 0 && r.stops[n-1].mark.Messages >= at.mark.Messages {
		return // somebody else was there before
	}
	if len(r.stops) == stopsKept {
		for i := range stopsKept / 2 {
			r.stops[i] = r.stops[2*i+1]
		}
		clear(r.stops[stopsKept/2:])
		r.stops = r.stops[:stopsKept/2]
		r.every *= 2
	}
	r.stops = append(r.stops, at)
}

// makeRoom drops the stops of the exchange that was not read for longest.
func (s *Stops) makeRoom() {
	if s.kept == nil {
		s.kept = map[capture.ExchangeID]*route{}
	}
	for len(s.kept) >= routesKept {
		var oldest capture.ExchangeID
		for id, r := range s.kept {
			if oldest == 0 || r.used < s.kept[oldest].used {
				oldest = id
			}
		}
		delete(s.kept, oldest)
	}
}

// look keeps a stop behind the frame that was read last, if one is due and
// nothing is unfinished there.
func (t *Transcript) look(j *joiner, sides [2]*wsframe.Assembler, messages uint64) {
	if t.stops == nil || messages%256 != 0 || !j.settled() || !sides[0].Settled() || !sides[1].Settled() || !t.stops.due(t.ex.ID, messages) {
		return
	}
	at := stop{mark: capture.Mark{Pieces: j.pieces, Frames: j.seq, Messages: messages, Clean: true}}
	for i, side := range sides {
		at.windows[i] = side.Window()
	}
	t.stops.add(t.ex.ID, at)
}
