package merge

import "strings"

// mistralAgents is Mistral's conversations, which agents answer. Mistral's chat
// is read by chat.
type mistralAgents struct{}

func (a *mistralAgents) add(d *draft, e *event) {
	if e.json == nil {
		return
	}
	v := e.json
	c := d.choice(0)
	assign(&d.model, v.get("model"))
	switch typ := v.get("type").text(); typ {
	case "conversation.response.started":
		assign(&d.id, v.get("conversation_id"))
	case "message.output.delta":
		assign(&c.role, v.get("role"))
		a.content(d, c, key{a: v.get("output_index").int(0), b: v.get("content_index").int(0)}, v.get("content"))
	case "function.call.delta":
		if t := c.toolNamed(d, v.get("tool_call_id").text()); t != nil {
			t.typ = "function"
			assign(&t.name, v.get("name"))
			t.add(d, v.get("arguments").string())
		}
	case "tool.execution.started", "tool.execution.delta", "tool.execution.done":
		if t := c.toolNamed(d, v.get("id").text()); t != nil {
			t.typ = "tool.execution"
			assign(&t.name, v.get("name"))
			t.add(d, v.get("arguments").string())
			t.returned(d, v.get("info"))
		}
	case "conversation.response.done":
		d.usage.take(v.get("usage"))
		d.terminator = typ
	case "conversation.response.error":
		d.fail(v)
		d.terminator = typ
	default:
		if strings.HasPrefix(typ, "agent.handoff.") {
			d.keep(typ, v)
		}
	}
}

// content takes a string, or one chunk.
func (a *mistralAgents) content(d *draft, c *choice, k key, v value) {
	switch v.get("type").text() {
	case "":
		c.part(d, k).add(d, v.string())
	case "text":
		c.part(d, k).add(d, v.get("text").string())
	case "thinking":
		k.kind = Reasoning
		thinking := v.get("thinking")
		c.part(d, k).add(d, thinking.string())
		for t := range thinking.elements() {
			c.part(d, k).add(d, t.get("text").string())
		}
	case "tool_reference", "reference":
		c.citeOne(d, v)
	case "image_url":
		url := v.get("image_url")
		if url.is('{') {
			url = url.get("url")
		}
		c.attach(d, nil, nil, url)
	case "tool_file":
		d.keep("tool_file", v)
	}
}
