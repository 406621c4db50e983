package mitm

import (
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wiretape/wiretape/capture"
)

const (
	// continuePatience is how long 100 Continue is waited for where it cannot be
	// seen whether the client does so too (RFC 9110 §10.1.1: not indefinitely).
	continuePatience = 3 * time.Second
	// uploadPatience is how long the rest of an upload may make no progress
	// once the response has come whole.
	uploadPatience = 10 * time.Second
)

// upload forwards the body of an HTTP/1 request in a goroutine of its own, so
// that the response can come at any moment.
type upload struct {
	x *exchange
	c *http1Conn

	chunked  bool
	moved    atomic.Int64
	done     chan struct{}
	came     bool // all has come that the client will send of it; valid once done is closed
	complete bool // and was sent; likewise

	mu     sync.Mutex
	state  uploadState
	change chan struct{} // closed when state leaves waiting
}

type uploadState uint8

const (
	waiting   uploadState = iota // for 100 Continue
	uploading                    // the body is being sent
	unwanted                     // the response came first, and ends the connection
)

// startUpload starts forwarding the body of x's request to c.
func startUpload(x *exchange, c *http1Conn) *upload {
	u := &upload{
		x: x, c: c,
		chunked: slices.Contains(x.r.TransferEncoding, "chunked"),
		done:    make(chan struct{}),
		change:  make(chan struct{}),
	}
	x.out.EnableFullDuplex()
	if !x.expectsContinue() {
		u.state = uploading
	}
	go u.run()
	return u
}

func (x *exchange) expectsContinue() bool {
	return x.r.ProtoAtLeast(1, 1) && x.r.Header.Get("Expect") != ""
}

// proceed forwards 100 Continue, as it came where it has, and lets the body
// come. It does nothing when the response has come, or the body is coming.
func (u *upload) proceed(r *response) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.state != waiting {
		return
	}
	u.x.informing.Lock()
	if r != nil {
		u.x.keepHead(r)
	}
	u.x.w.WriteHeader(http.StatusContinue)
	u.x.informing.Unlock()
	u.state = uploading
	close(u.change)
}

// answered tells that the final response has come. A body that still waits is
// not wanted any more, but where the connection is to last the client has to
// send it all the same (RFC 9110 §10.1.1).
func (u *upload) answered(lasts bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.state != waiting {
		return
	}
	defer close(u.change)
	if lasts {
		u.state = uploading
		return
	}
	u.state = unwanted
	u.x.out.SetReadDeadline(past()) // run may be in awaitBody
}

// run forwards the body.
func (u *upload) run() {
	defer close(u.done)
	if !u.await() {
		return
	}
	buf := copyBuffers.Get().(*chunkBuffer)
	defer copyBuffers.Put(buf)
	for {
		n, err := u.x.r.Body.Read(buf.data())
		at := u.x.relay.recorder.Now()
		u.came = isEOF(err)
		if n > 0 {
			if _, err := u.c.Write(buf.framed(n, u.chunked)); err != nil {
				return // the server ended: what it has to say comes with the response
			}
			u.moved.Add(int64(n))
			u.x.tap.Chunk(capture.Chunk{Dir: capture.Send, At: at, Data: buf.data()[:n]})
		}
		switch {
		case err == io.EOF:
			u.complete = u.finish() == nil
			return
		case err != nil:
			u.x.clientEnded()
			return
		}
	}
}

// await waits until the body is wanted. A client need not wait for 100
// Continue: a body that comes all the same is forwarded.
func (u *upload) await() bool {
	if state := u.now(); state != waiting {
		return state == uploading
	}
	if c := u.x.conn; c != nil {
		c.awaitBody()
	} else {
		timer := time.NewTimer(continuePatience)
		defer timer.Stop()
		select {
		case <-u.change:
		case <-timer.C:
		}
	}
	u.proceed(nil)
	u.x.out.SetReadDeadline(time.Time{})
	return u.now() == uploading
}

func (u *upload) now() uploadState {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.state
}

// awaitBody waits until a part of the request's body has come, or the
// connection has ended, or the read deadline has passed. Nobody else may be
// reading.
func (c *Conn) awaitBody() {
	if len(c.pending) > 0 {
		return
	}
	w := c.wire()
	w.Drain(true)
	defer w.Drain(false)
	var some [512]byte
	for {
		n, err := c.src.Read(some[:])
		c.unread(some[:n])
		if n > 0 || err != errDry || w.Wait() != nil {
			return
		}
	}
}

// finish ends a chunked body, with the trailer fields the client sent.
func (u *upload) finish() error {
	if !u.chunked {
		return nil
	}
	trailer := fieldsOf(u.x.r.Trailer)
	if c := u.x.conn; c != nil && len(trailer) > 0 {
		if asCame := c.Trailer(); asCame != nil {
			trailer = asCame
		}
	}
	_, err := u.c.Write(chunkedEnd(trailer))
	if len(trailer) > 0 {
		u.x.tap.Trailer(capture.Send, trailer)
	}
	return err
}

// settle waits for the end of the upload, when all else is over. An upload
// that makes no progress is given up, and one whose server has gone. Where
// the upload has not come whole the client's connection ends: what would come
// next on it is the rest of the body.
func (u *upload) settle() {
	u.answered(false)
	select {
	case <-u.done:
	default:
		u.awaitEnd()
	}
	// net/http may be reading again behind a body that has come.
	if !u.came && u.x.conn != nil {
		u.x.conn.finish()
	}
}

// awaitEnd waits until the upload is done, or gives it up.
func (u *upload) awaitEnd() {
	gone := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		if u.serverEnds() {
			close(gone)
		}
	})
	u.waitFor(gone)
	u.c.SetReadDeadline(past())
	watch.Wait()
	u.c.SetReadDeadline(time.Time{})
	select {
	case <-u.done:
	default:
		u.x.out.SetReadDeadline(past())
		u.c.wire().Close()
		<-u.done
	}
}

// waitFor waits until the upload is done, or the server gone, or nothing moves.
func (u *upload) waitFor(gone <-chan struct{}) {
	for moved := int64(-1); u.moved.Load() != moved; {
		moved = u.moved.Load()
		timer := time.NewTimer(uploadPatience)
		select {
		case <-u.done:
			timer.Stop()
			return
		case <-gone:
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// serverEnds waits until the server ends the connection behind its response,
// or the read deadline has passed, and reports which.
func (u *upload) serverEnds() bool {
	w := u.c.wire()
	w.Drain(true)
	defer w.Drain(false)
	for {
		_, err := u.c.br.Peek(1)
		switch {
		case err == nil: // whatever that is
			return false
		case err != errDry:
			return true
		}
		if w.Wait() != nil {
			return false
		}
	}
}
