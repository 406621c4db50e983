package mitm

import (
	"strconv"
	"sync"
)

// copyBuffers lend memory to bodies and sockets while they move bytes.
var copyBuffers = sync.Pool{New: func() any { return new(chunkBuffer) }}

const (
	sizeRoom = 6 // four hexadecimal digits and CRLF
	endRoom  = 2
)

// chunkBuffer holds bytes on their way, with room around them for the framing
// of a chunk (RFC 9112 §7.1).
type chunkBuffer [sizeRoom + readSize + endRoom]byte

// data returns the room for bytes.
func (b *chunkBuffer) data() []byte { return b[sizeRoom : sizeRoom+readSize] }

// framed returns the first n bytes of data, as a chunk if chunked.
func (b *chunkBuffer) framed(n int, chunked bool) []byte {
	start, end := sizeRoom, sizeRoom+n
	if chunked {
		var digits [sizeRoom]byte
		size := append(strconv.AppendUint(digits[:0], uint64(n), 16), "\r\n"...)
		start -= copy(b[start-len(size):], size)
		end += copy(b[end:], "\r\n")
	}
	return b[start:end]
}
