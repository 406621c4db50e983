package protocol

import "strconv"

// etfVersion begins an external term (Erlang, "External Term Format").
const etfVersion = 131

// etfEvent reads the members of a gateway event from a map of terms.
func etfEvent(p []byte) (e gatewayEvent) {
	p = p[1:]
	h, ok := etfHead(p)
	if !ok || h.kind != 'm' {
		return e
	}
	p = p[h.size:]
	read := grammar(etfHead)
	for range h.num {
		key, ok := etfHead(p)
		n := read.end(p)
		if !ok || n == 0 {
			return e
		}
		p = p[n:]
		value, ok := etfHead(p)
		if n = read.end(p); !ok || n == 0 {
			return e
		}
		switch string(key.text) {
		case "op":
			e.op, e.ok = value.num, value.kind == 'i'
		case "s":
			if value.kind == 'i' {
				e.seq = strconv.FormatInt(value.num, 10)
			}
		case "t":
			if value.kind == 's' && string(value.text) != "nil" {
				e.typ = string(value.text[:min(len(value.text), maxWord)])
			}
		}
		p = p[n:]
	}
	return e
}

// etfHead reads the tag of a term and what stands in it.
func etfHead(p []byte) (h head, ok bool) {
	if len(p) == 0 {
		return h, false
	}
	tag, p1 := p[0], p[1:]
	switch tag {
	case 97: // SMALL_INTEGER_EXT
		n, ok := bigEndian(p1, 1)
		return integer(2, int64(n)), ok
	case 98: // INTEGER_EXT
		n, ok := bigEndian(p1, 4)
		return integer(5, int64(int32(n))), ok
	case 70: // NEW_FLOAT_EXT
		return head{size: 9}, len(p) >= 9
	case 99: // FLOAT_EXT
		return head{size: 32}, len(p) >= 32
	case 106: // NIL_EXT
		return head{size: 1}, true
	case 115, 119, 110: // SMALL_ATOM_EXT, SMALL_ATOM_UTF8_EXT, SMALL_BIG_EXT
		n, ok := bigEndian(p1, 1)
		if !ok {
			return h, false
		}
		if tag == 110 { // the sign stands before the digits
			h, ok = text(p, 2, n+1)
			h.kind = 0
			return h, ok
		}
		return text(p, 2, n)
	case 100, 118, 107: // ATOM_EXT, ATOM_UTF8_EXT, STRING_EXT
		n, ok := bigEndian(p1, 2)
		if !ok {
			return h, false
		}
		return text(p, 3, n)
	case 109: // BINARY_EXT
		n, ok := bigEndian(p1, 4)
		if !ok {
			return h, false
		}
		return text(p, 5, n)
	case 104: // SMALL_TUPLE_EXT
		n, ok := bigEndian(p1, 1)
		return container('a', 2, n), ok
	case 108: // LIST_EXT, whose tail is one more
		n, ok := bigEndian(p1, 4)
		return container('a', 5, n+1), ok
	case 116: // MAP_EXT
		n, ok := bigEndian(p1, 4)
		h = container('m', 5, 2*n)
		h.num = int64(n)
		return h, ok
	}
	return h, false
}
