package merge

import (
	"encoding/base64"
	"strings"
)

// bedrock is Amazon Bedrock in binary event streams: ConverseStream, whose
// events are Bedrock's own, and InvokeModelWithResponseStream, whose chunks hold
// the events of the model's vendor.
type bedrock struct {
	inner accumulator // of an InvokeModel stream; nil until it is known
}

func (a *bedrock) add(d *draft, e *event) {
	switch {
	case strings.HasPrefix(e.name, "!"):
		a.exception(d, e)
	case e.name == "chunk":
		a.chunk(d, e)
	default:
		a.converse(d, e.name, e.json)
	}
}

// exception keeps the error with the name that stands in the headers.
func (a *bedrock) exception(d *draft, e *event) {
	b := append([]byte(`{"type":`), quote(e.name[1:])...)
	for name, f := range e.json.fields() {
		if string(name) != "type" {
			b = append(append(append(b, ','), quote(string(name))...), ':')
			b = append(b, f...)
		}
	}
	d.fail(append(b, '}'))
}

// chunk undoes the envelope of a vendor's event.
func (a *bedrock) chunk(d *draft, e *event) {
	data, err := base64.StdEncoding.DecodeString(e.json.get("bytes").text())
	v, ok := parse(data)
	if err != nil || !ok {
		d.note("event %d: the chunk holds no JSON", e.seq)
		d.failed = true
		return
	}
	u := *e
	u.name, u.data, u.json = "", data, v
	if a.inner == nil {
		a.detect(d, &u)
	}
	a.inner.add(d, &u)
	if metrics := v.get("amazon-bedrock-invocationMetrics"); metrics != nil {
		d.keep("invocationMetrics", metrics)
		if len(d.usage.names) == 0 {
			d.usage.take(metrics)
		}
		if d.terminator == "" { // formats that would end with [DONE]
			d.atEOF = true
		}
	}
}

// detect finds the format inside by the rules for events.
func (a *bedrock) detect(d *draft, e *event) {
	format := source{}.shape(e)
	d.format = BedrockInvoke
	switch a.inner = newAccumulator(format); {
	case a.inner != nil:
		d.format += "/" + format
	case a.nova(e.json) != "":
		d.format += "/nova"
		a.inner = novaEvents{a}
	default:
		a.inner = bareText{}
	}
}

// converse takes an event of ConverseStream.
func (a *bedrock) converse(d *draft, name string, v value) {
	if !isConverse(name) {
		return
	}
	c := d.choice(0)
	index := v.get("contentBlockIndex").int(0)
	switch name {
	case "messageStart":
		assign(&c.role, v.get("role"))
	case "contentBlockStart":
		if use := v.get("start").get("toolUse"); use != nil {
			if t := a.tool(d, c, index); t != nil {
				assign(&t.id, use.get("toolUseId"))
				assign(&t.name, use.get("name"))
				assign(&t.typ, use.get("type"))
			}
		}
	case "contentBlockDelta":
		a.delta(d, c, index, v.get("delta"))
	case "messageStop":
		assign(&c.finish, v.get("stopReason"))
		d.keep("additionalModelResponseFields", v.get("additionalModelResponseFields"))
		d.atEOF = true
	case "metadata":
		d.usage.take(v.get("usage"))
		d.keep("metrics", v.get("metrics"))
		d.keep("trace", v.get("trace"))
		d.terminator = name
	}
}

// tool returns the call of a content block, new or not.
func (a *bedrock) tool(d *draft, c *choice, block int) *tool {
	if t := c.tool(func(t *tool) bool { return t.block == block }); t != nil {
		return t
	}
	t := c.newTool(d, -1)
	if t != nil {
		t.typ, t.block, t.seed = "toolUse", block, value("{}")
	}
	return t
}

// delta takes a fragment of a content block. Blocks of text and of reasoning have
// no start: their first fragment begins them.
func (a *bedrock) delta(d *draft, c *choice, index int, v value) {
	for name, f := range v.fields() {
		switch string(name) {
		case "text":
			c.part(d, key{kind: Text, a: index}).add(d, f.string())
		case "toolUse":
			if t := a.tool(d, c, index); t != nil {
				t.add(d, f.get("input").string())
			}
		case "reasoningContent":
			p := c.part(d, key{kind: Reasoning, a: index})
			p.add(d, f.get("text").string())
			assign(&p.signature, f.get("signature"))
			assign(&p.data, f.get("redactedContent"))
			if p.typ = "reasoningText"; p.data != "" {
				p.typ = "redactedContent"
			}
		case "citation":
			c.citeOne(d, f)
		case "image":
			format := f.get("format").text()
			c.attach(d, quote("image/"+format), f.get("source").get("bytes"), nil)
		}
	}
}

// nova returns the name of a ConverseStream event that stands inside a chunk as
// its only member, or "".
func (a *bedrock) nova(v value) string {
	for name := range v.fields() {
		if isConverse(string(name)) {
			return string(name)
		}
	}
	return ""
}

// isConverse reports whether ConverseStream has an event of this name.
func isConverse(name string) bool {
	switch name {
	case "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata":
		return true
	}
	return false
}

// novaEvents are ConverseStream's events in the chunks of Amazon's own models.
type novaEvents struct{ *bedrock }

func (a novaEvents) add(d *draft, e *event) {
	name := a.nova(e.json)
	a.converse(d, name, e.json.get(name))
}

// bareText are the chunks of models that stream text and nothing else: Titan,
// Llama, the older Mistral.
type bareText struct{}

func (bareText) add(d *draft, e *event) {
	c := d.choice(0)
	for name, v := range e.json.fields() {
		switch string(name) {
		case "outputText", "generation", "completion":
			c.part(d, key{}).add(d, v.string())
		case "outputs":
			for o := range v.elements() {
				c.part(d, key{}).add(d, o.get("text").string())
				assign(&c.finish, o.get("stop_reason"))
			}
		case "completionReason", "stop_reason":
			assign(&c.finish, v)
		case "amazon-bedrock-invocationMetrics":
		default:
			if strings.HasSuffix(string(name), "_count") || strings.HasSuffix(string(name), "TokenCount") {
				d.usage.one(string(name), v)
			} else {
				d.keep(string(name), v)
			}
		}
	}
	d.atEOF = c.finish != ""
}
