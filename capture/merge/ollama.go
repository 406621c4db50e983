package merge

import "strings"

// ollama is Ollama's own API: chat, generate, and the progress of pull, push
// and create.
type ollama struct{}

func (a *ollama) add(d *draft, e *event) {
	if e.json == nil {
		return
	}
	if e.json.get("done") != nil {
		a.answer(d, d.choice(0), e.json)
		return
	}
	for name, v := range e.json.fields() {
		switch string(name) {
		case "error":
			d.fail(v)
		case "status":
			d.keep("status", v)
			if v.text() == "success" {
				d.terminator = "success"
			}
		default:
			d.keep(string(name), v)
		}
	}
}

// answer takes a record of chat or generate.
func (a *ollama) answer(d *draft, c *choice, rec value) {
	over := rec.get("done").is('t')
	for name, v := range rec.fields() {
		switch n := string(name); n {
		case "model":
			assign(&d.model, v)
		case "message":
			a.message(d, c, v)
		case "response":
			c.role = "assistant"
			c.part(d, key{kind: Text}).add(d, v.string())
		case "thinking":
			c.part(d, key{kind: Reasoning}).add(d, v.string())
		case "tool_calls":
			a.tools(d, c, v)
		case "done_reason":
			assign(&c.finish, v)
		case "logprobs":
			c.logprobs.append(d, n, v)
		case "error":
			d.fail(v)
		case "done":
		default:
			if strings.HasSuffix(n, "_count") || strings.HasSuffix(n, "_duration") {
				d.usage.one(n, v)
			} else {
				d.keep(n, v)
			}
		}
	}
	if over {
		d.terminator = "done:true"
	}
}

// message takes a fragment of a chat's message.
func (a *ollama) message(d *draft, c *choice, v value) {
	for name, f := range v.fields() {
		switch string(name) {
		case "role":
			assign(&c.role, f)
		case "content":
			c.part(d, key{kind: Text}).add(d, f.string())
		case "thinking":
			c.part(d, key{kind: Reasoning}).add(d, f.string())
		case "tool_calls":
			a.tools(d, c, f)
		case "images":
			for image := range f.elements() {
				c.attach(d, nil, image, nil)
			}
		default:
			d.keep(string(name), f)
		}
	}
}

// tools takes whole calls, whose arguments are objects.
func (a *ollama) tools(d *draft, c *choice, v value) {
	for call := range v.elements() {
		t := c.newTool(d, -1)
		if t == nil {
			return
		}
		fn := call.get("function")
		t.typ = "function"
		assign(&t.typ, call.get("type"))
		assign(&t.id, call.get("id"))
		assign(&t.name, fn.get("name"))
		t.set(d, fn.get("arguments"))
	}
}
