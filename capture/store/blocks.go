package store

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture"
)

var errMissing = errors.New("it is missing")

// blocks walks the pieces of an exchange, block by block.
type blocks struct {
	reader   *Reader
	exchange uint64
	extent   extent
	next     uint64 // ordinal of the next piece
	total    uint64 // how many pieces there are
	err      error

	refs    []ref  // of the log: to the blocks that come next
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
		if b.extent.logged {
			b.readLog()
		} else {
			b.read()
		}
	}
	return false
}

// open unpacks a block and skips the pieces that were read before.
func (b *blocks) open(p Pair, first, seen uint64) {
	if b.decoder == nil && len(p.Value) > blockCodec && p.Value[blockCodec] == codecZstd {
		if b.decoder, b.err = newDecoder(); b.err != nil {
			return
		}
	}
	o, scratch, err := openBlock(p.Key, p.Value, b.scratch, b.decoder)
	b.scratch = scratch
	b.first = first
	if err == nil && b.extent.logged && o.exchange != b.exchange {
		err = fmt.Errorf("it belongs to exchange %d", o.exchange)
	}
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

// read opens the block of version 1 that holds the next piece.
func (b *blocks) read() {
	if len(b.ahead) == 0 {
		b.batch = min(2*b.batch+1, readRecords)
		b.ahead, b.err = b.reader.source.Scan(bucketBlocks, blockKey(b.exchange, b.next), b.batch, readBytes)
		if b.err != nil {
			return
		}
	}
	if len(b.ahead) > 0 {
		p := b.ahead[0]
		if exchange, first, ok := splitBlockKey(p.Key); ok && exchange == b.exchange && first == b.next {
			b.ahead = b.ahead[1:]
			b.open(p, first, 0)
			return
		}
	}
	b.again()
}

// again looks at the last block of version 1 once more, for the pieces that
// came to it since: a recorder of that version wrote it anew as it grew.
func (b *blocks) again() {
	b.ahead = nil
	if !b.started {
		b.first = b.next
		b.fail(errMissing)
		return
	}
	k := blockKey(b.exchange, b.first)
	v, err := b.reader.source.Get(bucketBlocks, k)
	if err == nil && v == nil {
		err = errMissing
	}
	if err != nil {
		b.fail(err)
		return
	}
	if b.open(Pair{k, v}, b.first, b.next-b.first); b.err == nil && len(b.pieces.b) == 0 {
		b.first = b.next
		b.fail(errMissing)
	}
}
