// Package capturetest holds a tape in memory, for the tests of the rooms around
// the tape: what is appended to its Writer side is read from its Reader side.
package capturetest

import (
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Tape is a capture.Writer and a capture.Reader on one set of exchanges. The
// zero value is an empty tape, ready for use, also concurrently.
type Tape struct {
	mu       sync.Mutex
	sessions []capture.Session
	tracks   []*track
}

var (
	_ capture.Writer = (*Tape)(nil)
	_ capture.Reader = (*Tape)(nil)
)

// Begin implements capture.Writer.
func (t *Tape) Begin(s *capture.Session) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.ID = capture.SessionID(len(t.sessions) + 1)
	t.sessions = append(t.sessions, *s)
	return nil
}

// Finish implements capture.Writer.
func (t *Tape) Finish(id capture.SessionID, ended time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id == 0 || int(id) > len(t.sessions) {
		return fmt.Errorf("session %d: %w", id, capture.ErrNotFound)
	}
	t.sessions[id-1].Ended = ended
	return nil
}

// Track implements capture.Writer. The whole exchange is one block.
func (t *Tape) Track(ex *capture.Exchange, _ func() capture.Mark) (capture.Track, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ex.ID = capture.ExchangeID(len(t.tracks) + 1)
	k := &track{ex: ex}
	t.tracks = append(t.tracks, k)
	return k, nil
}

// Reserve implements capture.Writer: memory is always there.
func (t *Tape) Reserve(int, time.Duration) bool { return true }

// Sessions implements capture.Reader.
func (t *Tape) Sessions() ([]capture.Session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.sessions), nil
}

// Exchange implements capture.Reader.
func (t *Tape) Exchange(id capture.ExchangeID) (*capture.Exchange, error) {
	k, err := t.track(id)
	if err != nil {
		return nil, err
	}
	k.Lock()
	defer k.Unlock()
	ex := *k.ex
	return &ex, nil
}

// Exchanges implements capture.Reader.
func (t *Tape) Exchanges(after capture.ExchangeID, _ bool) iter.Seq2[*capture.Exchange, error] {
	return func(yield func(*capture.Exchange, error) bool) {
		for id := after + 1; ; id++ {
			ex, err := t.Exchange(id)
			if err != nil || !yield(ex, nil) {
				return
			}
		}
	}
}

// Marks implements capture.Reader.
func (t *Tape) Marks(id capture.ExchangeID) ([]capture.Mark, error) {
	if _, err := t.track(id); err != nil {
		return nil, err
	}
	return []capture.Mark{{Clean: true}}, nil
}

// Pieces implements capture.Reader.
func (t *Tape) Pieces(id capture.ExchangeID, _ capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		k, err := t.track(id)
		if err != nil {
			yield(nil, err)
			return
		}
		k.Lock()
		pieces := slices.Clone(k.pieces)
		k.Unlock()
		for i := range pieces {
			if !yield(&pieces[i], nil) {
				return
			}
		}
	}
}

func (t *Tape) track(id capture.ExchangeID) (*track, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id == 0 || int(id) > len(t.tracks) {
		return nil, fmt.Errorf("exchange %d: %w", id, capture.ErrNotFound)
	}
	return t.tracks[id-1], nil
}

type track struct {
	sync.Mutex
	ex     *capture.Exchange
	pieces []capture.Piece
}

func (k *track) Append(p *capture.Piece) error {
	q := *p
	q.Data = slices.Clone(p.Data)
	k.pieces = append(k.pieces, q)
	return nil
}

func (k *track) Touch() {}
func (k *track) Close() {}
