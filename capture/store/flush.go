package store

import "time"

// The pause before a failed commit is tried again doubles between these.
const (
	retryFirst = 100 * time.Millisecond
	retryLast  = 5 * time.Second
)

// run is the flusher: the one goroutine that writes what is recorded.
func (t *Tape) run() {
	defer close(t.done)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	armed := false
	retry := retryFirst
	for {
		select {
		case <-t.woken:
			if !armed && t.batch == nil {
				timer.Reset(t.options.CommitEvery)
				armed = true
			}
			continue
		case <-t.stop:
			t.closeErr = t.end()
			return
		case <-t.kicked:
			if t.batch != nil && !t.waitedFor() {
				continue
			}
		case <-timer.C:
		}
		timer.Stop()
		armed = false
		if err := t.commit(); err != nil {
			timer.Reset(retry)
			armed = true
			retry = min(2*retry, retryLast)
			continue
		}
		retry = retryFirst
	}
}

// waitedFor reports whether somebody waits for a commit.
func (t *Tape) waitedFor() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiters) > 0
}

// commit writes what failed last time, then what gathered since.
func (t *Tape) commit() error {
	t.write.Lock()
	defer t.write.Unlock()
	if t.batch != nil {
		if err := t.store(t.batch); err != nil {
			t.answerAll(err)
			return err
		}
		t.recovered()
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
		b.answer(err)
		t.failed(err)
		return err
	}
	t.batch = nil
	t.advance(b.number)
	t.queue.release(b.reserved)
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
	if t.failing.Swap(true) {
		return
	}
	t.queue.fault(true)
	t.options.Fault(err)
}

func (t *Tape) recovered() {
	t.mended.Add(1)
	t.failing.Store(false)
	t.queue.fault(false)
	t.options.Fault(nil)
}

// answerAll tells those who wait that nothing was written.
func (t *Tape) answerAll(err error) {
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
	var err error
	if t.batch != nil {
		if err = t.store(t.batch); err == nil {
			t.recovered()
		}
	}
	if err == nil {
		if b := t.snapshot(true); b.empty() {
			b.answer(nil)
		} else {
			err = t.store(b)
		}
	}
	t.answerAll(ErrClosed)
	if closeErr := t.db.close(err == nil); err == nil {
		err = closeErr
	}
	return err
}
