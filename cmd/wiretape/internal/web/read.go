package web

import (
	"context"

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
