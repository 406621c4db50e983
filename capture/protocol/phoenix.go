package protocol

import (
	"slices"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// phoenix is the cutter of Phoenix channels: arrays in version 2 of the
// serializer, objects in version 1, and binary messages.
type phoenix struct{ json messages }

func newPhoenix() *phoenix {
	c := &phoenix{}
	c.json.namer = c
	return c
}

func (c *phoenix) close(*Splitter) {}

func (c *phoenix) feed(s *Splitter, m *capture.Message) {
	if m.Opcode != capture.OpBinary || len(m.Data) == 0 || m.Data[0] > 2 {
		c.json.feed(s, m)
		return
	}
	u := s.unit(m)
	c.binary(s, u)
	s.put(u)
}

// phoenixMessage is what the forms have in common.
type phoenixMessage struct {
	ref, topic, event []byte
	status            []byte // of a phx_reply
}

// name implements namer.
func (c *phoenix) name(s *Splitter, u *Unit, v jsontext.Value) {
	var x [5]jsontext.Value // as phoenixFields
	if v.Is('[') {
		i := 0
		for e := range v.Elements {
			if x[i] = e; i == len(x)-1 {
				break
			}
			i++
		}
	}
	for name, m := range v.Members {
		if i := slices.Index(phoenixFields[:], string(name)); i >= 0 {
			x[i] = m
		}
	}
	if x[2].Null() || x[3].Null() {
		return
	}
	p := phoenixMessage{topic: x[2].Bytes(), event: x[3].Bytes()}
	if !x[1].Null() {
		p.ref = x[1].Bytes()
	}
	if string(p.event) == "phx_reply" {
		p.status = x[4].Get("status").Bytes()
	}
	c.message(s, u, p)
}

// phoenixFields are what a message has, in the order of version 2.
var phoenixFields = [...]string{"join_ref", "ref", "topic", "event", "payload"}

// binary names a message of the binary form: sizes, then what they measure, by
// the kinds push, reply and broadcast.
func (c *phoenix) binary(s *Splitter, u *Unit) {
	var p phoenixMessage
	var fields [4]*[]byte
	var joinRef []byte
	sizes := 4
	switch {
	case u.Data[0] == 0 && u.Dir == capture.Send, u.Data[0] == 1:
		fields = [4]*[]byte{&joinRef, &p.ref, &p.topic, &p.event}
	case u.Data[0] == 0:
		fields = [4]*[]byte{&joinRef, &p.topic, &p.event}
		sizes = 3
	default:
		fields = [4]*[]byte{&p.topic, &p.event}
		sizes = 2
	}
	at := 1 + sizes
	for i := range sizes {
		if 1+i >= len(u.Data) || at+int(u.Data[1+i]) > len(u.Data) {
			u.Violation = "Phoenix: the sizes in front do not fit"
			s.line(u)
			return
		}
		*fields[i] = u.Data[at : at+int(u.Data[1+i])]
		at += int(u.Data[1+i])
	}
	u.Body = u.Data[at:]
	if u.Data[0] == 1 {
		p.status, p.event = p.event, []byte("phx_reply")
	}
	c.message(s, u, p)
}

// message names what either form carries.
func (c *phoenix) message(s *Splitter, u *Unit, p phoenixMessage) {
	topic, event := s.word(p.topic), s.word(p.event)
	u.Topic = topic
	ref := string(p.ref[:min(len(p.ref), maxID)])
	if topic == "phoenix" {
		u.beats(replies)
		u.ID, u.link.key = ref, "ref "+ref
		s.call(u, "heartbeat")
		if u.Dir == capture.Send {
			u.link.beat = asks
		}
		return
	}
	s.call(u, event, topic)
	switch {
	case event == "phx_reply":
		u.answer(ref, "ref "+ref)
		u.Error = string(p.status) != "ok"
		u.Op, u.Label = "", s.word(p.status)
	case event == "phx_error" || event == "phx_close":
		u.Role = Control
		u.Error = event == "phx_error"
	case u.Dir == capture.Receive || ref == "":
		u.Role = Push
	default:
		u.ask(ref, "ref "+ref)
		u.link.wants = optional
		switch event {
		case "phx_join":
			u.link.verb, u.link.wants = opens, 0
		case "phx_leave":
			u.link.verb, u.link.wants = ends, 0
		}
	}
}
