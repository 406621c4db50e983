package replay

import (
	"bytes"
	"slices"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// codingOf tells by a handshake how binary messages are written.
func codingOf(ex *capture.Exchange) payload.Coding {
	p := protocol.Detect(ex, nil)
	if p == nil {
		return payload.Coding{}
	}
	switch p.Name + " " + p.Variant {
	case "mqtt ":
		return payload.Coding{Format: payload.Packet, Framing: payload.MQTT}
	case "wamp cbor":
		return payload.Coding{Format: payload.CBOR}
	case "wamp msgpack":
		return payload.Coding{Format: payload.MessagePack}
	case "wamp cbor.batched":
		return payload.Coding{Format: payload.CBOR, Framing: payload.Length32}
	case "wamp msgpack.batched":
		return payload.Coding{Format: payload.MessagePack, Framing: payload.Length32}
	}
	return payload.Coding{}
}

// hubProtocol is how a client of SignalR asks for MessagePack
// (Hub Protocol, Handshake Request).
var hubProtocol = []byte(`"protocol":"messagepack"`)

// codingIn tells the same by the client's first message.
func codingIn(first []byte) payload.Coding {
	if bytes.HasPrefix(first, []byte("{")) && bytes.Contains(bytes.ReplaceAll(first, []byte(" "), nil), hubProtocol) {
		return payload.Coding{Format: payload.MessagePack, Framing: payload.Varint}
	}
	return payload.Coding{}
}

// stream holds what of a direction is no whole record yet.
type stream struct {
	data []byte
	at   time.Duration // of its first byte
}

// records cuts a binary message into records, with what was left of the one
// before, and takes them apart. It returns nil where the message is not
// written as the coding says.
func (s *stream) records(p *payload.Parser, data []byte, from capture.Direction) []*payload.Doc {
	if p.Coding.Format == payload.Binary || len(data) == 0 {
		return nil
	}
	list, rest, ok := p.Coding.Split(append(slices.Clip(s.data), data...))
	if !ok {
		s.data = nil
		return nil
	}
	s.data = rest
	docs := []*payload.Doc{}
	for _, record := range list {
		docs = append(docs, p.Record(record, from))
	}
	return docs
}

// addRecords takes the records of a binary message, each as a message.
func (r *recording) addRecords(m *capture.Message, docs []*payload.Doc) {
	s := &r.streams[m.Dir]
	at := m.At
	for i, doc := range docs {
		if i == 0 && s.at != 0 {
			at = s.at
		}
		r.messages = append(r.messages, r.newMessage(m, doc, i))
		r.messages[len(r.messages)-1].at = at
		at = m.At
	}
	switch {
	case len(s.data) == 0:
		s.at = 0
	case s.at == 0 || len(docs) > 0:
		s.at = m.At
	}
}

// unpack looks whether all binary messages are values of CBOR or MessagePack,
// where no handshake told.
func (p *Plan) unpack(parser *payload.Parser) {
	var list []*message
	for _, m := range p.messages {
		if m.doc.Format == payload.Binary {
			list = append(list, m)
		}
	}
	for _, format := range []payload.Format{payload.MessagePack, payload.CBOR} {
		docs := make([]*payload.Doc, 0, len(list))
		for _, m := range list {
			doc := parser.Unpack(m.doc.Data, format)
			if doc == nil {
				break
			}
			docs = append(docs, doc)
		}
		if len(docs) == 0 || len(docs) < len(list) {
			continue
		}
		for i, m := range list {
			m.doc, m.shape = docs[i], 0
			m.label, m.beat = labelOf(m.doc), beatOf(m.doc, m.rec.engine)
			m.rec.coding = payload.Coding{Format: format}
		}
		return
	}
}

// docsOf takes a message of the client apart: its records, the elements of a
// batch, or itself.
func (c *conversation) docsOf(data []byte, opcode capture.Opcode) (docs []*payload.Doc, isBatch bool) {
	if opcode == capture.OpBinary {
		if docs := c.incoming.records(c.parser, data, capture.Send); docs != nil {
			return docs, false
		}
	}
	return c.parts(c.parser.Parse(data, opcode == capture.OpBinary))
}
