package mitm_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wiretape/wiretape/mitm"
)

func TestServeSeveralListeners(t *testing.T) {
	p := mitm.NewProxy(&mitm.ProxyOptions{CA: testCA(), Handler: http.HandlerFunc(tell)})
	served := make(chan error, 2)
	var addrs []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, l.Addr().String())
		go func() { served <- p.Serve(l) }()
	}
	for _, addr := range addrs {
		if status, _ := fetch(t, through(t, "http://"+addr, false), "http://a.test/"); status != 200 {
			t.Errorf("%s: %d", addr, status)
		}
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for range addrs {
		if err := await(t, served); err != nil {
			t.Error(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Serve(l); err != nil {
		t.Errorf("Serve after Shutdown: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("a listener that was not served is open")
	}
}

func TestShutdownLetsExchangesGoOn(t *testing.T) {
	began, goOn := make(chan struct{}), make(chan struct{})
	addr, p := startStoppable(t, &mitm.ProxyOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		<-goOn
		io.WriteString(w, "whole")
	})})
	quiet := []net.Conn{
		dial(t, addr),
		connect(t, addr, "a.test:80"),
		secure(t, connect(t, addr, "a.test:443"), "a.test", "http/1.1"),
		secure(t, connect(t, addr, "a.test:443"), "a.test", "h2"),
	}
	c := connect(t, addr, "a.test:80")
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	await(t, began)
	down := make(chan error, 1)
	go func() { down <- p.Shutdown(context.Background()) }()
	for _, c := range quiet {
		if _, err := io.Copy(io.Discard, c); isTimeout(err) {
			t.Errorf("a connection without an exchange goes on: %v", err)
		}
	}
	close(goOn)
	if _, body := receive(t, bufio.NewReader(c), "GET"); body != "whole" {
		t.Errorf("got %q", body)
	}
	if err := await(t, down); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func TestShutdownLosesPatience(t *testing.T) {
	ended := make(chan error, 1)
	hijacked := make(chan struct{})
	addr, p := startStoppable(t, &mitm.ProxyOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			close(hijacked)
			_, err = c.Read(make([]byte, 1))
			c.Close()
			ended <- err
			return
		}
		<-r.Context().Done()
	})})
	socket, stream := connect(t, addr, "a.test:80"), connect(t, addr, "a.test:80")
	send(t, socket, upgrade)
	send(t, stream, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
	await(t, hijacked)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := p.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := await(t, ended); err == nil {
		t.Error("the socket ended without an error")
	}
}

// openFiles counts the file descriptors of this process, 0 where it cannot.
func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

func TestNothingIsLeftOfManyConnections(t *testing.T) {
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{
		Tunnels:   u,
		Intercept: func(host string) bool { return host != "excluded.test" },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") == "" {
				tell(w, r)
				return
			}
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			io.Copy(c, c)
		}),
	})
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-u.given:
			case <-done:
				return
			}
		}
	}()
	ways := []func(){
		func() { // a socket over TLS
			s := secure(t, connect(t, addr, "a.test:443"), "a.test")
			send(t, s, upgrade+"echo")
			expect(t, s, "echo")
			s.Close()
		},
		func() { // a request, and the client leaves without a word
			c := connect(t, addr, "a.test:80")
			send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
			receive(t, bufio.NewReader(c), "GET")
			below(c).SetLinger(0)
			c.Close()
		},
		func() { // a tunnel
			c := connect(t, addr, "excluded.test:443")
			expect(t, c, "220 ready\r\n")
			c.Close()
		},
		func() { // half a request
			c := dial(t, addr)
			send(t, c, "GET / HT")
			c.Close()
		},
		func() { // half a handshake
			c := dial(t, addr)
			send(t, c, "\x16\x03\x01\x02\x00\x01")
			c.Close()
		},
		func() { dial(t, addr).Close() },
	}
	run := func(n int) {
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				for j := range n / 10 {
					ways[(i+j)%len(ways)]()
				}
			})
		}
		wg.Wait()
	}
	run(20) // what is made once is made
	settle := func() (int, int) { return runtime.NumGoroutine(), openFiles() }
	time.Sleep(50 * time.Millisecond)
	goroutines, files := settle()
	run(300)
	deadline := time.Now().Add(patience)
	for {
		g, f := settle()
		if g <= goroutines+2 && f <= files+2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d files; %d and %d before", g, f, goroutines, files)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// shortListener cannot accept at first.
type shortListener struct {
	net.Listener
	errs []error
}

func (l *shortListener) Accept() (net.Conn, error) {
	if len(l.errs) > 0 {
		err := l.errs[0]
		l.errs = l.errs[1:]
		return nil, err
	}
	return l.Listener.Accept()
}

func TestAcceptGoesOnAfterAShortage(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := mitm.NewProxy(&mitm.ProxyOptions{CA: testCA(), Handler: http.HandlerFunc(tell)})
	served := make(chan error, 1)
	broken := errors.New("broken")
	go func() { served <- p.Serve(&shortListener{l, []error{syscall.EMFILE, syscall.ECONNABORTED}}) }()
	if status, _ := fetch(t, through(t, "http://"+l.Addr().String(), false), "http://a.test/"); status != 200 {
		t.Errorf("got %d", status)
	}
	p.Close()
	if err := await(t, served); err != nil {
		t.Errorf("Serve: %v", err)
	}
	p = mitm.NewProxy(&mitm.ProxyOptions{CA: testCA(), Handler: http.HandlerFunc(tell)})
	if err := p.Serve(&shortListener{l, []error{broken}}); err != broken {
		t.Errorf("Serve: %v", err)
	}
	p.Close()
}

// panics is a mitm.Tunnels with a bug.
type panics struct{}

func (panics) Tunnel(context.Context, *mitm.Conn, string, string) { panic("a bug") }
func (panics) Refused(context.Context, *mitm.Conn, string, error) { panic("a bug") }

func TestPanicInATunnelEndsOneConnection(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: panics{}, Log: slog.New(slog.DiscardHandler), PeekTimeout: time.Millisecond})
	c := connect(t, addr, "a.test:25")
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection goes on")
	}
	c = connect(t, addr, "a.test:80")
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	receive(t, bufio.NewReader(c), "GET")
}
