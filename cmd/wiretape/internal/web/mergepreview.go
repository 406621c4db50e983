package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/merge/script"
)

const (
	// previewEvents is how many events a rule is tried on, and previewTime how
	// long that may take.
	previewEvents = 200
	previewTime   = 200 * time.Millisecond
	// previewMemory is by how much the heap may grow meanwhile, in bytes.
	previewMemory = 64 << 20
)

func (s *Server) registerMergePreview() {
	s.handle("POST /merge/preview", s.mergePreview)
}

// ruleJSON is a rule that is being written.
type ruleJSON struct {
	Exchange  capture.ExchangeID `json:"exchange"`
	Path      string             `json:"path"`
	Reasoning string             `json:"reasoning"`
	Script    string             `json:"script"`
}

// triedJSON is what a rule makes of the first events.
type triedJSON struct {
	Events    []*triedEvent `json:"events"`
	Text      string        `json:"text"`
	Reasoning string        `json:"reasoning"`
	Matched   int           `json:"matched"`
	Of        int           `json:"of"`
	FirstMiss uint64        `json:"first_miss"` // 0 for none
	Log       []string      `json:"log,omitempty"`
	Error     *placeError   `json:"error,omitempty"`
}

// triedEvent is what a rule makes of one event; nil for nothing.
type triedEvent struct {
	Seq       uint64  `json:"seq"`
	Value     *string `json:"value"`
	Reasoning *string `json:"reasoning,omitempty"`
}

// mergePreview tries a rule on the beginning of an exchange.
func (s *Server) mergePreview(w http.ResponseWriter, r *http.Request) error {
	var rule ruleJSON
	if err := take(w, r, &rule); err != nil {
		return err
	}
	if rule.Path == "" && rule.Reasoning == "" && rule.Script == "" {
		return problem(http.StatusBadRequest, "there is no rule to try", "", `give a "path", a "reasoning" or a "script"`)
	}
	reel, err := s.reel(rule.Exchange, messages)
	if err != nil {
		return err
	}
	out := &triedJSON{Events: []*triedEvent{}}
	m, failed, err := rule.merger(reel.ex, out)
	if err != nil {
		out.Error = placeOf(err)
		return answer(w, out)
	}
	began := time.Now()
	for l, err := range reel.from(1) {
		if err != nil {
			return err
		}
		if l.seq > previewEvents || *failed != nil {
			break
		}
		if time.Since(began) > previewTime {
			*failed = errors.New("the rule takes too long: it was stopped after 200 ms")
			break
		}
		out.add(m, l)
	}
	out.sum(m.Result())
	if *failed != nil {
		out.Error = placeOf(*failed)
	}
	return answer(w, out)
}

// merger returns what joins the events by the rule; *failed is set when a script
// fails.
func (rule *ruleJSON) merger(ex *capture.Exchange, out *triedJSON) (m *merge.Merger, failed *error, err error) {
	failed = new(error)
	o := &merge.Options{Path: rule.Path, ReasoningPath: rule.Reasoning, Limit: mergeLimit}
	if rule.Script != "" {
		compiled, err := script.New("script", rule.Script, &script.Options{
			Event: previewTime, Total: previewTime, Memory: previewMemory,
			Log: func(line string) {
				if len(out.Log) < 100 {
					out.Log = append(out.Log, line)
				}
			},
		})
		if err != nil {
			return nil, failed, err
		}
		o.Script = &watchedScript{compiled, failed}
	}
	o.Delta = out.delta
	m, err = merge.New(ex, o)
	return m, failed, err
}

// watchedScript remembers why a script failed.
type watchedScript struct {
	merge.Script
	failed *error
}

// Event implements merge.Script.
func (s *watchedScript) Event(e merge.ScriptEvent) (text, reasoning string, err error) {
	text, reasoning, err = s.Script.Event(e)
	if err != nil && *s.failed == nil {
		*s.failed = err
	}
	return text, reasoning, err
}

// add hands a row to the rule. What it makes of it comes back through delta.
func (t *triedJSON) add(m *merge.Merger, l *line) {
	switch {
	case l.event != nil && l.event.Data != "":
		t.Events = append(t.Events, &triedEvent{Seq: l.seq})
		m.Event(l.event)
	case l.message != nil && !l.message.Opcode.Control() && l.dir == capture.Receive:
		t.Events = append(t.Events, &triedEvent{Seq: l.seq})
		m.Message(l.message)
	}
}

// delta takes what an event added.
func (t *triedJSON) delta(d merge.Delta) {
	if len(t.Events) == 0 {
		return
	}
	e := t.Events[len(t.Events)-1]
	to := &e.Value
	if d.Kind == merge.Reasoning {
		to = &e.Reasoning
	}
	if *to == nil {
		*to = new(string)
	}
	**to += d.Text
}

// sum counts, and takes over the joined text.
func (t *triedJSON) sum(r *merge.Result) {
	t.Of = len(t.Events)
	for _, e := range t.Events {
		if e.Value != nil || e.Reasoning != nil {
			t.Matched++
		} else if t.FirstMiss == 0 {
			t.FirstMiss = e.Seq
		}
	}
	for i := range r.Choices {
		t.Text += r.Choices[i].Text
		t.Reasoning += r.Choices[i].Reasoning
	}
	var why string
	if len(r.Error) > 0 && json.Unmarshal(r.Error, &why) == nil && t.Error == nil {
		t.Error = &placeError{Message: why}
	}
}

// placeOf says what is wrong with a rule, and where.
func placeOf(err error) *placeError {
	var at *script.Error
	if errors.As(err, &at) {
		return &placeError{at.Message, at.Line, at.Column}
	}
	return &placeError{Message: err.Error()}
}
