package store

import "sync"

// bufferSizes are the lengths in which the bytes of open blocks are lent. A
// quiet exchange holds a small one, a busy one goes up a size at a time.
var bufferSizes = [...]int{512, 4 << 10, 16 << 10, 64 << 10}

// buffers lends the bytes of open blocks.
type buffers struct {
	pools [len(bufferSizes)]sync.Pool
}

// buffer is a lent run of bytes.
type buffer struct {
	b    []byte
	size int // index into bufferSizes
	from *buffers
}

// get lends a buffer of the given size, an index into bufferSizes.
func (l *buffers) get(size int) *buffer {
	if v, ok := l.pools[size].Get().(*buffer); ok {
		v.b = v.b[:0]
		return v
	}
	return &buffer{b: make([]byte, 0, bufferSizes[size]), size: size, from: l}
}

// free gives the buffer back; nothing may use its bytes any more.
func (v *buffer) free() { v.from.pools[v.size].Put(v) }

// room returns a buffer with the same bytes and room for n more. It may be v.
func (v *buffer) room(n int) *buffer {
	n += len(v.b)
	if n <= cap(v.b) {
		return v
	}
	w := v.from.get(sizeFor(n))
	w.b = append(w.b, v.b...)
	v.free()
	return w
}

// sizeFor is the smallest size that holds n bytes, or the largest there is.
func sizeFor(n int) int {
	for i, s := range bufferSizes {
		if n <= s {
			return i
		}
	}
	return len(bufferSizes) - 1
}
