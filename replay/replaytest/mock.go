package replaytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/replay"
)

// mock serves a recording, and records what its clients say for Received.
//
//	TCP ─► sniff ─► TLS ─┐
//	                     ├─► funnel ─► http.Server ─► observe ─► replay.Server
//	Dial ─► net.Pipe ────┘      ▲             │
//	                            └── CONNECT ──┘
type mock struct {
	t       T
	server  *replay.Server
	verdict *verdict
	http    *http.Server
	funnel  *funnel
	live    sync.WaitGroup // goroutines of ours, and requests

	tape capturetest.Tape // what the clients said
	rec  *record.Recorder

	listening sync.Once
	ca        *certs.Authority
	listener  net.Listener

	mu      sync.Mutex
	closed  bool
	conns   map[*conn]struct{}   // every open connection of a client
	sockets map[*socket]struct{} // those that were upgraded
	more    chan struct{}        // closed when something new was received
}

func newMock(t T, file string, o Options) (*mock, error) {
	tape, closer, err := openTape(file)
	if err != nil {
		return nil, err
	}
	m := &mock{
		t: t, funnel: newFunnel(), conns: map[*conn]struct{}{}, sockets: map[*socket]struct{}{},
		more: make(chan struct{}),
	}
	m.verdict = &verdict{t: t, allowed: o.AllowMisses}
	options := replay.Options{Speed: replay.Max}
	if o.Replay != nil {
		options = *o.Replay
	}
	options.Log = slog.New(m.verdict)
	m.server, err = replay.NewServer(tape, &options)
	if err = errors.Join(err, closer.Close()); err != nil {
		return nil, err
	}
	m.verdict.server = m.server
	if m.rec, err = record.New(&m.tape, nil); err != nil {
		return nil, err
	}
	m.http = &http.Server{
		Handler:           http.HandlerFunc(m.serve),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, originKey{}, originOf(c))
		},
	}
	m.live.Go(func() { _ = m.http.Serve(m.funnel) })
	return m, nil
}

// listen opens the port, the first time it is asked for.
func (m *mock) listen() {
	m.t.Helper()
	m.listening.Do(func() {
		ca, err := certs.LoadOrCreate(m.t.TempDir())
		if err != nil {
			m.t.Fatalf("replaytest: %v", err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			m.t.Fatalf("replaytest: %v", err)
		}
		m.ca, m.listener = ca, l
		m.live.Go(func() { m.accept(l) })
	})
}

func (m *mock) address() string {
	m.t.Helper()
	m.listen()
	return m.listener.Addr().String()
}

func (m *mock) certFile() string {
	m.t.Helper()
	m.listen()
	return m.ca.CertFile()
}

func (m *mock) pool() *x509.CertPool {
	m.t.Helper()
	m.listen()
	return m.ca.Pool()
}

func trusting(pool *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// serve answers one request.
func (m *mock) serve(w http.ResponseWriter, r *http.Request) {
	if !m.enter() {
		http.Error(w, "replaytest: the test has ended", http.StatusServiceUnavailable)
		return
	}
	defer m.live.Done()
	if r.Method == http.MethodConnect {
		m.connect(w, r)
		return
	}
	if o := r.Context().Value(originKey{}).(origin); o.host != "" && r.URL.Host == "" {
		r.URL.Scheme, r.URL.Host = o.scheme, o.host
	}
	m.observe(w, r)
}

// enter counts a request, unless the mock is closed.
func (m *mock) enter() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.live.Add(1)
	return true
}

// close ends what is open, waits for it, and gives the verdict.
func (m *mock) close() {
	_ = m.server.Close()
	m.mu.Lock()
	m.closed = true
	var left []io.Closer
	for c := range m.conns {
		left = append(left, c)
	}
	m.mu.Unlock()
	if m.listener != nil {
		_ = m.listener.Close()
	}
	m.funnel.Close()
	_ = m.http.Close()
	for _, c := range left {
		_ = c.Close()
	}
	m.live.Wait()
	_ = m.rec.Close()
	m.verdict.final()
}
