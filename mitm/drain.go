package mitm

import (
	"io"
	"os"
	"time"
)

// errDry is what a draining wire answers when it holds no bytes. TLS takes it
// for a passing trouble of the network and can be read again.
var errDry error = dryError{}

type dryError struct{}

func (dryError) Error() string   { return "nothing to read at the moment" }
func (dryError) Timeout() bool   { return false }
func (dryError) Temporary() bool { return true }

// Drain makes Read return errDry where it would touch the socket, so that a
// reader above TLS can take all there is, do with it what is to be done, and
// wait in Wait without a buffer in its hands. It is for the reading goroutine.
func (w *wire) Drain(on bool) { w.drain = on }

// Wait waits until Read has something to return, bytes or an ending, and
// returns an error only when the read deadline passed. It is for the reading
// goroutine, with Drain on.
func (w *wire) Wait() error {
	if len(w.in) > 0 || w.late != nil {
		return nil
	}
	n, err := w.await()
	w.note(err)
	switch {
	case os.IsTimeout(err):
		return err
	case err != nil:
		w.late = err
	case n == 0 && len(w.in) == 0:
		w.late = io.EOF
	}
	return nil
}

// await reads the socket once, into w.in.
func (w *wire) await() (int, error) {
	if w.raw != nil {
		return w.fill(nil)
	}
	w.lent = readBuffers.Get().(*[readSize]byte)
	n, err := w.Conn.Read(w.lent[:])
	if n == 0 {
		w.giveBack()
		return 0, err
	}
	w.in = w.lent[:n]
	return n, nil
}

// dry returns what Wait left to be told.
func (w *wire) dry() error {
	if w.late != nil {
		return w.late
	}
	return errDry
}

// quiet reports whether the peer neither ended an idle connection nor, without
// TLS, said anything on it. TLS has things to say of its own: what was read
// stays in the wire.
func (w *wire) quiet() bool {
	if w.Ended() != endNone || w.late != nil {
		return false
	}
	if w.raw == nil {
		return true
	}
	if w.glance == nil {
		w.glance = w.readRest
	}
	w.fail = nil
	err := w.raw.Read(w.glance)
	if err == nil {
		err = w.fail
	}
	w.note(err)
	return err == nil
}

// readRest reads what is there behind what the wire holds, and does not wait.
func (w *wire) readRest(fd uintptr) bool {
	if w.lent == nil {
		w.lent = readBuffers.Get().(*[readSize]byte)
	}
	held := copy(w.lent[:], w.in)
	for held < readSize {
		n, err := readSocket(fd, w.lent[held:])
		if n == 0 && err == nil {
			err = io.EOF
		}
		if held += n; err != nil {
			if !wouldBlock(err) {
				w.fail = err
			}
			break
		}
	}
	if w.in = w.lent[:held]; held == 0 {
		w.giveBack()
	}
	return true
}

// past is a deadline that has passed.
func past() time.Time { return time.Unix(1, 0) }
