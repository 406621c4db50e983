package protocol

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// discord is the cutter of Discord's gateway: JSON or Erlang terms, plain or
// from one compressed stream per connection.
type discord struct {
	json   messages
	stream string // the coding of which the server's messages are a stream, or ""
	coding *content.Decoder
	broken bool

	open *Unit  // the unit whose end has not come
	body []byte // what of it is inflated
	cut  bool   // body is not all of it
}

func newDiscord(variant string) *discord {
	c := &discord{}
	c.json.namer = c
	switch {
	case strings.HasSuffix(variant, "zlib-stream"):
		c.stream = "deflate" // HTTP's name for zlib
	case strings.HasSuffix(variant, "zstd-stream"):
		c.stream = "zstd"
	}
	return c
}

func (c *discord) feed(s *Splitter, m *capture.Message) {
	binary := m.Opcode == capture.OpBinary && len(m.Data) > 0
	switch {
	case binary && m.Dir == capture.Receive && c.stream != "":
		c.inflate(s, m)
	case binary && m.Data[0] == 0x78: // zlib, one message at a time
		u := s.unit(m)
		if d, err := content.NewDecoder([]string{"deflate"}); err == nil {
			c.body, c.cut = nil, false
			err = d.FeedTo(m.Data, func(p []byte) { c.keep(s, p) })
			rest, ended := d.Close()
			c.keep(s, rest)
			c.finish(s, u, cmp.Or(err, ended))
		}
	case binary:
		u := s.unit(m)
		c.payload(s, u)
		s.put(u)
	default:
		c.json.feed(s, m)
	}
}

// flushMarker is how a message ends in a zlib stream: an empty stored block
// (RFC 1951 §3.2.4), which Z_SYNC_FLUSH writes.
var flushMarker = []byte{0, 0, 0xff, 0xff}

// inflate takes one more piece of the stream.
func (c *discord) inflate(s *Splitter, m *capture.Message) {
	if m.Lost > 0 && !c.broken {
		c.flush(s, "bytes are missing behind it: they were not recorded")
		c.broken = true
	}
	if c.broken {
		u := s.unit(m)
		u.Body = nil
		if u.Violation == "" {
			u.Violation = "the compressed stream cannot be followed"
		}
		s.call(u, "compressed")
		s.put(u)
		return
	}
	if c.open == nil {
		c.open = s.unit(m)
	} else {
		u := c.open
		u.Data = append(u.Data[:len(u.Data):len(u.Data)], m.Data...)
		u.Last, u.Took = m.Seq, m.At+m.Took-u.At
	}
	err := c.feedStream(s, m.Data)
	c.broken = err != nil || m.Len > uint64(len(m.Data))
	if c.broken || c.stream == "zstd" || bytes.HasSuffix(c.open.Data, flushMarker) || len(c.open.Data) > s.max {
		u := c.open
		c.open = nil
		c.finish(s, u, err)
		c.body, c.cut = nil, false
	}
}

func (c *discord) feedStream(s *Splitter, p []byte) error {
	if c.coding == nil {
		var err error
		if c.coding, err = content.NewDecoder([]string{c.stream}); err != nil {
			return err
		}
	}
	return c.coding.FeedTo(p, func(p []byte) { c.keep(s, p) })
}

func (c *discord) keep(s *Splitter, p []byte) {
	room := s.max - len(c.body)
	c.cut = c.cut || len(p) > room
	c.body = append(c.body, p[:min(len(p), room)]...)
}

// finish names and puts a unit whose body was inflated.
func (c *discord) finish(s *Splitter, u *Unit, err error) {
	u.Body = c.body
	switch {
	case u.Violation != "":
	case err != nil:
		u.Violation = "cannot be inflated: " + err.Error()
	case c.cut:
		u.Violation = "its inflated body is longer than is held"
	}
	c.payload(s, u)
	s.put(u)
}

// payload names a unit by its body.
func (c *discord) payload(s *Splitter, u *Unit) {
	v := jsontext.Of(u.Body)
	switch {
	case v.Is('{'):
		c.name(s, u, v)
	case len(u.Body) > 0 && u.Body[0] == etfVersion:
		c.event(s, u, etfEvent(u.Body))
	}
	if u.Label == "" {
		s.line(u)
	}
}

func (c *discord) flush(s *Splitter, why string) {
	if c.open != nil {
		u := c.open
		c.open = nil
		if u.Violation == "" {
			u.Violation = why
		}
		c.finish(s, u, nil)
	}
}

func (c *discord) close(s *Splitter) {
	c.flush(s, cutOff)
	if c.coding != nil {
		c.coding.Close()
		c.coding = nil
	}
	c.broken = true
}

// gatewayEvent is what of a gateway event names it.
type gatewayEvent struct {
	op    int64
	typ   string
	seq   string
	nonce string
	ok    bool
}

// name implements namer.
func (c *discord) name(s *Splitter, u *Unit, v jsontext.Value) {
	var e gatewayEvent
	var d jsontext.Value
	for name, m := range v.Members {
		switch string(name) {
		case "op":
			e.op, e.ok = m.Int()
		case "t":
			e.typ = s.text(m)
		case "s":
			e.seq = s.id(m)
		case "d":
			d = m
		}
	}
	if e.op == 8 || e.typ == "GUILD_MEMBERS_CHUNK" {
		e.nonce = s.id(d.Get("nonce"))
	}
	c.event(s, u, e)
}

// gatewayOps are the opcodes of the gateway (Discord, "Opcodes and Status
// Codes").
var gatewayOps = [...]string{
	"dispatch", "heartbeat", "identify", "presence update", "voice state update", "op 5", "resume", "reconnect",
	"request guild members", "invalid session", "hello", "heartbeat ack",
}

func (c *discord) event(s *Splitter, u *Unit, e gatewayEvent) {
	if !e.ok {
		return
	}
	op := "op " + strconv.FormatInt(e.op, 10)
	if e.op >= 0 && e.op < int64(len(gatewayOps)) {
		op = gatewayOps[e.op]
	}
	s.call(u, op)
	u.Role, u.ID = Control, e.seq
	switch e.op {
	case 0:
		u.Role = Push
		s.call(u, e.typ)
		switch e.typ {
		case "READY", "RESUMED":
			u.answer(e.seq, "")
			u.link.alt = "session"
		case "GUILD_MEMBERS_CHUNK":
			if e.nonce != "" {
				u.answer(e.nonce, "nonce "+e.nonce)
				u.More = true
			}
		}
	case 1:
		u.beats(asks)
	case 2, 6:
		u.ask("", "")
		u.link.alt = "session"
	case 8:
		u.ask(e.nonce, "")
		u.link.wants = optional
		if e.nonce != "" {
			u.link.key, u.link.wants = "nonce "+e.nonce, 0
		}
	case 9:
		u.answer("", "")
		u.link.alt, u.Error = "session", true
	case 11:
		u.beats(replies)
	}
}
