package merge

import "strings"

// snapshot takes an output item as it stands now: it replaces what the
// fragments made of it.
func (a *responses) snapshot(d *draft, it *item, v value) {
	assign(&it.id, v.get("id"))
	assign(&it.typ, v.get("type"))
	switch {
	case it.typ == "message":
		assign(&it.choice.role, v.get("role"))
		n := 0
		for p := range v.get("content").elements() {
			a.content(d, it, n, p)
			n++
		}
	case it.typ == "reasoning":
		it.reason(d, v)
	case strings.HasSuffix(it.typ, "_call_output"), strings.HasSuffix(it.typ, "_call_result"):
		id := v.get("call_id").text()
		if t := it.choice.tool(func(t *tool) bool { return t.id == id }); t != nil {
			t.returned(d, v.get("output"))
		}
	case it.typ == "image_generation_call":
		it.image(d, v)
	case it.typ == "mcp_list_tools", it.typ == "mcp_approval_request", it.typ == "compaction":
		d.keep(it.typ, v)
	case it.typ == "":
	default:
		it.input(d, v)
	}
}

// content takes a part of a message or of reasoning.
func (a *responses) content(d *draft, it *item, n int, v value) {
	switch v.get("type").text() {
	case "output_text", "text":
		p := it.text(d, Text, n)
		p.set(d, v.get("text"))
		if list := v.get("annotations"); list != nil {
			p.citations = nil
			for annotation := range list.elements() {
				it.annotate(d, n, -1, annotation)
			}
		}
	case "refusal":
		it.text(d, Refusal, n).set(d, v.get("refusal"))
	case "reasoning_text":
		it.text(d, Reasoning, contentKey+n).set(d, v.get("text"))
	case "audio", "output_audio":
		it.choice.speech().said(d, v.get("transcript"))
	}
}

// reason takes a reasoning item: summary, text, and what only the vendor reads.
func (it *item) reason(d *draft, v value) {
	n := 0
	for p := range v.get("summary").elements() {
		it.text(d, Reasoning, summaryKey+n).set(d, p.get("text"))
		n++
	}
	n = 0
	for p := range v.get("content").elements() {
		it.text(d, Reasoning, contentKey+n).set(d, p.get("text"))
		n++
	}
	if data := v.get("encrypted_content"); len(data) > 2 && d.take(len(data)) {
		it.text(d, Reasoning, summaryKey).data = data.text()
	}
}

// image takes a picture that was made.
func (it *item) image(d *draft, v value) {
	if data := v.get("result"); len(data) > 2 && it.tool == nil {
		format := v.get("output_format").text()
		if format == "" {
			format = "png"
		}
		it.choice.attach(d, value(`"image/`+format+`"`), data, nil)
		it.tool = &tool{} // the item comes again, with the response
	}
}

// call returns the item's tool call, new or not, or nil where there are too
// many.
func (it *item) call(d *draft, typ string) *tool {
	if it.tool == nil {
		if it.tool = it.choice.newTool(d, -1); it.tool == nil {
			return nil
		}
		it.tool.typ = typ
	}
	it.tool.free = typ == "custom_tool_call" || typ == "code_interpreter_call"
	return it.tool
}

// input takes an item that calls a tool, the user's or the vendor's.
func (it *item) input(d *draft, v value) {
	t := it.call(d, it.typ)
	if t == nil {
		return
	}
	t.id = it.id
	assign(&t.id, v.get("call_id"))
	assign(&t.name, v.get("name"))
	for _, name := range [...]string{"arguments", "input", "code", "action", "operation", "queries"} {
		// An item that was just added has them empty.
		if f := v.get(name); f != nil && string(f) != `""` {
			t.set(d, f)
		}
	}
	for _, name := range [...]string{"output", "outputs", "results", "error"} {
		t.returned(d, v.get(name))
	}
}
