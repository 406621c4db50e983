package store

import (
	"bytes"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/wiretape/wiretape/capture"
)

// removeKeys is how many keys one transaction of Remove deletes, so that the
// recording beside it does not wait long.
const removeKeys = 1024

// errDone ends a removal.
var errDone = errors.New("done")

// Remove deletes a session and its exchanges. The file does not become
// smaller, but what is recorded next uses the space; Compact makes it smaller.
// A session that is being recorded cannot be removed.
func (t *Tape) Remove(id capture.SessionID) error {
	if err := t.removable(id); err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return err
	}
	r := removal{session: id}
	for {
		switch err := t.edit(r.step); {
		case err == errDone:
			t.mu.Lock()
			delete(t.sessions, uint64(id))
			delete(t.stale, uint64(id))
			t.mu.Unlock()
			return nil
		case err != nil:
			return fmt.Errorf("remove session %d: %w", id, err)
		}
	}
}

func (t *Tape) removable(id capture.SessionID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.sessions[uint64(id)]; s != nil && s.Ended.IsZero() {
		return fmt.Errorf("session %d is being recorded", id)
	}
	for _, k := range t.live {
		if k.session == uint64(id) {
			return fmt.Errorf("exchange %d of session %d is being recorded", k.id, id)
		}
	}
	return nil
}

// removal deletes a session in steps, each of which leaves a sound tape.
type removal struct {
	session capture.SessionID
	next    []byte // key of the exchange to look at next
	last    bool   // nothing is left but the session
}

// step is one transaction.
func (r *removal) step(tx *bbolt.Tx) error {
	sessions, k := tx.Bucket([]byte(bucketSessions)), key(uint64(r.session))
	v := sessions.Get(k)
	switch {
	case v == nil && r.last:
		return errDone
	case v == nil:
		return capture.ErrNotFound
	}
	if r.next == nil {
		s, err := readSession(k, v)
		if err != nil {
			return err
		}
		r.next = key(s.first)
	}
	more, err := r.exchanges(tx)
	if err != nil || more {
		return err
	}
	r.last = true
	return sessions.Delete(k)
}

// exchanges deletes some exchanges and reports whether there are more.
func (r *removal) exchanges(tx *bbolt.Tx) (more bool, err error) {
	var gone [][]byte
	left := removeKeys
	c := tx.Bucket([]byte(bucketExchanges)).Cursor()
	looked := 0
	for k, v := c.Seek(r.next); k != nil; k, v = c.Next() {
		if left <= 0 || looked == 16*removeKeys {
			r.next, more = bytes.Clone(k), true
			break
		}
		looked++
		ex, pieces, err := readExchange(k, v)
		if err != nil {
			return false, err
		}
		if ex.Session != r.session {
			continue
		}
		k := bytes.Clone(k)
		if pieces, left, err = removeBlocks(tx, k, pieces, left-2); err != nil {
			return false, err
		}
		if pieces == 0 {
			gone = append(gone, k)
			continue
		}
		// The rest of it goes in the next step.
		r.next, more = k, true
		if err := putExchange(tx, k, ex, pieces); err != nil {
			return false, err
		}
		break
	}
	return more, deleteExchanges(tx, gone)
}

// putExchange writes the record of an exchange.
func putExchange(tx *bbolt.Tx, k []byte, ex *capture.Exchange, pieces uint64) error {
	v := appendExchange(beginValue(nil, kindExchange), ex, pieces, false)
	sealValue(k, v)
	return tx.Bucket([]byte(bucketExchanges)).Put(k, v)
}

func deleteExchanges(tx *bbolt.Tx, keys [][]byte) error {
	for _, k := range keys {
		for _, name := range []string{bucketExchanges, bucketHeads, bucketOpen} {
			if err := tx.Bucket([]byte(name)).Delete(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeBlocks deletes blocks of an exchange, the last ones first. It returns
// how many pieces are left, and how many keys may still be deleted.
func removeBlocks(tx *bbolt.Tx, exchange []byte, pieces uint64, left int) (uint64, int, error) {
	blocks, marks := tx.Bucket([]byte(bucketBlocks)), tx.Bucket([]byte(bucketMarks))
	id := number(exchange)
	var gone [][]byte
	c := blocks.Cursor()
	k, _ := c.Seek(blockKey(id+1, 0))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	for ; k != nil && left > 0; k, _ = c.Prev() {
		of, first, ok := splitBlockKey(k)
		if !ok || of != id {
			pieces = 0
			break
		}
		gone = append(gone, bytes.Clone(k))
		pieces = first
		left -= 2
	}
	if k == nil {
		pieces = 0
	}
	for _, k := range gone {
		if err := blocks.Delete(k); err != nil {
			return 0, 0, err
		}
		if err := marks.Delete(k); err != nil {
			return 0, 0, err
		}
	}
	return pieces, left, nil
}
