package store

import (
	"fmt"
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// ref is where a block of an exchange lies, and the mark at which it begins.
type ref struct {
	number uint64 // in the log; 0 is the exchange's tail
	mark   capture.Mark
}

// chunkMin is the length at which a list of refs becomes a chunk of the index.
// Until then it stands in the exchange's record, which a commit writes anew
// anyway: a commit that wrote to the index for each block would touch a page of
// it for each exchange.
const chunkMin = 512

// The flags of a ref.
const (
	refClean = 1 << iota
	refLastID
	refTail
)

// refs is a list of refs as it stands in an exchange's record and in a chunk of
// the index: of each the flags, the number but for a tail, pieces, frames and
// messages, each as the difference to the ref before, and the last event ID.
type refs struct {
	b    []byte
	last ref
}

func (l *refs) add(r ref) {
	var flags byte
	if r.mark.Clean {
		flags |= refClean
	}
	if r.mark.LastID != "" {
		flags |= refLastID
	}
	if r.number == 0 {
		flags |= refTail
	}
	l.b = append(l.b, flags)
	if r.number != 0 {
		l.b = appendUvarint(l.b, zigzag(int64(r.number-l.last.number)))
		l.last.number = r.number
	}
	l.b = appendUvarint(l.b, zigzag(int64(r.mark.Pieces-l.last.mark.Pieces)))
	l.b = appendUvarint(l.b, zigzag(int64(r.mark.Frames-l.last.mark.Frames)))
	l.b = appendUvarint(l.b, zigzag(int64(r.mark.Messages-l.last.mark.Messages)))
	if r.mark.LastID != "" {
		l.b = appendString(l.b, r.mark.LastID)
	}
	l.last.mark = r.mark
}

// reset empties the list.
func (l *refs) reset() { *l = refs{b: l.b[:0]} }

// parseRefs reads a list.
func parseRefs(s string) ([]ref, error) {
	var list []ref
	var r ref
	var number uint64
	f := fields{s: s}
	for f.s != "" {
		flags := f.s[0]
		f.s = f.s[1:]
		if flags&refTail == 0 {
			number += uint64(unzigzag(f.uvarint()))
		}
		r.mark.Pieces += uint64(unzigzag(f.uvarint()))
		r.mark.Frames += uint64(unzigzag(f.uvarint()))
		r.mark.Messages += uint64(unzigzag(f.uvarint()))
		r.mark.Clean, r.mark.LastID = flags&refClean != 0, ""
		if flags&refLastID != 0 {
			r.mark.LastID = f.str()
		}
		if r.number = number; flags&refTail != 0 {
			r.number = 0
		}
		list = append(list, r)
	}
	return list, f.err
}

// readChunk opens a chunk of the index.
func readChunk(k, v []byte) ([]ref, error) {
	body, err := openValue(k, v, kindIndex)
	var list []ref
	if err == nil {
		list, err = parseRefs(string(body))
	}
	if err != nil {
		return nil, fmt.Errorf("index %x: %w", k, err)
	}
	return list, nil
}

// refs walks the refs of an exchange in order, whose record says e.
func (r *Reader) refs(exchange uint64, e extent) iter.Seq2[ref, error] {
	return func(yield func(ref, error) bool) {
		next := uint64(0) // a chunk may have come since the record was read
		for p, err := range r.scan(bucketIndex, blockKey(exchange, 0)) {
			var list []ref
			if err == nil {
				if of, _, ok := splitBlockKey(p.Key); !ok || of != exchange {
					break
				}
				list, err = readChunk(p.Key, p.Value)
			}
			if err != nil {
				yield(ref{}, err)
				return
			}
			for _, at := range list {
				if !yield(at, nil) {
					return
				}
				next = at.mark.Pieces + 1
			}
		}
		list, err := parseRefs(e.refs)
		if err != nil {
			yield(ref{}, fmt.Errorf("exchange %d: %w", exchange, err))
			return
		}
		for _, at := range list {
			if at.mark.Pieces >= next && !yield(at, nil) {
				return
			}
		}
	}
}
