package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture"
)

// answerTimeout is how long Begin, Finish, Close and the notes wait for the
// disk before they say that it does not answer.
const answerTimeout = 10 * time.Second

// Tape is a tape that is being recorded to. It may be used concurrently.
type Tape struct {
	*Reader // of what is committed
	path    string
	options Options
	db      *database
	queue   *queue
	buffers buffers
	packer  *zstd.Encoder // nil without Options.Compress; the flusher's
	seed    maphash.Seed

	woken    chan struct{} // something became dirty
	kicked   chan struct{} // commit now
	stop     chan struct{} // closed by Close
	done     chan struct{} // closed when the flusher has ended
	closeErr error         // set before done is closed
	closing  atomic.Bool
	full     atomic.Int64 // bytes in sealed blocks that no snapshot took

	failing   atomic.Bool           // the last commit failed
	lastFault atomic.Pointer[error] // why a commit failed last
	mended    atomic.Uint64         // how often a commit worked again

	write sync.Mutex // one writer of the file at a time: the flusher, or what edits records

	mu           sync.Mutex
	dirty        []*track
	live         map[uint64]*track
	sessions     map[uint64]*session
	stale        map[uint64]bool // sessions that changed
	waiters      []chan error
	nextExchange uint64
	nextSession  uint64
	head         uint64
	moved        chan struct{} // closed when head grows
	closed       bool

	// The flusher's own.
	lastBlock uint64 // highest number given to a block in the log
	batch     *batch // what the last commit failed to write
	attempts  int    // how often it failed
	spare     *batch // an empty one, for the next commit
	kept      int    // bytes of the buffers that open blocks keep between commits
}

var (
	_ capture.Writer = (*Tape)(nil)
	_ capture.Reader = (*Tape)(nil)
)

// Path returns the path the tape was opened with.
func (t *Tape) Path() string { return t.path }

// Begin implements capture.Writer. It returns when the session is on disk, so
// that a recorder which cannot record does not start.
func (t *Tape) Begin(s *capture.Session) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return ErrClosed
	}
	t.nextSession++
	s.ID = capture.SessionID(t.nextSession)
	t.sessions[t.nextSession] = &session{Session: *s, first: t.nextExchange + 1}
	t.stale[t.nextSession] = true
	t.mu.Unlock()
	return t.flush()
}

// Finish implements capture.Writer.
func (t *Tape) Finish(id capture.SessionID, ended time.Time) error {
	t.mu.Lock()
	s := t.sessions[uint64(id)]
	if s == nil {
		t.mu.Unlock()
		return fmt.Errorf("session %d of this recorder: %w", id, capture.ErrNotFound)
	}
	s.Ended = ended
	t.stale[uint64(id)] = true
	t.mu.Unlock()
	return t.flush()
}

// Track implements capture.Writer. It fails when the tape is closed, and when
// so much waits for the disk that not even the heads have room.
func (t *Tape) Track(ex *capture.Exchange, mark func() capture.Mark) (capture.Track, error) {
	if t.queue.used.Load() > 2*t.queue.limit {
		return nil, t.overload()
	}
	t.queue.add(headsCost(ex))
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	t.nextExchange++
	ex.ID = capture.ExchangeID(t.nextExchange)
	k := &track{tape: t, id: t.nextExchange, session: uint64(ex.Session), ex: ex, mark: mark, dirty: true, mended: t.mended.Load()}
	t.live[k.id] = k
	t.enqueueLocked(k)
	return k, nil
}

// headsCost is about how much memory an exchange takes until it is on disk.
func headsCost(ex *capture.Exchange) int {
	n := 512 + len(ex.Request.URL) + len(ex.Request.Raw)
	for i := range ex.Request.Header {
		n += 64 + len(ex.Request.Header[i].Value)
	}
	return n
}

func (t *Tape) overload() error {
	if t.failing.Load() {
		return fmt.Errorf("the tape cannot be written: %w", *t.lastFault.Load())
	}
	return fmt.Errorf("the disk does not keep up: %d bytes wait", t.queue.used.Load())
}

// Reserve implements capture.Writer. While the tape fails, it does not wait.
// The caller must not hold the lock of a track.
func (t *Tape) Reserve(n int, wait time.Duration) bool {
	return !t.closing.Load() && t.queue.reserve(n, wait)
}

// Head returns the number of the last commit.
func (t *Tape) Head() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head
}

// Wait waits for a commit after head and returns its number. It returns io.EOF
// when the tape was closed and nothing more will come.
func (t *Tape) Wait(ctx context.Context, head uint64) (uint64, error) {
	for {
		t.mu.Lock()
		now, moved := t.head, t.moved
		t.mu.Unlock()
		if now > head {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return now, ctx.Err()
		case <-moved:
		case <-t.done:
			if now := t.Head(); now > head {
				return now, nil
			}
			return now, io.EOF
		}
	}
}

// Close stops recording, writes what is pending, and closes the file. What was
// still open is marked as cut off.
func (t *Tape) Close() error {
	t.mu.Lock()
	first := !t.closed
	t.closed = true
	t.mu.Unlock()
	if first {
		t.closing.Store(true)
		close(t.stop)
	}
	timer := time.NewTimer(answerTimeout)
	defer timer.Stop()
	select {
	case <-t.done:
		return t.closeErr
	case <-timer.C:
		return fmt.Errorf("close tape %s: the disk did not answer within %v", t.path, answerTimeout)
	}
}

// enqueue puts a track that became dirty on the flusher's list. The caller
// holds the track's lock.
func (t *Tape) enqueue(k *track) {
	t.mu.Lock()
	t.enqueueLocked(k)
	t.mu.Unlock()
}

func (t *Tape) enqueueLocked(k *track) {
	t.dirty = append(t.dirty, k)
	if len(t.dirty) == 1 {
		signal(t.woken)
	}
}

// sealed counts the bytes of a block that became full.
func (t *Tape) sealed(n int) {
	if t.full.Add(int64(n)) >= int64(t.options.CommitBytes) {
		signal(t.kicked)
	}
}

// flush waits until all that happened before is on disk.
func (t *Tape) flush() error {
	w := make(chan error, 1)
	t.mu.Lock()
	t.waiters = append(t.waiters, w)
	t.mu.Unlock()
	signal(t.kicked)
	timer := time.NewTimer(answerTimeout)
	defer timer.Stop()
	select {
	case err := <-w:
		return err
	case <-t.done:
		select {
		case err := <-w:
			return err
		default:
			return ErrClosed
		}
	case <-timer.C:
		return fmt.Errorf("write tape %s: the disk did not answer within %v", t.path, answerTimeout)
	}
}

// signal says so on a channel of capacity 1; said twice is said once.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
