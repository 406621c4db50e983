package merge

import "strings"

// realtime is OpenAI's Realtime API over a socket. Each response is a choice of
// its own.
type realtime struct {
	answers []*answer
	input   part // what the user said, as the vendor's ear has it
}

// answer is one response of a session.
type answer struct {
	responses
	id string
}

func (a *realtime) add(d *draft, e *event) {
	if e.sent || e.json == nil {
		return
	}
	v := e.json
	typ := v.get("type").text()
	switch typ {
	case "session.created", "session.updated":
		assign(&d.model, v.get("session").get("model"))
		assign(&d.id, v.get("session").get("id"))
	case "response.created":
		a.answer(d, v.get("response").get("id").text())
		d.terminator = ""
	case "response.done":
		a.finish(d, v.get("response"))
		d.terminator = typ
	case "conversation.item.input_audio_transcription.delta":
		a.heard(d, func() { a.input.add(d, v.get("delta").string()) })
	case "conversation.item.input_audio_transcription.completed":
		if len(a.input.buf) == 0 {
			a.heard(d, func() { a.input.add(d, v.get("transcript").string()) })
		}
	case "error":
		d.fail(v.get("error"))
	case "rate_limits.updated":
		d.keep("rate_limits", v.get("rate_limits"))
	default:
		if strings.HasPrefix(typ, "response.") {
			a.part(d, typ, v)
		}
	}
}

// heard changes what the user said. Those who follow the answer do not hear it.
func (a *realtime) heard(d *draft, change func()) {
	follow := d.delta
	d.delta = nil
	change()
	d.delta = follow
	d.keep("inputTranscription", quote(a.input.string()))
}

// answer returns the response with this id, new or not, or nil where there are
// too many.
func (a *realtime) answer(d *draft, id string) *answer {
	for _, r := range a.answers {
		if r.id == id {
			return r
		}
	}
	c := d.choice(len(d.choices))
	if c == nil {
		return nil
	}
	c.id, c.role = id, "assistant"
	r := &answer{id: id}
	r.current = c
	a.answers = append(a.answers, r)
	return r
}

// finish takes a response that is over, with all it holds.
func (a *realtime) finish(d *draft, v value) {
	r := a.answer(d, v.get("id").text())
	if r == nil {
		return
	}
	c := r.current
	assign(&c.finish, v.get("status"))
	c.usage.take(v.get("usage"))
	d.usage = usage{} // of the last response, not of all
	d.usage.take(v.get("usage"))
	if details := v.get("status_details"); !details.isNull() {
		d.keep("status_details", details)
		d.fail(details.get("error"))
	}
	n := 0
	for it := range v.get("output").elements() {
		r.snapshot(d, r.item(c, n), it)
		n++
	}
}

// part takes an event about one part of one response. The names are those of
// the Responses API but for a few, and for those of the API before its release.
func (a *realtime) part(d *draft, typ string, v value) {
	r := a.answer(d, v.get("response_id").text())
	if r == nil {
		return
	}
	switch typ {
	case "response.text.delta":
		typ = "response.output_text.delta"
	case "response.text.done":
		typ = "response.output_text.done"
	case "response.output_audio.delta":
		typ = "response.audio.delta"
	case "response.output_audio_transcript.delta", "response.audio_transcript.delta":
		typ = "response.audio.transcript.delta"
	case "response.output_audio_transcript.done", "response.audio_transcript.done":
		r.current.speech().said(d, v.get("transcript"))
		return
	}
	r.responses.part(d, typ, v)
	if t := r.item(r.current, v.get("output_index").int(0)).tool; t != nil {
		assign(&t.id, v.get("call_id"))
	}
}
