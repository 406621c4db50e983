package store

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// apply writes the batch in a transaction.
func (b *batch) apply(tx *bbolt.Tx) error {
	if b.change != nil {
		if b.rejected = b.change(tx); b.rejected != nil {
			return errRejected
		}
	}
	for i, name := range dataBuckets {
		if len(b.puts[i]) == 0 {
			continue
		}
		bucket := tx.Bucket([]byte(name))
		if bucket == nil {
			return fmt.Errorf("bucket %s is missing", name)
		}
		bucket.FillPercent = 1
		for _, p := range b.puts[i] {
			if err := bucket.Put(p.Key, p.Value); err != nil {
				return err
			}
		}
	}
	for _, g := range b.gone {
		if err := tx.Bucket([]byte(dataBuckets[g.bucket])).Delete(g.key); err != nil {
			return err
		}
	}
	if err := raise(tx, bucketLog, b.block); err != nil {
		return err
	}
	if err := raise(tx, bucketExchanges, b.exchange); err != nil {
		return err
	}
	if err := raise(tx, bucketSessions, b.session); err != nil {
		return err
	}
	meta := tx.Bucket([]byte(bucketMeta))
	if b.clean {
		if err := meta.Put([]byte(metaClean), []byte{1}); err != nil {
			return err
		}
	}
	head := binary.BigEndian.AppendUint64(nil, b.number)
	return meta.Put([]byte(metaHead), head)
}

// raise keeps the highest number ever given in the sequence of a bucket, so
// that the number of what was removed is not given again.
func raise(tx *bbolt.Tx, bucket string, n uint64) error {
	b := tx.Bucket([]byte(bucket))
	if b == nil {
		return fmt.Errorf("bucket %s is missing", bucket)
	}
	if b.Sequence() >= n {
		return nil
	}
	return b.SetSequence(n)
}
