package replaytest

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// observe has a request answered, and records what the client says.
func (m *mock) observe(w http.ResponseWriter, r *http.Request) {
	tap := m.rec.Begin(capture.Opening{At: m.rec.Now(), Request: requestOf(r), Client: r.RemoteAddr})
	m.changedNow()
	v := &viewer{ResponseWriter: w, mock: m, tap: tap}
	if r.Body != nil {
		r.Body = &heardBody{r.Body, m, tap}
	}
	defer func() {
		if !v.upgraded {
			tap.End(capture.End{At: m.rec.Now(), How: capture.HowClose, By: capture.Server})
			m.changedNow()
		}
	}()
	m.server.ServeHTTP(v, r)
}

// requestOf returns the head of a request.
func requestOf(r *http.Request) capture.Request {
	u := *r.URL
	if u.Host == "" {
		u.Scheme, u.Host = "http", r.Host
		if r.TLS != nil {
			u.Scheme = "https"
		}
	}
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		u.Scheme = "ws" + strings.TrimPrefix(u.Scheme, "http")
	}
	return capture.Request{Method: r.Method, URL: u.String(), Proto: r.Proto, Header: fieldsOf(r.Header)}
}

func fieldsOf(h http.Header) (fields []capture.Field) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			fields = append(fields, capture.Field{Name: name, Value: v})
		}
	}
	return fields
}

// heardBody is the body of a request; what is read of it is recorded.
type heardBody struct {
	io.ReadCloser
	mock *mock
	tap  capture.Tap
}

// Read implements io.Reader.
func (b *heardBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mock.heard(b.tap, p[:n])
	return n, err
}

// heard records what a client said.
func (m *mock) heard(tap capture.Tap, p []byte) {
	if len(p) > 0 {
		tap.Chunk(capture.Chunk{Dir: capture.Send, At: m.rec.Now(), Data: p})
		m.changedNow()
	}
}

// viewer is the way of an answer to the client.
type viewer struct {
	http.ResponseWriter
	mock     *mock
	tap      capture.Tap
	upgraded bool
}

// Unwrap is for http.ResponseController.
func (v *viewer) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// Hijack implements http.Hijacker.
func (v *viewer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(v.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	v.upgraded = true
	s := &socket{Conn: c, mock: v.mock, tap: v.tap}
	if n := rw.Reader.Buffered(); n > 0 {
		s.early, _ = rw.Reader.Peek(n)
		s.early = bytes.Clone(s.early)
	}
	v.mock.mu.Lock()
	v.mock.sockets[s] = struct{}{}
	v.mock.mu.Unlock()
	return s, rw, nil
}

// socket is an upgraded connection. What the server writes comes in whole
// frames, between which others may be put in.
type socket struct {
	net.Conn
	mock *mock
	tap  capture.Tap

	mu       sync.Mutex // held while writing
	head     []byte     // of the answer, as far as it was written
	open     bool       // the head is out
	early    []byte     // said by the client before that
	splitter wsframe.Splitter
	once     sync.Once
}

// Read implements net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.mock.heard(s.tap, p[:n])
	} else {
		s.early = append(s.early, p[:n]...)
	}
	return n, err
}

// Write implements net.Conn.
func (s *socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.Conn.Write(p)
	s.said(p[:n])
	return n, err
}

// said records what the server said: the head of its answer, then frames. The
// lock is held.
func (s *socket) said(p []byte) {
	if !s.open {
		s.head = append(s.head, p...)
		end := bytes.Index(s.head, []byte("\r\n\r\n"))
		if end < 0 {
			return
		}
		p = s.head[end+4:]
		s.opened(s.head[:end+4])
	}
	if len(p) > 0 {
		s.tap.Chunk(capture.Chunk{Dir: capture.Receive, At: s.mock.rec.Now(), Data: p})
	}
	for len(p) > 0 {
		_, n, _ := s.splitter.Next(p)
		p = p[n:]
	}
}

func (s *socket) opened(head []byte) {
	s.open = true
	response := capture.Response{Status: http.StatusSwitchingProtocols}
	if r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil); err == nil {
		response = capture.Response{Status: r.StatusCode, Proto: r.Proto, Header: fieldsOf(r.Header)}
	}
	s.tap.Response(s.mock.rec.Now(), response)
	s.mock.heard(s.tap, s.early)
	s.early = nil
}

// between reports whether a frame may be put in here. The lock is held.
func (s *socket) between() bool {
	inHead, inPayload := s.splitter.Pending()
	return s.open && !inHead && !inPayload
}

// Close implements net.Conn.
func (s *socket) Close() error {
	s.once.Do(func() {
		s.tap.End(capture.End{At: s.mock.rec.Now(), How: capture.HowFIN, By: capture.Server})
		s.mock.mu.Lock()
		delete(s.mock.sockets, s)
		s.mock.mu.Unlock()
		s.mock.changedNow()
	})
	return s.Conn.Close()
}

// NetConn returns the connection below.
func (s *socket) NetConn() net.Conn { return s.Conn }

// CloseWrite ends our direction with FIN.
func (s *socket) CloseWrite() error { return closeWrite(s.Conn) }

// Reset ends the connection with RST.
func (s *socket) Reset() error {
	reset(s.Conn)
	return nil
}
