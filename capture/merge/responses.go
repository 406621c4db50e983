package merge

import (
	"encoding/json"
	"strings"
)

// responses is OpenAI's Responses API, over an event stream or a socket. The
// events named done, and at the end the whole response, say what the fragments
// before them made; where they differ, they are right.
type responses struct {
	items   []*item
	current *choice // of the response that is being made
	ended   bool    // that response
	streams map[string]*responses
}

// item is one output item of a response.
type item struct {
	choice *choice
	output int
	id     string
	typ    string
	tool   *tool
	shell  []string // the commands of a shell call
}

// answer returns the choice of the response that is being made. On a socket
// there may be one response after the other.
func (a *responses) answer(d *draft) *choice {
	if a.current == nil {
		a.current = d.choice(0)
		if a.current != nil {
			a.current.role = "assistant"
		}
	}
	return a.current
}

func (a *responses) add(d *draft, e *event) {
	if e.sent || e.json == nil {
		return
	}
	if id := e.json.get("stream_id").text(); id != "" {
		a.stream(d, id, e)
		return
	}
	a.take(d, e)
}

// stream takes an event of one of several responses that a socket carries at
// once. The answers are complete when all are.
func (a *responses) stream(d *draft, id string, e *event) {
	s := a.streams[id]
	if s == nil {
		s = &responses{current: d.choice(len(d.choices))}
		if s.current == nil {
			return
		}
		if a.streams == nil {
			a.streams = map[string]*responses{}
		}
		a.streams[id] = s
		s.current.role = "assistant"
	}
	s.take(d, e)
	for _, s := range a.streams {
		if !s.ended {
			d.terminator = ""
		}
	}
}

// take takes an event of one response.
func (a *responses) take(d *draft, e *event) {
	typ := e.json.get("type").text()
	switch typ {
	case "response.created":
		a.begin(d)
		a.whole(d, e.json.get("response"))
	case "response.queued", "response.in_progress":
		a.whole(d, e.json.get("response"))
	case "response.completed", "response.failed", "response.incomplete", "response.cancelled":
		a.whole(d, e.json.get("response"))
		d.terminator, a.ended = typ, true
	case "error":
		a.fail(d, e.json)
		d.terminator, a.ended = typ, true
	case "":
		if e.json.get("object").text() == "response" { // not streamed
			a.whole(d, e.json)
			d.atEOF = true
		} else {
			d.fail(e.json.get("error"))
		}
	default:
		a.part(d, typ, e.json)
	}
}

// fail keeps an error: the object in the event, or the event.
func (a *responses) fail(d *draft, v value) {
	if inner := v.get("error"); !inner.isNull() {
		v = inner
	}
	d.fail(v)
}

// begin makes room for the next response of a socket.
func (a *responses) begin(d *draft) {
	if a.ended {
		if a.current = d.choice(len(d.choices)); a.current != nil {
			a.current.role = "assistant"
		}
		a.items, a.ended, d.terminator = nil, false, ""
	}
}

// whole takes a response object. Its output, where it has any, replaces what
// the fragments made.
func (a *responses) whole(d *draft, v value) {
	c := a.answer(d)
	if c == nil {
		return
	}
	for name, f := range v.fields() {
		switch string(name) {
		case "id":
			assign(&d.id, f)
			if len(d.choices) > 1 {
				assign(&c.id, f)
			}
		case "model":
			assign(&d.model, f)
		case "status":
			if s := f.text(); s != "in_progress" && s != "queued" {
				c.finish = s
			}
		case "error":
			d.fail(f)
		case "usage":
			d.usage.take(f)
		case "output":
			n := 0
			for it := range f.elements() {
				a.snapshot(d, a.item(c, n), it)
				n++
			}
		case "incomplete_details", "created_at", "service_tier", "previous_response_id", "conversation", "metadata":
			d.keep(string(name), f)
		}
	}
}

// item returns the output item with this number, new or not.
func (a *responses) item(c *choice, output int) *item {
	for _, it := range a.items {
		if it.output == output {
			return it
		}
	}
	it := &item{choice: c, output: output}
	if len(a.items) < maxParts {
		a.items = append(a.items, it)
	}
	return it
}

// The second number of a reasoning part's key: the summary stands before the
// text. The part number is below it.
const (
	summaryKey = 0
	contentKey = maxParts
)

// part takes an event that says something of one part of one item.
func (a *responses) part(d *draft, typ string, v value) {
	c := a.answer(d)
	if c == nil {
		return
	}
	it := a.item(c, v.get("output_index").int(0))
	content := v.get("content_index").int(0)
	delta := v.get("delta")
	switch typ {
	case "response.output_item.added", "response.output_item.done":
		a.snapshot(d, it, v.get("item"))
	case "response.content_part.added", "response.content_part.done":
		a.content(d, it, content, v.get("part"))
	case "response.output_text.delta":
		it.text(d, Text, content).add(d, delta.string())
	case "response.output_text.done":
		it.text(d, Text, content).set(d, v.get("text"))
	case "response.output_text.annotation.added":
		it.annotate(d, content, v.get("annotation_index").int(-1), v.get("annotation"))
	case "response.refusal.delta":
		it.text(d, Refusal, content).add(d, delta.string())
	case "response.refusal.done":
		it.text(d, Refusal, content).set(d, v.get("refusal"))
	case "response.reasoning_text.delta":
		it.text(d, Reasoning, contentKey+content).add(d, delta.string())
	case "response.reasoning_text.done":
		it.text(d, Reasoning, contentKey+content).set(d, v.get("text"))
	case "response.reasoning_summary_text.delta":
		it.text(d, Reasoning, summaryKey+v.get("summary_index").int(0)).add(d, delta.string())
	case "response.reasoning_summary_text.done":
		it.text(d, Reasoning, summaryKey+v.get("summary_index").int(0)).set(d, v.get("text"))
	case "response.reasoning_summary_part.added", "response.reasoning_summary_part.done":
		it.text(d, Reasoning, summaryKey+v.get("summary_index").int(0)).set(d, v.get("part").get("text"))
	case "response.shell_call_command.added", "response.shell_call_command.delta", "response.shell_call_command.done":
		it.command(d, typ, v)
	case "response.audio.delta":
		c.speech().add(d, delta)
	case "response.audio.transcript.delta":
		c.speech().transcript.add(d, delta.string())
	default:
		a.call(d, it, typ, v)
	}
}

// call takes the events about the input of a tool, which are all alike.
func (a *responses) call(d *draft, it *item, typ string, v value) {
	for _, k := range [...]struct{ name, whole, typ string }{
		{"response.function_call_arguments", "arguments", "function_call"},
		{"response.mcp_call_arguments", "arguments", "mcp_call"},
		{"response.custom_tool_call_input", "input", "custom_tool_call"},
		{"response.code_interpreter_call_code", "code", "code_interpreter_call"},
	} {
		event, ok := strings.CutPrefix(typ, k.name)
		if !ok {
			continue
		}
		t := it.call(d, k.typ)
		switch {
		case t == nil:
		case event == ".delta":
			t.add(d, v.get("delta").string())
		case event == ".done":
			t.set(d, v.get(k.whole))
		}
	}
}

// text returns a part of the item.
func (it *item) text(d *draft, kind Kind, b int) *part {
	p := it.choice.part(d, key{kind: kind, a: it.output, b: b})
	p.typ = it.typ
	return p
}

// annotate keeps an annotation of a text, at its place.
func (it *item) annotate(d *draft, content, index int, v value) {
	p := it.text(d, Text, content)
	switch {
	case v.isNull() || !d.take(len(v)):
	case index >= 0 && index < len(p.citations):
		p.citations[index] = v.raw()
	case len(p.citations) < maxParts:
		p.citations = append(p.citations, v.raw())
	}
}

// command takes a fragment of one of the commands of a shell call.
func (it *item) command(d *draft, typ string, v value) {
	n := v.get("command_index").int(0)
	t := it.call(d, "shell_call")
	if t == nil || n < 0 || n >= maxIndex {
		return
	}
	for len(it.shell) <= n {
		it.shell = append(it.shell, "")
	}
	switch {
	case strings.HasSuffix(typ, ".delta"):
		if fragment := v.get("delta").text(); d.take(len(fragment)) {
			it.shell[n] += fragment
		}
	default:
		if whole := v.get("command").string(); whole != nil {
			it.shell[n] = whole.text()
		}
	}
	action, _ := json.Marshal(map[string][]string{"commands": it.shell}) // strings: cannot fail
	t.set(d, action)
}
