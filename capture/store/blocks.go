package store

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture"
)

var errMissing = errors.New("it is missing")

// blocks walks the pieces of an exchange, block by block. While the tape
// grows, the block read last may have grown since, so a hole before the next
// block sends it back to look again.
type blocks struct {
	source   Source
	exchange uint64
	next     uint64 // ordinal of the next piece
	total    uint64 // how many pieces there are
	err      error

	first   uint64 // ordinal of the first piece of the block read last
	started bool   // a block was read
	batch   int    // how many blocks to ask for
	ahead   []Pair
	pieces  pieces
	scratch []byte
	decoder *zstd.Decoder
}

// piece reads the next piece. It reports false at the end and on errors.
func (b *blocks) piece(p *capture.Piece) bool {
	for b.err == nil && b.next < b.total {
		if b.pieces.next(p) {
			b.next++
			return true
		}
		if b.pieces.err != nil {
			b.fail(b.pieces.err)
			return false
		}
		b.read()
	}
	return false
}

// read opens the block that holds the next piece.
func (b *blocks) read() {
	if len(b.ahead) == 0 {
		b.batch = min(2*b.batch+1, readRecords)
		b.ahead, b.err = b.source.Scan(bucketBlocks, blockKey(b.exchange, b.next), b.batch, readBytes)
		if b.err != nil {
			return
		}
	}
	if len(b.ahead) > 0 {
		p := b.ahead[0]
		if exchange, first, ok := splitBlockKey(p.Key); ok && exchange == b.exchange && first == b.next {
			b.ahead = b.ahead[1:]
			b.open(p, 0)
			return
		}
	}
	b.again()
}

// again looks at the last block once more, for the pieces that came to it
// since.
func (b *blocks) again() {
	b.ahead = nil
	if !b.started {
		b.first = b.next
		b.fail(errMissing)
		return
	}
	k := blockKey(b.exchange, b.first)
	v, err := b.source.Get(bucketBlocks, k)
	if err == nil && v == nil {
		err = errMissing
	}
	if err != nil {
		b.fail(err)
		return
	}
	if b.open(Pair{k, v}, b.next-b.first); b.err == nil && len(b.pieces.b) == 0 {
		b.first = b.next
		b.fail(errMissing)
	}
}

// open unpacks a block and skips the pieces that were read before.
func (b *blocks) open(p Pair, seen uint64) {
	if b.decoder == nil && len(p.Value) > blockCodec && p.Value[blockCodec] == codecZstd {
		if b.decoder, b.err = newDecoder(); b.err != nil {
			return
		}
	}
	o, scratch, err := openBlock(p.Key, p.Value, b.scratch, b.decoder)
	b.scratch = scratch
	_, b.first, _ = splitBlockKey(p.Key)
	if err != nil {
		b.fail(err)
		return
	}
	b.started = true
	b.pieces = pieces{b: o.data, last: o.base}
	var skip capture.Piece
	for range seen {
		if !b.pieces.next(&skip) {
			b.fail(errPieces)
			return
		}
	}
}

func (b *blocks) fail(err error) {
	b.err = fmt.Errorf("block of exchange %d at piece %d: %w", b.exchange, b.first, err)
}

func (b *blocks) close() {
	if b.decoder != nil {
		b.decoder.Close()
	}
}
