package store

import (
	"sync"
	"sync/atomic"
	"time"
)

// queue counts the bytes between the relay and the disk. What is added counts
// until the commit whose snapshot was taken after it is done. So a reservation
// is not tied to what is then appended, which is never more.
type queue struct {
	limit int64
	used  atomic.Int64
	kick  func() // asks for a commit now

	mu   sync.Mutex
	room chan struct{} // closed when bytes were released
	full bool          // the disk fails: do not wait
}

func newQueue(limit int, kick func()) *queue {
	return &queue{limit: int64(limit), kick: kick, room: make(chan struct{})}
}

// add counts n bytes that do not wait.
func (q *queue) add(n int) { q.used.Add(int64(n)) }

// reserve counts n bytes as soon as they fit, or reports false. More than the
// limit fits into an empty queue, or it would never.
func (q *queue) reserve(n int, wait time.Duration) bool {
	if q.try(int64(n)) {
		return true
	}
	q.kick()
	if wait <= 0 {
		return false
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	for {
		q.mu.Lock()
		room, full := q.room, q.full
		q.mu.Unlock()
		if q.try(int64(n)) {
			return true
		}
		if full {
			return false
		}
		select {
		case <-room:
		case <-t.C:
			return q.try(int64(n))
		}
	}
}

func (q *queue) try(n int64) bool {
	for {
		used := q.used.Load()
		if used > 0 && used+n > q.limit {
			return false
		}
		if q.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// release takes back n bytes that are on disk or dropped.
func (q *queue) release(n int64) {
	q.used.Add(-n)
	q.wake()
}

// fault tells whether the disk fails. While it does, nobody waits for it.
func (q *queue) fault(full bool) {
	q.mu.Lock()
	q.full = full
	q.mu.Unlock()
	q.wake()
}

func (q *queue) wake() {
	q.mu.Lock()
	close(q.room)
	q.room = make(chan struct{})
	q.mu.Unlock()
}
