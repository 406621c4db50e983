package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/mitm"
)

// short is the patience of the pages of these tests, and guard is when a test
// gives up.
const (
	short = 50 * time.Millisecond
	guard = 20 * time.Second
)

// raw opens a connection and says something on it.
func (d *driven) raw(text string) net.Conn {
	d.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(d.base, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(guard))
	if _, err := io.WriteString(c, text); err != nil {
		d.t.Fatal(err)
	}
	return c
}

// TestBodiesThatStandStill are given up, with and without the token.
func TestBodiesThatStandStill(t *testing.T) {
	d := drive(t, web.Options{Patience: short, Importer: &importer{}})
	host := strings.TrimPrefix(d.base, "http://")
	for name, head := range map[string]string{
		"no token": "POST /api/v1/format HTTP/1.1\r\n",
		"json":     "POST /api/v1/format HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer " + d.page.Token() + "\r\n",
		"archive":  "POST /api/v1/imports?name=x HTTP/1.1\r\nAuthorization: Bearer " + d.page.Token() + "\r\n",
		"asset":    "GET / HTTP/1.1\r\n",
		"foreign":  "POST /api/v1/format HTTP/1.1\r\nOrigin: http://evil.example\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := d.raw(head + "Host: " + host + "\r\nContent-Length: 1000\r\n\r\n{")
			if _, err := io.Copy(io.Discard, c); err != nil {
				t.Errorf("the page waits for the rest: %v", err)
			}
		})
	}
	d.want(200, "POST", "/imports?name=x", []byte("{}"), nil) // the place is free again
}

// TestABodyThatTookLongIsNotHeldAgainstTheAnswer sends a body slowly and waits
// for an answer that takes longer than the patience.
func TestABodyThatTookLongIsNotHeldAgainstTheAnswer(t *testing.T) {
	slow := make(chan struct{})
	with := &injector{inject: func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-slow:
			return nil
		}
	}}
	d := drive(t, web.Options{Patience: short, Injector: with})
	body := `{"to":"client","text":"x"}`
	c := d.raw(fmt.Sprintf("POST /api/v1/exchanges/1/inject HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", strings.TrimPrefix(d.base, "http://"), d.page.Token(), len(body), body[:5]))
	if _, err := io.WriteString(c, body[5:]); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(3*short, func() { close(slow) })
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%v %v", res, err)
	}
}

// endless is an exporter whose files have no end.
type endless struct{ exporter }

func (e *endless) Export(_ context.Context, w io.Writer, _ *web.ExportRequest) error {
	text := strings.Repeat("x", 1<<20)
	for {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
}

// TestDownloadsThatNobodyReads give their places back.
func TestDownloadsThatNobodyReads(t *testing.T) {
	d := drive(t, web.Options{Patience: short, Exporter: &endless{}})
	for range 2 {
		var got struct{ Ticket string }
		d.want(200, "POST", "/exports", web.ExportRequest{Format: "har"}, &got)
		c := d.raw("GET " + got.Ticket + " HTTP/1.1\r\nHost: " + strings.TrimPrefix(d.base, "http://") + "\r\n\r\n")
		if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
			t.Fatal(err)
		}
	}
	for late := time.Now().Add(guard); ; runtime.Gosched() {
		if d.ask("POST", "/exports", web.ExportRequest{Format: "har", DryRun: true}, nil) == 200 {
			return
		}
		if time.Now().After(late) {
			t.Fatal("two downloads that nobody reads keep others waiting for ever")
		}
	}
}

// lingering is an exporter that takes its time to end.
type lingering struct {
	exporter
	begun chan struct{}
	ended atomic.Bool
}

func (e *lingering) Preview(ctx context.Context, _ *web.ExportRequest) (*web.ExportPreview, error) {
	close(e.begun)
	<-ctx.Done()
	for range 1000 {
		runtime.Gosched()
	}
	e.ended.Store(true)
	return nil, ctx.Err()
}

func TestCloseWaitsForRequests(t *testing.T) {
	with := &lingering{begun: make(chan struct{})}
	d := drive(t, web.Options{Exporter: with})
	body := `{"format":"har","dry_run":true}`
	d.raw(fmt.Sprintf("POST /api/v1/exports HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		strings.TrimPrefix(d.base, "http://"), d.page.Token(), len(body), body))
	<-with.begun
	d.page.Close()
	if !with.ended.Load() {
		t.Error("a request goes on behind Close")
	}
	w := httptest.NewRecorder()
	d.page.ServeHTTP(w, httptest.NewRequest("GET", d.base+"/", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("after Close: %d", w.Code)
	}
}

// TestNothingIsLeftBehindClose closes the page while it is used in every way.
func TestNothingIsLeftBehindClose(t *testing.T) {
	before := runtime.NumGoroutine()
	s := newStudio(t)
	k := s.socket("ws://a.test/")
	for range 2000 {
		k.text(time.Millisecond, `{"a":1}`)
	}
	k.ends()
	var asking sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{}}
	for _, path := range []string{"/feed?list=1&exchanges=1", "/exchanges?filter=text:b", "/exchanges/1/rows?filter=text:a", "/exchanges/1/rows/1/view", "/exchanges/1/rows?fold=1"} {
		asking.Go(func() {
			for {
				r, _ := http.NewRequest("GET", s.base+"/api/v1"+path, nil)
				r.Header.Set("Authorization", "Bearer "+s.page.Token())
				res, err := client.Do(r)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		})
	}
	for s.ask("GET", "/exchanges/1/rows", nil, nil) != 200 {
	}
	s.page.Close()
	asking.Wait()
	client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	s.rec.Close()
	s.tape.Close()
	for late := time.Now().Add(guard); runtime.NumGoroutine() > before+2; runtime.Gosched() {
		if time.Now().After(late) {
			var stacks [1 << 16]byte
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks[:], true)])
		}
	}
}

// TestTicketsHoldNoPayload issues many for long messages.
func TestTicketsHoldNoPayload(t *testing.T) {
	s := newStudio(t)
	k := s.socket("ws://a.test/")
	k.text(time.Millisecond, strings.Repeat("x", 4<<20))
	k.ends()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var got struct{ Path string }
	for range 32 {
		s.want(200, "POST", "/tickets", map[string]any{"for": "preview", "exchange": 1, "seq": 1}, &got)
	}
	if after := heap(); after > before+32<<20 {
		t.Errorf("32 tickets for 4 MiB each hold %d MiB", (after-before)>>20)
	}
	if res, body, err := s.fetch(got.Path); err != nil || res.StatusCode != 200 || len(body) != 4<<20 {
		t.Errorf("%v %v %d", res, err, len(body))
	}
	for _, purpose := range []string{"preview", "download"} {
		s.want(404, "POST", "/tickets", map[string]any{"for": purpose, "exchange": 1, "seq": 2}, nil)
	}
}

// injector does what a test says.
type injector struct{ inject func(context.Context) error }

func (i *injector) Inject(ctx context.Context, _ capture.ExchangeID, _ mitm.Frame) error {
	return i.inject(ctx)
}

func (i *injector) Abort(capture.ExchangeID, capture.Party) error { return nil }

// TestADeedThatItsAskerLeftIsDoneAgain asks with the same key after going away.
func TestADeedThatItsAskerLeftIsDoneAgain(t *testing.T) {
	begun := make(chan struct{}, 2)
	first := true
	with := &injector{inject: func(ctx context.Context) error {
		begun <- struct{}{}
		if !first {
			return nil
		}
		first = false
		<-ctx.Done()
		return ctx.Err()
	}}
	d := drive(t, web.Options{Injector: with})
	send := func(ctx context.Context) int {
		r, _ := http.NewRequestWithContext(ctx, "POST", d.base+"/api/v1/exchanges/1/inject", strings.NewReader(`{"to":"client","text":"x"}`))
		r.Header.Set("Authorization", "Bearer "+d.page.Token())
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "k")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-begun; leave() }()
	if got := send(ctx); got != 0 {
		t.Fatalf("the first: %d", got)
	}
	for late := time.Now().Add(guard); send(t.Context()) != 200; runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatal("what was broken off is never done")
		}
	}
}

// TestPort80IsNotWritten asks as browsers do where the port is the default.
func TestPort80IsNotWritten(t *testing.T) {
	s := web.New(web.Options{})
	defer s.Close()
	for host, want := range map[string]int{"127.0.0.1": 200, "localhost": 200, "[::1]": 200, "127.0.0.1:80": 200, "127.0.0.1:81": 421, "evil.example": 421} {
		r := httptest.NewRequest("GET", "http://"+host+"/", nil)
		r.Header.Set("Origin", "http://"+host)
		local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local))))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", host, w.Code, want)
		}
	}
}
