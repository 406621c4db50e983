package cli

import (
	"context"
	"errors"
	"io"
	"net/url"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
)

// handover is the source of a tape that a recorder holds: through the recorder
// while it runs, from the file once it has gone. Those who read do not notice.
// It may be used concurrently.
type handover struct {
	path   string
	client *control.Client

	mu   sync.Mutex
	heir *store.View // nil while the recorder runs
}

// releaseLimit bounds how long a recorder that answers no more may take to let
// go of the file.
const releaseLimit = 10 * time.Second

// Close gives back what is open.
func (h *handover) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.client.Close()
	if h.heir != nil {
		err = errors.Join(err, h.heir.Close())
	}
	return err
}

// Get implements store.Source.
func (h *handover) Get(bucket string, key []byte) (v []byte, err error) {
	err = h.ask(func(s store.Source) error {
		v, err = s.Get(bucket, key)
		return err
	})
	return v, err
}

// Scan implements store.Source.
func (h *handover) Scan(bucket string, from []byte, limit, maxBytes int) (pairs []store.Pair, err error) {
	err = h.ask(func(s store.Source) error {
		pairs, err = s.Scan(bucket, from, limit, maxBytes)
		return err
	})
	return pairs, err
}

// GetAll implements store.Source.
func (h *handover) GetAll(bucket string, keys [][]byte, maxBytes int) (values [][]byte, err error) {
	err = h.ask(func(s store.Source) error {
		values, err = s.GetAll(bucket, keys, maxBytes)
		return err
	})
	return values, err
}

// Head implements store.Source.
func (h *handover) Head() uint64 { return h.source().Head() }

// Wait implements store.Source.
func (h *handover) Wait(ctx context.Context, head uint64) (now uint64, err error) {
	err = h.ask(func(s store.Source) error {
		now, err = s.Wait(ctx, head)
		return err
	})
	return now, err
}

// ask asks the recorder, and the file when the recorder does not answer any
// more.
func (h *handover) ask(f func(store.Source) error) error {
	err := f(h.source())
	var unreachable *url.Error
	if !errors.As(err, &unreachable) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if !h.inherit() {
		return err
	}
	return f(h.source())
}

func (h *handover) source() store.Source {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.heir != nil {
		return h.heir.Source()
	}
	return h.client
}

// inherit opens the file as soon as the recorder has let go of it, and reports
// whether it could.
func (h *handover) inherit() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for deadline := time.Now().Add(releaseLimit); h.heir == nil; {
		view, err := store.Read(h.path, nil)
		var locked *store.LockedError
		switch {
		case err == nil:
			h.heir = view
		case !errors.As(err, &locked) || time.Now().After(deadline):
			return false
		}
	}
	return true
}
