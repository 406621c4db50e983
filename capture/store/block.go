package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture"
)

// A block is a value: after the head that all values have come the codec, the
// flags, the number of pieces, the length of the pieces when unpacked, the
// length of the fields, the fields, and the pieces in their codec.
const (
	blockCodec  = valueHead      // u8
	blockFlags  = blockCodec + 1 // u8
	blockCount  = blockFlags + 1 // u32
	blockRaw    = blockCount + 4 // u32
	blockFields = blockRaw + 4   // u32
	blockHead   = blockFields + 4
)

const (
	codecNone = 0
	codecZstd = 1
)

// blockClean is the flag of a block at whose begin decoding can start.
const blockClean = 1 << 0

// The tags of a block's fields, which are also those of a mark's record in
// version 1. They never change their meaning. 6 is kept for an inflate window.
const (
	tagMarkPieces uint64 = iota + 1
	tagMarkFrames
	tagMarkMessages
	tagMarkBase
	tagMarkLastID
	_
	tagMarkClean // in the record of a mark only
	tagBlockExchange
)

const (
	// blockMax is the length of a full block. Two of them with their keys fill
	// a leaf of 32 pages of 4 KiB.
	blockMax = 65496
	// runMax is the longest run of bytes in one piece; longer ones are split.
	runMax = 56 << 10
	// lastIDMax is the longest event ID a mark holds; at a longer one decoding
	// cannot start.
	lastIDMax = 4 << 10
	// rawMax is the most that a reader unpacks of one block.
	rawMax = 1 << 20
)

// block is the open end of an exchange: a block that pieces are appended to.
type block struct {
	buf    *buffer
	first  uint64 // ordinal of the first piece
	count  uint32
	pieces int // where the pieces begin in buf
	last   time.Duration
	mark   capture.Mark
	stored int // how much of it was given to a commit
	value  int // the length of its value there; the flusher's
}

// newBlock starts a block of an exchange at a mark; base is the time of its
// first piece.
func newBlock(from *buffers, exchange uint64, mark capture.Mark, base time.Duration, size int) *block {
	if len(mark.LastID) > lastIDMax {
		mark.LastID, mark.Clean = "", false
	}
	k := &block{buf: from.get(size), first: mark.Pieces, last: base, mark: mark}
	b := beginValue(k.buf.b[:0], kindBlock)
	var flags byte
	if mark.Clean {
		flags = blockClean
	}
	b = append(b, codecNone, flags, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = appendMark(b, &mark)
	b = putInt(b, tagMarkBase, int64(base))
	b = putUint(b, tagBlockExchange, exchange)
	binary.LittleEndian.PutUint32(b[blockFields:], uint32(len(b)-blockHead))
	k.pieces = len(b)
	k.buf.b = b
	return k
}

func appendMark(b []byte, m *capture.Mark) []byte {
	b = putUint(b, tagMarkPieces, m.Pieces)
	b = putUint(b, tagMarkFrames, m.Frames)
	b = putUint(b, tagMarkMessages, m.Messages)
	return putString(b, tagMarkLastID, m.LastID)
}

// fits reports whether a piece with n bytes of data can be appended.
func (k *block) fits(n int) bool { return len(k.buf.b)+n+pieceRoom <= blockMax }

// append appends a piece that fits.
func (k *block) append(p *capture.Piece) {
	k.buf = k.buf.room(len(p.Data) + pieceRoom)
	k.buf.b = appendPiece(k.buf.b, p, k.last)
	k.last = p.At
	k.count++
}

// finish fills in what is known only now. The checksum is still missing.
func (k *block) finish(b []byte) {
	binary.LittleEndian.PutUint32(b[blockCount:], k.count)
	binary.LittleEndian.PutUint32(b[blockRaw:], uint32(len(b)-k.pieces))
}

// blockPieces is where the pieces of a block begin.
func blockPieces(v []byte) uint64 {
	return blockHead + uint64(binary.LittleEndian.Uint32(v[blockFields:]))
}

// pack appends the zstd form of the finished block v to b, and reports whether
// it is shorter.
func pack(enc *zstd.Encoder, b, v []byte) ([]byte, bool) {
	at := blockPieces(v)
	begin := len(b)
	b = append(b, v[:at]...)
	b[begin+blockCodec] = codecZstd
	b = enc.EncodeAll(v[at:], b)
	return b, len(b)-begin < len(v)
}

// opened is a block as a reader has it.
type opened struct {
	exchange uint64 // 0 in version 1
	mark     capture.Mark
	count    uint32
	base     time.Duration
	data     []byte // the pieces
}

// openBlock checks and unpacks the value of a block. The data lies in v or in
// scratch, which is returned when it grew.
func openBlock(k, v, scratch []byte, dec *zstd.Decoder) (o opened, grown []byte, err error) {
	if _, err := openValue(k, v, kindBlock); err != nil {
		return o, scratch, err
	}
	if len(v) < blockHead || uint64(len(v)) < blockPieces(v) {
		return o, scratch, errPieces
	}
	at := blockPieces(v)
	f := fields{s: string(v[blockHead:at])}
	if err := o.parse(&f); err != nil {
		return o, scratch, err
	}
	o.mark.Clean = v[blockFlags]&blockClean != 0
	o.count = binary.LittleEndian.Uint32(v[blockCount:])
	o.data = v[at:]
	raw := binary.LittleEndian.Uint32(v[blockRaw:])
	switch v[blockCodec] {
	case codecNone:
	case codecZstd:
		if raw > rawMax {
			return o, scratch, fmt.Errorf("a block of %d bytes", raw)
		}
		scratch, err = dec.DecodeAll(o.data, scratch[:0])
		if err != nil {
			return o, scratch, fmt.Errorf("unpack: %w", err)
		}
		o.data = scratch
	default:
		return o, scratch, fmt.Errorf("codec %d is not known", v[blockCodec])
	}
	if len(o.data) != int(raw) {
		return o, scratch, errors.New("the length is not what the block says")
	}
	return o, scratch, nil
}

func (o *opened) parse(f *fields) error {
	m := &o.mark
	for f.next() {
		switch f.tag {
		case tagMarkPieces:
			m.Pieces = f.u
		case tagMarkFrames:
			m.Frames = f.u
		case tagMarkMessages:
			m.Messages = f.u
		case tagMarkBase:
			o.base = f.dur()
		case tagMarkLastID:
			m.LastID = f.b
		case tagMarkClean:
			m.Clean = f.u != 0
		case tagBlockExchange:
			o.exchange = f.u
		}
	}
	return f.err
}

// readMark opens the value of a mark of version 1.
func readMark(k, v []byte) (capture.Mark, error) {
	body, err := openValue(k, v, kindMark)
	if err != nil {
		return capture.Mark{}, err
	}
	var o opened
	err = o.parse(&fields{s: string(body)})
	return o.mark, err
}

// newDecoder returns an unpacker that holds little and starts nothing.
func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(rawMax), zstd.WithDecoderLowmem(true))
}

// newPacker returns a packer for blocks.
func newPacker() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(64<<10), zstd.WithEncoderCRC(false))
}
