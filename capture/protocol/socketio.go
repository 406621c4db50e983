package protocol

import (
	"bytes"
	"strconv"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// socketIO is the cutter of Socket.IO on Engine.IO. A packet that announces
// attachments is one unit with the binary messages that bring them.
type socketIO struct {
	dirs [2]socketIOSide
}

// socketIOSide is one direction.
type socketIOSide struct {
	open  *Unit // a packet that waits for its attachments
	wants int   // how many are to come
	seq   uint64
}

func (c *socketIO) close(s *Splitter) {
	for dir := range c.dirs {
		c.dirs[dir].flush(s, "Socket.IO: attachments are missing at the end of the connection")
	}
}

func (c *socketIO) feed(s *Splitter, m *capture.Message) {
	d := &c.dirs[m.Dir]
	p := m.Data
	switch {
	case m.Opcode == capture.OpBinary && d.open != nil:
		d.attach(s, m)
		return
	case len(p) >= 2 && p[0] == '4' && d.open != nil && m.Opcode == capture.OpText:
		d.flush(s, "Socket.IO: another packet comes before the attachments")
	}
	u := s.unit(m)
	if len(p) == 0 || p[0] < '0' || p[0] > '6' || m.Opcode != capture.OpText {
		s.line(u)
		s.put(u)
		return
	}
	u.Body = p[1:]
	if p[0] != '4' {
		c.transport(s, u, p)
		s.put(u)
		return
	}
	if wants := c.packet(s, u, p[1:]); wants > 0 {
		*d = socketIOSide{open: u, wants: wants, seq: m.Seq}
		return
	}
	s.put(u)
}

// attach adds a binary message to the packet that announced it.
func (d *socketIOSide) attach(s *Splitter, m *capture.Message) {
	u := d.open
	u.Data = append(u.Data[:len(u.Data):len(u.Data)], m.Data...)
	u.Last, u.Took = m.Seq, m.At+m.Took-u.At
	if d.wants--; d.wants == 0 {
		d.flush(s, "")
		return
	}
	if len(u.Data) > s.max {
		d.flush(s, "longer than is held: it comes in parts")
	}
}

// flush puts the packet that waits.
func (d *socketIOSide) flush(s *Splitter, violation string) {
	if d.open == nil {
		return
	}
	u := d.open
	d.open = nil
	if u.Violation == "" {
		u.Violation = violation
	}
	s.put(u)
}

// transport names an Engine.IO packet that carries no message (Engine.IO
// Protocol, "Packet types").
func (c *socketIO) transport(s *Splitter, u *Unit, p []byte) {
	u.Role = Control
	probe := ""
	if string(p[1:]) == "probe" {
		probe = "probe"
	}
	switch p[0] {
	case '0':
		s.call(u, "open")
	case '1':
		s.call(u, "close")
	case '2':
		if probe == "" {
			u.beats(asks)
		}
		s.call(u, "ping", probe)
	case '3':
		if probe == "" {
			u.beats(replies)
		}
		s.call(u, "pong", probe)
	case '5':
		s.call(u, "upgrade")
	default:
		s.call(u, "noop")
	}
}

// packet names a Socket.IO packet (Socket.IO Protocol, "Packet encoding"):
// type, attachments, namespace, acknowledgement id, JSON. It returns how many
// attachments follow.
func (c *socketIO) packet(s *Splitter, u *Unit, p []byte) (attachments int) {
	if len(p) == 0 || p[0] < '0' || p[0] > '6' {
		s.call(u, "message") // of Engine.IO alone
		u.Role = Push
		return 0
	}
	typ := p[0]
	p = p[1:]
	if typ == '5' || typ == '6' {
		n, rest := leadingDigits(p)
		if len(rest) > 0 && rest[0] == '-' && n != "" {
			attachments, _ = strconv.Atoi(n)
			p = rest[1:]
		}
	}
	namespace := ""
	if len(p) > 0 && p[0] == '/' {
		end := bytes.IndexByte(p, ',')
		if end < 0 {
			namespace, p = s.word(p), nil
		} else {
			namespace, p = s.word(p[:end]), p[end+1:]
		}
	}
	id, p := leadingDigits(p)
	u.Body = p
	c.kind(s, u, typ, namespace, id, jsontext.Of(p))
	return attachments
}

// leadingDigits cuts the digits off with which p begins.
func leadingDigits(p []byte) (digits string, rest []byte) {
	n := 0
	for n < len(p) && n < 20 && p[n] >= '0' && p[n] <= '9' {
		n++
	}
	return string(p[:n]), p[n:]
}

func (c *socketIO) kind(s *Splitter, u *Unit, typ byte, namespace, id string, v jsontext.Value) {
	key := namespace + " " + id
	u.Role, u.Topic = Control, namespace
	switch typ {
	case '0', '4':
		op := "connect"
		if u.Dir == capture.Send {
			u.ask("", "")
		} else {
			u.answer("", "")
		}
		u.link.alt = op + " " + namespace
		s.call(u, op, namespace)
		if typ == '4' {
			u.Error = true
			s.call(u, op, namespace, "error", s.text(v.Get("message")))
		}
	case '1':
		s.call(u, "disconnect", namespace)
	case '2', '5':
		event := s.text(v.First())
		u.Role = Push
		if id != "" {
			u.ask(id, key)
		}
		s.call(u, event)
		u.Label = s.label("event", event, namespace)
	default:
		u.answer(id, key)
		u.Label = "ack"
	}
}
