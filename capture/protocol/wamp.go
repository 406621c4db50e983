package protocol

import (
	"bytes"
	"encoding/binary"
	"iter"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// wamp is the cutter of WAMP version 2 in JSON, MessagePack and CBOR, batched or
// one message at a time.
type wamp struct {
	batched bool
	grammar grammar // of the binary serialisations; nil for JSON
	json    messages
	topics  recall // topics by the id of a SUBSCRIBE, then by that of the subscription
}

func newWAMP(variant string) *wamp {
	c := &wamp{batched: strings.HasSuffix(variant, ".batched")}
	c.json.namer = c
	switch {
	case strings.HasPrefix(variant, "msgpack"):
		c.grammar = msgpackHead
	case strings.HasPrefix(variant, "cbor"):
		c.grammar = cborHead
	}
	return c
}

func (c *wamp) close(*Splitter) {}

func (c *wamp) feed(s *Splitter, m *capture.Message) {
	switch {
	case c.grammar != nil && m.Opcode == capture.OpBinary && c.batched:
		c.batch(s, m)
	case c.grammar != nil && m.Opcode == capture.OpBinary:
		u := s.unit(m)
		c.packed(s, u)
		s.put(u)
	case c.batched:
		// The specification says 0x1e, the oldest implementation writes 0x18.
		c.json.end = 0x1e
		if bytes.IndexByte(m.Data, 0x18) >= 0 {
			c.json.end = 0x18
		}
		c.json.feed(s, m)
	default:
		c.json.feed(s, m)
	}
}

// batch cuts a message in which each part has its length in front.
func (c *wamp) batch(s *Splitter, m *capture.Message) {
	p := m.Data
	for {
		u := s.unit(m)
		if len(p) < 4 || uint64(binary.BigEndian.Uint32(p)) > uint64(len(p)-4) {
			u.Data, u.Body = p, p
			if len(p) > 0 && u.Violation == "" {
				u.Violation = "WAMP, batched: the length in front does not fit"
			}
			s.line(u)
			s.put(u)
			return
		}
		n := 4 + int(binary.BigEndian.Uint32(p))
		u.Data, u.Body = p[:n:n], p[4:n:n]
		c.packed(s, u)
		s.put(u)
		if p = p[n:]; len(p) == 0 {
			return
		}
	}
}

// name implements namer.
func (c *wamp) name(s *Splitter, u *Unit, v jsontext.Value) {
	if v.Is('[') {
		c.message(s, u, jsonItems(v))
	}
}

// jsonItems yields the elements of a JSON array as those of the other
// serialisations.
func jsonItems(v jsontext.Value) iter.Seq[item] {
	return func(yield func(item) bool) {
		for e := range v.Elements {
			it := item{raw: e}
			n, ok := e.Int()
			switch {
			case ok:
				it.kind, it.num = 'i', n
			case e.Is('"'):
				it.kind, it.text = 's', e.Bytes()
			case e.Is('['):
				it.kind = 'a'
			case e.Is('{'):
				it.kind = 'm'
			}
			if !yield(it) {
				return
			}
		}
	}
}

func (c *wamp) packed(s *Splitter, u *Unit) {
	c.message(s, u, c.grammar.items(u.Body))
	if u.Label == "" {
		s.line(u)
	}
}

// wampNames are the message types (WAMP §6, "Messages").
var wampNames = map[int64]string{
	1: "HELLO", 2: "WELCOME", 3: "ABORT", 4: "CHALLENGE", 5: "AUTHENTICATE", 6: "GOODBYE", 8: "ERROR",
	16: "PUBLISH", 17: "PUBLISHED", 32: "SUBSCRIBE", 33: "SUBSCRIBED", 34: "UNSUBSCRIBE", 35: "UNSUBSCRIBED", 36: "EVENT",
	48: "CALL", 49: "CANCEL", 50: "RESULT", 64: "REGISTER", 65: "REGISTERED", 66: "UNREGISTER", 67: "UNREGISTERED",
	68: "INVOCATION", 69: "INTERRUPT", 70: "YIELD",
}

// wampMessage is the first elements of a message.
type wampMessage [5]item

func (e *wampMessage) typ() int64 { return e[0].num }

// id returns an element that is an id, as text.
func (e *wampMessage) id(i int) string {
	if e[i].kind == 'i' {
		return strconv.FormatInt(e[i].num, 10)
	}
	return ""
}

// message names a message by its first elements.
func (c *wamp) message(s *Splitter, u *Unit, items iter.Seq[item]) {
	var e wampMessage
	n := 0
	for it := range items {
		if e[n] = it; n == len(e)-1 {
			break
		}
		n++
	}
	op := wampNames[e.typ()]
	if op == "" || e[0].kind != 'i' {
		return
	}
	s.call(u, op)
	switch e.typ() {
	case 1, 2, 3, 4, 5, 6:
		c.session(s, u, &e)
	case 16, 32, 34, 48, 64, 66, 68:
		c.request(s, u, &e)
	case 8, 17, 33, 35, 50, 65, 67, 70:
		c.reply(s, u, &e)
	case 36:
		u.Role = Push
		u.Topic = c.topic(e.id(1))
		u.ID = e.id(2)
		s.call(u, op, u.Topic)
	default:
		u.Role, u.ID = Control, e.id(1)
	}
}

// request names what asks: the third element is options or what is meant, the
// fourth what it is about.
func (c *wamp) request(s *Splitter, u *Unit, e *wampMessage) {
	u.ask(e.id(1), wampKey(e.typ(), e.id(1)))
	switch e.typ() {
	case 34:
		u.about(ends, c.topic(e.id(2)))
		s.call(u, u.Op, u.Topic)
	case 66:
	case 68:
		s.call(u, u.Op, e.id(2))
	default:
		u.Topic = s.word(e[3].text)
		s.call(u, u.Op, u.Topic)
	}
	switch {
	case e.typ() == 16 && !wampFlag(e[2], "acknowledge"):
		u.Role = Push
	case e.typ() == 32:
		u.link.verb = opens
		c.topics.put(u.Dir, "request "+u.ID, u.Topic)
	}
}

// reply names what answers. The type of what it answers is one less, or two of
// RESULT and YIELD; ERROR names it.
func (c *wamp) reply(s *Splitter, u *Unit, e *wampMessage) {
	switch typ := e.typ(); typ {
	case 8:
		u.answer(e.id(2), wampKey(e[1].num, e.id(2)))
		u.Error = true
		u.Op, u.Label = "", s.label(u.Op, s.word(e[4].text))
	case 50, 70:
		u.answer(e.id(1), wampKey(typ-2, e.id(1)))
		u.Op = ""
		u.More = wampFlag(e[2], "progress")
	default:
		u.answer(e.id(1), wampKey(typ-1, e.id(1)))
	}
	if e.typ() == 33 {
		topic := c.topics.get(capture.Send, "request "+u.ID)
		c.topics.drop(capture.Send, "request "+u.ID)
		c.topics.put(capture.Receive, e.id(2), topic)
		s.call(u, u.Op, topic)
	}
}

// session names what opens and closes a session.
func (c *wamp) session(s *Splitter, u *Unit, e *wampMessage) {
	word := func(i int) string { return s.word(e[i].text) }
	u.Role = Control
	switch typ := e.typ(); typ {
	case 1:
		u.ask("", "")
		u.link.alt = "session"
		s.call(u, u.Op, word(1))
	case 2, 3:
		u.answer("", "")
		u.link.alt = "session"
		if u.Error = typ == 3; u.Error {
			s.call(u, u.Op, word(2))
		}
	case 4:
		s.call(u, u.Op, word(1))
	case 6:
		s.call(u, u.Op, word(2))
	}
}

// topic returns the topic of a subscription, or its id where that is not known.
func (c *wamp) topic(subscription string) string {
	if t := c.topics.get(capture.Receive, subscription); t != "" {
		return t
	}
	return subscription
}

// wampKey is the id of a request in the space of its type: RESULT answers CALL,
// YIELD answers INVOCATION.
func wampKey(typ int64, id string) string { return strconv.FormatInt(typ, 10) + " " + id }

// wampFlag reports whether a dictionary has a member that is true.
func wampFlag(dict item, name string) bool {
	n := bytes.Index(dict.raw, []byte(name))
	if n < 0 {
		return false
	}
	rest := bytes.TrimLeft(dict.raw[n+len(name):], "\": \t")
	return len(rest) > 0 && (rest[0] == 't' || rest[0] == 0xc3 || rest[0] == 0xf5) // true of JSON, MessagePack, CBOR
}
