package replaytest_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/replaytest"
)

const exchangeHAR = "testdata/exchange.har"

// judged is a test whose failures are looked at instead of failing.
type judged struct {
	*testing.T
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (j *judged) Errorf(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.errors = append(j.errors, fmt.Sprintf(format, args...))
}

func (j *judged) Cleanup(f func()) { j.cleanups = append(j.cleanups, f) }

func (j *judged) Failed() bool { return len(j.said()) > 0 }

// end runs what the end of the test would.
func (j *judged) end() {
	for i := len(j.cleanups) - 1; i >= 0; i-- {
		j.cleanups[i]()
	}
}

func (j *judged) said() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.errors...)
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(body))
}

func TestEveryWayIn(t *testing.T) {
	t.Parallel()
	srv := replaytest.New(t, exchangeHAR, nil)
	own := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: srv.Pool()}}}
	t.Cleanup(own.CloseIdleConnections)
	proxy, err := url.Parse(srv.ProxyURL())
	if err != nil {
		t.Fatal(err)
	}
	proxied := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: srv.Pool()}}}
	t.Cleanup(proxied.CloseIdleConnections)
	const want = `200 [{"id":"BTC-EUR","tick":"0.01"}]`
	for _, way := range []struct {
		name   string
		client *http.Client
		url    string
	}{
		{"origin form", srv.Client(), srv.URL() + "/api/products"},
		{"origin form over TLS", own, "https" + strings.TrimPrefix(srv.URL(), "http") + "/api/products"},
		{"behind the proxy", proxied, "https://exchange.example/api/products"},
		{"the client of the server", srv.Client(), "https://exchange.example/api/products"},
		{"in memory", &http.Client{Transport: srv.Transport()}, "https://exchange.example/api/products"},
	} {
		t.Run(way.name, func(t *testing.T) {
			if got := get(t, way.client, way.url); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	for _, address := range []string{srv.WSURL("/ws"), "wss" + strings.TrimPrefix(srv.URL(), "http") + "/ws", "wss://exchange.example/ws"} {
		client := srv.Client()
		if strings.HasPrefix(address, "wss://127") {
			client = own
		}
		trader, err := dialTrader(within(t), client, address)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		if _, err := trader.buy(within(t), "BTC-EUR"); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		trader.conn.CloseNow()
	}
}

func TestATraderWithNewIDsIsServed(t *testing.T) {
	t.Parallel()
	srv := replaytest.New(t, exchangeHAR, nil)
	trader, err := dialTrader(within(t), srv.Client(), srv.WSURL("/ws"))
	if err != nil {
		t.Fatal(err)
	}
	defer trader.conn.CloseNow()
	for instrument, want := range map[string]string{"ETH-EUR": "312269865356374017", "BTC-EUR": "312269865356374016"} {
		if order, err := trader.buy(within(t), instrument); err != nil || order != want {
			t.Errorf("buy %s: order %s, %v; want order %s", instrument, order, err, want)
		}
	}
	if got := srv.Received(`$.op=="order"`); len(got) != 2 {
		t.Errorf("the mock received %d orders, want 2: %v", len(got), got)
	}
}

func TestADivergenceFailsTheTestOnce(t *testing.T) {
	t.Parallel()
	j := &judged{T: t}
	srv := replaytest.New(j, exchangeHAR, nil)
	trader, err := dialTrader(within(t), srv.Client(), srv.WSURL("/ws"))
	if err != nil {
		t.Fatal(err)
	}
	defer trader.conn.CloseNow()
	if _, err := trader.ask(within(t), "order", map[string]string{"instId": "BTC-EUR", "side": "sell", "sz": "1", "clOrdId": "c00001"}); err == nil {
		t.Error("a message that was not recorded was answered")
	}
	srv.Verify()
	j.end()
	var diffs []string
	for _, e := range j.said() {
		if strings.Contains(e, "replay diverged") {
			diffs = append(diffs, e)
		}
	}
	if len(diffs) != 1 || !strings.Contains(diffs[0], `$.args[0].side`) || !strings.Contains(diffs[0], `"sell"`) {
		t.Errorf("the test was told %d times:\n%s", len(diffs), strings.Join(diffs, "\n"))
	}
}

func TestMissesMayBeAllowed(t *testing.T) {
	t.Parallel()
	j := &judged{T: t}
	srv := replaytest.New(j, exchangeHAR, &replaytest.Options{AllowMisses: true})
	if got := get(t, srv.Client(), srv.URL()+"/api/nothing"); !strings.HasPrefix(got, "503 ") {
		t.Errorf("got %s, want 503", got)
	}
	j.end()
	if len(j.said()) != 0 || len(srv.Report().Divergences) != 1 {
		t.Errorf("the test was told %q, the report has %d divergences", j.said(), len(srv.Report().Divergences))
	}
}

func TestWhatNeverCame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options *replaytest.Options
		verify  bool
		want    string
	}{
		{"is fine by default", nil, false, ""},
		{"is told by Verify", nil, true, "has a client message that has not come"},
		{"fails at the end with RequireAll", &replaytest.Options{Replay: &replay.Options{RequireAll: true}}, false, "has a client message that never came"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := &judged{T: t}
			srv := replaytest.New(j, exchangeHAR, c.options)
			get(t, srv.Client(), srv.URL()+"/api/products")
			if c.verify {
				srv.Verify()
			}
			j.end()
			said := strings.Join(j.said(), "\n")
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("the test was told %q, want %q", said, c.want)
			}
		})
	}
}

func TestReceivedAndWaitFor(t *testing.T) {
	t.Parallel()
	srv := replaytest.New(t, exchangeHAR, nil)
	ctx := within(t)
	done := make(chan error, 1)
	go func() {
		trader, err := dialTrader(ctx, srv.Client(), srv.WSURL("/ws"))
		if err == nil {
			defer trader.conn.CloseNow()
			_, err = trader.buy(ctx, "BTC-EUR")
		}
		if err == nil {
			_, err = trader.buy(ctx, "ETH-EUR")
		}
		done <- err
	}()
	first, second := srv.WaitFor(ctx, `$.op=="order"`), srv.WaitFor(ctx, `$.op=="order"`)
	if !strings.Contains(first.String(), "BTC-EUR") || !strings.Contains(second.String(), "ETH-EUR") || first.Opcode != capture.OpText {
		t.Errorf("waited for %s and %s", first, second)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	body := `{"question":"greet me","id":"q-000001"}`
	resp, err := srv.Client().Post(srv.URL()+"/api/ask", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	asked := srv.Received(`method:POST $.question=="greet me"`)
	if len(asked) != 1 || string(asked[0].Data) != body || !strings.HasSuffix(asked[0].URL, "/api/ask") {
		t.Errorf("received %v", asked)
	}
}

func TestPushAndDrop(t *testing.T) {
	t.Parallel()
	srv := replaytest.New(t, exchangeHAR, nil)
	for n := range 3 { // as often as a client comes back
		trader, err := dialTrader(within(t), srv.Client(), srv.WSURL("/ws"))
		if err != nil {
			t.Fatal(err)
		}
		if n := srv.Push(`{"event":"notice","code":"64008"}`); n != 1 {
			t.Errorf("pushed to %d sockets, want 1", n)
		}
		if got, err := trader.next(within(t)); err != nil || got.Event != "notice" {
			t.Errorf("got %+v, %v, want the notice", got, err)
		}
		if _, err := trader.buy(within(t), "BTC-EUR"); err != nil {
			t.Error(err)
		}
		if n := srv.Drop(); n == 0 {
			t.Error("no connection was dropped")
		}
		if _, _, err := trader.conn.Read(within(t)); err == nil || websocket.CloseStatus(err) != -1 {
			t.Errorf("the socket ended with %v, want no close frame", err)
		}
		if got := srv.Received(`$.op=="login"`); len(got) != n+1 {
			t.Errorf("%d logins after connection %d", len(got), n+1)
		}
	}
}

func TestPushAndDropNeedAConnection(t *testing.T) {
	t.Parallel()
	j := &judged{T: t}
	srv := replaytest.New(j, exchangeHAR, nil)
	srv.Push("x")
	srv.Drop()
	j.end()
	if said := j.said(); len(said) != 2 {
		t.Errorf("the test was told %q", said)
	}
}

// TestHalfAnHourOfHeartbeats takes no time: it runs in a bubble, over pipes.
func TestHalfAnHourOfHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := replaytest.New(t, exchangeHAR, &replaytest.Options{Replay: &replay.Options{}})
		client := &http.Client{Transport: srv.Transport()}
		conn, _, err := websocket.Dial(t.Context(), "wss://exchange.example/feed", &websocket.DialOptions{HTTPClient: client})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		began, beats := time.Now(), 0
		for time.Since(began) < 30*time.Minute {
			_, data, err := conn.Read(t.Context())
			if err != nil {
				t.Fatalf("after %v: %v", time.Since(began), err)
			}
			if string(data) != `{"type":"heartbeat"}` {
				t.Fatalf("got %s", data)
			}
			beats++
		}
		if beats < 115 || beats > 125 {
			t.Errorf("%d heartbeats in half an hour, want one every 15 seconds", beats)
		}
	})
}

// TestAClientThatPings pings every 15 seconds for half an hour, in no time.
func TestAClientThatPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := replaytest.New(t, exchangeHAR, &replaytest.Options{Replay: &replay.Options{}})
		trader, err := dialTrader(t.Context(), &http.Client{Transport: srv.Transport()}, "wss://exchange.example/ws")
		if err != nil {
			t.Fatal(err)
		}
		defer trader.conn.CloseNow()
		for range 120 {
			time.Sleep(15 * time.Second)
			if err := trader.conn.Write(t.Context(), websocket.MessageText, []byte("ping")); err != nil {
				t.Fatal(err)
			}
			if _, data, err := trader.conn.Read(t.Context()); err != nil || string(data) != "pong" {
				t.Fatalf("got %s, %v", data, err)
			}
		}
	})
}

func TestFilesThatAreNone(t *testing.T) {
	for _, file := range []string{"testdata/none.har", "testdata/none.tape"} {
		fatal := make(chan string, 1)
		ended := make(chan struct{})
		go func() { // Fatalf ends its goroutine
			defer close(ended)
			replaytest.New(&fatalT{judged{T: t}, fatal}, file, nil)
		}()
		<-ended
		select {
		case said := <-fatal:
			if !strings.Contains(said, filepath.Base(file)) {
				t.Errorf("the test was told %q", said)
			}
		default:
			t.Errorf("%s was opened", file)
		}
	}
}

// fatalT keeps what ended the test.
type fatalT struct {
	judged
	fatal chan string
}

func (f *fatalT) Fatalf(format string, args ...any) {
	f.fatal <- fmt.Sprintf(format, args...)
	runtime.Goexit()
}
