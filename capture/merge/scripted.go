package merge

import "github.com/wiretape/wiretape/capture"

// scripted merges what a script makes of the events.
type scripted struct {
	script Script
	broken bool
}

func (s *scripted) takesAll() {}

// add hands an event to the script. After an error the script is not called
// again, and the result says why.
func (s *scripted) add(d *draft, e *event) {
	if s.broken {
		return
	}
	d.atEOF = true
	x := ScriptEvent{Seq: e.seq, At: e.at, Type: e.name, ID: e.id, Data: string(e.data)}
	if !e.sent {
		x.Dir = capture.Receive
	}
	text, reasoning, err := s.script.Event(x)
	if err != nil {
		s.broken = true
		d.failed = true
		d.note("event %d: %v", e.seq, err)
		d.fail(quote(err.Error()))
		return
	}
	c := d.choice(0)
	c.part(d, key{kind: Reasoning}).addText(d, reasoning)
	c.part(d, key{kind: Text}).addText(d, text)
}
