package payload

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
)

// packetTypes are the control packets (MQTT 3.1.1 §2.2.1, MQTT 5.0 §2.1.2).
var packetTypes = [16]string{
	"", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe", "suback", "unsubscribe",
	"unsuback", "pingreq", "pingresp", "disconnect", "auth",
}

// version5 is the protocol level of MQTT 5.
const version5 = 5

// packetReader takes one control packet of MQTT apart. Client and server count
// their packets each by itself: an identifier is called packetId where the
// client's count is meant, and deliveryId where the server's is; the packet
// that begins a delivery of the server has it as "serverPacketId".
type packetReader struct {
	p      *Parser
	d      *Doc
	pos    int
	failed bool
}

// controlPacket takes the packet whose body begins at head apart.
func (p *Parser) controlPacket(d *Doc, head int, from capture.Direction) bool {
	kind, flags := packetTypes[d.Data[0]>>4], d.Data[0]&15
	r := &packetReader{p: p, d: d, pos: head}
	r.leaf("type", Word, kind, 0, 1, plainNotation)
	own := from == capture.Send
	switch kind {
	case "connect":
		r.connect()
	case "publish":
		r.publish(flags, own)
	case "puback", "pubrec", "pubcomp":
		r.identifier(map[bool]string{true: "deliveryId", false: "packetId"}[own])
	case "pubrel":
		r.identifier(map[bool]string{true: "packetId", false: "deliveryId"}[own])
	case "subscribe", "unsubscribe":
		r.identifier("packetId")
		r.filters(kind == "subscribe")
	case "suback", "unsuback":
		r.identifier("packetId")
	case "":
		return false
	}
	if r.pos < len(d.Data) {
		r.rest("rest")
	}
	return !r.failed
}

func (r *packetReader) leaf(name string, kind Kind, value string, start, end int, n notation) {
	at := r.p.paths.key(r.p.paths.root("$"), name)
	r.d.Leaves = append(r.d.Leaves, Leaf{Path: at, Kind: kind, Value: value, Start: start, End: end, notation: n})
}

// take returns the next n bytes.
func (r *packetReader) take(n int) []byte {
	if n > len(r.d.Data)-r.pos {
		r.failed = true
		r.pos = len(r.d.Data)
		return make([]byte, min(n, 2))
	}
	p := r.d.Data[r.pos : r.pos+n]
	r.pos += n
	return p
}

// number makes a leaf of a number of so many bytes.
func (r *packetReader) number(name string, size int) int {
	start := r.pos
	n := 0
	for _, b := range r.take(size) {
		n = n<<8 | int(b)
	}
	r.leaf(name, Number, strconv.Itoa(n), start, r.pos, packetNumber)
	return n
}

func (r *packetReader) identifier(name string) {
	start := r.pos
	id := binary.BigEndian.Uint16(r.take(2))
	r.leaf(name, Number, strconv.Itoa(int(id)), start, r.pos, packetNumber)
}

// text makes a leaf of a string with its length (§1.5.3).
func (r *packetReader) text(name string) string {
	start := r.pos
	value := string(r.take(int(binary.BigEndian.Uint16(r.take(2)))))
	if !utf8.ValidString(value) {
		value = hex.EncodeToString([]byte(value))
	}
	r.leaf(name, String, value, start, r.pos, packetString)
	return value
}

// properties makes a leaf of those of MQTT 5 (§2.2.2).
func (r *packetReader) properties(name string) {
	if r.p.mqtt != version5 {
		return
	}
	n, size, ok := varint(r.d.Data[r.pos:], 4)
	if !ok || size == 0 {
		r.failed = true
		return
	}
	start := r.pos
	value := hex.EncodeToString(r.take(size + n))
	r.leaf(name, Literal, value, start, r.pos, plainNotation)
}

// connect reads CONNECT (§3.1).
func (r *packetReader) connect() {
	r.text("protocol")
	r.p.mqtt = byte(r.number("version", 1))
	flags := r.number("flags", 1)
	r.number("keepAlive", 2)
	r.properties("properties")
	r.text("clientIdentifier")
	if flags&4 != 0 {
		r.properties("willProperties")
		r.text("willTopic")
		r.text("willMessage")
	}
	if flags&0x80 != 0 {
		r.text("userName")
	}
	if flags&0x40 != 0 {
		r.text("password")
	}
}

// publish reads PUBLISH (§3.3). That it is sent again is no part of what it
// says.
func (r *packetReader) publish(flags byte, own bool) {
	qos := flags >> 1 & 3
	r.leaf("qos", Number, strconv.Itoa(int(qos)), 0, 1, plainNotation)
	if flags&1 != 0 {
		r.leaf("retain", Literal, "true", 0, 1, plainNotation)
	}
	r.text("topic")
	if qos > 0 {
		r.identifier(map[bool]string{true: "packetId", false: "serverPacketId"}[own])
	}
	r.properties("properties")
	if r.failed {
		return
	}
	at := r.p.paths.key(r.p.paths.root("$"), "payload")
	s := jsonScanner{paths: &r.p.paths, src: string(r.d.Data[r.pos:]), base: r.pos}
	if s.text(at, true) && s.pos == len(s.src) {
		r.d.Leaves = slices.Concat(r.d.Leaves, s.leaves)
		r.pos = len(r.d.Data)
		return
	}
	r.rest("payload")
}

// rest makes a leaf of what is left.
func (r *packetReader) rest(name string) {
	value := string(r.d.Data[r.pos:])
	if !utf8.ValidString(value) {
		value = hex.EncodeToString([]byte(value))
	}
	r.leaf(name, Word, value, r.pos, len(r.d.Data), plainNotation)
	r.pos = len(r.d.Data)
}

// filters reads the topics of SUBSCRIBE and UNSUBSCRIBE (§3.8.3, §3.10.3).
func (r *packetReader) filters(options bool) {
	r.properties("properties")
	list := r.p.paths.key(r.p.paths.root("$"), "topics")
	for i := 0; r.pos < len(r.d.Data) && !r.failed; i++ {
		element := r.p.paths.at(list, i, false)
		first := len(r.d.Leaves)
		r.text("topic")
		if options {
			r.number("qos", 1)
		}
		for k := first; k < len(r.d.Leaves); k++ {
			l := &r.d.Leaves[k]
			l.Path = r.p.paths.key(element, l.Path.Name)
		}
	}
}

// appendPacketString appends a string with its length.
func appendPacketString(dst []byte, value string) []byte {
	value = value[:min(len(value), 0xffff)]
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(value))), value...)
}

// appendPacketNumber appends a number of so many bytes.
func appendPacketNumber(dst []byte, value string, size int) []byte {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		n = 0
	}
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}
