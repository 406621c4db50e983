package merge

import "strings"

// assistants is OpenAI's Assistants API, whose events are told by their names.
type assistants struct{}

func (a *assistants) add(d *draft, e *event) {
	c := d.choice(0)
	v := e.json
	switch {
	case v == nil || e.name == "done":
		d.terminator = done
	case e.name == "error":
		d.fail(v)
	case e.name == "thread.message.delta":
		a.content(d, c, v.get("delta").get("content"), false)
	case e.name == "thread.message.completed":
		assign(&c.role, v.get("role"))
		a.content(d, c, v.get("content"), true)
	case e.name == "thread.run.step.delta":
		for call := range v.get("delta").get("step_details").get("tool_calls").elements() {
			a.call(d, c, call)
		}
	case strings.HasPrefix(e.name, "thread.run.") && !strings.HasPrefix(e.name, "thread.run.step."):
		a.run(d, c, v)
	case e.name == "thread.created":
		d.keep("thread", v)
	}
}

// run takes the run as it stands.
func (a *assistants) run(d *draft, c *choice, v value) {
	assign(&d.id, v.get("id"))
	assign(&d.model, v.get("model"))
	assign(&c.finish, v.get("status"))
	d.usage.take(v.get("usage"))
	d.fail(v.get("last_error"))
}

// content takes the content of a message: fragments, or all of it.
func (a *assistants) content(d *draft, c *choice, v value, whole bool) {
	take := (*part).add
	if whole {
		take = (*part).set
	}
	n := 0
	for content := range v.elements() {
		k := key{a: content.get("index").int(n)}
		n++
		switch content.get("type").text() {
		case "text":
			text, p := content.get("text"), c.part(d, k)
			take(p, d, text.get("value").string())
			if whole {
				p.citations = nil
			}
			for annotation := range text.get("annotations").elements() {
				p.cite(d, annotation)
			}
		case "refusal":
			k.kind = Refusal
			take(c.part(d, k), d, content.get("refusal").string())
		case "image_file", "image_url":
			d.keep("image", content)
		}
	}
}

// call takes a fragment of a tool call of a step.
func (a *assistants) call(d *draft, c *choice, v value) {
	var t *tool
	if id := v.get("id").text(); id != "" {
		t = c.toolNamed(d, id)
	} else if t = c.tool(func(t *tool) bool { return t.block == v.get("index").int(0) }); t == nil {
		t = c.newTool(d, -1)
	}
	if t == nil {
		return
	}
	t.block = v.get("index").int(0)
	assign(&t.typ, v.get("type"))
	if fn := v.get("function"); fn != nil {
		assign(&t.name, fn.get("name"))
		t.add(d, fn.get("arguments").string())
		t.returned(d, fn.get("output"))
	}
	if code := v.get("code_interpreter"); code != nil {
		t.free = true
		t.add(d, code.get("input").string())
		t.returned(d, code.get("outputs"))
	}
	t.returned(d, v.get("file_search").get("results"))
}
