package store

import "time"

// Options is how a tape is opened. The zero value is the default, and a nil
// pointer stands for it. It is copied on entry.
type Options struct {
	// Timeout is how long to wait for the file's lock. 0 is 200 ms.
	Timeout time.Duration
	// Queue is how many bytes may wait between the relay and the disk. 0 is
	// 12 MiB. The memory of a recorder at full speed is five to nine times that.
	Queue int
	// CommitBytes is how many bytes in full blocks start a commit at once. 0 is
	// 1 MiB.
	CommitBytes int
	// CommitEvery is how long a piece may wait for a commit to start. 0 is
	// 50 ms.
	CommitEvery time.Duration
	// Compress packs every block with zstd, where that makes it smaller.
	Compress bool
	// Tool is the program and version that stands in a new tape as its maker.
	Tool string
	// Fault is called when recording to the tape fails, once with the error,
	// and once with nil when it works again. It is called from the tape's own
	// goroutine and must not call the tape.
	Fault func(err error)
	// NoSync leaves out fsync. It is for tests: after a power cut the tape may
	// be damaged.
	NoSync bool
}

// withDefaults returns a copy of o with the zero values filled in.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Timeout <= 0 {
		c.Timeout = 200 * time.Millisecond
	}
	if c.Queue <= 0 {
		c.Queue = 12 << 20
	}
	if c.CommitBytes <= 0 {
		c.CommitBytes = 1 << 20
	}
	if c.CommitEvery <= 0 {
		c.CommitEvery = 50 * time.Millisecond
	}
	if c.Tool == "" {
		c.Tool = "wiretape"
	}
	if c.Fault == nil {
		c.Fault = func(error) {}
	}
	return c
}
