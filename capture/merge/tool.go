package merge

import (
	"bytes"
	"encoding/json"
	"slices"
)

// tool is one call of a tool as it grows.
type tool struct {
	index int // the number it has in the stream; -1 where it has none
	place int // where it stands among all calls of its answer, in the order in which they came
	block int // the content block it is, where blocks are numbered
	id    string
	typ   string
	name  string
	args  part
	free  bool  // the arguments are free text, not JSON
	seed  value // the arguments as they stood where the call began, until fragments come
	built *tree // arguments that come path by path

	output    json.RawMessage
	signature string
}

// newTool appends a call to the answer. Beyond maxIndex it is nil.
func (c *choice) newTool(d *draft, index int) *tool {
	if len(c.tools) >= maxIndex || index >= maxIndex || index < -1 {
		d.note("tool call %d is beyond %d: left out", index, maxIndex)
		d.failed = true
		return nil
	}
	t := &tool{index: index, place: len(c.tools)}
	t.args.kind, t.args.choice = ToolInput, c
	c.tools = append(c.tools, t)
	return t
}

// tool returns the call for which is is true, the last such, or nil.
func (c *choice) tool(is func(*tool) bool) *tool {
	for _, t := range slices.Backward(c.tools) {
		if is(t) {
			return t
		}
	}
	return nil
}

// toolAt returns the call with a number of the stream's, new or not.
func (c *choice) toolAt(d *draft, index int) *tool {
	if t := c.tool(func(t *tool) bool { return t.index == index }); t != nil {
		return t
	}
	return c.newTool(d, index)
}

// toolNamed returns the call with an id, new or not.
func (c *choice) toolNamed(d *draft, id string) *tool {
	if t := c.tool(func(t *tool) bool { return t.id == id }); t != nil {
		return t
	}
	t := c.newTool(d, -1)
	if t != nil {
		t.id = id
	}
	return t
}

// add appends a fragment of the arguments.
func (t *tool) add(d *draft, v value) { t.grow(d, func() { t.args.add(d, v) }) }

// set replaces the arguments: a string by what it says, anything else by the
// JSON as it was sent.
func (t *tool) set(d *draft, v value) {
	switch {
	case v.isNull():
	case v.is('"'):
		t.grow(d, func() { t.args.set(d, v) })
	default:
		t.grow(d, func() { t.args.setBytes(d, v.raw()) })
	}
}

// grow puts the call's name into the deltas that change makes.
func (t *tool) grow(d *draft, change func()) {
	follow := d.delta
	if follow != nil {
		d.delta = func(x Delta) {
			x.Tool, x.Name = t.number(), t.name
			follow(x)
		}
	}
	change()
	d.delta = follow
}

// returned keeps what a tool of the vendor's returned.
func (t *tool) returned(d *draft, v value) {
	if !v.isNull() && d.take(len(v)) {
		t.output = v.raw()
	}
}

// number returns the index of the result.
func (t *tool) number() int {
	if t.index >= 0 {
		return t.index
	}
	return t.place
}

// sortTools returns the calls in the order of their numbers.
func sortTools(tools []*tool) []*tool {
	sorted := slices.Clone(tools)
	slices.SortStableFunc(sorted, func(a, b *tool) int { return a.number() - b.number() })
	return sorted
}

// result returns the call, and whether its arguments are whole. Arguments that
// never came are no fault: some servers send none where there are none.
func (t *tool) result() (ToolCall, bool) {
	r := ToolCall{
		Index: t.number(), ID: t.id, Type: t.typ, Name: t.name,
		Arguments: t.args.string(), Output: t.output, Signature: t.signature,
	}
	switch {
	case t.built != nil:
		r.Arguments = string(t.built.append(nil))
	case len(t.args.buf) == 0 && t.seed != nil:
		r.Input = json.RawMessage(t.seed)
		if string(t.seed) != "{}" {
			r.Arguments = string(t.seed)
		}
	}
	if t.free || r.Arguments == "" {
		return r, true
	}
	if !json.Valid([]byte(r.Arguments)) {
		return r, false
	}
	r.Input = bytes.TrimSpace([]byte(r.Arguments))
	return r, true
}
