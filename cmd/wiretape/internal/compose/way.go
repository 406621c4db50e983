package compose

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Way is the recorder's proxy, through which everything goes, and what its
// certificates are signed by. It may be used concurrently.
type Way struct {
	Proxy string         // host:port
	Roots *x509.CertPool // the recorder's authority
}

const (
	// openPatience bounds everything up to the head of a socket's answer. The
	// relay has its own, shorter patience for reaching the server.
	openPatience = 60 * time.Second
	// maxHead bounds the head of an answer, in bytes.
	maxHead = 256 << 10
	// maxShown bounds what is kept of an answer that is an error, in bytes.
	maxShown = 64 << 10
)

// link is a connection to a server through the proxy.
type link struct {
	net.Conn
	br     *bufio.Reader
	client string // our address, as the recorder sees it
	proxy  string
}

// connect makes a connection to a server: CONNECT, so that the head inside is
// what the server gets, and TLS inside it where it is asked for.
func (w *Way) connect(ctx context.Context, a *address) (_ *link, err error) {
	fail := func(err error) (*link, error) { return nil, &ProxyError{Proxy: w.Proxy, Err: err} }
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", w.Proxy)
	if err != nil {
		return fail(err)
	}
	defer func() {
		if err != nil {
			_ = c.Close()
		}
	}()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	l := &link{Conn: c, client: c.LocalAddr().String(), proxy: w.Proxy}
	if _, err := fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", a.dial); err != nil {
		return fail(err)
	}
	l.br = bufio.NewReader(c)
	raw, err := readHead(l.br)
	if err != nil {
		return fail(err)
	}
	if status, reason := statusOf(raw); status != http.StatusOK {
		return fail(fmt.Errorf("it answers CONNECT with %d %s", status, reason))
	}
	if a.secure {
		t := tls.Client(c, &tls.Config{RootCAs: w.Roots, ServerName: a.name, NextProtos: []string{"http/1.1"}})
		if err := t.HandshakeContext(ctx); err != nil {
			return fail(fmt.Errorf("its certificate for %s: %w", a.name, err))
		}
		l.Conn, l.br = t, bufio.NewReader(t)
	}
	return l, nil
}

// ask sends the head of a request, with what follows it, and reads the head of
// the answer.
func (l *link) ask(ctx context.Context, request []byte) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := l.Write(request); err != nil {
		return nil, l.lost(ctx, "send the request", err)
	}
	for {
		raw, err := readHead(l.br)
		if err != nil {
			return nil, l.lost(ctx, "wait for the answer", err)
		}
		if status, _ := statusOf(raw); status >= 200 || status == http.StatusSwitchingProtocols {
			return raw, nil // what was before it is informational (RFC 9110 §15.2)
		}
	}
}

// reset ends the connection so that the other side sees RST.
func (l *link) reset() {
	c := l.Conn
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // below TLS
		c = t.NetConn()
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// lost wraps what a connection failed with; its own end has no words.
func (l *link) lost(ctx context.Context, doing string, err error) error {
	if cause := ctx.Err(); cause != nil {
		err = cause
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the server closed the connection without an answer")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// readHead reads up to and with a blank line.
func readHead(br *bufio.Reader) ([]byte, error) {
	var raw []byte
	for {
		line, err := br.ReadSlice('\n')
		raw = append(raw, line...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return nil, err
		case len(bytes.TrimRight(line, "\r\n")) == 0 && len(raw) > len(line):
			return raw, nil
		}
		if len(raw) > maxHead {
			return nil, fmt.Errorf("the head of the answer is longer than %d bytes", maxHead)
		}
	}
}

// statusOf reads a status line; 0 for something else.
func statusOf(raw []byte) (status int, reason string) {
	line, _, _ := bytes.Cut(raw, []byte("\n"))
	proto, rest, _ := strings.Cut(strings.TrimRight(string(line), "\r"), " ")
	code, reason, _ := strings.Cut(rest, " ")
	if strings.HasPrefix(proto, "HTTP/") && len(code) == 3 {
		_, _ = fmt.Sscanf(code, "%d", &status)
	}
	return status, reason
}

// body returns the body of an answer.
func (l *link) body(raw []byte, method string) (*http.Response, error) {
	r := bufio.NewReader(io.MultiReader(bytes.NewReader(raw), l.br))
	return http.ReadResponse(r, &http.Request{Method: method})
}

// refusal returns what the relay itself says in an answer, or nil for one of
// the server's (RFC 9209).
func refusal(l *link, a *address, raw, body []byte) error {
	fields := fieldsOf(raw)
	if !strings.HasPrefix(capture.Get(fields, "Proxy-Status"), "wiretape;") {
		return nil
	}
	status, _ := statusOf(raw)
	e := &UnreachableError{URL: a.full, Status: status, Client: l.client}
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\n")
		if why, ok := strings.CutPrefix(line, "error: "); ok && e.Why == "" {
			e.Why = why
		}
		if hint, ok := strings.CutPrefix(line, "hint: "); ok {
			e.hint = hint
		}
	}
	return e
}
