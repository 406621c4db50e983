package merge

// cohereV2 is Cohere's chat, version 2.
type cohereV2 struct{}

func (a *cohereV2) add(d *draft, e *event) {
	if e.json == nil {
		return
	}
	v := e.json
	c := d.choice(0)
	index := v.get("index").int(0)
	message := v.get("delta").get("message")
	switch typ := v.get("type").text(); typ {
	case "message-start":
		assign(&d.id, v.get("id"))
		assign(&c.role, message.get("role"))
	case "content-start", "content-delta":
		content := message.get("content")
		c.part(d, key{kind: Text, a: index}).add(d, content.get("text").string())
		c.part(d, key{kind: Reasoning, a: index}).add(d, content.get("thinking").string())
	case "tool-plan-delta":
		c.part(d, key{kind: Reasoning}).add(d, message.get("tool_plan").string())
	case "tool-call-start", "tool-call-delta":
		if t := c.toolAt(d, index); t != nil {
			call := message.get("tool_calls")
			assign(&t.id, call.get("id"))
			assign(&t.typ, call.get("type"))
			assign(&t.name, call.get("function").get("name"))
			t.add(d, call.get("function").get("arguments").string())
		}
	case "citation-start":
		c.citeOne(d, message.get("citations"))
	case "message-end":
		a.end(d, c, v.get("delta"))
		d.terminator = typ
	}
	c.logprobs.append(d, "content", v.get("logprobs"))
}

// end takes what the last event says.
func (a *cohereV2) end(d *draft, c *choice, v value) {
	assign(&c.finish, v.get("finish_reason"))
	d.usage.take(v.get("usage"))
	d.fail(v.get("error"))
}

// cohereV1 is Cohere's chat, version 1: one JSON object a line.
type cohereV1 struct{}

func (a *cohereV1) add(d *draft, e *event) {
	if e.json == nil {
		return
	}
	v := e.json
	c := d.choice(0)
	switch typ := v.get("event_type").text(); typ {
	case "stream-start":
		assign(&d.id, v.get("generation_id"))
	case "text-generation":
		c.part(d, key{}).add(d, v.get("text").string())
	case "tool-calls-chunk":
		c.part(d, key{kind: Reasoning}).add(d, v.get("text").string())
		call := v.get("tool_call_delta")
		c.part(d, key{kind: Reasoning}).add(d, call.get("text").string())
		if call.get("index") != nil {
			if t := c.toolAt(d, call.get("index").int(0)); t != nil {
				t.typ = "function"
				assign(&t.name, call.get("name"))
				t.add(d, call.get("parameters").string())
			}
		}
	case "tool-calls-generation":
		a.tools(d, c, v.get("tool_calls"))
	case "citation-generation":
		c.cite(d, v.get("citations"))
	case "search-queries-generation":
		d.keep("search_queries", v.get("search_queries"))
	case "search-results":
		d.keep("search_results", v.get("search_results"))
		d.keep("documents", v.get("documents"))
	case "stream-end":
		a.end(d, c, v)
		d.terminator = typ
	}
}

// tools takes whole calls: what the fragments made, if there were any.
func (a *cohereV1) tools(d *draft, c *choice, v value) {
	n := 0
	for call := range v.elements() {
		if t := c.toolAt(d, n); t != nil {
			t.typ = "function"
			assign(&t.name, call.get("name"))
			t.set(d, call.get("parameters"))
		}
		n++
	}
}

// end takes the last event, which holds the whole answer again.
func (a *cohereV1) end(d *draft, c *choice, v value) {
	assign(&c.finish, v.get("finish_reason"))
	response := v.get("response")
	c.role = "CHATBOT"
	assign(&d.id, response.get("generation_id"))
	c.part(d, key{}).set(d, response.get("text"))
	a.tools(d, c, response.get("tool_calls"))
	if list := response.get("citations"); list.is('[') {
		c.citations = nil
		c.cite(d, list)
	}
	meta := response.get("meta")
	d.usage.take(meta)
	d.keep("meta", meta)
}
