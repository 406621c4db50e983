package protocol

import (
	"encoding/binary"
	"iter"
)

// item is one value of a binary serialisation. Of containers nothing is known
// but where they end.
type item struct {
	kind byte   // 's' text or bytes, 'i' integer, 't' true, 'a' array, 'm' map, 0 anything else
	num  int64  // of an integer; of a container its number of elements
	text []byte // of a string what it says; of an integer, its digits are not there
	raw  []byte // the whole value, containers with all they hold
}

// head is how a value begins.
type head struct {
	item
	size  int // bytes of the value itself, without what it holds
	holds int // how many values follow that it holds; negative: up to a break
}

// grammar reads the head of the value at the start of p; ok is false if it is
// cut off or none.
type grammar func(p []byte) (h head, ok bool)

// items yields the elements of the array that p is.
func (read grammar) items(p []byte) iter.Seq[item] {
	return func(yield func(item) bool) {
		h, ok := read(p)
		if !ok || h.kind != 'a' {
			return
		}
		p = p[h.size:]
		for i := 0; h.holds < 0 || i < h.holds; i++ {
			n := read.end(p)
			if n <= 0 {
				return
			}
			e, _ := read(p)
			if e.raw = p[:n:n]; !yield(e.item) {
				return
			}
			p = p[n:]
		}
	}
}

// end returns where the value at the start of p ends, containers with all they
// hold, and 0 if it is cut off, none, or the break of an endless container.
func (read grammar) end(p []byte) int {
	// Each open container is one number: how many values it still wants.
	var deep [32]int
	open := append(deep[:0], 1)
	at := 0
	for len(open) > 0 {
		last := len(open) - 1
		if open[last] == 0 {
			open = open[:last]
			continue
		}
		h, ok := read(p[at:])
		if !ok {
			return 0
		}
		at += h.size
		if h.kind == breakItem {
			if open[last] > 0 {
				return 0
			}
			open = open[:last]
			continue
		}
		if open[last] > 0 {
			open[last]--
		}
		if h.holds != 0 {
			if open = append(open, h.holds); len(open) > maxDepth {
				return 0
			}
		}
	}
	return at
}

// maxDepth is how deeply values may be nested.
const maxDepth = 1000

// breakItem is the kind of what ends an endless container (RFC 8949 §3.2.1).
const breakItem = '.'

// msgpackItems yields the elements of a MessagePack array.
func msgpackItems(p []byte) iter.Seq[item] { return grammar(msgpackHead).items(p) }

// msgpackHead reads a format and what stands in it (MessagePack specification,
// "Formats").
func msgpackHead(p []byte) (h head, ok bool) {
	if len(p) == 0 {
		return h, false
	}
	c := p[0]
	switch {
	case c < 0x80:
		return integer(1, int64(c)), true
	case c >= 0xe0:
		return integer(1, int64(int8(c))), true
	case c < 0x90:
		return container('m', 1, 2*int(c&15)), true
	case c < 0xa0:
		return container('a', 1, int(c&15)), true
	case c < 0xc0:
		return text(p, 1, int(c&31))
	}
	f := msgpackFormats[c-0xc0]
	n, ok := bigEndian(p[1:], int(f.width))
	if !ok {
		return h, false
	}
	size := 1 + int(f.width)
	switch f.kind {
	case 's':
		return text(p, size, n)
	case 'x':
		h, ok = text(p, size, n+1)
		h.kind = 0
		return h, ok
	case 'a':
		return container('a', size, n), true
	case 'm':
		return container('m', size, 2*n), true
	case 'i':
		return integer(size, int64(n)), true
	}
	h.kind, h.size = f.kind, size
	return h, true
}

// msgpackFormats are the formats from 0xc0 to 0xdf: what they are, and how many
// bytes tell their length or value.
var msgpackFormats = [32]struct{ kind, width byte }{
	{0, 0},
	{0, 0},
	{0, 0},
	{'t', 0},
	{'s', 1},
	{'s', 2},
	{'s', 4},
	{'x', 1},
	{'x', 2},
	{'x', 4},
	{0, 4},
	{0, 8},
	{'i', 1},
	{'i', 2},
	{'i', 4},
	{'i', 8},
	{'i', 1},
	{'i', 2},
	{'i', 4},
	{'i', 8},
	{0, 2},
	{0, 3},
	{0, 5},
	{0, 9},
	{0, 17},
	{'s', 1},
	{'s', 2},
	{'s', 4},
	{'a', 2},
	{'a', 4},
	{'m', 2},
	{'m', 4},
}

// cborHead reads the head of a data item (RFC 8949 §3).
func cborHead(p []byte) (h head, ok bool) {
	n, size, ok := cborArgument(p)
	if !ok {
		return h, false
	}
	switch p[0] >> 5 {
	case 0:
		return integer(size, int64(n)), n >= 0
	case 1:
		return integer(size, -1-int64(n)), n >= 0
	case 2, 3:
		if n < 0 {
			return head{size: size, holds: -1}, true
		}
		return text(p, size, n)
	case 4:
		return container('a', size, n), true
	case 5:
		return container('m', size, max(-1, 2*n)), true
	case 6:
		return head{size: size, holds: 1}, n >= 0
	}
	h.size = size
	switch {
	case n < 0:
		h.kind = breakItem
	case p[0] == 0xf5:
		h.kind = 't'
	}
	return h, true
}

// cborArgument reads the argument of a head, -1 for none, and how many bytes the
// head takes.
func cborArgument(p []byte) (n, size int, ok bool) {
	if len(p) == 0 {
		return 0, 0, false
	}
	switch info := p[0] & 31; {
	case info < 24:
		return int(info), 1, true
	case info < 28:
		n, ok = bigEndian(p[1:], 1<<(info-24))
		return n, 1 + 1<<(info-24), ok
	case info == 31:
		return -1, 1, true
	}
	return 0, 0, false
}

func integer(size int, n int64) head {
	return head{item: item{kind: 'i', num: n}, size: size}
}

func container(kind byte, size, holds int) head {
	return head{item: item{kind: kind, num: int64(holds)}, size: size, holds: holds}
}

// text returns the head of a string whose n bytes begin at p[size].
func text(p []byte, size, n int) (head, bool) {
	if n < 0 || n > len(p)-size {
		return head{}, false
	}
	return head{item: item{kind: 's', text: p[size : size+n : size+n]}, size: size + n}, true
}

// bigEndian reads an unsigned number of up to eight bytes. What does not fit an
// int is cut off, since nothing that it could count is there.
func bigEndian(p []byte, width int) (n int, ok bool) {
	if width > len(p) {
		return 0, false
	}
	var b [8]byte
	copy(b[8-width:], p[:width])
	return int(binary.BigEndian.Uint64(b[:]) & (1<<62 - 1)), true
}
