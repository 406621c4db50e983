package merge

import "strings"

// interactions is Gemini's Interactions API.
type interactions struct{ steps []*step }

// step is one step of an interaction: an output, a thought or a call.
type step struct {
	index int
	typ   string
	tool  *tool
}

func (a *interactions) add(d *draft, e *event) {
	if e.json == nil {
		return
	}
	v := e.json
	switch typ := v.get("event_type").text(); typ {
	case "interaction.created":
		a.interaction(d, v.get("interaction"))
	case "interaction.status_update":
		a.status(d, v.get("status"))
	case "interaction.completed":
		a.interaction(d, v.get("interaction"))
		d.terminator = typ
	case "step.start":
		a.start(d, v.get("index").int(0), v.get("step"))
	case "step.delta":
		a.delta(d, v.get("index").int(0), v.get("delta"))
		d.usage.take(v.get("metadata").get("total_usage"))
	case "step.stop":
		d.usage.take(v.get("usage"))
	case "error":
		d.fail(v.get("error"))
	}
}

// status takes the state of the interaction, which is its finish reason once it
// is over.
func (a *interactions) status(d *draft, v value) {
	if c := d.choice(0); c != nil && v.text() != "in_progress" {
		assign(&c.finish, v)
	}
}

// interaction takes the interaction as a whole. Its steps count where none came
// one by one.
func (a *interactions) interaction(d *draft, v value) {
	assign(&d.id, v.get("id"))
	assign(&d.model, v.get("model"))
	d.usage.take(v.get("usage"))
	a.status(d, v.get("status"))
	d.fail(v.get("error"))
	if len(a.steps) == 0 {
		n := 0
		for s := range v.get("steps").elements() {
			a.start(d, n, s)
			n++
		}
	}
}

// step returns the step with this number, new or not.
func (a *interactions) step(index int) *step {
	for _, s := range a.steps {
		if s.index == index {
			return s
		}
	}
	s := &step{index: index}
	if len(a.steps) < maxParts {
		a.steps = append(a.steps, s)
	}
	return s
}

// start takes a step as it begins, or as it is.
func (a *interactions) start(d *draft, index int, v value) {
	c := d.choice(0)
	s := a.step(index)
	s.typ = v.get("type").text()
	if c == nil {
		return
	}
	switch {
	case s.typ == "model_output":
		c.role = "model"
		for content := range v.get("content").elements() {
			s.content(d, c, Text, content)
		}
	case s.typ == "thought":
		for content := range v.get("summary").elements() {
			s.content(d, c, Reasoning, content)
		}
		s.sign(d, c, v.get("signature"))
	case strings.HasSuffix(s.typ, "_call"):
		if s.tool == nil {
			s.tool = c.newTool(d, -1)
		}
		if s.tool != nil {
			s.tool.typ = s.typ
			assign(&s.tool.id, v.get("id"))
			assign(&s.tool.name, v.get("name"))
			if args := v.get("arguments"); !args.isNull() && d.take(len(args)) {
				s.tool.seed = value(args.raw())
			}
		}
	case strings.HasSuffix(s.typ, "_result"):
		id := v.get("call_id").text()
		if t := c.tool(func(t *tool) bool { return t.id == id }); t != nil {
			t.returned(d, v.get("result"))
		}
	}
}

// part returns the text of the step.
func (s *step) part(d *draft, c *choice, kind Kind) *part {
	return c.part(d, key{kind: kind, a: s.index})
}

// sign takes the signature of a thought.
func (s *step) sign(d *draft, c *choice, v value) {
	if len(v) > 2 {
		p := s.part(d, c, Reasoning)
		p.typ = "thought"
		assign(&p.signature, v)
	}
}

// content takes a piece of text, an image or sound.
func (s *step) content(d *draft, c *choice, kind Kind, v value) {
	switch v.get("type").text() {
	case "text":
		p := s.part(d, c, kind)
		p.add(d, v.get("text").string())
		for annotation := range v.get("annotations").elements() {
			c.citeOne(d, annotation)
		}
	case "audio":
		assign(&c.speech().mime, v.get("mime_type"))
		c.speech().add(d, v.get("data"))
	case "image", "document", "video":
		c.attach(d, v.get("mime_type"), v.get("data"), v.get("uri"))
	}
}

// delta takes a fragment of a step.
func (a *interactions) delta(d *draft, index int, v value) {
	c := d.choice(0)
	if c == nil {
		return
	}
	s := a.step(index)
	switch typ := v.get("type").text(); typ {
	case "thought_summary":
		s.content(d, c, Reasoning, v.get("content"))
	case "thought_signature":
		s.sign(d, c, v.get("signature"))
	case "text_annotation_delta", "text_annotation":
		c.cite(d, v.get("annotations"))
	case "arguments_delta":
		if s.tool == nil {
			a.start(d, index, value(`{"type":"function_call"}`))
		}
		if s.tool != nil {
			s.tool.add(d, v.get("arguments").string())
		}
	default:
		s.content(d, c, Text, v)
	}
}
