package store

import "time"

const (
	// The pause before a failed commit is tried again doubles between these.
	retryFirst = 100 * time.Millisecond
	retryLast  = 2 * time.Second
	// retryQuiet is how often a commit fails before those who wait for it are
	// told. A disk may fail once and then work.
	retryQuiet = 4
)

// run is the flusher: the one goroutine that writes what is recorded.
func (t *Tape) run() {
	defer close(t.done)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	armed := false
	for {
		select {
		case <-t.woken:
			if !armed {
				timer.Reset(t.options.CommitEvery)
				armed = true
			}
			continue
		case <-t.stop:
			t.closeErr = t.end()
			return
		case <-t.kicked:
			if t.batch != nil {
				continue // its time will come
			}
		case <-timer.C:
		}
		timer.Stop()
		if armed = t.commit() != nil; armed {
			timer.Reset(t.pause())
		}
	}
}

// pause is how long to wait before a failed commit is tried again.
func (t *Tape) pause() time.Duration {
	return min(retryFirst<<min(t.attempts-1, 8), retryLast)
}

// commit writes what failed last time, then what gathered since.
func (t *Tape) commit() error {
	t.write.Lock()
	defer t.write.Unlock()
	if t.batch != nil {
		if err := t.store(t.batch); err != nil {
			return err
		}
	}
	b := t.snapshot(false)
	if b.empty() {
		t.queue.release(b.reserved)
		b.answer(nil)
		t.spare = b
		return nil
	}
	return t.store(b)
}

// store commits one batch. When that fails the batch stays, to be tried again.
func (t *Tape) store(b *batch) error {
	if err := t.db.commit(b); err != nil {
		t.batch = b
		t.failed(err)
		return err
	}
	t.batch = nil
	t.advance(b.number)
	t.queue.release(b.reserved)
	t.recovered()
	b.answer(nil)
	b.free()
	t.spare = b
	return nil
}

// advance tells those who follow that there is a new commit.
func (t *Tape) advance(head uint64) {
	t.mu.Lock()
	t.head = head
	close(t.moved)
	t.moved = make(chan struct{})
	t.mu.Unlock()
}

// failed tells the user, once, and lets nobody wait for the disk.
func (t *Tape) failed(err error) {
	t.lastFault.Store(&err)
	if t.attempts++; t.attempts >= retryQuiet {
		t.answerAll(err)
	}
	if t.failing.Swap(true) {
		return
	}
	t.queue.fault(true)
	t.options.Fault(err)
}

// recovered takes that back, when a commit worked again.
func (t *Tape) recovered() {
	t.attempts = 0
	if !t.failing.Swap(false) {
		return
	}
	t.mended.Add(1)
	t.queue.fault(false)
	t.options.Fault(nil)
}

// answerAll tells those who wait that nothing was written.
func (t *Tape) answerAll(err error) {
	if t.batch != nil {
		t.batch.answer(err)
	}
	t.mu.Lock()
	waiters := t.waiters
	t.waiters = nil
	t.mu.Unlock()
	for _, w := range waiters {
		w <- err
	}
}

// end writes what is pending and closes the file.
func (t *Tape) end() error {
	t.write.Lock()
	defer t.write.Unlock()
	err := t.last()
	for err != nil && t.attempts < retryQuiet {
		time.Sleep(t.pause())
		err = t.last()
	}
	t.answerAll(ErrClosed)
	if closeErr := t.db.close(); err == nil {
		err = closeErr
	}
	return err
}

// last is the last commit, after the one that failed.
func (t *Tape) last() error {
	if b := t.batch; b != nil {
		clean := b.clean
		if err := t.store(b); err != nil || clean {
			return err
		}
	}
	b := t.snapshot(true)
	b.clean = true
	return t.store(b)
}
