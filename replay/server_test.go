package replay_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/replay"
)

// mock is a served tape and what it logged.
type mock struct {
	t      testing.TB
	server *replay.Server
	http   *httptest.Server
	log    *logBuffer
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve serves what was recorded. Without options it does so at full speed.
func (r *recorder) serve(o *replay.Options) *mock {
	r.t.Helper()
	if o == nil {
		o = &replay.Options{Speed: replay.Max}
	}
	m := &mock{t: r.t, log: &logBuffer{}}
	o.Log = slog.New(slog.NewTextHandler(m.log, nil))
	s, err := replay.NewServer(&r.tape, o)
	if err != nil {
		r.t.Fatal(err)
	}
	m.server, m.http = s, httptest.NewServer(s)
	r.t.Cleanup(func() {
		s.Close()
		m.http.Close()
	})
	return m
}

// client is a live WebSocket client.
type client struct {
	t    testing.TB
	conn *websocket.Conn
	mock *mock
}

func (m *mock) dial(path string, o *websocket.DialOptions) *client {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 5*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(m.http.URL, "http")+path, o)
	if err != nil {
		m.t.Fatalf("dial %s: %v\n%s", path, err, m.log)
	}
	conn.SetReadLimit(1 << 24)
	m.t.Cleanup(func() { conn.CloseNow() })
	return &client{m.t, conn, m}
}

func (c *client) send(texts ...string) *client {
	c.t.Helper()
	for _, s := range texts {
		if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(s)); err != nil {
			c.t.Fatalf("send %s: %v", s, err)
		}
	}
	return c
}

// read returns the next message of the server.
func (c *client) read() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	_, p, err := c.conn.Read(ctx)
	if err != nil {
		c.t.Fatalf("read: %v\n%s", err, c.mock.log)
	}
	return string(p)
}

// expect reads messages and compares them.
func (c *client) expect(want ...string) *client {
	c.t.Helper()
	for _, w := range want {
		if got := c.read(); got != w {
			c.t.Fatalf("got  %s\nwant %s", got, w)
		}
	}
	return c
}

// expectClose waits for the server's close frame.
func (c *client) expectClose(code websocket.StatusCode) websocket.CloseError {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	for {
		_, p, err := c.conn.Read(ctx)
		if err == nil {
			c.t.Logf("before the close: %s", p)
			continue
		}
		var e websocket.CloseError
		if websocket.CloseStatus(err) != code {
			c.t.Fatalf("ended by %v, want close %d", err, code)
		}
		e.Code = websocket.CloseStatus(err)
		e.Reason = err.Error()
		return e
	}
}

func (m *mock) ok() {
	m.t.Helper()
	if r := m.server.Report(); !r.OK || len(r.Divergences) > 0 {
		m.t.Fatalf("report is not ok:\n%s", m.log)
	}
}

var _ http.Handler = (*replay.Server)(nil)
