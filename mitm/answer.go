package mitm

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// farewellDrain bounds what is read of a client that was refused, so that the
// answer is not lost in a reset.
const (
	farewellDrain = 256 << 10
	farewellWait  = 500 * time.Millisecond
)

// answer is the http.ResponseWriter handlers get. Of its own accord it adds
// nothing to a response: no Date, and no Content-Type by the look of the body.
type answer struct {
	http.ResponseWriter
	began bool
}

// Unwrap lets an http.ResponseController reach net/http.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if !a.began && (status >= 200 || status == http.StatusSwitchingProtocols) {
		a.began = true
		h := a.Header()
		for _, name := range []string{"Date", "Content-Type"} {
			if _, ok := h[name]; !ok {
				h[name] = nil // net/http leaves out what is there and empty
			}
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (a *answer) Write(p []byte) (int, error) {
	if !a.began {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}

// Flush implements http.Flusher.
func (a *answer) Flush() { a.FlushError() }

// FlushError is Flush for an http.ResponseController.
func (a *answer) FlushError() error {
	if !a.began {
		a.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// finish makes an answer of a handler that has not begun one.
func (a *answer) finish() {
	if !a.began {
		a.WriteHeader(http.StatusOK)
	}
}

// answer1 is an answer over HTTP/1, where a handler can have the connection.
type answer1 struct {
	answer
	conn *Conn
	left bool // the handler has it
}

// Hijack implements http.Hijacker. The net.Conn it returns is a *Conn from
// which all can be read that came after the request's head, also what net/http
// has read ahead; the bufio.Reader reads the same.
func (a *answer1) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	_, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	ahead, _ := rw.Reader.Peek(rw.Reader.Buffered())
	a.conn.leave(ahead)
	a.left = true
	// net/http keeps hold of these two as long as the handler runs, which for
	// sockets is long. They take 8 KiB, and nobody uses them any more.
	*rw.Reader, *rw.Writer = bufio.Reader{}, bufio.Writer{}
	return a.conn, bufio.NewReadWriter(bufio.NewReader(a.conn), bufio.NewWriter(a.conn)), nil
}

// finish makes an answer of a handler that has not begun one, and lets the
// next request in.
func (a *answer1) finish() {
	if a.left {
		return
	}
	a.answer.finish()
	a.conn.stay()
}

// refuse answers a head that is not let through, and ends the connection: what
// follows on it has no certain meaning.
func (a *answer1) refuse(bad *refusal) {
	c, _, err := a.Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	text := fmt.Sprintf("wiretape: refused: %s\n", bad.rule)
	c.SetDeadline(time.Now().Add(greetTimeout))
	fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		bad.status, http.StatusText(bad.status), len(text), text)
	a.conn.CloseWrite()
	c.SetReadDeadline(time.Now().Add(farewellWait))
	io.CopyN(io.Discard, c, farewellDrain)
}
