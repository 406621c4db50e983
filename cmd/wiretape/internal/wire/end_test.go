package wire_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// end is one end of a conversation: a raw socket, TLS on it or not, that keeps
// all it sent and saw. Its methods run one after the other.
type end struct {
	conn   net.Conn // decrypted
	socket *socket
	secure *tls.Conn // nil without TLS
	ahead  []byte    // read and not asked for yet
	sent   bytes.Buffer
	saw    []string
}

// socket is what lies below TLS. It remembers how the peer ended.
type socket struct {
	*net.TCPConn
	ended error
}

func (s *socket) Read(p []byte) (int, error) {
	n, err := s.TCPConn.Read(p)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.ended = err
	}
	return n, err
}

// over ends a conversation before its script does.
type over struct{}

func newEnd(c net.Conn) *end {
	s := &socket{TCPConn: c.(*net.TCPConn)}
	return &end{conn: s, socket: s}
}

// encrypt puts TLS on top.
func (e *end) encrypt(c *tls.Conn) error {
	e.secure, e.conn = c, c
	c.SetDeadline(time.Now().Add(patience))
	return c.Handshake()
}

// send writes s in one write.
func (e *end) send(s string) {
	e.conn.SetWriteDeadline(time.Now().Add(patience))
	e.sent.WriteString(s)
	if _, err := io.WriteString(e.conn, s); err != nil {
		e.note("cannot send: " + ending(err))
		panic(over{})
	}
}

// head reads up to and with a blank line.
func (e *end) head() string {
	return e.until(func(b []byte) int {
		if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 {
			return i + 4
		}
		return -1
	})
}

// take reads n bytes.
func (e *end) take(n int) string {
	return e.until(atLeast(n))
}

// hears reads as many bytes as s has.
func (e *end) hears(s string) { e.take(len(s)) }

// chunked reads a body in chunks and keeps what it carried: the data, and the
// trailer. Where chunks are cut is not the message's.
func (e *end) chunked() {
	var body strings.Builder
	for data := e.chunk(); data != ""; data = e.chunk() {
		body.WriteString(data)
	}
	trailer := ""
	for l := e.line(); l != "\r\n"; l = e.line() {
		trailer += l
	}
	e.note(fmt.Sprintf("%q in chunks, trailer %q", body.String(), trailer))
}

// part reads chunks that together carry n bytes.
func (e *end) part(n int) {
	var body strings.Builder
	for body.Len() < n {
		body.WriteString(e.chunk())
	}
	e.note(fmt.Sprintf("%q in chunks", body.String()))
}

// chunk reads one chunk; the last one is empty.
func (e *end) chunk() string {
	size, err := strconv.ParseUint(strings.TrimSpace(strings.Split(e.line(), ";")[0]), 16, 32)
	if err != nil {
		e.note(err.Error())
		panic(over{})
	}
	if size == 0 {
		return ""
	}
	return string(e.fetch(atLeast(int(size) + 2))[:size])
}

func (e *end) line() string {
	return string(e.fetch(func(b []byte) int {
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			return i + 1
		}
		return -1
	}))
}

// atLeast cuts after n bytes.
func atLeast(n int) func([]byte) int {
	return func(b []byte) int {
		if len(b) >= n {
			return n
		}
		return -1
	}
}

// until reads until cut says where to stop, and keeps it.
func (e *end) until(cut func([]byte) int) string {
	s := string(e.fetch(cut))
	e.note(fmt.Sprintf("%q", s))
	return s
}

func (e *end) fetch(cut func([]byte) int) []byte {
	for {
		if n := cut(e.ahead); n >= 0 {
			b := e.ahead[:n]
			e.ahead = e.ahead[n:]
			return b
		}
		if err := e.more(patience); err != nil {
			if len(e.ahead) > 0 {
				e.note(fmt.Sprintf("%q", e.ahead))
			}
			e.note(e.ending(err))
			panic(over{})
		}
	}
}

func (e *end) more(d time.Duration) error {
	var buf [64 << 10]byte
	e.conn.SetReadDeadline(time.Now().Add(d))
	n, err := e.conn.Read(buf[:])
	e.ahead = append(e.ahead, buf[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// ends reads until the peer has ended its side.
func (e *end) ends() {
	for {
		err := e.more(patience)
		if err == nil {
			continue
		}
		if len(e.ahead) > 0 {
			e.note(fmt.Sprintf("%q", e.ahead))
			e.ahead = nil
		}
		e.note(e.ending(err))
		return
	}
}

// quiet makes sure that the peer says nothing and stays.
func (e *end) quiet() {
	if err := e.more(150 * time.Millisecond); err != nil {
		e.note(e.ending(err))
	} else {
		e.note(fmt.Sprintf("%q", e.ahead))
	}
}

func (e *end) ending(err error) string {
	if err == io.EOF && e.secure != nil && e.socket.ended == nil {
		return "close_notify"
	}
	if e.secure != nil && (err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)) {
		return "FIN without close_notify"
	}
	return ending(err)
}

func ending(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "silence"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "RST"
	case err == io.EOF:
		return "FIN"
	}
	return err.Error()
}

func (e *end) note(s string) { e.saw = append(e.saw, s) }

// fin ends this side, with close_notify under TLS. The other goes on.
func (e *end) fin() {
	if e.secure != nil {
		_ = e.secure.CloseWrite()
	}
	_ = e.socket.CloseWrite()
}

// vanish ends this side with a FIN alone, under TLS without close_notify.
func (e *end) vanish() { _ = e.socket.CloseWrite() }

// reset ends the connection with RST.
func (e *end) reset() {
	_ = e.socket.SetLinger(0)
	_ = e.socket.Close()
}
