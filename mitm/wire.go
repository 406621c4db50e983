package mitm

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/wiretape/wiretape/capture"
)

const (
	// readSize is how much one read of a socket may bring. Larger reads gather
	// more TLS records into one round of the relay.
	readSize = 32 << 10
	// gatherSize is how much a corked wire holds back before it writes through.
	gatherSize = 64 << 10
	// farewell bounds the last flush of a wire that is being closed.
	farewell = 5 * time.Second
)

// readBuffers and gatherBuffers lend memory to wires that hold bytes at the
// moment. An idle wire holds none.
var (
	readBuffers   = sync.Pool{New: func() any { return new([readSize]byte) }}
	gatherBuffers = sync.Pool{New: func() any { return new([gatherSize]byte) }}
)

// ending is how a peer ended its side of a connection.
type ending uint32

const (
	endNone  ending = iota // it has not, as far as was read
	endFIN                 // the socket came to its end of file
	endReset               // RST
)

// wire is a connection below TLS, mostly a TCP socket. It remembers how the
// peer ended and gathers small writes, so that a relay can collect what it has
// to send and write it just before the next read would touch the socket. It
// borrows its buffers while there are bytes to hold, and waits without any.
//
// One goroutine may read, any number may write, flush and close.
type wire struct {
	net.Conn
	raw  syscall.RawConn // nil where the connection is no socket
	idle func()
	cost capture.Timing // what it took to connect, where we did

	// The reading side.
	drain  bool // Read does not touch the socket
	late   error
	lent   *[readSize]byte
	in     []byte             // the part of lent that was not consumed
	step   func(uintptr) bool // w.readOnce, bound once
	glance func(uintptr) bool // w.readRest, bound once
	got    int                // what step read
	fail   error              // why step failed

	ended  atomic.Uint32
	shut   atomic.Bool // we ended our side
	closed atomic.Bool

	mu     sync.Mutex // held while writing, so that flushes and writes keep their order
	corked bool
	store  *[gatherSize]byte
	out    []byte // the part of store that was not written
}

// newWire returns c as a wire. The wire owns c.
func newWire(c net.Conn) *wire {
	w := &wire{Conn: c}
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil && canReadRaw {
			w.raw = raw
			w.step = w.readOnce
		}
	}
	return w
}

// Read reads what the wire holds, or else from the socket.
func (w *wire) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(w.in) == 0 {
		if w.drain {
			return 0, w.dry()
		}
		if w.idle != nil {
			w.idle()
		}
		n, err := w.fill(p)
		if n > 0 || err != nil {
			w.note(err)
			return n, err
		}
	}
	n := copy(p, w.in)
	w.in = w.in[n:]
	if len(w.in) == 0 {
		w.giveBack()
	}
	return n, nil
}

// fill reads the socket once. It returns what it put into p, or 0 and no error
// when the bytes lie in w.in.
func (w *wire) fill(p []byte) (int, error) {
	if len(p) >= readSize || w.raw == nil {
		return w.Conn.Read(p)
	}
	w.got, w.fail = 0, nil
	err := w.raw.Read(w.step)
	if err == nil {
		err = w.fail
	}
	if err != nil {
		w.giveBack()
		return 0, err
	}
	w.in = w.lent[:w.got]
	return 0, nil
}

// readOnce reads the socket into a lent buffer, and gives the buffer back
// before it lets the runtime wait: it returns false when there is nothing to
// read yet.
func (w *wire) readOnce(fd uintptr) bool {
	if w.lent == nil {
		w.lent = readBuffers.Get().(*[readSize]byte)
	}
	n, err := readSocket(fd, w.lent[:])
	switch {
	case wouldBlock(err):
		w.giveBack()
		return false
	case err != nil:
		w.fail = &net.OpError{Op: "read", Net: "tcp", Source: w.LocalAddr(), Addr: w.RemoteAddr(), Err: os.NewSyscallError("read", err)}
	case n == 0:
		w.fail = io.EOF
	}
	w.got = n
	return true
}

func (w *wire) giveBack() {
	w.in = nil
	if w.lent != nil {
		readBuffers.Put(w.lent)
		w.lent = nil
	}
}

// note remembers from an error how the peer ended. What was seen first holds:
// after a FIN a reset only says that the peer is gone altogether.
func (w *wire) note(err error) {
	switch {
	case err == nil:
	case err == io.EOF:
		w.ended.CompareAndSwap(uint32(endNone), uint32(endFIN))
	case isReset(err) && !w.closed.Load():
		w.ended.CompareAndSwap(uint32(endNone), uint32(endReset))
	}
}

// Buffered returns how many bytes were read from the socket and not consumed.
// Only the reading goroutine may ask.
func (w *wire) Buffered() int { return len(w.in) }

// OnIdle makes f run before each read that touches the socket. It is to be
// called by the goroutine that reads, or before there is one.
func (w *wire) OnIdle(f func()) { w.idle = f }

// Ended returns how the peer ended its side, as far as was read: a FIN that
// lies behind unread bytes has not been seen yet.
func (w *wire) Ended() ending { return ending(w.ended.Load()) }

// Write writes p, or gathers it while the wire is corked.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.corked && len(w.out) == 0 {
		return w.write(p)
	}
	if len(w.out)+len(p) > gatherSize {
		if err := w.flush(); err != nil {
			return 0, err
		}
		if len(p) >= gatherSize {
			return w.write(p)
		}
	}
	if w.store == nil {
		w.store = gatherBuffers.Get().(*[gatherSize]byte)
	}
	w.out = append(w.store[:len(w.out)], p...)
	return len(p), nil
}

// write writes p to the socket. The caller holds w.mu.
func (w *wire) write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	if err != nil && !w.shut.Load() {
		w.note(err)
	}
	return n, err
}

// flush writes what was gathered. The caller holds w.mu.
func (w *wire) flush() error {
	if len(w.out) == 0 {
		return nil
	}
	_, err := w.write(w.out)
	w.out = nil
	gatherBuffers.Put(w.store)
	w.store = nil
	return err
}

// Cork makes Write gather, up to 64 KiB; taking the cork out flushes.
func (w *wire) Cork(on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.corked = on
	if on {
		return nil
	}
	return w.flush()
}

// Flush writes what a corked wire has gathered. It is to be called where
// nothing more is at hand, at the latest before waiting for anything.
func (w *wire) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

// CloseWrite flushes and ends our side with a FIN; the peer's goes on.
func (w *wire) CloseWrite() error {
	if err := w.Cork(false); err != nil {
		return err
	}
	w.shut.Store(true)
	if c, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return w.Close()
}

// Close flushes what was gathered, unless another goroutine is stuck in
// writing it, and closes the connection.
func (w *wire) Close() error {
	if w.closed.Swap(true) {
		return net.ErrClosed
	}
	w.release()
	return w.Conn.Close()
}

// release takes out the cork, within a time limit.
func (w *wire) release() {
	if !w.mu.TryLock() {
		return
	}
	defer w.mu.Unlock()
	w.corked = false
	if len(w.out) > 0 {
		w.SetWriteDeadline(time.Now().Add(farewell))
		w.flush()
	}
}

// Reset closes the connection so that the peer sees RST (SO_LINGER 0). What
// was gathered and not flushed is lost, as RST discards it.
func (w *wire) Reset() error {
	if w.closed.Swap(true) {
		return net.ErrClosed
	}
	if c, ok := w.Conn.(interface{ SetLinger(int) error }); ok {
		if err := c.SetLinger(0); err != nil && !errors.Is(err, net.ErrClosed) {
			w.Conn.Close()
			return err
		}
	}
	return w.Conn.Close()
}
