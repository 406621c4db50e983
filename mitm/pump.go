package mitm

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// bowPatience is how long a peer may take to hear that a pump was stopped.
const bowPatience = time.Second

// pump moves bytes between a client and a server that have left HTTP, or were
// never looked into. Each direction takes all that one wake-up brought, gives
// the tap its copy and writes it at once; an ending is passed on as what it was.
type pump struct {
	client, server *Conn
	tap            capture.Tap
	recorder       capture.Recorder
	early          []byte // what was read from the client before
	toServer       flow
	toClient       flow
	injecting      sync.WaitGroup

	mu      sync.Mutex
	running int // flows that have not ended
	stopped bool
	over    bool        // nothing can be put in any more
	end     capture.End // how it ended first; How is 0 before
}

// flow is one direction of a pump.
type flow struct {
	pump     *pump
	dir      capture.Direction
	src, dst *Conn
	party    capture.Party // at src

	mu      sync.Mutex   // held while writing to dst, so that nothing comes into the middle of it
	waiting []*injection // frames that could not go at once
	shut    bool         // we ended the direction ourselves: what comes is dropped
	gone    bool         // src has ended
}

// newPump returns a pump between both connections, which it owns.
func newPump(client, server *Conn, tap capture.Tap, recorder capture.Recorder) *pump {
	p := &pump{client: client, server: server, tap: tap, recorder: recorder, running: 2}
	p.toServer = flow{pump: p, dir: capture.Send, src: client, dst: server, party: capture.Client}
	p.toClient = flow{pump: p, dir: capture.Receive, src: server, dst: client, party: capture.Server}
	return p
}

// run moves bytes until both sides have ended and returns how that began. What
// was read before counts as read at the given time.
func (p *pump) run(at time.Duration) capture.End {
	var wg sync.WaitGroup
	wg.Go(func() { p.toServer.run(at, p.early) })
	p.toClient.run(at, nil)
	wg.Wait()
	p.mu.Lock()
	end, stopped := p.end, p.stopped
	p.over = true
	p.mu.Unlock()
	if !stopped { // or stop is saying what is to be said
		p.client.Abandon()
		p.server.Abandon()
	}
	p.injecting.Wait()
	return end
}

// writeError is what writing to the other side failed with.
type writeError struct{ error }

// run moves bytes from src to dst, after those that were read early, until src
// has ended or dst takes no more.
func (f *flow) run(at time.Duration, early []byte) {
	var err error
	if len(early) > 0 {
		err = f.forward(at, early)
	}
	w := f.src.wire()
	w.Drain(true)
	for err == nil {
		if err = f.drain(at); err == errDry {
			if err = w.Wait(); err == nil {
				at = f.pump.recorder.Now()
				f.pump.awake(f)
			}
		}
	}
	f.finish(err)
}

// drain moves all that is there.
func (f *flow) drain(at time.Duration) error {
	buf := copyBuffers.Get().(*chunkBuffer)
	defer copyBuffers.Put(buf)
	for {
		n, err := fill(f.src, buf.data())
		if n > 0 {
			if werr := f.forward(at, buf.data()[:n]); werr != nil {
				return werr
			}
		}
		if err != nil {
			return err
		}
	}
}

// forward records first and writes then: whatever the other side answers is
// recorded after what it answers to, so that the order on the tape is that of
// cause and effect. The copy costs less than a microsecond.
func (f *flow) forward(at time.Duration, p []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shut {
		return nil
	}
	for len(f.waiting) > 0 && len(p) > 0 {
		n, err := f.upToBoundary(at, p)
		if p = p[n:]; err != nil || f.shut {
			return err
		}
	}
	if len(p) == 0 {
		return nil
	}
	return f.pass(at, p)
}

// pass records p and writes it. The caller holds f.mu.
func (f *flow) pass(at time.Duration, p []byte) error {
	f.pump.tap.Chunk(capture.Chunk{Dir: f.dir, At: at, Data: p})
	if _, err := f.dst.Write(p); err != nil {
		return &writeError{err}
	}
	return nil
}

// finish passes the ending on: what err, from reading or writing, came from.
func (f *flow) finish(err error) {
	p := f.pump
	f.leave()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	var atDst *writeError
	switch {
	case p.stopped:
	case errors.Is(err, net.ErrClosed) && p.end.How == 0:
		// The Proxy or the Relay is being closed.
		p.end = stoppedEnd()
	case errors.As(err, &atDst):
		if p.running > 0 {
			// The other flow reads from dst and will find out how it ended.
			f.dst.SetReadDeadline(time.Now().Add(time.Second))
			return
		}
		f.src.Reset()
	case f.src.Ended() == endReset:
		p.ended(f, capture.HowReset, "")
		f.dst.Reset()
		f.src.Reset()
	case f.src.Ended() == endFIN && isEOF(err):
		p.ended(f, capture.HowFIN, "")
		if f.src.CloseNotify() {
			f.dst.CloseWrite()
		} else {
			f.dst.wire().CloseWrite()
		}
		f.dst.SetReadDeadline(time.Now().Add(halfClosePatience))
	case p.end.How != 0:
		// Silence after the other side ended, or a connection that is closed.
		f.dst.Abandon()
		f.src.Abandon()
	default:
		p.ended(f, capture.HowError, err.Error())
		f.dst.Abandon()
		f.src.Abandon()
	}
}

// ended keeps how the connection ended first. The caller holds p.mu.
func (p *pump) ended(f *flow, how capture.How, err string) {
	if p.end.How == 0 {
		p.end = capture.End{How: how, By: f.party, NoNotify: !f.src.CloseNotify(), Err: err}
	}
}

// stop ends both sides in order.
func (p *pump) stop() {
	p.mu.Lock()
	p.stopped = true
	if p.end.How == 0 {
		p.end = stoppedEnd()
	}
	p.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(p.client.bow)
	wg.Go(p.server.bow)
	wg.Wait()
}

// bow closes c in order, also when something is being written at the moment; a
// peer that does not take that in time is left without a word.
func (c *Conn) bow() {
	late := time.AfterFunc(bowPatience, func() { c.wire().Close() })
	c.CloseWrite()
	late.Stop()
	c.Close()
}

// awake gives a half-closed connection more time, as long as it is not silent.
func (p *pump) awake(f *flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == 1 {
		f.src.SetReadDeadline(time.Now().Add(halfClosePatience))
	}
}

// buffered returns a copy of what br holds, nil for nothing.
func buffered(br *bufio.Reader) []byte {
	if br == nil || br.Buffered() == 0 {
		return nil
	}
	p, _ := br.Peek(br.Buffered())
	return bytes.Clone(p)
}
