package mitm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// injectPatience bounds the wait for a place between two frames, where the
// caller sets no limit of its own.
const injectPatience = 10 * time.Second

// InjectError says why nothing was put into an exchange.
type InjectError struct {
	Exchange capture.ExchangeID
	Why      string
	NotLive  bool // it is no open WebSocket of this Relay
	hint     string
}

func (e *InjectError) Error() string {
	return fmt.Sprintf("exchange %d takes nothing from us: %s", e.Exchange, e.Why)
}

// Hint says what can be done; it may be empty.
func (e *InjectError) Hint() string { return e.hint }

// Frame is a WebSocket frame that a user puts into somebody else's connection.
type Frame struct {
	To      capture.Party // Client or Server
	Opcode  capture.Opcode
	Payload []byte
}

// WithHint returns e with another hint, for those who pass it on.
func (e *InjectError) WithHint(hint string) *InjectError {
	other := *e
	other.hint = hint
	return &other
}

// Inject puts a whole, uncompressed message of one frame into a live socket,
// between two frames, and records it as put in. It waits for such a place; in
// the middle of a fragmented message there is one for control frames alone. An
// error is an *InjectError, or what writing failed with.
//
// A close frame ends its direction: what the other side still says is dropped,
// since nothing may follow it (RFC 6455 §5.5.1).
func (r *Relay) Inject(ctx context.Context, id capture.ExchangeID, f Frame) error {
	if err := f.check(); err != "" {
		return &InjectError{Exchange: id, Why: err}
	}
	p, err := r.pumpOf(id)
	if err != nil {
		return err
	}
	return p.inject(ctx, id, f)
}

// Abort ends a live socket so that the given party sees RST, or both do where
// to is 0. The other party sees its connection cut off.
func (r *Relay) Abort(id capture.ExchangeID, to capture.Party) error {
	p, err := r.pumpOf(id)
	if err != nil {
		return err
	}
	p.abort(to)
	return nil
}

// check returns what is wrong with the frame, or "".
func (f *Frame) check() string {
	switch {
	case f.To != capture.Client && f.To != capture.Server:
		return "it goes to the client or to the server"
	case f.Opcode.Reserved() || f.Opcode == capture.OpContinuation:
		return "opcode " + f.Opcode.String() + " begins no message"
	case f.Opcode.Control() && len(f.Payload) > 125:
		return "a control frame holds at most 125 bytes (RFC 6455 5.5)"
	case f.Opcode == capture.OpText && !utf8.Valid(f.Payload):
		return "a text message must be UTF-8 (RFC 6455 5.6)"
	}
	return ""
}

// pumpOf finds the live socket with the given number.
func (r *Relay) pumpOf(id capture.ExchangeID) (*pump, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.live {
		if p, ok := s.(*pump); ok && p.socket() != nil && p.socket().ID() == id {
			return p, nil
		}
	}
	return nil, &InjectError{
		Exchange: id, Why: "it is no open WebSocket of this recorder", NotLive: true,
		hint: "only connections that go through the proxy now can be written into; to talk to the server on your own, open a connection in Compose",
	}
}

// socket returns the tap where it can take frames, or nil.
func (p *pump) socket() capture.SocketTap {
	s, _ := p.tap.(capture.SocketTap)
	return s
}

// injection is a frame on its way into a flow.
type injection struct {
	exchange capture.ExchangeID
	Frame
	claimed atomic.Bool // by the flow, or by the caller who gave it up
	why     atomic.Pointer[string]
	done    chan error // holds one
}

// inject puts f in, or waits until it can. The write is left to a goroutine of
// the pump, for it cannot be given up half way.
func (p *pump) inject(ctx context.Context, id capture.ExchangeID, f Frame) error {
	ctx, cancel := context.WithTimeout(ctx, injectPatience)
	defer cancel()
	to := &p.toClient
	if f.To == capture.Server {
		to = &p.toServer
	}
	in := &injection{exchange: id, Frame: f, done: make(chan error, 1)}
	p.mu.Lock()
	if p.over || p.stopped {
		p.mu.Unlock()
		return in.refused("it has ended", "")
	}
	p.injecting.Go(func() { to.offer(in) })
	p.mu.Unlock()
	select {
	case err := <-in.done:
		return err
	case <-ctx.Done():
	}
	if in.claimed.Swap(true) { // it is being written
		return in.refused("the "+f.To.String()+" takes nothing at the moment; the frame is on its way", "")
	}
	why := in.why.Load()
	if why == nil {
		return in.refused("the "+f.To.String()+" takes nothing at the moment", "try again")
	}
	return in.refused(*why, "try again when the message is whole")
}

func (in *injection) refused(why, hint string) error {
	return &InjectError{Exchange: in.exchange, Why: why, hint: hint}
}

// offer lets in go at once, or has it wait for the end of what is at hand.
func (f *flow) offer(in *injection) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.admit(in) {
		f.waiting = append(f.waiting, in)
	}
}

// admit writes in if that can be now, or tells why it never can. It reports
// false where it has to wait. The caller holds f.mu.
func (f *flow) admit(in *injection) bool {
	tap := f.pump.socket()
	standing, ok := tap.Standing(f.dir)
	switch {
	case f.gone || f.shut || ok && standing.Closed:
		return in.settle(in.refused("this side of it has ended", ""))
	case !ok:
		return in.settle(in.refused("it is no WebSocket, or not recorded any more", ""))
	case standing.InFrame:
		in.wait("a frame that was begun has not ended")
		return false
	case standing.InMessage && !in.Opcode.Control():
		in.wait("a fragmented message that was begun has not ended (RFC 6455 5.4)")
		return false
	case in.claimed.Swap(true):
		return true // given up meanwhile
	}
	in.done <- f.write(tap, in)
	return true
}

// write records the frame and writes it. The caller holds f.mu.
func (f *flow) write(tap capture.SocketTap, in *injection) error {
	head := capture.FrameHead{Fin: true, Opcode: in.Opcode, Length: uint64(len(in.Payload))}
	if f.dir == capture.Send { // RFC 6455 §5.3
		head.Masked = true
		_, _ = rand.Read(head.MaskKey[:]) // never fails; nobody may foresee it (§10.3)
	}
	head.Size = head.MinimalSize()
	if !tap.Inject(f.dir, f.pump.recorder.Now(), head, in.Payload) {
		return in.refused("the tape does not keep up", "try again")
	}
	f.shut = in.Opcode == capture.OpClose
	if _, err := f.dst.Write(wsframe.AppendFrame(nil, head, in.Payload)); err != nil {
		return fmt.Errorf("write to the %s: %w", in.To, err)
	}
	return nil
}

// settle tells the caller how it ended, unless he has gone.
func (in *injection) settle(err error) bool {
	if !in.claimed.Swap(true) {
		in.done <- err
	}
	return true
}

func (in *injection) wait(why string) { in.why.Store(&why) }

// upToBoundary passes on what p has of the frame at hand, and what waits for
// its end then. It returns how much of p that took. The caller holds f.mu.
func (f *flow) upToBoundary(at time.Duration, p []byte) (n int, err error) {
	n = f.pump.socket().Boundary(f.dir, p)
	if err := f.pass(at, p[:n]); err != nil {
		return n, err
	}
	waiting := f.waiting
	f.waiting = nil
	for _, in := range waiting {
		if !in.claimed.Load() && !f.admit(in) {
			f.waiting = append(f.waiting, in)
		}
	}
	return n, nil
}

// leave tells those who wait that src has ended.
func (f *flow) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = true
	for _, in := range f.waiting {
		in.settle(in.refused("this side of it has ended", ""))
	}
	f.waiting = nil
}

// abort resets the connection with the given party, or both. The flows notice.
func (p *pump) abort(to capture.Party) {
	p.mu.Lock()
	defer p.mu.Unlock() // a flow that notices the first reset must not be quicker with the other side
	if p.end.How == 0 {
		p.end = capture.End{How: capture.HowReset, By: capture.Proxy, Err: errAborted.Error()}
	}
	if to != capture.Server {
		p.client.Reset()
	}
	if to != capture.Client {
		p.server.Reset()
	}
}

var errAborted = errors.New("aborted by hand")
