package replay_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// packing is how the texts of a protocol stand on the wire.
type packing struct {
	pack   func(text string) []string // the binary messages of a text
	unpack func(data string) []string // the texts of a binary message; nil: the message is a text
}

func init() {
	hub := packing{packHub, unpackHub}
	protocols = append(
		protocols,
		packed(wamp, "WAMP, MessagePack", "wamp.2.msgpack", one(packMessagePack), unpackOne(unpackMessagePack)),
		packed(wamp, "WAMP, CBOR", "wamp.2.cbor", one(packCBOR), unpackOne(unpackCBOR)),
		packed(wamp, "WAMP, CBOR batched", "wamp.2.cbor.batched", packBatched, unpackBatched),
		packed(signalR, "SignalR, MessagePack", "", hub.pack, hub.unpack),
		packed(bybit, "Bybit-like, MessagePack", "", one(packMessagePack), unpackOne(unpackMessagePack)),
		packed(kraken, "Kraken-like, CBOR", "", one(packCBOR), unpackOne(unpackCBOR)),
		packed(graphQL, "GraphQL, CBOR", "", one(packCBOR), unpackOne(unpackCBOR)),
		mqtt(),
	)
}

// packed is a protocol whose JSON texts are written otherwise.
func packed(p *protocol, name, subprotocol string, pack func(string) []string, unpack func(string) []string) *protocol {
	q := *p
	q.name, q.packing, q.subprotocol = name, &packing{pack, unpack}, subprotocol
	q.url += "#" + strings.ReplaceAll(name, " ", "")
	q.url, _, _ = strings.Cut(q.url, "#")
	return &q
}

func one(pack func(dst []byte, v any) []byte) func(string) []string {
	return func(text string) []string { return []string{string(pack(nil, tree(text)))} }
}

func unpackOne(unpack func(p []byte) (string, []byte)) func(string) []string {
	return func(data string) []string {
		text, _ := unpack([]byte(data))
		return []string{text}
	}
}

func packBatched(text string) []string {
	p := packCBOR(nil, tree(text))
	return []string{string(binary.BigEndian.AppendUint32(nil, uint32(len(p)))) + string(p)}
}

func unpackBatched(data string) (texts []string) {
	for p := []byte(data); len(p) > 4; {
		n := binary.BigEndian.Uint32(p)
		text, _ := unpackCBOR(p[4 : 4+n])
		texts = append(texts, text)
		p = p[4+n:]
	}
	return texts
}

// member is a member of an object, whose order is kept.
type member struct {
	name  string
	value any
}

// tree reads a JSON text, the members of objects in their order.
func tree(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return branch(d)
}

func branch(d *json.Decoder) any {
	t, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			list = append(list, branch(d))
		}
		d.Token()
		return list
	case json.Delim('{'):
		list := []member{}
		for d.More() {
			name, _ := d.Token()
			list = append(list, member{name.(string), branch(d)})
		}
		d.Token()
		return list
	}
	return t
}

func packCBOR(dst []byte, v any) []byte {
	head := func(major byte, n uint64) []byte {
		if n < 24 {
			return append(dst, major<<5|byte(n))
		}
		if n < 256 {
			return append(dst, major<<5|24, byte(n))
		}
		return binary.BigEndian.AppendUint64(append(dst, major<<5|27), n)
	}
	switch v := v.(type) {
	case nil:
		return append(dst, 0xf6)
	case bool:
		return append(dst, map[bool]byte{false: 0xf4, true: 0xf5}[v])
	case string:
		return append(head(3, uint64(len(v))), v...)
	case json.Number:
		if n, err := strconv.ParseUint(string(v), 10, 64); err == nil {
			return head(0, n)
		}
		f, _ := v.Float64()
		return binary.BigEndian.AppendUint64(append(dst, 0xfb), math.Float64bits(f))
	case []any:
		dst = head(4, uint64(len(v)))
		for _, x := range v {
			dst = packCBOR(dst, x)
		}
	case []member:
		dst = head(5, uint64(len(v)))
		for _, m := range v {
			dst = packCBOR(packCBOR(dst, m.name), m.value)
		}
	}
	return dst
}

func packMessagePack(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, 0xc0)
	case bool:
		return append(dst, map[bool]byte{false: 0xc2, true: 0xc3}[v])
	case string:
		switch {
		case len(v) < 32:
			dst = append(dst, 0xa0|byte(len(v)))
		case len(v) < 256:
			dst = append(dst, 0xd9, byte(len(v)))
		default:
			dst = append(dst, 0xda, byte(len(v)>>8), byte(len(v)))
		}
		return append(dst, v...)
	case json.Number:
		n, err := strconv.ParseUint(string(v), 10, 64)
		switch {
		case err != nil:
			f, _ := v.Float64()
			return binary.BigEndian.AppendUint64(append(dst, 0xcb), math.Float64bits(f))
		case n < 128:
			return append(dst, byte(n))
		case n < 1<<16:
			return append(dst, 0xcd, byte(n>>8), byte(n))
		}
		return binary.BigEndian.AppendUint64(append(dst, 0xcf), n)
	case []any:
		dst = append(dst, 0xdc, byte(len(v)>>8), byte(len(v)))
		for _, x := range v {
			dst = packMessagePack(dst, x)
		}
	case []member:
		dst = append(dst, 0x80|byte(len(v)))
		for _, m := range v {
			dst = packMessagePack(packMessagePack(dst, m.name), m.value)
		}
	}
	return dst
}

// unpackCBOR writes a value as JSON and returns what follows it.
func unpackCBOR(p []byte) (string, []byte) {
	major, info := p[0]>>5, p[0]&31
	p = p[1:]
	n := uint64(info)
	if info >= 24 && info < 28 {
		size := 1 << (info - 24)
		n = wide(p[:size])
		p = p[size:]
	}
	switch major {
	case 0:
		return strconv.FormatUint(n, 10), p
	case 3:
		return quoted(string(p[:n])), p[n:]
	case 4:
		return unpackList(p, int(n), unpackCBOR)
	case 5:
		return unpackMap(p, int(n), unpackCBOR)
	}
	if info == 27 {
		return strconv.FormatFloat(math.Float64frombits(n), 'f', -1, 64), p
	}
	return map[byte]string{20: "false", 21: "true", 22: "null"}[info], p
}

func unpackMessagePack(p []byte) (string, []byte) {
	c := p[0]
	p = p[1:]
	str := func(n int) (string, []byte) { return quoted(string(p[:n])), p[n:] }
	switch {
	case c < 0x80:
		return strconv.Itoa(int(c)), p
	case c < 0x90:
		return unpackMap(p, int(c&15), unpackMessagePack)
	case c < 0xa0:
		return unpackList(p, int(c&15), unpackMessagePack)
	case c < 0xc0:
		return str(int(c & 31))
	}
	switch c {
	case 0xcb:
		return strconv.FormatFloat(math.Float64frombits(wide(p[:8])), 'f', -1, 64), p[8:]
	case 0xcc, 0xcd, 0xce, 0xcf:
		size := 1 << (c - 0xcc)
		return strconv.FormatUint(wide(p[:size]), 10), p[size:]
	case 0xd9, 0xda:
		size := 1 << (c - 0xd9)
		n := int(wide(p[:size]))
		p = p[size:]
		return str(n)
	case 0xdc:
		return unpackList(p[2:], int(wide(p[:2])), unpackMessagePack)
	}
	return map[byte]string{0xc0: "null", 0xc2: "false", 0xc3: "true"}[c], p
}

func wide(p []byte) (n uint64) {
	for _, b := range p {
		n = n<<8 | uint64(b)
	}
	return n
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func unpackList(p []byte, n int, unpack func([]byte) (string, []byte)) (string, []byte) {
	parts := make([]string, n)
	for i := range parts {
		parts[i], p = unpack(p)
	}
	return "[" + strings.Join(parts, ",") + "]", p
}

func unpackMap(p []byte, n int, unpack func([]byte) (string, []byte)) (string, []byte) {
	parts := make([]string, n)
	for i := range parts {
		var name, value string
		name, p = unpack(p)
		value, p = unpack(p)
		parts[i] = name + ":" + value
	}
	return "{" + strings.Join(parts, ",") + "}", p
}

// packHub writes records of SignalR in its other protocol, all in one message.
func packHub(text string) []string {
	var out []byte
	for rec := range strings.SplitSeq(strings.TrimSuffix(text, "\x1e"), "\x1e") {
		m := members(rec)
		if m["type"] == nil {
			return []string{strings.ReplaceAll(text, `"protocol":"json"`, `"protocol":"messagepack"`)}
		}
		list := []any{m["type"], []member{}, m["invocationId"]}
		switch text := string(m["type"].(json.Number)); text {
		case "1":
			list = append(list, m["target"], m["arguments"], []any{})
		case "3":
			list = append(list, json.Number("3"), m["result"])
		case "6":
			list = list[:1]
		}
		p := packMessagePack(nil, list)
		out = append(binary.AppendUvarint(out, uint64(len(p))), p...)
	}
	return []string{string(out)}
}

// unpackHub is the inverse of packHub.
func unpackHub(data string) (texts []string) {
	if data[0] == '{' {
		return []string{data}
	}
	for p := []byte(data); len(p) > 0; {
		n, size := binary.Uvarint(p)
		text, _ := unpackMessagePack(p[size : size+int(n)])
		p = p[size+int(n):]
		l := list(text)
		switch text := fmt.Sprint(l[0]); text {
		case "1":
			i := ""
			if l[2] != nil {
				i = `"invocationId":` + quoted(l[2].(string)) + ","
			}
			a, _ := json.Marshal(l[4])
			texts = append(texts, `{"type":1,`+i+`"target":`+quoted(l[3].(string))+`,"arguments":`+string(a)+"}\x1e")
		case "3":
			a, _ := json.Marshal(l[4])
			texts = append(texts, `{"type":3,"invocationId":`+quoted(l[2].(string))+`,"result":`+string(a)+"}\x1e")
		default:
			texts = append(texts, `{"type":`+text+"}\x1e")
		}
	}
	return texts
}

// wire writes a text of the protocol as its messages.
func (p *protocol) wire(text string) (op capture.Opcode, messages []string) {
	switch {
	case p.packing == nil && p.binary:
		return capture.OpBinary, []string{text}
	case p.packing == nil:
		return capture.OpText, []string{text}
	}
	messages = p.packing.pack(text)
	if strings.HasPrefix(messages[0], "{") {
		return capture.OpText, messages
	}
	return capture.OpBinary, messages
}

// texts is the inverse of wire.
func (p *protocol) texts(message string) []string {
	if p.packing == nil {
		return []string{message}
	}
	return p.packing.unpack(message)
}
