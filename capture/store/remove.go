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
const removeKeys = 512

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
		ex, e, err := readExchange(k, v)
		if err != nil {
			return false, err
		}
		if ex.Session != r.session {
			continue
		}
		k := bytes.Clone(k)
		if left, err = removePieces(tx, k, &e, left-2); err != nil {
			return false, err
		}
		if e.pieces == 0 {
			gone = append(gone, k)
			continue
		}
		// The rest of it goes in the next step.
		r.next, more = k, true
		if err := putExchange(tx, k, ex, e); err != nil {
			return false, err
		}
		break
	}
	return more, deleteExchanges(tx, gone)
}

// putExchange writes the record of an exchange.
func putExchange(tx *bbolt.Tx, k []byte, ex *capture.Exchange, e extent) error {
	v := appendExchange(beginValue(nil, kindExchange), ex, e, false)
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

// removePieces deletes blocks of an exchange, the last ones first. It returns
// how many keys may still be deleted.
func removePieces(tx *bbolt.Tx, exchange []byte, e *extent, left int) (int, error) {
	if !e.logged {
		return removeBlocks(tx, exchange, e, left)
	}
	list, err := parseRefs(e.refs)
	for err == nil && left > 0 {
		n := len(list)
		if n == 0 {
			if list, err = takeChunk(tx, exchange); len(list) == 0 {
				e.pieces = 0
				break
			}
			left--
			continue
		}
		r := list[n-1]
		list = list[:n-1]
		if r.number == 0 {
			err = tx.Bucket([]byte(bucketTails)).Delete(exchange)
		} else {
			err = tx.Bucket([]byte(bucketLog)).Delete(key(r.number))
		}
		e.pieces = r.mark.Pieces
		left--
	}
	var rest refs
	for _, r := range list {
		rest.add(r)
	}
	e.refs = string(rest.b)
	return left, err
}

// takeChunk deletes the last chunk of an exchange from the index and returns
// what it held.
func takeChunk(tx *bbolt.Tx, exchange []byte) ([]ref, error) {
	index := tx.Bucket([]byte(bucketIndex))
	k, v := before(index, number(exchange)+1)
	if of, _, ok := splitBlockKey(k); !ok || of != number(exchange) {
		return nil, nil
	}
	list, err := readChunk(k, v)
	if err != nil {
		return nil, err
	}
	return list, index.Delete(bytes.Clone(k))
}

// removeBlocks deletes blocks of version 1.
func removeBlocks(tx *bbolt.Tx, exchange []byte, e *extent, left int) (int, error) {
	blocks, marks := tx.Bucket([]byte(bucketBlocks)), tx.Bucket([]byte(bucketMarks))
	id := number(exchange)
	for left > 0 && e.pieces > 0 {
		k, _ := before(blocks, id+1)
		of, first, ok := splitBlockKey(k)
		if !ok || of != id {
			e.pieces = 0
			break
		}
		k = bytes.Clone(k)
		if err := blocks.Delete(k); err != nil {
			return 0, err
		}
		if err := marks.Delete(k); err != nil {
			return 0, err
		}
		e.pieces = first
		left -= 2
	}
	return left, nil
}
