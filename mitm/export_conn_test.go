package mitm

import (
	"context"
	"io"
	"net"
)

// ConnOf is connOf.
func ConnOf(ctx context.Context) *Conn { return connOf(ctx) }

// Wire is a wire.
type Wire = wire

// NewWire is newWire.
func NewWire(c net.Conn) *Wire { return newWire(c) }

// NewConn returns a plain Conn over c.
func NewConn(c net.Conn) *Conn { return newConn(newWire(c)) }

// Ending names an ending.
func Ending(e ending) string { return [...]string{"none", "FIN", "reset"}[e] }

// Holds reports whether w holds buffers.
func (w *wire) Holds() bool { return w.lent != nil || w.store != nil }

// Writing reports whether a write is under way.
func (w *wire) Writing() bool {
	if w.mu.TryLock() {
		w.mu.Unlock()
		return false
	}
	return true
}

// Requests follows the requests in src. Each call of next returns the next
// request's head and body as net/http would get to read them.
type Requests struct{ requests }

// NewRequests follows the requests in src.
func NewRequests(src io.Reader) *Requests {
	r := &Requests{}
	r.src = src
	r.follow()
	return r
}

// Next takes the next head.
func (r *Requests) Next() (raw []byte, refusal string) {
	h := r.next()
	if h == nil {
		return nil, ""
	}
	if h.refusal != nil {
		return h.raw, h.refusal.rule
	}
	return h.raw, ""
}

// ScanChunks returns how long the chunked body at the start of b is, reading
// it in pieces of the given length; -1 when it does not end in b.
func ScanChunks(b []byte, piece int) (int, error) {
	var c chunks
	for at := 0; at < len(b); {
		n, done, err := c.scan(b[at:min(at+piece, len(b))])
		at += n
		if done || err != nil {
			return at, err
		}
	}
	return -1, nil
}
