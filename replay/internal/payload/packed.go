package payload

import (
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"
)

// itemKind is what a head of CBOR or MessagePack announces.
type itemKind uint8

const (
	scalarItem itemKind = iota
	textItem
	blobItem
	listItem
	mapItem
	breakItem // ends a list, map or string of no stated length
)

// item is one value of CBOR or MessagePack, or the head of a list or map.
type item struct {
	what  itemKind
	kind  Kind
	value string
	n     int // elements or pairs; -1: up to a break
	start int // where it stands, tags before it left out
}

// packedScanner takes a value of CBOR (RFC 8949) or MessagePack apart. Paths
// are those that the same value would have in JSON. The value of bytes is
// their hex.
type packedScanner struct {
	paths  *paths
	src    []byte
	pos    int
	depth  int
	cbor   bool
	leaves []Leaf
}

// whole scans one list or map that is all of the source.
func (s *packedScanner) whole(at *Path, signalR bool) bool {
	if s.pos >= len(s.src) {
		return false
	}
	it, ok := s.item()
	if !ok || it.what != listItem && it.what != mapItem {
		return false
	}
	switch {
	case signalR:
		ok = it.what == listItem && s.hubMessage(at, it.n)
	case it.what == listItem:
		ok = s.container(at, it, true)
	default:
		ok = s.container(at, it, false)
	}
	return ok && s.pos == len(s.src)
}

// item reads a head, and the rest of a scalar.
func (s *packedScanner) item() (item, bool) {
	if s.cbor {
		return s.cborItem()
	}
	return s.packItem()
}

// value scans one value.
func (s *packedScanner) value(at *Path, it item) bool {
	switch it.what {
	case listItem, mapItem:
		return s.container(at, it, false)
	case breakItem:
		return false
	}
	s.leaf(at, it)
	return true
}

func (s *packedScanner) leaf(at *Path, it item) {
	notation := messagePack
	if s.cbor {
		notation = cbor
	}
	s.leaves = append(s.leaves, Leaf{
		Path: at, Kind: it.kind, Value: it.value, Start: it.start, End: s.pos, notation: notation, blob: it.what == blobItem,
	})
}

// container scans the elements of a list or the members of a map, and makes a
// leaf of an empty one. tuple tells that a list may be one.
func (s *packedScanner) container(at *Path, head item, tuple bool) bool {
	if s.depth++; s.depth > maxDepth {
		return false
	}
	defer func() { s.depth-- }()
	leaves := len(s.leaves)
	for i := 0; head.n < 0 || i < head.n; i++ {
		it, ok := s.item()
		if !ok {
			return false
		}
		if it.what == breakItem {
			if head.n >= 0 {
				return false
			}
			break
		}
		scalar := it.what != listItem && it.what != mapItem
		if head.what == listItem {
			if i == 0 {
				tuple = tuple && scalar
			}
			ok = s.value(s.paths.at(at, i, tuple || scalar), it)
		} else if ok = it.what == textItem || scalar && it.kind == Number; ok {
			member := s.paths.key(at, it.value)
			if it, ok = s.item(); ok {
				ok = s.value(member, it)
			}
		}
		if !ok {
			return false
		}
	}
	if len(s.leaves) == leaves {
		head.kind, head.value = Empty, "["
		if head.what == mapItem {
			head.value = "{"
		}
		s.leaf(at, head)
	}
	return true
}

// hubMembers are the names that the elements of SignalR's messages have in its
// JSON, by their type (MessagePackHubProtocol).
var hubMembers = map[string][]string{
	"1": {"type", "headers", "invocationId", "target", "arguments", "streamIds"},
	"2": {"type", "headers", "invocationId", "item"},
	"3": {"type", "headers", "invocationId", "resultKind", "result"},
	"4": {"type", "headers", "invocationId", "target", "arguments", "streamIds"},
	"5": {"type", "headers", "invocationId"},
	"6": {"type"},
	"7": {"type", "error", "allowReconnect"},
	"8": {"type", "sequenceId"},
	"9": {"type", "sequenceId"},
}

// hubMessage scans the elements of a message of SignalR.
func (s *packedScanner) hubMessage(at *Path, n int) bool {
	members := []string{"type"}
	for i := range n {
		it, ok := s.item()
		if !ok {
			return false
		}
		if i == 0 {
			if members = hubMembers[it.value]; members == nil {
				return false
			}
		}
		element := s.paths.at(at, i, true)
		if i < len(members) {
			element = s.paths.key(at, members[i])
		}
		if !s.value(element, it) {
			return false
		}
	}
	return true
}

// take returns the next n bytes.
func (s *packedScanner) take(n uint64) ([]byte, bool) {
	if n > uint64(len(s.src)-s.pos) {
		return nil, false
	}
	p := s.src[s.pos : s.pos+int(n)]
	s.pos += int(n)
	return p, true
}

// number reads a big-endian number of so many bytes.
func (s *packedScanner) number(size int) (uint64, bool) {
	p, ok := s.take(uint64(size))
	if !ok {
		return 0, false
	}
	var n uint64
	for _, b := range p {
		n = n<<8 | uint64(b)
	}
	return n, true
}

// text reads a text of n bytes.
func (s *packedScanner) text(it item, n uint64) (item, bool) {
	p, ok := s.take(n)
	if !ok || !utf8.Valid(p) {
		return it, false
	}
	it.what, it.kind, it.value = textItem, String, string(p)
	return it, true
}

// bytes reads n bytes.
func (s *packedScanner) bytes(it item, n uint64) (item, bool) {
	p, ok := s.take(n)
	it.what, it.kind, it.value = blobItem, String, hex.EncodeToString(p)
	return it, ok
}

// list makes the head of a list or map; pairs tells that of n members each has
// two values.
func (s *packedScanner) list(it item, what itemKind, n uint64) (item, bool) {
	it.what, it.n = what, int(n)
	return it, n <= uint64(len(s.src)-s.pos) // each element has one byte at the least
}

// float makes a number of a float; those that JSON has no number for are
// literals.
func (it item) float(f float64) (item, bool) {
	it.kind, it.value = Number, strconv.FormatFloat(f, 'g', -1, 64)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		it.kind = Literal
	}
	return it, true
}

// integer makes a number of an integer.
func (it item) integer(n uint64, negative bool) (item, bool) {
	it.kind, it.value = Number, strconv.FormatUint(n, 10)
	if negative {
		it.value = "-" + it.value
	}
	return it, true
}

// literal makes a literal.
func (it item) literal(text string) (item, bool) {
	it.kind, it.value = Literal, text
	return it, true
}
