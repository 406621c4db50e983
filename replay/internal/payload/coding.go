package payload

import (
	"encoding/binary"

	"github.com/wiretape/wiretape/capture"
)

// Coding says how the binary messages of a connection are written. The zero
// value says that nothing is known.
type Coding struct {
	Format  Format // CBOR, MessagePack or Packet; Binary: not known
	Framing Framing
}

// Framing is how records follow each other in binary messages.
type Framing uint8

// The framings.
const (
	Unframed Framing = iota // a message is one record
	Varint                  // a length in seven-bit groups before each record (SignalR, MessagePackHubProtocol)
	Length32                // a length of four bytes before each record (WAMP, batched transport)
	MQTT                    // control packets, cut anywhere (MQTT 3.1.1 §2.2, §6)
)

// maxRecord bounds a record that is waited for.
const maxRecord = 64 << 20

// Split cuts data into whole records, each with what frames it, and what is
// left. Only of MQTT may the rest be completed by what comes after it. It
// reports false where data is not framed like that.
func (c Coding) Split(data []byte) (records [][]byte, rest []byte, ok bool) {
	if c.Framing == Unframed {
		return [][]byte{data}, nil, true
	}
	for len(data) > 0 {
		head, n, ok := c.Framing.head(data)
		switch {
		case !ok || n > maxRecord:
			return records, data, false
		case head == 0 || head+n > len(data):
			return records, data, c.Framing == MQTT
		}
		records = append(records, data[:head+n:head+n])
		data = data[head+n:]
	}
	return records, nil, true
}

// head reads what stands before a record: how long it is, 0 if it is cut off,
// and how long the record is.
func (f Framing) head(data []byte) (head, n int, ok bool) {
	switch f {
	case Varint:
		n, head, ok = varint(data, 5)
		return head, n, ok
	case Length32:
		if len(data) < 4 {
			return 0, 0, true
		}
		return 4, int(binary.BigEndian.Uint32(data)), true
	case MQTT:
		n, head, ok = varint(data[1:], 4)
		if head == 0 {
			return 0, 0, ok
		}
		return 1 + head, n, ok
	}
	return 0, len(data), true
}

// varint reads a number in groups of seven bits, the lowest first, of at most
// so many bytes. size is 0 if it is cut off.
func varint(data []byte, most int) (n, size int, ok bool) {
	for i := 0; i < most; i++ {
		if i >= len(data) {
			return 0, 0, true
		}
		n |= int(data[i]&0x7f) << (7 * i)
		if data[i] < 0x80 {
			return n, i + 1, true
		}
	}
	return 0, 0, false
}

// resize writes what stands before a record anew, after it was edited.
func (f Framing) resize(record []byte, was int) []byte {
	var out []byte
	n := len(record) - was
	switch f {
	case Varint:
		out = binary.AppendUvarint(nil, uint64(n))
	case Length32:
		out = binary.BigEndian.AppendUint32(nil, uint32(n))
	case MQTT:
		out = binary.AppendUvarint(record[:1:1], uint64(n))
	default:
		return record
	}
	return append(out, record[was:]...)
}

// Record takes one record apart, as Split returned it, or a whole message where
// the parser's Coding has no framing. from is who sent it.
func (p *Parser) Record(data []byte, from capture.Direction) *Doc {
	d := &Doc{Data: data}
	if p.Coding.Format == Binary || p.Coding.Framing == Unframed && textual(data) || !p.record(d, from) {
		return p.Parse(data, true)
	}
	return d
}

// record takes a record apart by the Coding.
func (p *Parser) record(d *Doc, from capture.Direction) bool {
	head, _, ok := p.Coding.Framing.head(d.Data)
	if p.Coding.Framing == Unframed {
		head = 0
	}
	if !ok || head == 0 && p.Coding.Framing != Unframed {
		return false
	}
	if p.Coding.Format == Packet {
		ok = p.controlPacket(d, head, from)
	} else {
		s := packedScanner{paths: &p.paths, src: d.Data, pos: head, cbor: p.Coding.Format == CBOR}
		ok = s.whole(p.paths.root("$"), p.Coding.Framing == Varint)
		d.Leaves = s.leaves
	}
	if !ok {
		d.Leaves = nil
		return false
	}
	d.Format, d.Framing = p.Coding.Format, p.Coding.Framing
	return true
}

// Unpack takes a message apart that is one value of CBOR or MessagePack, a map
// with names or a list, and returns nil where it is none.
func (p *Parser) Unpack(data []byte, format Format) *Doc {
	s := packedScanner{paths: &p.paths, src: data, cbor: format == CBOR}
	if !s.whole(p.paths.root("$"), false) || len(s.leaves) == 1 && s.leaves[0].Path.Depth == 0 {
		return nil
	}
	return &Doc{Format: format, Data: data, Leaves: s.leaves}
}

// Apply returns the payload with the edits made, and what says how long it is
// made right.
func (d *Doc) Apply(edits []Edit) []byte {
	out := Apply(nil, d.Data, edits)
	if d.Framing == Unframed {
		return out
	}
	head, _, _ := d.Framing.head(d.Data)
	return d.Framing.resize(out, head)
}
