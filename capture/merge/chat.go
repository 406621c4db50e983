package merge

import "encoding/json"

// chat is chat completions as OpenAI, Azure, DeepSeek, Groq, OpenRouter, xAI,
// vLLM, Mistral and Ollama's /v1 stream them, and the older completions. A
// whole completion, not streamed, is read like one chunk.
type chat struct{ over bool }

func (a *chat) add(d *draft, e *event) {
	switch {
	case a.over:
		return // clients stop reading at [DONE]
	case e.json == nil:
		a.over = true
		d.terminator = done
		return
	case e.name == "error":
		a.fail(d, e.json)
		return
	}
	if e.json.get("object").text() == "chat.completion" {
		d.atEOF = true
	}
	for name, v := range e.json.fields() {
		switch string(name) {
		case "id":
			assign(&d.id, v)
		case "model":
			assign(&d.model, v)
		case "choices":
			for c := range v.elements() {
				a.choice(d, c)
			}
		case "usage":
			d.usage.take(v)
		case "x_groq":
			d.usage.take(v.get("usage"))
			d.keep("x_groq", v)
		case "error":
			d.fail(v)
		case "obfuscation": // random padding
		default:
			d.keep(string(name), v)
		}
	}
}

// fail keeps the error of an event called "error": the object in it, or all.
func (a *chat) fail(d *draft, v value) {
	if inner := v.get("error"); inner != nil {
		v = inner
	}
	d.fail(v)
}

// choice takes what a chunk says of one answer. Several answers may come mixed.
func (a *chat) choice(d *draft, v value) {
	c := d.choice(v.get("index").int(0))
	if c == nil {
		return
	}
	for name, f := range v.fields() {
		switch string(name) {
		case "index":
		case "delta", "message":
			a.message(d, c, f)
		case "text":
			c.part(d, key{kind: Text}).add(d, f)
		case "finish_reason":
			assign(&c.finish, f)
		case "logprobs":
			c.logprobs.take(d, f)
		default:
			d.keep(string(name), f)
		}
	}
}

// message takes a delta. What its fields say adds up; of the fields that are
// not known the last one counts.
func (a *chat) message(d *draft, c *choice, v value) {
	var content, reasoning, details value
	for name, f := range v.fields() {
		if f.isNull() {
			continue
		}
		switch string(name) {
		case "role":
			assign(&c.role, f)
		case "content":
			content = f
		case "refusal":
			c.part(d, key{kind: Refusal}).add(d, f)
		case "reasoning_content":
			if len(f) > 2 {
				reasoning = f
			}
		case "reasoning":
			if reasoning == nil {
				reasoning = f
			}
		case "reasoning_details":
			details = f
		case "tool_calls":
			for call := range f.elements() {
				a.toolCall(d, c, call)
			}
		case "function_call":
			a.functionCall(d, c, f)
		case "audio":
			a.audio(d, c, f)
		case "annotations":
			c.cite(d, f)
		case "images":
			for image := range f.elements() {
				c.attach(d, nil, nil, image.get("image_url").get("url"))
			}
		case "obfuscation":
		default:
			d.keep(string(name), f)
		}
	}
	a.reasoning(d, c, reasoning, details)
	a.content(d, c, content)
}

// content takes a string, or a list of chunks as Mistral sends it.
func (a *chat) content(d *draft, c *choice, v value) {
	c.part(d, key{kind: Text}).add(d, v.string())
	for chunk := range v.elements() {
		switch chunk.get("type").text() {
		case "text":
			c.part(d, key{kind: Text}).add(d, chunk.get("text"))
		case "thinking":
			thinking := chunk.get("thinking")
			c.part(d, key{kind: Reasoning}).add(d, thinking.string())
			for t := range thinking.elements() {
				c.part(d, key{kind: Reasoning}).add(d, t.get("text"))
			}
		case "reference", "tool_reference":
			c.citeOne(d, chunk)
		case "image_url":
			url := chunk.get("image_url")
			if url.is('{') {
				url = url.get("url")
			}
			c.attach(d, nil, nil, url)
		}
	}
}

// reasoning takes the reasoning of one delta, which servers send under one name
// or under two. The details say the same again, with what must go back to the
// server; where they come alone, they are the reasoning.
func (a *chat) reasoning(d *draft, c *choice, text, details value) {
	if text.is('"') && details == nil {
		c.part(d, key{kind: Reasoning}).add(d, text)
		return
	}
	for detail := range details.elements() {
		p := c.part(d, key{kind: Reasoning, a: detail.get("index").int(0)})
		p.logged = true
		assign(&p.typ, detail.get("type"))
		assign(&p.signature, detail.get("signature"))
		if data := detail.get("data"); data.is('"') && d.take(len(data)) {
			p.data += data.text()
		}
		for _, name := range [...]string{"text", "summary"} {
			if f := detail.get(name); !text.is('"') {
				p.add(d, f.string())
			}
		}
	}
	// What is said under both names is said once, in the first block.
	if text.is('"') {
		c.part(d, key{kind: Reasoning}).add(d, text)
	}
}

// functionCall is how a tool was called before there were tools.
func (a *chat) functionCall(d *draft, c *choice, v value) {
	const typ = "function_call"
	t := c.tool(func(t *tool) bool { return t.typ == typ })
	if t == nil {
		if t = c.newTool(d, -1); t == nil {
			return
		}
		t.typ = typ
	}
	assign(&t.name, v.get("name"))
	t.add(d, v.get("arguments").string())
}

// audio takes a fragment of spoken output.
func (a *chat) audio(d *draft, c *choice, v value) {
	s := c.speech()
	assign(&s.id, v.get("id"))
	s.add(d, v.get("data"))
	s.transcript.add(d, v.get("transcript").string())
	d.keep("audio_expires_at", v.get("expires_at"))
}

// toolCall takes a fragment of a call. Its id, type and name stand in the first
// fragment; some servers repeat them in all, so they are set, not appended.
func (a *chat) toolCall(d *draft, c *choice, v value) {
	t := a.toolFor(d, c, v)
	if t == nil {
		return
	}
	assign(&t.id, v.get("id"))
	assign(&t.typ, v.get("type"))
	if fn := v.get("function"); fn != nil {
		if t.typ == "" {
			t.typ = "function"
		}
		assign(&t.name, fn.get("name"))
		if args := fn.get("arguments"); args.is('{') {
			t.set(d, args)
		} else {
			t.add(d, args.string())
		}
	}
	if custom := v.get("custom"); custom != nil {
		t.free = true
		assign(&t.name, custom.get("name"))
		t.add(d, custom.get("input").string())
	}
	assign(&t.signature, v.get("extra_content").get("google").get("thought_signature"))
}

// toolFor returns the call that a fragment belongs to. As a rule the index
// tells. Servers that send whole calls may leave it out, or give the same one
// to all: then another id begins another call.
func (a *chat) toolFor(d *draft, c *choice, v value) *tool {
	id := v.get("id").text()
	index := v.get("index")
	if !index.number() {
		if id == "" && len(c.tools) > 0 {
			return c.tools[len(c.tools)-1]
		}
		if t := c.tool(func(t *tool) bool { return t.id == id }); t != nil {
			return t
		}
		return c.newTool(d, len(c.tools))
	}
	t := c.toolAt(d, index.int(-2))
	if t == nil || id == "" || t.id == "" || t.id == id {
		return t
	}
	if len(v.get("function").get("name")) > 2 && json.Valid(t.args.buf) {
		if other := c.tool(func(t *tool) bool { return t.id == id }); other != nil {
			return other
		}
		return c.newTool(d, -1)
	}
	return t
}
