package mitm_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// recorder is a capture.Recorder that keeps all it is told.
type recorder struct {
	clock capture.Clock
	begun chan *taped
}

func newRecorder() *recorder {
	return &recorder{capture.NewClock(), make(chan *taped, 1000)}
}

func (r *recorder) Now() time.Duration { return r.clock.Now() }

func (r *recorder) Begin(o capture.Opening) capture.Tap {
	x := &taped{Opening: o, ended: make(chan struct{}), passed: make(chan struct{}, 1)}
	r.begun <- x
	return x
}

// next returns the next exchange that has begun.
func (r *recorder) next(t *testing.T) *taped {
	t.Helper()
	select {
	case x := <-r.begun:
		return x
	case <-time.After(patience):
		t.Fatal("no exchange was recorded")
		return nil
	}
}

// taped is an exchange as the recorder was told of it.
type taped struct {
	capture.Opening
	ended  chan struct{}
	passed chan struct{} // has a token after each chunk

	mu       sync.Mutex
	upstream capture.Upstream
	early    []capture.Early
	response *capture.Response
	sent     bytes.Buffer
	received bytes.Buffer
	chunks   []capture.Chunk
	trailers [2][]capture.Field
	end      capture.End
	after    []string // what was told after the end
}

func (x *taped) note(what string) func() {
	x.mu.Lock()
	select {
	case <-x.ended:
		x.after = append(x.after, what)
	default:
	}
	return x.mu.Unlock
}

func (x *taped) Upstream(u capture.Upstream) {
	defer x.note("Upstream")()
	x.upstream = u
}

func (x *taped) Early(at time.Duration, status int, h []capture.Field) {
	defer x.note("Early")()
	x.early = append(x.early, capture.Early{At: at, Status: status, Header: h})
}

func (x *taped) Response(at time.Duration, r capture.Response) {
	defer x.note("Response")()
	r.At = at
	x.response = &r
}

func (x *taped) Chunk(c capture.Chunk) {
	defer x.note("Chunk")()
	if c.Dir == capture.Send {
		x.sent.Write(c.Data)
	} else {
		x.received.Write(c.Data)
	}
	c.Data = bytes.Clone(c.Data)
	x.chunks = append(x.chunks, c)
	select {
	case x.passed <- struct{}{}:
	default:
	}
}

func (x *taped) Trailer(dir capture.Direction, fields []capture.Field) {
	defer x.note("Trailer")()
	x.trailers[dir] = fields
}

func (x *taped) End(e capture.End) {
	defer x.note("End")()
	x.end = e
	close(x.ended)
}

// wait waits for the end of the exchange.
func (x *taped) wait(t *testing.T) *taped {
	t.Helper()
	select {
	case <-x.ended:
	case <-time.After(patience):
		t.Fatal("the exchange did not end")
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.after) > 0 {
		t.Errorf("told after the end: %q", x.after)
	}
	return x
}

// ends checks how the exchange ended.
func (x *taped) ends(t *testing.T, how capture.How, by capture.Party) *taped {
	t.Helper()
	x.wait(t)
	if x.end.How != how || x.end.By != by {
		t.Errorf("recorded end: %v by %v (%s), want %v by %v", x.end.How, x.end.By, x.end.Err, how, by)
	}
	return x
}

// originCert is the certificate of all TLS origins of a run, and its pool.
var originCert = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "origin"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"origin.test", "localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
})

// side is one end of a connection, with all its ways to end.
type side struct {
	t   *testing.T
	tcp *net.TCPConn
	raw *rawEnd
	net.Conn
	br *bufio.Reader
}

// rawEnd remembers how reading below TLS ended.
type rawEnd struct {
	net.Conn
	mu  sync.Mutex
	err error
}

func (r *rawEnd) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if err != nil {
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
	}
	return n, err
}

func newSide(t *testing.T, c net.Conn, wrap func(net.Conn) net.Conn) *side {
	s := &side{t: t, tcp: c.(*net.TCPConn), raw: &rawEnd{Conn: c}}
	s.Conn = s.raw
	if wrap != nil {
		s.Conn = wrap(s.raw)
	}
	c.SetDeadline(time.Now().Add(patience))
	s.br = bufio.NewReader(s.Conn)
	return s
}

// say writes s in one write.
func (s *side) say(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.Conn, text); err != nil {
		s.t.Errorf("write %.40q: %v", text, err)
	}
}

// hears reads exactly want.
func (s *side) hears(want string) {
	s.t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(s.br, got)
	if string(got) != want {
		s.t.Errorf("got %.200q (%v), want %.200q", got[:n], err, want)
	}
}

// head reads up to and with a blank line.
func (s *side) head() string {
	s.t.Helper()
	var b strings.Builder
	for !strings.HasSuffix(b.String(), "\r\n\r\n") {
		line, err := s.br.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			s.t.Errorf("head: %v after %q", err, b.String())
			break
		}
	}
	return b.String()
}

// reset ends the connection with RST.
func (s *side) reset() {
	s.tcp.SetLinger(0)
	s.tcp.Close()
}

// fin ends this side of the connection in order.
func (s *side) fin() {
	if t, ok := s.Conn.(*tls.Conn); ok {
		t.CloseWrite()
	}
	s.tcp.CloseWrite()
}

// vanish ends this side without close_notify.
func (s *side) vanish() { s.tcp.CloseWrite() }

// end reads what is left and returns it, and how the peer ended.
func (s *side) end() (rest, how string) {
	b, err := io.ReadAll(s.br)
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return string(b), "reset"
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return string(b), err.Error()
	}
	s.raw.mu.Lock()
	defer s.raw.mu.Unlock()
	if _, ok := s.Conn.(*tls.Conn); ok && s.raw.err != nil {
		return string(b), "FIN without close_notify"
	}
	return string(b), "FIN"
}

// ends checks how the peer ended.
func (s *side) ends(want string) {
	s.t.Helper()
	if rest, how := s.end(); how != want || rest != "" {
		s.t.Errorf("the peer ended with %q, %s; want nothing more and %s", rest, how, want)
	}
}

// world is a raw origin, a Proxy with a Relay, and a recorder.
type world struct {
	t      *testing.T
	secure bool
	tape   *recorder
	relay  *mitm.Relay
	proxy  string
	origin net.Listener
	conns  chan *side // connections the origin has accepted
}

// newWorld starts a world that lasts until the test ends.
func newWorld(t *testing.T, secure bool, change ...func(*mitm.RelayOptions)) *world {
	t.Helper()
	w := &world{t: t, secure: secure, tape: newRecorder(), conns: make(chan *side, 200)}
	_, pool := originCert()
	o := &mitm.RelayOptions{Recorder: w.tape, RootCAs: pool}
	for _, f := range change {
		f(o)
	}
	w.relay = mitm.NewRelay(o)
	var err error
	if w.origin, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.origin.Close() })
	go w.accept()
	w.proxy = startProxy(t, &mitm.ProxyOptions{Handler: w.relay, Tunnels: w.relay})
	t.Cleanup(func() {
		if err := w.relay.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return w
}

func (w *world) accept() {
	for {
		c, err := w.origin.Accept()
		if err != nil {
			return
		}
		w.conns <- newSide(w.t, c, func(c net.Conn) net.Conn {
			if !w.secure {
				return c
			}
			cert, _ := originCert()
			return tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}})
		})
	}
}

// accepted returns the next connection the origin gets.
func (w *world) accepted() *side {
	w.t.Helper()
	select {
	case s := <-w.conns:
		return s
	case <-time.After(patience):
		w.t.Fatal("no connection reached the origin")
		return nil
	}
}

// addr is the origin's.
func (w *world) addr() string { return w.origin.Addr().String() }

// url returns the origin's URL under a scheme for plain or TLS connections.
func (w *world) url(scheme string) string {
	if w.secure {
		scheme += "s"
	}
	return scheme + "://" + w.addr()
}

// client returns a client's connection through CONNECT.
func (w *world) client() *side {
	w.t.Helper()
	c := connect(w.t, w.proxy, w.addr()).(*net.TCPConn)
	return newSide(w.t, c, func(c net.Conn) net.Conn {
		if !w.secure {
			return c
		}
		return secureOver(w.t, c)
	})
}

func secureOver(t *testing.T, c net.Conn) net.Conn {
	return secure(t, c, "127.0.0.1", "http/1.1")
}

// overBoth runs f over plain connections and over TLS.
func overBoth(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	for name, secure := range map[string]bool{"plain": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, secure))
		})
	}
}

func TestRelayForwardsARequestAndItsAnswer(t *testing.T) {
	overBoth(t, func(t *testing.T, w *world) {
		c := w.client()
		c.say("GET /a//b/../%2F?q=%zz HTTP/1.1\r\nhost: " + w.addr() + "\r\nX-One: 1\r\nx-one: 2\r\nAccept-Encoding: gzip\r\nPragma: no-cache\r\n\r\n")
		s := w.accepted()
		want := "GET /a//b/../%2F?q=%zz HTTP/1.1\r\nhost: " + w.addr() + "\r\nX-One: 1\r\nx-one: 2\r\nAccept-Encoding: gzip\r\nPragma: no-cache\r\n\r\n"
		if got := s.head(); got != want {
			t.Errorf("the origin got %q, want %q", got, want)
		}
		s.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\netag: \"x\"\r\n\r\nhello")
		got := c.head()
		if want := "HTTP/1.1 200 OK\r\nContent-Length: 5\r\netag: \"x\"\r\n\r\n"; got != want {
			t.Errorf("the client got %q, want %q", got, want)
		}
		c.hears("hello")
		x := w.tape.next(t).ends(t, capture.HowClose, capture.Server)
		if x.Request.URL != w.url("http")+"/a//b/../%2F?q=%zz" || string(x.Request.Raw) != want {
			t.Errorf("recorded request: %s %q", x.Request.URL, x.Request.Raw)
		}
		if x.received.String() != "hello" || x.response.Status != 200 || x.upstream.Addr != w.addr() {
			t.Errorf("recorded response: %+v from %+v with %q", x.response, x.upstream, x.received.String())
		}
	})
}
