package replaytest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/replaytest"
)

// The service is a recording: the program under test is pointed at its address.
func ExampleNew() {
	t := newExample() // in a test: the *testing.T
	defer t.end()

	srv := replaytest.New(t, "testdata/exchange.har", nil)
	resp, err := srv.Client().Get(srv.URL() + "/api/products")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body))
	// Output: 200 [{"id":"BTC-EUR","tick":"0.01"}]
}

// A client that was recorded with other ids, another clock and another
// signature gets answers that are its own.
func ExampleServer_WSURL() {
	t := newExample()
	defer t.end()

	srv := replaytest.New(t, "testdata/exchange.har", nil)
	trader, err := dialTrader(t.ctx, srv.Client(), srv.WSURL("/ws"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	order, err := trader.buy(t.ctx, "BTC-EUR")
	fmt.Println(order, err)
	// Output: 312269865356374016 <nil>
}

// Under its recorded address the service is reached through the proxy, over
// TLS, which the client of the server trusts.
func ExampleServer_Client() {
	t := newExample()
	defer t.end()

	srv := replaytest.New(t, "testdata/exchange.har", nil)
	resp, err := srv.Client().Get("https://exchange.example/api/products")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}

// In memory nothing waits for a network. In a bubble of testing/synctest not
// even the clock does: there, drop Speed, and heartbeats come every 15 seconds
// of the bubble's time, for as long as the connection lasts.
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := replaytest.New(t, "testdata/exchange.har", &replaytest.Options{Replay: &replay.Options{}})
//		…
//		time.Sleep(30 * time.Minute)
//	})
func ExampleServer_Transport() {
	t := newExample()
	defer t.end()

	srv := replaytest.New(t, "testdata/exchange.har", &replaytest.Options{Replay: &replay.Options{Speed: 1000}})
	client := &http.Client{Transport: srv.Transport()}
	conn, _, err := websocket.Dial(t.ctx, "wss://exchange.example/feed", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer conn.CloseNow()
	_, data, err := conn.Read(t.ctx)
	fmt.Println(string(data), err)
	// Output: {"type":"heartbeat"} <nil>
}

// What the program under test said can be asked for, and waited for.
func ExampleServer_WaitFor() {
	t := newExample()
	defer t.end()

	srv := replaytest.New(t, "testdata/exchange.har", nil)
	go func() {
		if trader, err := dialTrader(t.ctx, srv.Client(), srv.WSURL("/ws")); err == nil {
			_, _ = trader.buy(t.ctx, "ETH-EUR")
		}
	}()
	order := srv.WaitFor(t.ctx, `$.op=="order" $.args[0].instId=="ETH-EUR"`)
	fmt.Println(order.Method, order.Connection, len(srv.Received(`$.op=="login"`)))
	// Output: GET 1 1
}

// When the connection breaks, a good client comes back: Drop finds out.
func ExampleServer_Drop() {
	t := newExample()
	defer t.end()

	srv := replaytest.New(t, "testdata/exchange.har", nil)
	for range 2 {
		trader, err := dialTrader(t.ctx, srv.Client(), srv.WSURL("/ws"))
		if err != nil {
			t.Fatalf("%v", err)
		}
		srv.Push(`{"event":"notice","code":"64008"}`)
		notice, _ := trader.next(t.ctx)
		srv.Drop()
		_, err = trader.next(t.ctx)
		fmt.Println(notice.Event, notice.Code, err != nil)
	}
	fmt.Println(len(srv.Received(`$.op=="login"`)), "logins")
	// Output:
	// notice 64008 true
	// notice 64008 true
	// 2 logins
}

// example stands for the *testing.T of a test.
type example struct {
	ctx      context.Context
	cleanups []func()
}

func newExample() *example {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	return &example{ctx, []func(){cancel}}
}

func (e *example) end() {
	for i := len(e.cleanups) - 1; i >= 0; i-- {
		e.cleanups[i]()
	}
}
