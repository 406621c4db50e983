package protocol

import (
	"encoding/binary"
	"strconv"

	"github.com/wiretape/wiretape/capture"
)

// The MQTT control packet types (MQTT 3.1.1 §2.2.1, MQTT 5.0 §2.1.2).
const (
	mqttConnect     = 1
	mqttConnack     = 2
	mqttPublish     = 3
	mqttPuback      = 4
	mqttPubrec      = 5
	mqttPubrel      = 6
	mqttPubcomp     = 7
	mqttSubscribe   = 8
	mqttSuback      = 9
	mqttUnsubscribe = 10
	mqttUnsuback    = 11
	mqttPingreq     = 12
	mqttPingresp    = 13
	mqttDisconnect  = 14
	mqttAuth        = 15
)

var mqttNames = [16]string{
	"", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
	"SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
}

// mqtt cuts one direction of an MQTT connection into control packets.
type mqtt struct{ *mqttSession }

// mqttSession is what both directions of a connection share.
type mqttSession struct {
	version byte // the protocol level of CONNECT: 3, 4 or 5; 0 if it did not pass
	aliases [2]map[uint16]string
}

func newMQTT() *streams {
	session := &mqttSession{}
	return &streams{{framing: &mqtt{session}}, {framing: &mqtt{session}}}
}

// end reads the fixed header (§2.2).
func (f *mqtt) end(p []byte) int {
	if !mqttFlags(p[0]) {
		return -1
	}
	length, n := remaining(p)
	if n <= 0 {
		return n
	}
	return 1 + n + length
}

// mqttFlags reports whether b may begin a packet: all types but PUBLISH have
// fixed flags (§2.2.2).
func mqttFlags(b byte) bool {
	switch b >> 4 {
	case 0:
		return false
	case mqttPublish:
		return b&6 != 6
	case mqttPubrel, mqttSubscribe, mqttUnsubscribe:
		return b&15 == 2
	}
	return b&15 == 0
}

// remaining reads the remaining length behind the first byte (§2.2.3). n is how
// many bytes it takes, 0 if it is cut off, -1 if it is too long.
func remaining(p []byte) (length, n int) {
	for i := 1; i <= 4; i++ {
		if i >= len(p) {
			return 0, 0
		}
		length |= int(p[i]&0x7f) << (7 * (i - 1))
		if p[i] < 0x80 {
			return length, i
		}
	}
	return 0, -1
}

func (f *mqtt) reset()                    {}
func (f *mqtt) skip(p []byte) (int, bool) { return len(p), false } // the length is always known
func (f *mqtt) slack([]byte) int          { return 0 }

func (f *mqtt) broken(p []byte) string {
	if !mqttFlags(p[0]) {
		return "MQTT 3.1.1 2.2: packet type " + strconv.Itoa(int(p[0]>>4)) + " with flags " + strconv.Itoa(int(p[0]&15))
	}
	return "MQTT 3.1.1 2.2.3: remaining length of more than four bytes"
}

// name names a packet.
func (f *mqtt) name(s *Splitter, u *Unit) {
	typ := u.Data[0] >> 4
	_, n := remaining(u.Data)
	if u.Body = nil; n > 0 {
		u.Body = u.Data[1+n:]
	}
	if u.Opcode == capture.OpText && u.Violation == "" {
		u.Violation = "MQTT 3.1.1 6: a packet in a text message"
	}
	u.Op, u.Label, u.Role = mqttNames[typ], mqttNames[typ], Control
	r := &mqttReader{p: u.Body, ok: true}
	switch typ {
	case mqttConnect:
		f.connect(s, u, r)
	case mqttConnack:
		r.take(1)
		u.answer("", "")
		u.link.alt = "CONNECT"
		f.reason(s, u, r.byte())
	case mqttPublish:
		f.publish(s, u, r)
	case mqttPuback, mqttPubrec, mqttPubrel, mqttPubcomp:
		f.acknowledge(s, u, r, typ)
	case mqttSubscribe, mqttUnsubscribe:
		f.subscribe(s, u, r, typ)
	case mqttSuback, mqttUnsuback:
		f.suback(s, u, r, typ)
	case mqttPingreq:
		u.beats(asks)
	case mqttPingresp:
		u.beats(replies)
	case mqttDisconnect, mqttAuth:
		if len(u.Body) > 0 {
			f.reason(s, u, r.byte())
		}
	}
	if !r.ok && u.Violation == "" {
		u.Violation = "MQTT: the packet is shorter than its fields"
	}
}

// connect names a CONNECT (§3.1).
func (f *mqtt) connect(s *Splitter, u *Unit, r *mqttReader) {
	r.text() // "MQTT", or "MQIsdp" in 3.1
	f.version = r.byte()
	f.aliases = [2]map[uint16]string{}
	r.take(3) // flags, keep alive
	if f.version == 5 {
		r.properties(nil)
	}
	u.ask("", "")
	u.link.alt = "CONNECT"
	s.call(u, "CONNECT", s.word(r.text()))
}

// publish names a PUBLISH (§3.3).
func (f *mqtt) publish(s *Splitter, u *Unit, r *mqttReader) {
	topic := s.word(r.text())
	qos := u.Data[0] >> 1 & 3
	id := 0
	if qos > 0 {
		id = r.uint16()
	}
	if f.version == 5 {
		topic = f.alias(u.Dir, topic, r)
	}
	u.Body = r.p
	s.call(u, "PUBLISH", topic)
	u.Topic = topic
	u.Role = Push
	if qos > 0 {
		u.ID = strconv.Itoa(id)
	}
	if qos > 0 && u.Dir == capture.Send {
		u.ask(u.ID, "PUBLISH "+u.ID)
	}
}

const maxAliases = 1024

// alias resolves the topic alias of a PUBLISH (MQTT 5.0 §3.3.2.3.4).
func (f *mqtt) alias(dir capture.Direction, topic string, r *mqttReader) string {
	alias := uint16(0)
	r.properties(func(id byte, value []byte) {
		if id == 0x23 {
			alias = binary.BigEndian.Uint16(value)
		}
	})
	if alias == 0 {
		return topic
	}
	known := f.aliases[dir]
	if topic == "" {
		if topic = known[alias]; topic == "" {
			topic = "(alias " + strconv.Itoa(int(alias)) + ")"
		}
		return topic
	}
	if known == nil {
		known = map[uint16]string{}
		f.aliases[dir] = known
	}
	if len(known) < maxAliases || known[alias] != "" {
		known[alias] = topic
	}
	return topic
}

// acknowledge names what follows a PUBLISH (§3.4 to §3.7).
func (f *mqtt) acknowledge(s *Splitter, u *Unit, r *mqttReader, typ byte) {
	u.ID = strconv.Itoa(r.uint16())
	if f.version == 5 && len(r.p) > 0 {
		f.reason(s, u, r.byte())
	}
	// What a client says of a pushed message is no answer anybody waits for.
	if u.Dir == capture.Receive && typ != mqttPubrel {
		u.answer(u.ID, "PUBLISH "+u.ID)
		u.Op = "PUBLISH"
		u.More = typ == mqttPubrec && !u.Error
	}
}

// subscribe names a SUBSCRIBE (§3.8) or UNSUBSCRIBE (§3.10).
func (f *mqtt) subscribe(s *Splitter, u *Unit, r *mqttReader, typ byte) {
	id := strconv.Itoa(r.uint16())
	if f.version == 5 {
		r.properties(nil)
	}
	u.ask(id, u.Op+" "+id)
	u.link.filter = true
	u.link.verb = opens
	if typ == mqttUnsubscribe {
		u.link.verb = ends
	}
	for len(r.p) > 0 && r.ok {
		topic := s.word(r.text())
		if typ == mqttSubscribe {
			r.byte() // options
		}
		if r.ok {
			u.link.topics = append(u.link.topics, topic)
		}
	}
	s.topics(u)
}

// suback names a SUBACK (§3.9) or UNSUBACK (§3.11).
func (f *mqtt) suback(s *Splitter, u *Unit, r *mqttReader, typ byte) {
	id := strconv.Itoa(r.uint16())
	if f.version == 5 {
		r.properties(nil)
	}
	u.Op = mqttNames[typ-1]
	u.answer(id, u.Op+" "+id)
	for _, code := range r.p {
		if code >= 0x80 {
			f.reason(s, u, code)
			break
		}
	}
}

// reason adds a code that tells of a failure to the label.
func (f *mqtt) reason(s *Splitter, u *Unit, code byte) {
	if code == 0 || u.Data[0]>>4 == mqttDisconnect && code < 0x80 {
		return
	}
	if code < 0x80 && !(u.Data[0]>>4 == mqttConnack && f.version != 5) {
		return // another kind of success
	}
	u.Error = true
	text := mqttReasons[code]
	if f.version != 5 && code < 0x80 {
		text = mqttRefusals[min(int(code), len(mqttRefusals)-1)]
	}
	if text == "" {
		text = "0x" + strconv.FormatUint(uint64(code), 16)
	}
	u.Label = s.label(u.Label, "error", text)
}

// mqttReader takes the fields of a packet.
type mqttReader struct {
	p  []byte
	ok bool // nothing was missing so far
}

func (r *mqttReader) take(n int) []byte {
	if n < 0 || n > len(r.p) {
		r.p, r.ok = nil, false
		return nil
	}
	b := r.p[:n]
	r.p = r.p[n:]
	return b
}

func (r *mqttReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *mqttReader) uint16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

// text takes a UTF-8 string, or binary data (§1.5.3).
func (r *mqttReader) text() []byte { return r.take(r.uint16()) }
