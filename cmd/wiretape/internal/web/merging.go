package web

import (
	"net/http"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/merge/script"
)

// mergeLimit bounds what one merged answer holds, in bytes.
const mergeLimit = 64 << 20

// mergeOptions returns the options with the user's own rules.
func (s *Server) mergeOptions() (*merge.Options, error) {
	o := &merge.Options{Limit: mergeLimit}
	if s.o.MergeOptions == nil {
		return o, nil
	}
	o, err := s.o.MergeOptions()
	if err == nil {
		o.Limit = mergeLimit
	}
	return o, err
}

// mergeKey is what is merged, and how.
type mergeKey struct {
	id                              capture.ExchangeID
	format, path, reasoning, source string
	rules                           string // those kept on the tape
}

// merged is an answer while it grows.
type merged struct {
	mu     sync.Mutex
	merger *merge.Merger
	used   time.Time
}

// mergers are the answers that the page looks at. They may be used concurrently.
type mergers struct {
	mu   sync.Mutex
	kept map[mergeKey]*merged
}

// keptMergers is how many answers are kept to grow; the one that was not looked
// at for longest makes way.
const keptMergers = 4

// forget drops all answers: they are merged anew when they are asked for.
func (c *mergers) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.kept)
}

func (c *mergers) find(key mergeKey) *merged {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if m := c.kept[key]; m != nil {
		m.used = now
		return m
	}
	if c.kept == nil {
		c.kept = map[mergeKey]*merged{}
	}
	for len(c.kept) >= keptMergers {
		delete(c.kept, oldest(c.kept, func(m *merged) time.Time { return m.used }))
	}
	m := &merged{used: now}
	c.kept[key] = m
	return m
}

// merge answers what show --merge --json prints: only what came since it was
// asked last is read.
func (s *Server) merge(w http.ResponseWriter, r *http.Request) error {
	id, err := exchangeOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	key := mergeKey{id: id, format: q.Get("format"), path: q.Get("path"), reasoning: q.Get("reasoning"), source: q.Get("script")}
	if s.o.Documents != nil {
		rules, err := s.o.Documents.Document(RulesDocument)
		if err != nil {
			return err
		}
		key.rules = string(rules)
	}
	reel, err := s.reel(id, messages)
	if err != nil {
		return err
	}
	m := s.mergers.find(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.merger == nil || reel.ex.Kind == capture.KindHTTP {
		o, err := s.mergeOptionsOf(key)
		if err != nil {
			return asMergeProblem(err)
		}
		if m.merger, err = merge.New(reel.ex, o); err != nil {
			return asMergeProblem(err)
		}
	}
	if err := m.merger.Read(reel.until(r.Context(), s.options()).script); err != nil {
		m.merger = nil
		return err
	}
	result := m.merger.Result()
	if result.Format == "" && result.Error == nil {
		return asMergeProblem(&merge.FormatError{Exchange: id, Kind: reel.ex.Kind})
	}
	return answer(w, result)
}

func (s *Server) mergeOptionsOf(key mergeKey) (*merge.Options, error) {
	o, err := s.mergeOptions()
	if err != nil {
		return nil, err
	}
	o.Format, o.Path, o.ReasoningPath = key.format, key.path, key.reasoning
	if key.source != "" {
		o.Script, err = script.New("script", key.source, nil)
	}
	return o, err
}

// asMergeProblem says that it is the request, or the stream, that cannot be
// merged.
func asMergeProblem(err error) error {
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		p.Status, p.Title = http.StatusUnprocessableEntity, "this cannot be merged"
	}
	return p
}
