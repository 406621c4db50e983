package store

import (
	"fmt"

	"github.com/wiretape/wiretape/capture"
)

// readLog opens the block of the log that holds the next piece. While the tape
// grows, the exchange's tail may have moved to the log since the record was
// read: then the record is read again.
func (b *blocks) readLog() {
	for range 2 {
		if b.look(); b.err != nil {
			return
		}
		if len(b.ahead) > 0 {
			r, p := b.refs[0], b.ahead[0]
			b.refs, b.ahead = b.refs[1:], b.ahead[1:]
			if p.Value != nil && (r.number != 0 || b.tailFits(p.Value)) {
				b.open(p, r.mark.Pieces, 0)
				return
			}
		}
		b.refs, b.ahead = nil, nil
		e, err := b.reader.extent(capture.ExchangeID(b.exchange))
		if err != nil {
			b.err = err
			return
		}
		b.extent = e
	}
	b.first = b.next
	b.fail(errMissing)
}

// look reads blocks ahead, the one that begins with the next piece first, or
// none if it is not there.
func (b *blocks) look() {
	if len(b.ahead) > 0 {
		return
	}
	if len(b.refs) == 0 {
		if b.refs, b.err = b.reader.refsFrom(b.exchange, b.next, b.extent); b.err != nil {
			return
		}
	}
	if len(b.refs) == 0 || b.refs[0].mark.Pieces != b.next {
		return
	}
	b.batch = min(2*b.batch+1, readRecords)
	b.ahead, b.err = b.reader.blocksAt(b.exchange, b.refs[:min(b.batch, len(b.refs))])
}

// tailFits reports whether a tail begins with the next piece.
func (b *blocks) tailFits(v []byte) bool {
	var o opened
	if len(v) < blockHead || uint64(len(v)) < blockPieces(v) {
		return true // reading it tells what is wrong
	}
	err := o.parse(&fields{s: string(v[blockHead:blockPieces(v)])})
	return err != nil || o.mark.Pieces == b.next
}

// refsFrom returns refs of an exchange whose record says e, from the block on
// that begins with a piece: those of a chunk, or what there are more.
func (r *Reader) refsFrom(exchange, piece uint64, e extent) ([]ref, error) {
	// A chunk has the ordinal of its last block as its key.
	pairs, err := r.source.Scan(bucketIndex, blockKey(exchange, piece), 1, 0)
	if err != nil {
		return nil, err
	}
	var list []ref
	if len(pairs) > 0 {
		if of, _, ok := splitBlockKey(pairs[0].Key); ok && of == exchange {
			list, err = readChunk(pairs[0].Key, pairs[0].Value)
		}
	}
	if err == nil && list == nil {
		if list, err = parseRefs(e.refs); err != nil {
			err = fmt.Errorf("exchange %d: %w", exchange, err)
		}
	}
	for len(list) > 0 && list[0].mark.Pieces < piece {
		list = list[1:]
	}
	return list, err
}

// blocksAt reads the first few of some blocks of an exchange, at least one. A
// value is nil where there is none.
func (r *Reader) blocksAt(exchange uint64, list []ref) ([]Pair, error) {
	if list[0].number == 0 {
		k := key(exchange)
		v, err := r.source.Get(bucketTails, k)
		return []Pair{{k, v}}, err
	}
	keys := make([][]byte, 0, len(list))
	for _, at := range list {
		if at.number == 0 {
			break
		}
		keys = append(keys, key(at.number))
	}
	values, err := r.source.GetAll(bucketLog, keys, readBytes)
	pairs := make([]Pair, len(values))
	for i, v := range values {
		pairs[i] = Pair{keys[i], v}
	}
	return pairs, err
}
