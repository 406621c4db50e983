package merge

import "strings"

// gemini is Gemini's generateContent, as an event stream or as an array of JSON
// objects. It has no terminator: the stream ends where it is over.
type gemini struct {
	runs   []*run
	closed map[int]bool // the candidates that have a finish reason
}

// run is where the parts of one candidate stand. Adjacent texts of one kind are
// one part; what stands between two texts keeps them apart.
type run struct {
	choice  *choice
	n       int   // parts so far
	text    *part // the last part, if it is a text
	call    *tool // the call whose arguments still come
	ranCode *tool // the code whose result may come
}

func (a *gemini) add(d *draft, e *event) {
	for name, v := range e.json.fields() {
		switch string(name) {
		case "responseId":
			assign(&d.id, v)
		case "modelVersion":
			assign(&d.model, v)
		case "usageMetadata":
			d.usage.take(v)
		case "candidates":
			for c := range v.elements() {
				a.candidate(d, c)
			}
		case "promptFeedback":
			d.keep(string(name), v)
			if v.get("blockReason") != nil {
				d.atEOF = true // there will be no candidate
			}
		case "error":
			d.fail(v)
		default:
			d.keep(string(name), v)
		}
	}
}

// candidateRun returns the run of a candidate, new or not.
func (a *gemini) candidateRun(d *draft, index int) *run {
	for _, r := range a.runs {
		if r.choice.index == index {
			return r
		}
	}
	c := d.choice(index)
	if c == nil {
		return nil
	}
	r := &run{choice: c}
	a.runs = append(a.runs, r)
	return r
}

// candidate takes what a chunk says of one candidate. What is said about it as a
// whole replaces what was said before.
func (a *gemini) candidate(d *draft, v value) {
	r := a.candidateRun(d, v.get("index").int(0))
	if r == nil {
		return
	}
	c := r.choice
	for name, f := range v.fields() {
		switch string(name) {
		case "index":
		case "content":
			assign(&c.role, f.get("role"))
			for p := range f.get("parts").elements() {
				r.part(d, p)
			}
		case "finishReason":
			assign(&c.finish, f)
			a.close(d, c.index)
		case "citationMetadata":
			c.citations = nil
			c.cite(d, f.get("citationSources"))
			c.cite(d, f.get("citations"))
		case "logprobsResult":
			c.logprobs.take(d, f)
		default:
			d.keep(string(name), f)
		}
	}
}

// close marks a candidate as whole. When all are, the end of the stream is the
// end of the answer.
func (a *gemini) close(d *draft, index int) {
	if a.closed == nil {
		a.closed = map[int]bool{}
	}
	a.closed[index] = true
	d.atEOF = len(a.closed) == len(d.choices)
}

// part takes one part of a candidate's content.
func (r *run) part(d *draft, v value) {
	c := r.choice
	text := v.get("text")
	if text.is('"') {
		r.add(d, v.get("thought").is('t'), text)
		if signature := v.get("thoughtSignature"); signature != nil {
			r.text.typ = "thought"
			assign(&r.text.signature, signature)
			if r.text.kind == Text { // the thought behind a text has no text of its own
				d.keep("thoughtSignature", signature)
			}
		}
		return
	}
	r.text = nil
	for name, f := range v.fields() {
		switch string(name) {
		case "functionCall":
			r.function(d, f, v.get("thoughtSignature"))
		case "executableCode":
			if r.ranCode = c.newTool(d, -1); r.ranCode != nil {
				r.ranCode.typ, r.ranCode.free = "executableCode", true
				assign(&r.ranCode.name, f.get("language"))
				assign(&r.ranCode.id, f.get("id"))
				r.ranCode.set(d, f.get("code"))
			}
		case "codeExecutionResult":
			if r.ranCode != nil {
				r.ranCode.returned(d, f)
			}
		case "inlineData":
			if mime := f.get("mimeType").text(); strings.HasPrefix(mime, "audio/") {
				c.speech().mime = mime
				c.speech().add(d, f.get("data"))
			} else {
				c.attach(d, f.get("mimeType"), f.get("data"), nil)
			}
		case "fileData":
			c.attach(d, f.get("mimeType"), nil, f.get("fileUri"))
		case "toolCall", "toolResponse", "functionResponse":
			d.keep(string(name), f)
		}
	}
}

// add appends text to the part that is open, or to a new one.
func (r *run) add(d *draft, thought bool, v value) {
	kind := Text
	if thought {
		kind = Reasoning
	}
	if r.text == nil || r.text.kind != kind {
		r.n++
		r.text = r.choice.part(d, key{kind: kind, a: r.n})
	}
	r.text.add(d, v)
}

// function takes a call: whole, or with arguments that come path by path until
// willContinue is no longer true.
func (r *run) function(d *draft, v value, signature value) {
	t := r.call
	if t == nil {
		if t = r.choice.newTool(d, -1); t == nil {
			return
		}
		t.typ = "functionCall"
	}
	assign(&t.id, v.get("id"))
	assign(&t.name, v.get("name"))
	assign(&t.signature, signature)
	if args := v.get("args"); args.is('{') {
		t.set(d, args)
	}
	for p := range v.get("partialArgs").elements() {
		t.partial(d, p)
	}
	r.call = nil
	if v.get("willContinue").is('t') {
		r.call = t
	} else if len(t.args.buf) == 0 && t.built == nil {
		t.seed = value("{}")
	}
}
