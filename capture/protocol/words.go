package protocol

import (
	"bytes"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// beatWords tell heartbeats, in lower case.
var beatWords = map[string]beat{
	"ping": asks, "client_ping": asks, "server_ping": asks,
	"pong": replies, "heartbeat_ack": replies, "heartbeatack": replies, "server_pong": replies, "client_pong": replies,
	"heartbeat": sign, "hb": sign, "keepalive": sign, "keep_alive": sign, "keep-alive": sign, "ka": sign,
}

// beatOf tells the part of a heartbeat by a word.
func beatOf(word string) beat {
	if len(word) > 16 {
		return noBeat
	}
	if b, ok := beatWords[word]; ok {
		return b
	}
	return beatWords[strings.ToLower(word)]
}

// rankOf tells how well a member of that name tells kinds of messages apart: 1 is
// best, 0 not at all.
func rankOf(name []byte) int {
	switch string(name) {
	case "op", "operation":
		return 1
	case "action":
		return 2
	case "command", "cmd":
		return 3
	case "method":
		return 4
	case "type":
		return 5
	case "event":
		return 6
	case "msg_type", "msgType", "message_type", "messageType", "request", "req":
		return 7
	case "kind", "t", "e":
		return 8
	}
	return 0
}

// traits are what of a JSON object is told by the names of its members.
type traits struct {
	rank   int
	op     string
	id     jsontext.Value
	topic  jsontext.Value
	failed bool
	first  []byte // the name of the first member that is no id
}

// words names a unit of an unknown JSON service by the words that services of
// all kinds use.
func (s *Splitter) words(u *Unit, v jsontext.Value) {
	if v.Is('[') {
		s.tuple(u, v)
		return
	}
	t := s.traits(v)
	topics := s.list(t.topic)
	u.Error = t.failed || t.op == "error"
	op := t.op
	if op == "" {
		op = s.word(t.first)
	}
	if op == "" {
		op = "{}"
		if len(v) > len(op) {
			op = u.Opcode.String() // looks like JSON, and is not
		}
	}
	s.call(u, op)
	if len(topics) > 0 {
		u.link.topics = topics
		s.topics(u)
	}
	if u.Error && op != "error" {
		u.Label = s.label(u.Label, "error")
	}
	s.roleByWords(u, t)
}

func (s *Splitter) traits(v jsontext.Value) traits {
	t := traits{rank: 100}
	for name, m := range v.Members {
		if r := rankOf(name); r > 0 && r < t.rank && isName(m) {
			t.rank, t.op = r, s.text1(m)
		}
		switch string(name) {
		case "id", "req_id", "reqId", "reqid", "request_id", "requestId", "correlation_id", "correlationId",
			"msg_id", "msgId", "call_id", "callId", "ref", "nonce":
			if t.id == nil && (m.Is('"') || m.Number()) {
				t.id = m
			}
			continue
		case "channel", "topic", "stream", "room", "symbol", "subject", "channels", "topics", "streams", "rooms", "symbols":
			if t.topic == nil && !m.Is('{') {
				t.topic = m
			}
		case "error":
			t.failed = t.failed || !m.Null() && !m.Is('f') && string(m) != `""`
		case "success", "ok":
			t.failed = t.failed || m.Is('f')
		}
		if t.first == nil {
			t.first = name
		}
	}
	return t
}

// isName reports whether a value may name the kind of a message: a short word,
// or a small number.
func isName(v jsontext.Value) bool {
	if v.Number() {
		return len(v) <= 3 && bytes.IndexByte(v, '.') < 0
	}
	return v.Is('"') && len(v) > 2 && len(v) <= 66 && !bytes.ContainsAny(v[1:len(v)-1], " \t\r\n{}[]\"<>\\")
}

// text1 returns a name: a number is preceded by what makes it readable alone.
func (n *names) text1(v jsontext.Value) string {
	if v.Number() {
		return n.label("type", n.text(v))
	}
	return n.text(v)
}

// list returns the scalars of an array, or the one that v is.
func (n *names) list(v jsontext.Value) []string {
	if !v.Is('[') {
		if t := n.text(v); t != "" {
			return []string{t}
		}
		return nil
	}
	var all []string
	for e := range v.Elements {
		if t := n.text(e); t != "" && len(all) < maxTopics {
			all = append(all, t)
		}
	}
	return all
}

// maxTopics is how many topics of one subscription are told apart.
const maxTopics = 1000

// tuple names an array by its first elements.
func (s *Splitter) tuple(u *Unit, v jsontext.Value) {
	u.Role = Push
	first := v.First()
	switch {
	case first.Is('{'):
		t := s.traits(first)
		op := t.op
		if op == "" {
			op = s.word(t.first)
		}
		s.call(u, op, "…")
	case isName(first):
		s.call(u, s.text(first))
	default:
		s.call(u, "[]")
	}
}

// roleByWords tells the role of a message of an unknown service: what the client
// says under an id may be answered, what the server says under one that was
// asked is the answer.
func (s *Splitter) roleByWords(u *Unit, t traits) {
	id, key := s.id(t.id), string(t.id[:min(len(t.id), maxID)])
	if b := beatOf(t.op); b != noBeat {
		u.beats(b)
		u.ID, u.link.key = id, key
		return
	}
	u.Role = Push
	u.link.verb = verbOf(t.op)
	stem := stemOf(t.op)
	if u.Dir == capture.Send {
		if id != "" || stem != "" {
			u.ask(id, key)
			u.link.alt, u.link.wants = stem, optional
			if stem != "" {
				s.recall.put(u.Dir, "word "+stem, stem)
			}
		}
		return
	}
	switch {
	case id != "" && s.recall.get(capture.Send, key) != "":
		u.answer(id, key)
	case stem != "" && s.recall.get(capture.Send, "word "+stem) != "":
		u.answer("", "")
		u.link.alt = stem
	case t.op == "error":
		u.answer("", "")
		u.link.any = true
	}
}

// stemOf returns what requests and answers without an id have in common.
func stemOf(op string) string {
	if len(op) > 64 {
		return ""
	}
	op = strings.ToLower(op)
	for _, stem := range [...]string{"unsubscri", "subscri", "login", "auth", "logout"} {
		if strings.HasPrefix(op, stem) {
			return stem
		}
	}
	return ""
}

// verbOf tells what a word does about a subscription.
func verbOf(op string) verb {
	if len(op) > 64 {
		return noVerb
	}
	switch op = strings.ToLower(op); op {
	case "sub", "subscribe", "join", "listen", "watch", "follow":
		return opens
	case "unsub", "unsubscribe", "leave", "unlisten", "unwatch", "unfollow":
		return ends
	}
	switch {
	case strings.HasSuffix(op, "unsubscribe"), strings.HasPrefix(op, "unsubscribe"):
		return ends
	case strings.HasSuffix(op, "subscribe"), strings.HasPrefix(op, "subscribe_"), strings.HasPrefix(op, "subscribe/"):
		return opens
	}
	return noVerb
}

// line names a unit that is no JSON.
func (s *Splitter) line(u *Unit) {
	p := bytes.TrimSpace(u.Body)
	word, _, _ := bytes.Cut(p[:min(len(p), 64)], []byte{' '})
	switch {
	case len(u.Data) == 0:
		s.call(u, "empty")
	case u.Opcode != capture.OpText:
		s.call(u, u.Opcode.String())
	case len(p) <= 64 && beatOf(string(word)) != noBeat:
		u.beats(beatOf(string(word)))
		s.call(u, s.word(bytes.ToLower(word)))
	case isCommand(word):
		s.call(u, s.word(word))
	default:
		s.call(u, "text")
	}
}

// isCommand reports whether a word is one of a line protocol.
func isCommand(word []byte) bool {
	for _, c := range word {
		if (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return len(word) >= 2 && len(word) <= 32
}
