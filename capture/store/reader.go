package store

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// How much a reader asks a source for at once.
const (
	readRecords = 512
	readBytes   = 256 << 10
)

// Reader reads a tape through a Source: a file, a tape that is being recorded
// to, or a socket to the process that records. It may be used concurrently.
type Reader struct {
	source Source
	// idle tells that nobody records, so that what is open was cut off.
	idle bool
}

var _ capture.Reader = (*Reader)(nil)

// NewReader returns a Reader of s.
func NewReader(s Source) *Reader { return &Reader{source: s} }

// Source returns what the Reader reads from.
func (r *Reader) Source() Source { return r.source }

// Sessions implements capture.Reader.
func (r *Reader) Sessions() ([]capture.Session, error) {
	var list []capture.Session
	for p, err := range r.scan(bucketSessions, nil) {
		if err != nil {
			return nil, err
		}
		s, err := readSession(p.Key, p.Value)
		if err != nil {
			return nil, fmt.Errorf("session %x: %w", p.Key, err)
		}
		list = append(list, s.Session)
	}
	return list, nil
}

// Exchange implements capture.Reader.
func (r *Reader) Exchange(id capture.ExchangeID) (*capture.Exchange, error) {
	k := key(uint64(id))
	v, err := r.source.Get(bucketExchanges, k)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, fmt.Errorf("exchange %d: %w", id, capture.ErrNotFound)
	}
	ex, err := r.exchange(k, v)
	if err != nil {
		return nil, err
	}
	v, err = r.source.Get(bucketHeads, k)
	if err != nil || v == nil {
		return ex, err
	}
	return ex, readHeads(k, v, ex)
}

// exchange opens the value of an exchange.
func (r *Reader) exchange(k, v []byte) (*capture.Exchange, error) {
	ex, _, err := readExchange(k, v)
	if err == nil && r.idle && ex.Open {
		ex.Cut = true
	}
	return ex, err
}

// Exchanges implements capture.Reader.
func (r *Reader) Exchanges(id capture.ExchangeID, brief bool) iter.Seq2[*capture.Exchange, error] {
	return func(yield func(*capture.Exchange, error) bool) {
		if id+1 == 0 {
			return
		}
		for page, err := range r.pages(bucketExchanges, key(uint64(id)+1)) {
			if err != nil {
				yield(nil, err)
				return
			}
			// The heads are read after their exchanges, so that they are never
			// older.
			heads := follower{source: r.source, bucket: bucketHeads}
			for i, p := range page {
				ex, err := r.exchange(p.Key, p.Value)
				if err == nil && !brief {
					err = heads.read(p.Key, len(page)-i, ex)
				}
				if !yield(ex, err) || err != nil {
					return
				}
			}
		}
	}
}

// Marks implements capture.Reader.
func (r *Reader) Marks(id capture.ExchangeID) ([]capture.Mark, error) {
	e, err := r.extent(id)
	if err != nil {
		return nil, err
	}
	marks := []capture.Mark{{Clean: true}}
	if e.logged {
		for at, err := range r.refs(uint64(id), e) {
			if err != nil {
				return nil, err
			}
			if at.mark.Pieces > 0 {
				marks = append(marks, at.mark)
			}
		}
		return marks, nil
	}
	for p, err := range r.scan(bucketMarks, blockKey(uint64(id), 0)) {
		if err != nil {
			return nil, err
		}
		if exchange, _, ok := splitBlockKey(p.Key); !ok || exchange != uint64(id) {
			break
		}
		m, err := readMark(p.Key, p.Value)
		if err != nil {
			return nil, fmt.Errorf("mark %x: %w", p.Key, err)
		}
		marks = append(marks, m)
	}
	return marks, nil
}

// Pieces implements capture.Reader. It yields what the tape held when it was
// called, also while more is recorded.
func (r *Reader) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		e, err := r.extent(id)
		if err != nil {
			yield(nil, err)
			return
		}
		b := blocks{reader: r, exchange: uint64(id), extent: e, next: from.Pieces, total: e.pieces}
		defer b.close()
		var p capture.Piece
		for b.piece(&p) {
			if !yield(&p, nil) {
				return
			}
		}
		if b.err != nil {
			yield(nil, b.err)
		}
	}
}

// extent returns what the record of an exchange says of its pieces.
func (r *Reader) extent(id capture.ExchangeID) (extent, error) {
	k := key(uint64(id))
	v, err := r.source.Get(bucketExchanges, k)
	if err != nil {
		return extent{}, err
	}
	if v == nil {
		return extent{}, fmt.Errorf("exchange %d: %w", id, capture.ErrNotFound)
	}
	_, e, err := readExchange(k, v)
	return e, err
}

// scan walks a bucket from a key on.
func (r *Reader) scan(bucket string, from []byte) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		for page, err := range r.pages(bucket, from) {
			if err != nil {
				yield(Pair{}, err)
				return
			}
			for _, p := range page {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// pages walks a bucket from a key on, as many pairs at a time as one look at
// the source brings. The first look is short, for those who want no more.
func (r *Reader) pages(bucket string, from []byte) iter.Seq2[[]Pair, error] {
	return func(yield func([]Pair, error) bool) {
		for limit := 16; ; limit = readRecords {
			page, err := r.source.Scan(bucket, from, limit, readBytes)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 || !yield(page, nil) {
				return
			}
			from = after(page[len(page)-1].Key)
		}
	}
}

// follower looks up keys of a bucket that are asked for in order.
type follower struct {
	source Source
	bucket string
	pairs  []Pair
}

// read looks up the heads of ex, when so many exchanges are left of a page.
func (f *follower) read(key []byte, left int, ex *capture.Exchange) error {
	for len(f.pairs) > 0 && bytes.Compare(f.pairs[0].Key, key) < 0 {
		f.pairs = f.pairs[1:]
	}
	if len(f.pairs) == 0 {
		var err error
		f.pairs, err = f.source.Scan(f.bucket, key, left, readBytes)
		if err != nil {
			return err
		}
	}
	if len(f.pairs) == 0 || !bytes.Equal(f.pairs[0].Key, key) {
		return nil
	}
	return readHeads(key, f.pairs[0].Value, ex)
}
