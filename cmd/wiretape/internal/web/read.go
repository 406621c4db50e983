package web

import (
	"context"
	"io"
	"iter"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// Source is the tape as the page reads it, whoever holds the file. It may be
// used concurrently.
type Source interface {
	capture.Reader
	// Head returns the number of the last commit.
	Head() uint64
	// Wait waits for a commit after head, or returns io.EOF when none will come.
	Wait(ctx context.Context, head uint64) (uint64, error)
	// Info returns what the sessions hold.
	Info() (store.Info, error)
}

// nothing is a tape on which there is nothing.
type nothing struct{}

func (nothing) Sessions() ([]capture.Session, error) { return nil, nil }
func (nothing) Exchange(capture.ExchangeID) (*capture.Exchange, error) {
	return nil, capture.ErrNotFound
}

func (nothing) Exchanges(capture.ExchangeID, bool) iter.Seq2[*capture.Exchange, error] {
	return func(func(*capture.Exchange, error) bool) {}
}
func (nothing) Marks(capture.ExchangeID) ([]capture.Mark, error) { return nil, capture.ErrNotFound }
func (nothing) Pieces(capture.ExchangeID, capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(func(*capture.Piece, error) bool) {}
}
func (nothing) Head() uint64                                 { return 0 }
func (nothing) Wait(context.Context, uint64) (uint64, error) { return 0, io.EOF }
func (nothing) Info() (store.Info, error)                    { return store.Info{}, nil }

// Annotator writes what a person notes.
type Annotator interface {
	Annotate(id capture.ExchangeID, n capture.Notes) error
	Label(id capture.SessionID, label string, n capture.Notes) error
}

// Documents are small named texts kept in the tape.
type Documents interface {
	// Document returns the text of a key, nil when there is none.
	Document(key string) ([]byte, error)
	// SetDocument writes it; nil takes it away.
	SetDocument(key string, value []byte) error
	// Documents returns the keys that begin with prefix, in order.
	Documents(prefix string) ([]string, error)
}
