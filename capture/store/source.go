package store

import (
	"context"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// Source is the little that a Reader needs of a tape, so that a socket can
// serve it to other processes. It may be used concurrently.
type Source interface {
	// Get returns the value of a key, nil if there is none. It is the
	// caller's.
	Get(bucket string, key []byte) ([]byte, error)
	// Scan returns pairs whose key is at least from, in order: at most limit,
	// and no more after maxBytes of keys and values are reached, but at least
	// one if there is one. They are the caller's. A limit or maxBytes of 0 is
	// none.
	Scan(bucket string, from []byte, limit int, maxBytes int) ([]Pair, error)
	// GetAll returns the values of keys, in their order, nil for those that
	// there are not. It may return fewer, but at least one, when they come to
	// maxBytes. They are the caller's.
	GetAll(bucket string, keys [][]byte, maxBytes int) ([][]byte, error)
	// Head returns the number of the last commit.
	Head() uint64
	// Wait waits for a commit after head and returns its number, or io.EOF
	// when none will come.
	Wait(ctx context.Context, head uint64) (uint64, error)
}

// Pair is a key of a bucket and its value.
type Pair struct{ Key, Value []byte }

// scanMax bounds what one Scan copies, whatever it is asked for.
const scanMax = 4 << 20

// get and scan serve a Source from a bbolt file, each in a transaction of its
// own, short enough to keep nothing from being written.
func get(tx *bbolt.Tx, bucket string, key []byte) ([]byte, error) {
	b, err := sourceBucket(tx, bucket)
	if err != nil || b == nil {
		return nil, err
	}
	v := b.Get(key)
	if v == nil {
		return nil, nil
	}
	return append(make([]byte, 0, len(v)), v...), nil
}

// fetchMin is the length from which on the pages of a value are asked for at
// once, rather than one after the other as they are copied.
const fetchMin = 16 << 10

func getAll(tx *bbolt.Tx, bucket string, keys [][]byte, maxBytes int) ([][]byte, error) {
	b, err := sourceBucket(tx, bucket)
	if err != nil {
		return nil, err
	}
	if maxBytes <= 0 || maxBytes > scanMax {
		maxBytes = scanMax
	}
	values := make([][]byte, 0, min(len(keys), readRecords))
	for size := 0; len(values) < len(keys) && size < maxBytes; {
		var v []byte
		if b != nil {
			v = b.Get(keys[len(values)])
		}
		if len(v) >= fetchMin {
			fetch(v)
		}
		values = append(values, v)
		size += len(v)
	}
	for i, v := range values {
		if v != nil {
			values[i] = append(make([]byte, 0, len(v)), v...)
		}
	}
	return values, nil
}

func scan(tx *bbolt.Tx, bucket string, from []byte, limit, maxBytes int) ([]Pair, error) {
	b, err := sourceBucket(tx, bucket)
	if err != nil || b == nil {
		return nil, err
	}
	if maxBytes <= 0 || maxBytes > scanMax {
		maxBytes = scanMax
	}
	var pairs []Pair
	size := 0
	c := b.Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if limit > 0 && len(pairs) == limit || size >= maxBytes || v == nil {
			break
		}
		both := append(append(make([]byte, 0, len(k)+len(v)), k...), v...)
		pairs = append(pairs, Pair{both[:len(k):len(k)], both[len(k):]})
		size += len(both)
	}
	return pairs, nil
}

// sourceBucket keeps a Source to the buckets of a tape. It returns nil for one
// that this tape has no use for.
func sourceBucket(tx *bbolt.Tx, bucket string) (*bbolt.Bucket, error) {
	if kindOf(bucket) == 0 {
		return nil, fmt.Errorf("a tape has no bucket %q", bucket)
	}
	return tx.Bucket([]byte(bucket)), nil
}

// tapeSource is the source of a tape that is being recorded to.
type tapeSource struct{ t *Tape }

func (s tapeSource) Get(bucket string, key []byte) (v []byte, err error) {
	err = s.t.db.view(func(tx *bbolt.Tx) error {
		v, err = get(tx, bucket, key)
		return err
	})
	return v, err
}

func (s tapeSource) GetAll(bucket string, keys [][]byte, maxBytes int) (values [][]byte, err error) {
	err = s.t.db.view(func(tx *bbolt.Tx) error {
		values, err = getAll(tx, bucket, keys, maxBytes)
		return err
	})
	return values, err
}

func (s tapeSource) Scan(bucket string, from []byte, limit, maxBytes int) (pairs []Pair, err error) {
	err = s.t.db.view(func(tx *bbolt.Tx) error {
		pairs, err = scan(tx, bucket, from, limit, maxBytes)
		return err
	})
	return pairs, err
}

func (s tapeSource) Head() uint64 { return s.t.Head() }

func (s tapeSource) Wait(ctx context.Context, head uint64) (uint64, error) {
	return s.t.Wait(ctx, head)
}

// viewSource is the source of a tape that nobody is recording to.
type viewSource struct{ v *View }

func (s viewSource) Get(bucket string, key []byte) (v []byte, err error) {
	err = s.v.db.view(func(tx *bbolt.Tx) error {
		v, err = get(tx, bucket, key)
		return err
	})
	return v, err
}

func (s viewSource) GetAll(bucket string, keys [][]byte, maxBytes int) (values [][]byte, err error) {
	err = s.v.db.view(func(tx *bbolt.Tx) error {
		values, err = getAll(tx, bucket, keys, maxBytes)
		return err
	})
	return values, err
}

func (s viewSource) Scan(bucket string, from []byte, limit, maxBytes int) (pairs []Pair, err error) {
	err = s.v.db.view(func(tx *bbolt.Tx) error {
		pairs, err = scan(tx, bucket, from, limit, maxBytes)
		return err
	})
	return pairs, err
}

func (s viewSource) Head() uint64 { return s.v.head }

func (s viewSource) Wait(ctx context.Context, head uint64) (uint64, error) {
	if head < s.v.head {
		return s.v.head, nil
	}
	return s.v.head, io.EOF
}
