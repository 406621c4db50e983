package apidoc

import (
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
	"github.com/wiretape/wiretape/capture/protocol"
	"github.com/wiretape/wiretape/capture/transcript"
)

// maxPaired is how many messages of one socket are put together with their
// answers.
const maxPaired = 1 << 20

// socket reads the messages of one WebSocket.
type socket struct {
	b        *builder
	ex       *capture.Exchange
	splitter *protocol.Splitter
	pairer   *protocol.Pairer
	kinds    []*kind           // by unit
	asked    map[string]string // by direction and id: the names of requests that wait
}

// socket reads a WebSocket from beginning to end.
func (b *builder) socket(t *transcript.Transcript) error {
	s := &socket{b: b, ex: t.Exchange(), splitter: protocol.NewSplitter(t.Exchange(), nil), asked: map[string]string{}}
	s.pairer = protocol.NewPairer(&protocol.PairOptions{MaxPairs: 1, MaxBody: 1, Each: s.pair})
	var failed error
	for m, err := range t.Messages(1) {
		if failed = err; failed != nil {
			break
		}
		if b.full() {
			break
		}
		s.splitter.Feed(m, s.unit)
	}
	s.splitter.Close(s.unit)
	said := s.pairer.Close()
	for _, beats := range said.Heartbeats {
		b.beats(beats)
	}
	if p := s.splitter.Protocol(); p != nil && p.Name != "json" && b.Protocol == "" {
		b.Protocol = p.Title()
	}
	if e := s.ex.End; e != nil {
		b.end(End{How: e.How, By: e.By, Code: e.Code, Reason: e.Reason})
	}
	return failed
}

// unit takes one message of the application's protocol.
func (s *socket) unit(u *protocol.Unit) {
	var k *kind
	if !u.Opcode.Control() {
		k = s.kind(u)
		k.see(example(s.ex, u.First, u.Body), u.ID, u.Topic)
	}
	if len(s.kinds) < maxPaired {
		s.kinds = append(s.kinds, k)
	}
	s.pairer.Feed(u) // may complete a pair with this very unit
}

// kind returns the kind of a unit.
func (s *socket) kind(u *protocol.Unit) *kind {
	v := jsontext.Of(u.Body)
	m := Message{Dir: u.Dir, Role: u.Role.String(), Error: u.Error, Name: s.name(u, v)}
	if u.Error && !strings.Contains(strings.ToLower(m.Name), "error") {
		m.Name += " error"
	}
	m.Name = clip(m.Name)
	if u.Role == protocol.Request && u.ID != "" && len(s.asked) < maxAsked {
		s.asked[u.Dir.String()+u.ID] = m.Name
	}
	return s.b.kinds.of(m, v.Is('['))
}

// maxAsked is how many requests that wait are remembered by name.
const maxAsked = 4096

// answering are the words for an answer, whatever to.
var answering = map[string]bool{
	"res": true, "resp": true, "response": true, "result": true, "reply": true, "ack": true, "answer": true, "return": true,
	"ok": true, "success": true, "data": true, "payload": true, "message": true,
}

// answered returns the name of an answer: that of its request, where its own
// says no more than that it is one.
func (s *socket) answered(u *protocol.Unit, name string) string {
	key := u.Dir.Opposite().String() + u.ID
	request := s.asked[key]
	if !u.More {
		delete(s.asked, key)
	}
	switch {
	case request == "" || !answering[strings.ToLower(name)]:
		return name
	case name == "message":
		return request
	}
	return request + " " + name
}

// name names the kind of a unit.
func (s *socket) name(u *protocol.Unit, v jsontext.Value) string {
	known := ""
	if p := s.splitter.Protocol(); p != nil {
		known = p.Name
	}
	isJSON := v.Is('{') || v.Is('[')
	name := u.Op
	switch {
	case (known == "" || known == "json") && isJSON:
		name = discriminate(v)
		if name == "" {
			name = "message"
		}
		if u.Role == protocol.Answer {
			name = s.answered(u, name)
		}
	case known == "mqtt" || known == "stomp":
		if u.Topic != "" && (u.Role == protocol.Push || u.Role == protocol.Request) {
			name += " " + topicPattern(u.Topic)
		}
	}
	if name == "" {
		name = "message"
	}
	if isJSON && (u.Role == protocol.Answer || general[name]) {
		if more := detail(v, name); more != "" && !strings.HasSuffix(name, more) {
			name += " " + more
		}
	}
	return name
}

// topicPattern puts {id} for the parts of a topic that only programs write.
func topicPattern(topic string) string {
	parts := strings.Split(topic, "/")
	for i, p := range parts {
		if isMade(p) {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// pair takes a request with its first answer and its last.
func (s *socket) pair(p *protocol.Pair) {
	asked := s.at(p.Request)
	if asked == nil {
		return
	}
	for _, u := range []*protocol.Unit{p.Answer, p.Last} {
		if answer := s.at(u); answer != nil && answer != asked {
			asked.answers[answer]++
		}
	}
}

func (s *socket) at(u *protocol.Unit) *kind {
	if u == nil || u.Seq == 0 || u.Seq > uint64(len(s.kinds)) {
		return nil
	}
	return s.kinds[u.Seq-1]
}

// beats adds heartbeats of one socket to those of the endpoint.
func (b *builder) beats(o *protocol.Beats) {
	for _, h := range b.Heartbeats {
		if h.Label == o.Label && h.Dir == o.Dir && h.Frames == o.Frames {
			if every := o.Every(); every > 0 {
				if h.Every == 0 {
					h.Every = every
				}
				h.Every = (h.Every*time.Duration(h.Count) + every*time.Duration(o.Count)) / time.Duration(h.Count+o.Count)
			}
			h.Count += o.Count
			h.Answered += o.Replies
			return
		}
	}
	if len(b.Heartbeats) < maxTopics {
		b.Heartbeats = append(b.Heartbeats, &Heartbeat{
			Label: clip(o.Label), Dir: o.Dir, Frames: o.Frames, Count: o.Count, Answered: o.Replies, Every: o.Every(),
		})
	}
}

// maxEnds is how many ways to end are told apart.
const maxEnds = 20

func (b *builder) end(e End) {
	e.Reason = clip(e.Reason)
	for i := range b.Ends {
		known := &b.Ends[i]
		if known.How == e.How && known.By == e.By && known.Code == e.Code && known.Reason == e.Reason {
			known.Count++
			return
		}
	}
	if len(b.Ends) < maxEnds {
		e.Count = 1
		b.Ends = append(b.Ends, e)
	}
}
