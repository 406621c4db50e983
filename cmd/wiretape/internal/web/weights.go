package web

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/wiretape/wiretape/capture"
)

const (
	// weighty is from which length on, as on the wire, an exchange may hold
	// messages that take much memory when they are decoded, in bytes.
	weighty = 64 << 10
	// heldAtOnce is how many requests, and how many sheets, may have such
	// messages in memory at once. The others wait.
	heldAtOnce = 2
	// spooled is from which length on a payload waits in a file for its reader,
	// in bytes.
	spooled = 1 << 20
)

// places bound how much is done at once. They may be used concurrently.
type places chan struct{}

// take takes a place for reading messages of an exchange, until done is called,
// or tells that ctx has ended first.
func (p places) take(ctx context.Context, ex *capture.Exchange) (done func(), err error) {
	if ex.Sent.Bytes+ex.Received.Bytes < weighty {
		return func() {}, nil
	}
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// spool returns a payload to be read as slowly as one likes. A long one goes into
// a file, so that it need not stay in memory.
func spool(payload []byte) (io.ReadCloser, error) {
	if len(payload) < spooled {
		return io.NopCloser(bytes.NewReader(payload)), nil
	}
	f, err := temporary("wiretape-raw-")
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(payload); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		discard(f)
		return nil, err
	}
	return &spoolFile{f}, nil
}

type spoolFile struct{ *os.File }

// Close implements io.Closer.
func (s *spoolFile) Close() error {
	discard(s.File)
	return nil
}

// temporary opens a file for what was recorded. It has no name where the system
// allows that, so that nothing is left of it however the program ends.
func temporary(prefix string) (*os.File, error) {
	f, err := os.CreateTemp("", prefix)
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

// discard gives a file of temporary back.
func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}
