package reading

import (
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
	"github.com/wiretape/wiretape/capture/transcript"
)

// Unit is an application message as JSON.
type Unit struct {
	Seq     uint64 `json:"seq"`
	Dir     string `json:"dir"`
	At      int64  `json:"t_ns"`
	Took    int64  `json:"took_ns"`
	First   uint64 `json:"first"` // the messages it stands in
	Last    uint64 `json:"last"`
	Label   string `json:"label"`
	Role    string `json:"role"`
	ID      string `json:"id,omitempty"`
	Topic   string `json:"topic,omitempty"`
	Error   bool   `json:"error,omitempty"`
	Len     int    `json:"len"`
	Text    string `json:"text,omitempty"`
	Base64  []byte `json:"base64,omitempty"`
	Violate string `json:"violation,omitempty"`
}

// UnitOf returns u as JSON has it.
func UnitOf(u *protocol.Unit) *Unit {
	row := &Unit{
		Seq: u.Seq, Dir: u.Dir.String(), At: int64(u.At), Took: int64(u.Took), First: u.First, Last: u.Last,
		Label: u.Label, Role: u.Role.String(), ID: u.ID, Topic: u.Topic, Error: u.Error, Len: len(u.Body), Violate: u.Violation,
	}
	if utf8.Valid(u.Body) {
		row.Text = string(u.Body)
	} else {
		row.Base64 = u.Body
	}
	return row
}

// Paired is one line of show --pairs --json. Type says which of the others are
// there: "pair", "subscription", "heartbeat", "push" or, last, "summary".
type Paired struct {
	Type string `json:"type"`

	Request    *Unit          `json:"request,omitempty"`
	Answer     *Unit          `json:"answer,omitempty"` // the first
	Answers    *int           `json:"answers,omitempty"`
	Latency    *time.Duration `json:"latency_ns,omitempty"` // to the first byte of the answer
	Took       *time.Duration `json:"took_ns,omitempty"`    // to the last byte of the last
	Failed     bool           `json:"failed,omitempty"`
	Unanswered bool           `json:"unanswered,omitempty"`

	Label   string        `json:"label,omitempty"` // of heartbeats, and the kind of what nobody asked for
	Topic   string        `json:"topic,omitempty"`
	Dir     string        `json:"dir,omitempty"`
	Count   int           `json:"count,omitempty"`
	Replies *int          `json:"replies,omitempty"`
	Every   time.Duration `json:"every_ns,omitempty"`

	Summary *Summary `json:"summary,omitempty"`
}

// Summary counts what was said.
type Summary struct {
	Units      int `json:"units"`
	Requests   int `json:"requests"`
	Answered   int `json:"answered"`
	Failed     int `json:"failed"`
	Unanswered int `json:"unanswered"`
	Orphans    int `json:"orphans"`
	Violations int `json:"violations"`
}

// Pairs puts what was said on a socket together: requests with their answers,
// then what nobody asked for. Of another exchange there is nothing.
func Pairs(t *transcript.Transcript) ([]*Paired, error) {
	out := []*Paired{}
	ex := t.Exchange()
	if ex.Kind != capture.KindWebSocket {
		return out, nil
	}
	c, err := protocol.Pairs(protocol.Units(ex, t.Messages(1), nil), nil)
	if err != nil {
		return nil, err
	}
	for _, p := range c.Pairs {
		out = append(out, pairOf(p))
	}
	for _, s := range c.Subscriptions {
		out = append(out, &Paired{Type: "subscription", Topic: s.Topic, Count: s.Pushes, Every: s.Every()})
	}
	for _, b := range c.Heartbeats {
		out = append(out, &Paired{Type: "heartbeat", Label: b.Label, Dir: b.Dir.String(), Count: b.Count, Replies: &b.Replies, Every: b.Every()})
	}
	for _, p := range c.Pushes {
		out = append(out, &Paired{Type: "push", Label: p.Op, Dir: p.Dir.String(), Count: p.Count})
	}
	return append(out, &Paired{Type: "summary", Summary: &Summary{
		c.Units, c.Requests, c.Answered, c.Failed, c.Unanswered, c.Orphans, c.Violations,
	}}), nil
}

func pairOf(p *protocol.Pair) *Paired {
	out := &Paired{Type: "pair", Request: UnitOf(p.Request), Answers: &p.Answers, Failed: p.Failed(), Unanswered: p.Unanswered()}
	if p.Answer != nil {
		out.Answer = UnitOf(p.Answer)
	}
	if d, ok := p.Latency(); ok {
		out.Latency = &d
	}
	if d, ok := p.Took(); ok {
		out.Took = &d
	}
	return out
}
