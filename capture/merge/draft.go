package merge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// What a stream may ask for. Numbers in a stream are a stranger's: without a
// bound one event could ask for a million choices.
const (
	maxIndex = 128  // choices, and tool calls of one choice, as the vendor's own SDK has it
	maxParts = 4096 // parts of one choice
	maxExtra = 256  // fields in Result.Extra
	maxNotes = 20
)

// event is one event, record or message, as the accumulators see it.
type event struct {
	seq  uint64
	at   time.Duration
	sent bool   // by the client
	name string // the event's type; "message" or "" where it has none of its own
	id   string // the last event ID
	cut  bool   // the stream ended inside it
	data []byte
	json value // data, where it is a JSON text; else nil
}

// accumulator knows one format.
type accumulator interface {
	// add puts what an event says into the draft. The event holds JSON, or
	// "[DONE]", which ends the streams of several formats.
	add(d *draft, e *event)
}

// takesAll is an accumulator that wants events whatever they hold.
type takesAll interface{ takesAll() }

// draft is the answer as it grows.
type draft struct {
	format     string
	model, id  string
	choices    []*choice
	usage      usage
	err        json.RawMessage
	terminator string
	atEOF      bool // the end of the stream, if nothing is missing, is the terminator
	extra      map[string]json.RawMessage
	notes      []string
	status     func() string // one more note, as things stand
	failed     bool          // something was left out that the answer needs

	event *event // the one being added
	room  int64  // bytes that may still be kept
	delta func(Delta)
}

// choice is one answer as it grows.
type choice struct {
	index     int
	id        string
	role      string
	finish    string
	parts     []*part
	byKey     map[key]*part
	last      *part
	tools     []*tool
	audio     *speech
	citations []json.RawMessage
	media     []Media
	logprobs  logprobs
	usage     usage
}

// choice returns the answer with this number, new or not, or nil where the
// number is beyond reason.
func (d *draft) choice(index int) *choice {
	for _, c := range d.choices {
		if c.index == index {
			return c
		}
	}
	if index < 0 || index >= maxIndex || len(d.choices) >= maxIndex {
		d.note("choice %d is beyond %d: left out", index, maxIndex)
		d.failed = true
		return nil
	}
	c := &choice{index: index}
	d.choices = append(d.choices, c)
	return c
}

// take reports whether n more bytes may be kept, and counts them.
func (d *draft) take(n int) bool {
	if int64(n) > d.room {
		d.note("longer than may be kept: the rest is left out")
		d.failed = true
		d.room = 0
		return false
	}
	d.room -= int64(n)
	return true
}

// note says once what could not be merged.
func (d *draft) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(d.notes) < maxNotes && !slices.Contains(d.notes, text) {
		d.notes = append(d.notes, text)
	}
}

// keep remembers a field that the result has no place for. The last one wins.
func (d *draft) keep(name string, v value) {
	if v.isNull() {
		return
	}
	old, known := d.extra[name]
	if bytes.Equal(old, v) || !known && len(d.extra) >= maxExtra || !d.take(len(v)-len(old)) {
		return
	}
	if d.extra == nil {
		d.extra = map[string]json.RawMessage{}
	}
	d.extra[name] = v.raw()
}

// fail keeps the error that the stream tells of.
func (d *draft) fail(v value) {
	if !v.isNull() && !v.is('f') && string(v) != `""` && d.take(len(v)) {
		d.err = v.raw()
	}
}

// assign sets a string field to v unless v is empty, null or no string.
func assign(field *string, v value) {
	if len(v) > 2 && v.is('"') && string(v[1:len(v)-1]) != *field {
		*field = v.text()
	}
}

// result returns the answer so far. whole tells that the stream is over and
// nothing of it is missing.
func (d *draft) result(whole bool) *Result {
	r := &Result{
		Format: d.format, Model: d.model, ID: d.id, Choices: []Choice{}, Usage: d.usage.result(),
		Error: d.err, Terminator: d.terminator, Extra: maps.Clone(d.extra), Notes: slices.Clone(d.notes),
	}
	if d.status != nil {
		if s := d.status(); s != "" {
			r.Notes = append(r.Notes, s)
		}
	}
	if r.Extra == nil {
		r.Extra = map[string]json.RawMessage{}
	}
	r.Complete = d.err == nil && !d.failed && (d.terminator != "" || d.atEOF && whole)
	if r.Terminator == "" {
		r.Terminator = "eof"
	}
	for _, c := range d.choices {
		choice, ok := c.result()
		r.Choices = append(r.Choices, choice)
		r.Complete = r.Complete && ok
	}
	slices.SortFunc(r.Choices, func(a, b Choice) int { return a.Index - b.Index })
	return r
}

// result returns one answer, and whether all its tools' arguments are whole.
func (c *choice) result() (Choice, bool) {
	r := Choice{
		Index: c.index, ID: c.id, Role: c.role,
		Text: c.join(Text), Reasoning: c.join(Reasoning), Refusal: c.join(Refusal),
		ToolCalls: []ToolCall{}, Audio: c.audio.result(), Citations: []json.RawMessage{},
		FinishReason: c.finish, Thoughts: c.thoughts(), Media: slices.Clone(c.media),
		Logprobs: c.logprobs.result(), Usage: c.usage.result(),
	}
	for _, p := range c.sorted(Text) {
		r.Citations = append(r.Citations, p.citations...)
	}
	r.Citations = append(r.Citations, c.citations...)
	ok := true
	for _, t := range sortTools(c.tools) {
		call, whole := t.result()
		r.ToolCalls = append(r.ToolCalls, call)
		ok = ok && whole
	}
	return r, ok
}
