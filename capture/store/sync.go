package store

// Sync waits until all that was recorded before the call is on disk, or the
// disk has failed or not answered in time.
func (t *Tape) Sync() error { return t.flush() }
