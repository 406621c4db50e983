package merge

// geminiLive is Gemini's Live API over a socket. Each turn of the model is a
// choice of its own. JSON comes in text frames or in binary ones.
type geminiLive struct {
	turn    *run  // the one that is open; nil between turns
	last    *run  // the turn before, to which what comes late belongs
	counted *run  // the turn that Result.Usage is of
	said    *part // the user, as the vendor's ear has it
}

func (a *geminiLive) add(d *draft, e *event) {
	if e.sent {
		a.client(d, e.json)
		return
	}
	for name, v := range e.json.fields() {
		switch string(name) {
		case "setupComplete":
			assign(&d.id, v.get("sessionId"))
		case "serverContent":
			a.content(d, v)
		case "toolCall":
			if r := a.open(d); r != nil {
				for call := range v.get("functionCalls").elements() {
					r.function(d, call, nil)
				}
			}
		case "usageMetadata":
			r := a.recent()
			if r != a.counted { // the usage is that of the last turn that told it
				d.usage, a.counted = usage{}, r
			}
			d.usage.take(v)
			if r != nil {
				r.choice.usage.take(v)
			}
		case "error":
			d.fail(v)
		default: // toolCallCancellation, goAway, sessionResumptionUpdate, …
			d.keep(string(name), v)
		}
	}
}

// client takes what the client says that belongs to the answers: which model it
// wants, and what its tools returned.
func (a *geminiLive) client(d *draft, v value) {
	assign(&d.model, v.get("setup").get("model"))
	for response := range v.get("toolResponse").get("functionResponses").elements() {
		id := response.get("id").text()
		for _, c := range d.choices {
			if t := c.tool(func(t *tool) bool { return t.id == id }); t != nil {
				t.returned(d, response.get("response"))
			}
		}
	}
}

// open returns the turn that is open, or opens one.
func (a *geminiLive) open(d *draft) *run {
	if a.turn == nil {
		c := d.choice(len(d.choices))
		if c == nil {
			return nil
		}
		c.role = "model"
		a.turn = &run{choice: c}
		d.terminator = ""
	}
	return a.turn
}

// recent returns the turn that is open, or else the last one.
func (a *geminiLive) recent() *run {
	if a.turn != nil {
		return a.turn
	}
	return a.last
}

// content takes what the model says and hears, and the marks at its end.
func (a *geminiLive) content(d *draft, v value) {
	for p := range v.get("modelTurn").get("parts").elements() {
		if r := a.open(d); r != nil {
			r.part(d, p)
		}
	}
	if text := v.get("outputTranscription").get("text"); text.is('"') {
		if r := a.open(d); r != nil {
			r.choice.speech().transcript.add(d, text)
		}
	}
	if text := v.get("inputTranscription").get("text"); text.is('"') {
		if a.said == nil {
			a.said = &part{choice: &choice{}}
		}
		follow := d.delta
		d.delta = nil
		a.said.add(d, text)
		d.delta = follow
		d.keep("inputTranscription", quote(a.said.string()))
	}
	d.keep("groundingMetadata", v.get("groundingMetadata"))
	for _, end := range [...]string{"interrupted", "generationComplete", "turnComplete"} {
		if v.get(end).is('t') {
			a.end(d, end)
		}
	}
}

// end takes one of the marks behind a turn. An interruption says more than that
// the turn is over.
func (a *geminiLive) end(d *draft, mark string) {
	r := a.recent()
	if r != nil && r.choice.finish != "interrupted" {
		r.choice.finish = mark
	}
	if mark == "turnComplete" {
		d.terminator = mark
		a.last, a.turn = r, nil
	}
}
