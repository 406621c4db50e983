package lint

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// patience is how long after a ping the connection must go on before the pong
// is missed.
const patience = 10 * time.Second

// socket looks through a WebSocket.
func (l *linter) socket() error {
	l.handshake()
	s := &socket{linter: l}
	for m, err := range l.t.Messages(1) {
		if err != nil {
			return fmt.Errorf("look through the messages: %w", err)
		}
		s.message(m)
	}
	s.end()
	return nil
}

// socket is one walk over the messages of a WebSocket.
type socket struct {
	*linter
	last   time.Duration
	closed [2]*capture.Message // the close frame of each side
	pings  [2][]ping           // the pings of each side that wait for an answer
	beats  [2][]ping           // the same, for pings that are text
}

// ping is a ping that waits.
type ping struct {
	at      time.Duration
	where   Where
	payload []byte
}

// maxPings is how many waiting pings are remembered on each side.
const maxPings = 1000

// message looks at one message, control messages among them.
func (s *socket) message(m *capture.Message) {
	s.last = max(s.last, m.At+m.Took)
	at := Where{Seq: m.Seq, Dir: m.Dir}
	if m.Violation != "" {
		s.violation(m, at)
	}
	if m.Incomplete {
		s.add(&ruleCutMessage, "", at, "the connection ends inside message %d", m.Seq)
		return
	}
	switch m.Opcode {
	case capture.OpClose:
		s.close(m, at)
	case capture.OpPing:
		s.wait(&s.pings, m, at)
	case capture.OpPong:
		s.pong(m)
	case capture.OpText:
		s.text(m, at)
	}
}

// violation reports the rule that the message or one of its frames breaks.
func (s *socket) violation(m *capture.Message, at Where) {
	source, what, _ := strings.Cut(m.Violation, ": ")
	r := ruleFrame
	switch {
	case strings.Contains(what, "masked"):
		r = ruleMask
	case strings.HasPrefix(source, "RFC 6455 8.1"), strings.Contains(what, "not UTF-8"):
		r = ruleText
		at.Offset = invalid(m.Data)
		if m.Opcode == capture.OpClose && len(m.Data) > 2 {
			at.Offset = 2 + invalid(m.Data[2:]) // behind the code
		}
	case strings.HasPrefix(source, "RFC 7692"):
		r = ruleDeflate
	case strings.Contains(what, "close code"), strings.Contains(what, "close payload"):
		r = ruleClose
	}
	if what == "" {
		what = source
	} else if strings.HasPrefix(source, "RFC ") {
		r.Source = source
	}
	s.add(&r, m.Dir.String()+m.Violation, at, "%s, in a message that the %s sent", what, sender(m.Dir))
}

// sender names the side that sends in a direction.
func sender(dir capture.Direction) string {
	if dir == capture.Send {
		return "client"
	}
	return "server"
}

// close looks at a close frame whose payload breaks no rule by itself.
func (s *socket) close(m *capture.Message, at Where) {
	if s.closed[m.Dir] == nil {
		s.closed[m.Dir] = m
	}
	code, _ := m.CloseStatus()
	switch {
	case m.Violation != "":
	case code == 1010 && m.Dir == capture.Receive:
		s.add(&ruleClose, "1010", at, "the server closes with 1010, which only clients send")
	case code == 1011 && m.Dir == capture.Send, code == 1012 && m.Dir == capture.Send, code == 1013 && m.Dir == capture.Send:
		s.add(&ruleClose, "server's", at, "the client closes with %d, which only servers send", code)
	}
}

// wait remembers a ping.
func (s *socket) wait(list *[2][]ping, m *capture.Message, at Where) {
	if len(list[m.Dir]) < maxPings {
		list[m.Dir] = append(list[m.Dir], ping{m.At, at, bytes.Clone(m.Data)})
	}
}

// pong answers the ping with its payload, and those before it: only the last
// ping needs an answer (RFC 6455 §5.5.3).
func (s *socket) pong(m *capture.Message) {
	waiting := s.pings[m.Dir.Opposite()]
	for i, p := range waiting {
		if bytes.Equal(p.payload, m.Data) {
			s.pings[m.Dir.Opposite()] = waiting[i+1:]
			return
		}
	}
}

// text looks for heartbeats in text, as many exchanges have them.
func (s *socket) text(m *capture.Message, at Where) {
	switch strings.TrimSpace(string(m.Data[:min(len(m.Data), 16)])) {
	case "ping":
		s.wait(&s.beats, m, at)
	case "pong":
		s.beats[m.Dir.Opposite()] = nil
	}
}

// end looks at what is still open.
func (s *socket) end() {
	for dir := range capture.Direction(2) {
		s.missed(&rulePing, s.pings[dir], "ping")
		s.missed(&ruleHeartbeat, s.beats[dir], "text \"ping\"")
	}
	if s.ex.Open {
		return
	}
	client, server := s.closed[capture.Send], s.closed[capture.Receive]
	switch {
	case client == nil && server == nil:
		s.add(&ruleNoClose, "", Where{}, "the connection ended without a close frame%s", s.ending())
	case client == nil || server == nil:
		m, other := client, capture.Receive
		if m == nil {
			m, other = server, capture.Send
		}
		s.add(&ruleCloseAnswer, "", Where{Seq: m.Seq, Dir: m.Dir}, "the %s did not answer the close frame", sender(other))
	}
}

// ending says how the connection ended.
func (s *socket) ending() string {
	if s.ex.End == nil {
		return ""
	}
	return fmt.Sprintf(" (%s by %s)", s.ex.End.How, s.ex.End.By)
}

// missed reports the pings that were not answered though there was time.
func (s *socket) missed(r *Rule, waiting []ping, what string) {
	for _, p := range waiting {
		if s.last-p.at >= patience {
			s.add(r, p.where.Dir.String(), p.where, "a %s of the %s is not answered, and the connection goes on for %v",
				what, sender(p.where.Dir), (s.last - p.at).Round(time.Millisecond))
		}
	}
}
