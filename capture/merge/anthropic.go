package merge

import "strings"

// anthropic is the Messages API. Clients go by the event's name; here the type
// in the data counts, so that streams without names, as Bedrock and some
// gateways send them, are merged too.
type anthropic struct {
	blocks  []*block
	current *choice
	stopped bool
}

// block is one content block.
type block struct {
	index int
	typ   string
	part  *part
	tool  *tool
}

func (a *anthropic) add(d *draft, e *event) {
	if e.json == nil {
		return
	}
	v := e.json
	switch typ := v.get("type").text(); typ {
	case "message_start":
		a.begin(d)
		a.message(d, v.get("message"))
	case "message": // not streamed
		a.message(d, v)
		d.atEOF = true
	case "content_block_start":
		a.start(d, v.get("index").int(0), v.get("content_block"))
	case "content_block_delta":
		a.delta(d, v.get("index").int(0), v.get("delta"))
	case "message_delta":
		a.messageDelta(d, v)
	case "message_stop":
		d.terminator, a.stopped = typ, true
		if metrics := v.get("amazon-bedrock-invocationMetrics"); metrics != nil && len(d.usage.names) == 0 {
			d.usage.take(metrics)
		}
	case "error":
		d.fail(v.get("error"))
	}
}

// begin makes room for the next message, should there be more than one.
func (a *anthropic) begin(d *draft) {
	if a.stopped {
		a.current, a.blocks, a.stopped, d.terminator = d.choice(len(d.choices)), nil, false, ""
	}
}

// answer returns the message that is being made.
func (a *anthropic) answer(d *draft) *choice {
	if a.current == nil {
		a.current = d.choice(0)
	}
	return a.current
}

// message takes the message as it begins, or as it is.
func (a *anthropic) message(d *draft, v value) {
	c := a.answer(d)
	if c == nil {
		return
	}
	for name, f := range v.fields() {
		switch string(name) {
		case "id":
			assign(&d.id, f)
		case "model":
			assign(&d.model, f)
		case "role":
			assign(&c.role, f)
		case "usage":
			d.usage.take(f)
		case "stop_reason":
			assign(&c.finish, f)
		case "content":
			n := 0
			for b := range f.elements() {
				a.start(d, n, b)
				n++
			}
		case "type":
		default:
			d.keep(string(name), f)
		}
	}
}

// block returns the block with this number, or nil.
func (a *anthropic) block(index int) *block {
	for i := len(a.blocks) - 1; i >= 0; i-- {
		if a.blocks[i].index == index {
			return a.blocks[i]
		}
	}
	return nil
}

// start takes a block as it begins.
func (a *anthropic) start(d *draft, index int, v value) {
	c := a.answer(d)
	if c == nil {
		return
	}
	if len(a.blocks) >= maxParts {
		d.note("more than %d blocks: the rest is left out", maxParts)
		d.failed = true
		return
	}
	b := &block{index: index, typ: v.get("type").text()}
	a.blocks = append(a.blocks, b)
	switch {
	case b.typ == "text":
		b.part = c.part(d, key{kind: Text, a: index})
		b.part.add(d, v.get("text").string())
		for citation := range v.get("citations").elements() {
			b.part.cite(d, citation)
		}
	case b.typ == "thinking":
		b.part = c.part(d, key{kind: Reasoning, a: index})
		b.part.typ = b.typ
		b.part.add(d, v.get("thinking").string())
		assign(&b.part.signature, v.get("signature"))
	case b.typ == "redacted_thinking":
		b.part = c.part(d, key{kind: Reasoning, a: index})
		b.part.typ, b.part.data = b.typ, v.get("data").text()
	case strings.HasSuffix(b.typ, "tool_use"):
		b.use(d, c, v)
	case strings.HasSuffix(b.typ, "tool_result"):
		id := v.get("tool_use_id").text()
		if t := c.tool(func(t *tool) bool { return t.id == id }); t != nil {
			t.returned(d, v.get("content"))
		}
	default:
		d.keep(b.typ, v)
	}
}

// use begins the call of a tool. The input there, as a rule {}, stands until
// fragments come.
func (b *block) use(d *draft, c *choice, v value) {
	if b.tool = c.newTool(d, -1); b.tool == nil {
		return
	}
	b.tool.typ, b.tool.id, b.tool.name = b.typ, v.get("id").text(), v.get("name").text()
	if input := v.get("input"); !input.isNull() && d.take(len(input)) {
		b.tool.seed = value(input.raw())
	}
}

// delta takes a fragment. Types that are not known are passed over, as clients
// must.
func (a *anthropic) delta(d *draft, index int, v value) {
	b := a.block(index)
	if b == nil { // its start is missing: a stream that was tapped in the middle
		a.start(d, index, implied(v))
		if b = a.block(index); b == nil {
			return
		}
	}
	switch v.get("type").text() {
	case "text_delta":
		b.add(d, Text, v.get("text"))
	case "thinking_delta":
		b.add(d, Reasoning, v.get("thinking"))
	case "signature_delta":
		if b.part != nil && b.part.kind == Reasoning {
			assign(&b.part.signature, v.get("signature"))
		}
	case "citations_delta":
		if b.part != nil && b.part.kind == Text {
			b.part.cite(d, v.get("citation"))
		}
	case "input_json_delta":
		if b.tool != nil {
			b.tool.add(d, v.get("partial_json").string())
		}
	case "compaction_delta":
		d.keep("compaction", v.get("content"))
	}
}

// add appends text to the block if it is of that kind.
func (b *block) add(d *draft, kind Kind, v value) {
	if b.part != nil && b.part.kind == kind {
		b.part.add(d, v.string())
	}
}

// implied returns the start of a block that a fragment belongs to.
func implied(delta value) value {
	switch delta.get("type").text() {
	case "text_delta", "citations_delta":
		return value(`{"type":"text"}`)
	case "thinking_delta", "signature_delta":
		return value(`{"type":"thinking"}`)
	case "input_json_delta":
		return value(`{"type":"tool_use"}`)
	}
	return nil
}

// messageDelta takes what is known only at the end: why it ended, and the usage,
// whose counters are totals, not differences.
func (a *anthropic) messageDelta(d *draft, v value) {
	d.usage.take(v.get("usage"))
	c := a.answer(d)
	if c == nil {
		return
	}
	for name, f := range v.get("delta").fields() {
		if string(name) == "stop_reason" {
			assign(&c.finish, f)
			continue
		}
		d.keep(string(name), f)
	}
	d.keep("context_management", v.get("context_management"))
}
