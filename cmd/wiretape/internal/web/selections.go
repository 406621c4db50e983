package web

import (
	"strconv"
	"sync"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
)

// keptSelections is how many selections there are at once; the one that was not
// used for longest makes way for a new one.
const keptSelections = 8

// selections are the searches of the page and the lists it looks at. They may
// be used concurrently.
type selections struct {
	mu       sync.Mutex
	lists    map[selectionKey]*selection
	searches map[string]*selection
	named    uint64
}

// list returns the selection of a key, new where there was none.
func (c *selections) list(s *Server, key selectionKey, f *filter.Filter, gentle bool) *selection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x := c.lists[key]; x != nil && !x.failed() {
		return x
	}
	if c.lists == nil {
		c.lists = map[selectionKey]*selection{}
	}
	delete(c.lists, key) // one that failed: what was wrong may be over
	makeRoom(c.lists)
	x := newSelection(s, key, f, gentle)
	c.lists[key] = x
	return x
}

// search begins a search and returns its name.
func (c *selections) search(s *Server, key selectionKey, f *filter.Filter) (string, *selection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.searches == nil {
		c.searches = map[string]*selection{}
	}
	makeRoom(c.searches)
	c.named++
	name := "S" + strconv.FormatUint(c.named, 10)
	x := newSelection(s, key, f, false)
	c.searches[name] = x
	return name, x
}

// find returns the search of a name, nil where there is none, any more or yet.
func (c *selections) find(name string) *selection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.searches[name]
}

// drop ends a search.
func (c *selections) drop(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.searches[name]
	if x == nil {
		return false
	}
	x.stop()
	delete(c.searches, name)
	return true
}

// makeRoom ends the selection that was not used for longest, when there are as
// many as there may be.
func makeRoom[K comparable](m map[K]*selection) {
	for len(m) >= keptSelections {
		least := oldest(m, (*selection).lastUse)
		m[least].stop()
		delete(m, least)
	}
}

// protocols remembers what exchanges speak. It may be used concurrently.
type protocols struct {
	mu   sync.Mutex
	kept map[capture.ExchangeID]string
}

// keptProtocols bounds the memory; with more, all are found out anew.
const keptProtocols = 1024

// protocol returns the name of the protocol of an exchange, "" for none.
func (s *Server) protocol(r *reel) string {
	p := &s.protocols
	p.mu.Lock()
	name, ok := p.kept[r.ex.ID]
	p.mu.Unlock()
	if ok {
		return name
	}
	name = speaks(r)
	if c := r.ex.Sent.Messages + r.ex.Received.Messages; name == "" && c < 32 && growing(r.ex) {
		return name // the next messages may tell
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= keptProtocols {
		p.kept = map[capture.ExchangeID]string{}
	}
	p.kept[r.ex.ID] = name
	return name
}
