package merge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// uiStream is the Vercel AI SDK's UI message stream.
type uiStream struct {
	order    int            // of parts, as they begin
	texts    map[key]*part  // the parts that are open, by kind and id
	unnamed  map[string]int // how many data parts of each type had no id
	step     mark
	finished bool
}

// mark is how much there was when the step began, to be able to drop it.
type mark struct{ parts, tools, citations, media int }

func (a *uiStream) add(d *draft, e *event) {
	c := d.choice(0)
	if e.json == nil {
		if a.finished {
			d.terminator = done
		}
		return
	}
	v := e.json
	switch typ := v.get("type").text(); typ {
	case "start":
		c.role = "assistant"
		assign(&d.id, v.get("messageId"))
		a.metadata(d, v)
	case "start-step":
		a.step = mark{len(c.parts), len(c.tools), len(c.citations), len(c.media)}
	case "reset-step":
		a.reset(c)
	case "finish-step":
		a.texts = nil
	case "message-metadata":
		a.metadata(d, v)
	case "finish":
		assign(&c.finish, v.get("finishReason"))
		a.metadata(d, v)
		a.finished, d.terminator = true, typ
	case "error":
		d.fail(v.get("errorText"))
	case "abort":
		c.finish, d.failed = "abort", true
		d.note("the answer was aborted")
	case "source-url", "source-document":
		c.citeOne(d, v)
	case "file", "reasoning-file":
		c.attach(d, v.get("mediaType"), nil, v.get("url"))
	default:
		kind, what, _ := strings.Cut(typ, "-")
		switch kind {
		case "text":
			a.text(d, c, Text, what, v)
		case "reasoning":
			a.text(d, c, Reasoning, what, v)
		case "tool":
			a.tool(d, c, what, v)
		case "data":
			a.data(d, typ, v)
		}
	}
}

// metadata keeps the message's metadata. Servers put the usage there, under
// names of their own choice.
func (a *uiStream) metadata(d *draft, v value) {
	metadata := v.get("messageMetadata")
	for name, f := range metadata.fields() {
		switch string(name) {
		case "usage", "totalUsage":
			d.usage.take(f)
		case "model", "modelId":
			assign(&d.model, f)
		}
	}
	d.keep("messageMetadata", metadata)
}

// reset drops what the step brought so far.
func (a *uiStream) reset(c *choice) {
	for _, p := range c.parts[a.step.parts:] {
		delete(c.byKey, p.key)
	}
	c.parts, c.last = c.parts[:a.step.parts], nil
	c.tools = c.tools[:a.step.tools]
	c.citations = c.citations[:a.step.citations]
	c.media = c.media[:a.step.media]
	a.texts = nil
}

// text takes what belongs to one part of text or reasoning, which has an id
// until it ends. Another part may have the same id then.
func (a *uiStream) text(d *draft, c *choice, kind Kind, what string, v value) {
	open := key{kind: kind, id: v.get("id").text()}
	p := a.texts[open]
	if p == nil || what == "start" {
		a.order++
		p = c.part(d, key{kind: kind, a: a.order})
		if a.texts == nil {
			a.texts = map[key]*part{}
		}
		a.texts[open] = p
	}
	switch what {
	case "delta":
		p.add(d, v.get("delta").string())
	case "end":
		delete(a.texts, open)
	}
}

// tool takes what belongs to one call.
func (a *uiStream) tool(d *draft, c *choice, what string, v value) {
	t := c.toolNamed(d, v.get("toolCallId").text())
	if t == nil {
		return
	}
	if t.typ == "" {
		t.typ = "tool"
		if v.get("dynamic").is('t') {
			t.typ = "dynamic-tool"
		}
	}
	assign(&t.name, v.get("toolName"))
	switch what {
	case "input-start":
		t.free = v.get("inputEncoding").text() == "text"
	case "input-delta":
		t.add(d, v.get("inputTextDelta").string())
	case "input-available", "input-error":
		a.input(d, t, v.get("input"))
		if what == "input-error" {
			t.returned(d, v.get("errorText"))
		}
	case "output-available":
		t.returned(d, v.get("output"))
	case "output-error":
		t.returned(d, v.get("errorText"))
	}
}

// input takes the whole input: it says what the fragments meant. They are kept
// as they came where they mean the same.
func (a *uiStream) input(d *draft, t *tool, v value) {
	switch {
	case v == nil:
	case t.free && v.is('"'):
		t.set(d, v)
	case len(t.args.buf) == 0 || !sameJSON(t.args.buf, v):
		t.grow(d, func() { t.args.setBytes(d, v) })
	}
}

// sameJSON reports whether two texts are the same but for white space.
func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// data keeps a data part. One with the id of another replaces it, those without
// an id are numbered; what is transient is not kept.
func (a *uiStream) data(d *draft, typ string, v value) {
	if v.get("transient").is('t') {
		return
	}
	if a.unnamed == nil {
		a.unnamed = map[string]int{}
	}
	name := typ
	if id := v.get("id").text(); id != "" {
		name += ":" + id
	} else if len(a.unnamed) < maxExtra {
		if a.unnamed[typ]++; a.unnamed[typ] > 1 {
			name += ":" + strconv.Itoa(a.unnamed[typ])
		}
	}
	d.keep(name, v.get("data"))
}
