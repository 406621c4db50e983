package protocol

import (
	"bytes"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// namer names a unit of a JSON protocol by its text, an object or an array. What
// it does not name is named by the words that services of all kinds use.
type namer interface {
	name(s *Splitter, u *Unit, v jsontext.Value)
}

// messages is the cutter of JSON protocols.
type messages struct {
	namer
	batches bool   // an array of objects is several units
	end     byte   // ends each record of a message; 0 where a message is one
	missing string // what a record without its end breaks; "" if the last may lack it
}

func (c *messages) close(*Splitter) {}

func (c *messages) feed(s *Splitter, m *capture.Message) {
	if c.end != 0 {
		c.records(s, m)
		return
	}
	v := jsontext.Of(m.Data)
	if c.batches && v.Is('[') && v.First().Is('{') {
		c.batch(s, m, v)
		return
	}
	u := s.unit(m)
	c.one(s, u, v)
}

// one names and puts a unit whose body is v.
func (c *messages) one(s *Splitter, u *Unit, v jsontext.Value) {
	u.Body = v
	if v.Is('{') || v.Is('[') {
		c.name(s, u, v)
		if u.Label == "" {
			s.words(u, v)
		}
	} else {
		s.line(u)
	}
	s.put(u)
}

// records cuts a message at the bytes that end a record. What stands behind the
// last one is a record that lacks its end; blanks there belong to the last.
func (c *messages) records(s *Splitter, m *capture.Message) {
	p := m.Data
	for {
		n := c.record(p)
		u := s.unit(m)
		u.Data = p[:n:n]
		if c.missing != "" && u.Violation == "" && bytes.IndexByte(u.Data, c.end) < 0 {
			u.Violation = c.missing
		}
		c.one(s, u, jsontext.Of(bytes.Trim(u.Data, string(rune(c.end))+" \t\r\n")))
		if p = p[n:]; len(p) == 0 {
			return
		}
	}
}

// record returns the length of the record that p begins with.
func (c *messages) record(p []byte) int {
	from := 0
	if c.end == '\n' { // may also stand within a text
		from = max(0, jsontext.End(p, 0))
	}
	n := bytes.IndexByte(p[from:], c.end) + 1
	if n == 0 || len(jsontext.Of(p[from+n:])) == 0 {
		return len(p)
	}
	return from + n
}

// batch cuts an array into its elements. The brackets and commas before an
// element are its own, and so is what stands behind the last.
func (c *messages) batch(s *Splitter, m *capture.Message, v jsontext.Value) {
	base := bytes.IndexByte(m.Data, '[') // white space stood before
	from := 0
	var u *Unit
	var body jsontext.Value
	for start, end := range v.Spans {
		if u != nil {
			c.one(s, u, body)
		}
		u, body = s.unit(m), v[start:end:end]
		u.Data = m.Data[from : base+end : base+end]
		from = base + end
	}
	if u == nil {
		u = s.unit(m)
		body = v
	} else {
		u.Data = m.Data[from-len(u.Data):]
	}
	if rest := jsontext.Of(m.Data[from:]); string(rest) != "]" && u.Violation == "" {
		u.Violation = "RFC 8259 5: the array does not end"
	}
	c.one(s, u, body)
}
