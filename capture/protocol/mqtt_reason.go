package protocol

// mqttRefusals are the return codes of CONNACK (MQTT 3.1.1 §3.2.2.3).
var mqttRefusals = [...]string{
	"", "unacceptable protocol version", "identifier rejected", "server unavailable",
	"bad user name or password", "not authorized", "reserved return code",
}

// mqttReasons are the reason codes of failures (MQTT 5.0 §2.4). 0x80 is also
// what SUBACK says in 3.1.1 (§3.9.3).
var mqttReasons = map[byte]string{
	0x80: "unspecified", 0x81: "malformed packet", 0x82: "protocol error", 0x83: "implementation specific",
	0x84: "unsupported protocol version", 0x85: "client identifier not valid", 0x86: "bad user name or password",
	0x87: "not authorized", 0x88: "server unavailable", 0x89: "server busy", 0x8a: "banned",
	0x8b: "server shutting down", 0x8c: "bad authentication method", 0x8d: "keep alive timeout",
	0x8e: "session taken over", 0x8f: "topic filter invalid", 0x90: "topic name invalid",
	0x91: "packet identifier in use", 0x92: "packet identifier not found", 0x93: "receive maximum exceeded",
	0x94: "topic alias invalid", 0x95: "packet too large", 0x96: "message rate too high", 0x97: "quota exceeded",
	0x98: "administrative action", 0x99: "payload format invalid", 0x9a: "retain not supported",
	0x9b: "QoS not supported", 0x9c: "use another server", 0x9d: "server moved",
	0x9e: "shared subscriptions not supported", 0x9f: "connection rate exceeded", 0xa0: "maximum connect time",
	0xa1: "subscription identifiers not supported", 0xa2: "wildcard subscriptions not supported",
}

// properties takes the properties of a packet (MQTT 5.0 §2.2.2) and passes each
// to see, which may be nil.
func (r *mqttReader) properties(see func(id byte, value []byte)) {
	in := &mqttReader{p: r.take(r.varint()), ok: true}
	for len(in.p) > 0 && in.ok {
		id := in.byte()
		value := in.property(id)
		if in.ok && see != nil {
			see(id, value)
		}
	}
	r.ok = r.ok && in.ok
}

// property takes the value of a property, whose type its identifier tells
// (§2.2.2.2).
func (r *mqttReader) property(id byte) []byte {
	switch id {
	case 0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a: // a byte
		return r.take(1)
	case 0x13, 0x21, 0x22, 0x23: // two bytes
		return r.take(2)
	case 0x02, 0x11, 0x18, 0x27: // four bytes
		return r.take(4)
	case 0x0b: // a variable byte integer
		r.varint()
		return nil
	case 0x26: // a pair of strings
		r.text()
	}
	return r.text()
}

// varint takes a variable byte integer (§1.5.5).
func (r *mqttReader) varint() int {
	n := 0
	for i := range 4 {
		b := r.byte()
		n |= int(b&0x7f) << (7 * i)
		if b < 0x80 {
			return n
		}
	}
	r.ok = false
	return 0
}
