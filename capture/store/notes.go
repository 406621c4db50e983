package store

import (
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
)

// Annotate sets the note and the tags of an exchange, recorded or being
// recorded, and returns when they are on disk.
func (t *Tape) Annotate(id capture.ExchangeID, n capture.Notes) error {
	t.mu.Lock()
	k := t.live[uint64(id)]
	t.mu.Unlock()
	if k != nil {
		k.Lock()
		live := !k.closed
		if live {
			k.ex.Note, k.ex.Tags = n.Note, slices.Clone(n.Tags)
			k.touch()
		}
		k.Unlock()
		if live {
			return t.flush()
		}
	}
	// What is closed but not yet on disk must get there first.
	if err := t.flush(); err != nil {
		return err
	}
	return t.edit(func(tx *bbolt.Tx) error {
		key := key(uint64(id))
		v := tx.Bucket([]byte(bucketExchanges)).Get(key)
		if v == nil {
			return fmt.Errorf("exchange %d: %w", id, capture.ErrNotFound)
		}
		ex, e, err := readExchange(key, v)
		if err != nil {
			return err
		}
		ex.Note, ex.Tags = n.Note, slices.Clone(n.Tags)
		return putExchange(tx, key, ex, e)
	})
}

// Label sets the label, the note and the tags of a session, recorded or being
// recorded, and returns when they are on disk.
func (t *Tape) Label(id capture.SessionID, label string, n capture.Notes) error {
	t.mu.Lock()
	s := t.sessions[uint64(id)]
	if s != nil {
		s.Label, s.Note, s.Tags = label, n.Note, slices.Clone(n.Tags)
		t.stale[uint64(id)] = true
	}
	t.mu.Unlock()
	if s != nil {
		return t.flush()
	}
	return t.edit(func(tx *bbolt.Tx) error {
		b, key := tx.Bucket([]byte(bucketSessions)), key(uint64(id))
		v := b.Get(key)
		if v == nil {
			return fmt.Errorf("session %d: %w", id, capture.ErrNotFound)
		}
		s, err := readSession(key, v)
		if err != nil {
			return err
		}
		s.Label, s.Note, s.Tags = label, n.Note, slices.Clone(n.Tags)
		v = appendSession(beginValue(nil, kindSession), s)
		sealValue(key, v)
		return b.Put(key, v)
	})
}

// edit changes records between two commits, as a commit of its own. When
// change returns an error, nothing is changed.
func (t *Tape) edit(change func(tx *bbolt.Tx) error) error {
	t.write.Lock()
	defer t.write.Unlock()
	if t.closing.Load() {
		return ErrClosed
	}
	if t.failing.Load() {
		return *t.lastFault.Load()
	}
	t.mu.Lock()
	b := &batch{number: t.head + 1, change: change}
	t.mu.Unlock()
	if err := t.db.commit(b); err != nil {
		return err
	}
	t.advance(b.number)
	return nil
}
