package web

import (
	"encoding/json"
	"sync"
)

// maxPending is how many events wait for one reader. They are states, not
// differences: of one thing only the newest waits.
const maxPending = 64

// hub hands events of other parts to all feeds. It may be used concurrently.
type hub struct {
	mu    sync.Mutex
	boxes map[*inbox]struct{}
}

// inbox is what waits for one feed.
type inbox struct {
	rings   chan struct{} // of capacity 1: something waits
	mu      sync.Mutex
	order   []string
	pending map[string]feedEvent
}

type feedEvent struct {
	name string
	data []byte
}

// join adds a feed, unless there are as many as there may be.
func (h *hub) join() (*inbox, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.boxes) >= maxFeeds {
		return nil, false
	}
	if h.boxes == nil {
		h.boxes = map[*inbox]struct{}{}
	}
	b := &inbox{rings: make(chan struct{}, 1), pending: map[string]feedEvent{}}
	h.boxes[b] = struct{}{}
	return b, true
}

func (h *hub) leave(b *inbox) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.boxes, b)
}

// publish tells all feeds the state of something: "replay" of "r1", say. A state
// that a feed has not passed on yet makes way for this one. It never waits.
func (s *Server) publish(event, of string, state any) {
	data, err := json.Marshal(state)
	if err != nil {
		s.log.Warn("the page's server: " + err.Error())
		return
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for b := range s.hub.boxes {
		b.put(event+" "+of, feedEvent{event, data})
	}
}

func (b *inbox) put(key string, e feedEvent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.pending[key]; !ok {
		if len(b.order) == maxPending { // the oldest goes; the page asks again
			delete(b.pending, b.order[0])
			b.order = b.order[1:]
		}
		b.order = append(b.order, key)
	}
	b.pending[key] = e
	select {
	case b.rings <- struct{}{}:
	default:
	}
}

// take returns what waits, oldest first.
func (b *inbox) take() []feedEvent {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []feedEvent
	for _, key := range b.order {
		out = append(out, b.pending[key])
	}
	b.order, b.pending = nil, map[string]feedEvent{}
	return out
}
