package replaytest

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/wiretape/wiretape/replay"
)

// T is what a Server needs of a test. *testing.T and *testing.B are such.
type T interface {
	Helper()
	Name() string
	TempDir() string
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Options tells how a recording is served, and how it is made. The zero value
// serves all of it as fast as the client asks, and refuses what was not
// recorded.
type Options struct {
	// Replay is how the recording is served; its Log is not used. nil stands
	// for replay.Options{Speed: replay.Max}.
	Replay *replay.Options
	// AllowMisses keeps what was not recorded from failing the test: it is in
	// the Report only.
	AllowMisses bool

	// Record makes the recording instead of serving it, like WIRETAPE_RECORD=1.
	Record bool
	// Upstream is the real service that clients of URL and WSURL reach while
	// recording, as in "https://api.example.com". Clients of ProxyURL need none.
	Upstream string
	// RecordArgs are further arguments of wiretape record.
	RecordArgs []string
	// KeepSecrets leaves tokens, keys and cookies in the recording.
	KeepSecrets bool
}

// Server is a recording in place of a service. It may be used concurrently.
// Its methods must not be called after the test has ended.
type Server struct {
	t       T
	options Options
	backend backend

	mu     sync.Mutex
	waited map[string]int // by filter: how many messages WaitFor has returned
}

// backend is what stands behind a Server: the mock, or the recorder.
type backend interface {
	address() string // host:port
	certFile() string
	pool() *x509.CertPool
	// received returns what the clients said so far.
	received() ([]*Message, error)
	// changed returns a channel that is closed when the clients said more.
	changed() <-chan struct{}
	close()
}

// New serves the recording in file, a tape or a HAR, until the test ends. o may
// be nil. What goes wrong ends the test.
func New(t T, file string, o *Options) *Server {
	t.Helper()
	s := &Server{t: t, waited: map[string]int{}}
	if o != nil {
		s.options = *o
	}
	var err error
	if recording(s.options.Record) {
		s.backend, err = newRecorder(t, file, s.options)
	} else {
		s.backend, err = newMock(t, file, s.options)
	}
	if err != nil {
		t.Fatalf("replaytest: %v", err)
	}
	t.Cleanup(s.backend.close)
	return s
}

// URL returns the address of the service, as in "http://127.0.0.1:41287". The
// same port answers https.
func (s *Server) URL() string { return "http://" + s.backend.address() }

// WSURL returns the WebSocket address of a path, which begins with a slash and
// may have a query.
func (s *Server) WSURL(path string) string { return "ws://" + s.backend.address() + path }

// ProxyURL returns the address of the proxy behind which the recorded addresses
// are served.
func (s *Server) ProxyURL() string { return s.URL() }

// CertFile returns the path of the certificate, in PEM, that clients have to
// trust for https.
func (s *Server) CertFile() string { return s.backend.certFile() }

// Pool returns a new pool that holds this certificate alone.
func (s *Server) Pool() *x509.CertPool { return s.backend.pool() }

// Client returns a client that trusts the server. It goes to the server itself
// for its URL, and through it as a proxy for every other one.
func (s *Server) Client() *http.Client {
	proxy := &url.URL{Scheme: "http", Host: s.backend.address()}
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.ForceAttemptHTTP2 = false
	tr.TLSClientConfig = trusting(s.Pool())
	tr.Proxy = func(r *http.Request) (*url.URL, error) {
		if strings.EqualFold(r.URL.Host, proxy.Host) {
			return nil, nil
		}
		return proxy, nil
	}
	s.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// mock returns the mock, or leaves the test where there is none because the
// recording is being made.
func (s *Server) mock(what string) *mock {
	s.t.Helper()
	m, ok := s.backend.(*mock)
	if !ok {
		s.t.Skipf("skipped: needs a recording: %s works on one only; this one is made up to here", what)
	}
	return m
}

// Report tells what has happened so far. While recording it is empty, and OK.
func (s *Server) Report() *replay.Report {
	if m, ok := s.backend.(*mock); ok {
		return m.server.Report()
	}
	return &replay.Report{OK: true}
}
