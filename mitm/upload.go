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
	complete bool // the whole body was sent; valid once done is closed

	mu     sync.Mutex
	state  uploadState
	change chan struct{} // closed when state leaves waiting
}

type uploadState uint8

const (
	waiting   uploadState = iota // for 100 Continue
	uploading                    // the body is being sent
	unwanted                     // the response came first
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

// proceed forwards 100 Continue and lets the body come. It does nothing when
// the response has come, or the body is coming.
func (u *upload) proceed() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.state != waiting {
		return
	}
	u.x.informing.Lock()
	u.x.w.WriteHeader(http.StatusContinue)
	u.x.informing.Unlock()
	u.state = uploading
	close(u.change)
}

// answered tells that the final response has come. A body that still waits is
// not wanted any more.
func (u *upload) answered() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.state != waiting {
		return
	}
	u.state = unwanted
	close(u.change)
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
	if u.now() != waiting {
		return true
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
	u.proceed()
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
	end := []byte("0\r\n")
	trailer := fieldsOf(u.x.r.Trailer)
	for _, f := range trailer {
		end = append(end, f.Name+": "+f.Value+"\r\n"...)
	}
	_, err := u.c.Write(append(end, "\r\n"...))
	if len(trailer) > 0 {
		u.x.tap.Trailer(capture.Send, trailer)
	}
	return err
}

// settle waits for the end of the upload, when all else is over. An upload
// that makes no progress is given up.
func (u *upload) settle() {
	u.answered()
	for {
		moved := u.moved.Load()
		timer := time.NewTimer(uploadPatience)
		select {
		case <-u.done:
			timer.Stop()
			return
		case <-timer.C:
		}
		if u.moved.Load() == moved {
			u.x.out.SetReadDeadline(past())
			u.c.wire().Close()
			<-u.done
			return
		}
	}
}
