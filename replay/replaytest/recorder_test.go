package replaytest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/replay/replaytest"
)

// realExchange is the service behind the recordings of these tests.
func realExchange(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/products" {
		fmt.Fprint(w, `["BTC-EUR"]`)
		return
	}
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	for orders := 0; ; {
		_, data, err := c.Read(r.Context())
		if err != nil {
			return
		}
		var q struct {
			ID, Op string
			Args   []struct{ InstID, ClOrdID, Sign string }
		}
		if json.Unmarshal(data, &q) != nil || len(q.Args) != 1 {
			return
		}
		say := func(format string, args ...any) {
			_ = c.Write(r.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...))
		}
		switch q.Op {
		case "login":
			say(`{"event":"login","code":"0"}`)
		case "subscribe":
			say(`{"id":%q,"event":"subscribe"}`, q.ID)
		case "order":
			orders++
			say(`{"id":%q,"op":"order","code":"0","data":[{"ordId":"31226986535637%d","clOrdId":%q}]}`, q.ID, 4000+orders, q.Args[0].ClOrdID)
			say(`{"arg":{"channel":"orders"},"data":[{"ordId":"31226986535637%d","clOrdId":%q,"state":"filled"}]}`, 4000+orders, q.Args[0].ClOrdID)
		}
	}
}

// TestTheSameTestRecordsAndReplays runs one test against the real service and
// then, with that stopped, against what was recorded.
func TestTheSameTestRecordsAndReplays(t *testing.T) {
	bin := wiretape(t)
	for _, name := range []string{"exchange.har", "exchange.tape"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WIRETAPE_BIN", bin)
			file := filepath.Join(t.TempDir(), "testdata", name)
			service := httptest.NewServer(http.HandlerFunc(realExchange))
			var orders []string
			for _, record := range []string{"1", "0"} {
				t.Setenv("WIRETAPE_RECORD", record)
				j := &judged{T: t}
				srv := replaytest.New(j, file, &replaytest.Options{Upstream: service.URL})
				orders = append(orders, trade(t, srv))
				j.end()
				if said := j.said(); len(said) > 0 {
					t.Fatalf("WIRETAPE_RECORD=%s: %s", record, said)
				}
				service.Close()
			}
			if orders[0] != orders[1] || orders[0] == "" {
				t.Errorf("order %s when recording, %s from the recording", orders[0], orders[1])
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), "sesame") {
				t.Error("the token is in the recording")
			}
		})
	}
}

// wiretape returns the program, built from this module unless one is named.
func wiretape(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("WIRETAPE_BIN"); bin != "" {
		return bin
	}
	needsGo(t)
	bin := filepath.Join(t.TempDir(), "wiretape")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/wiretape/wiretape/cmd/wiretape").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return bin
}

// trade is the test that is recorded: a request, and orders on a socket.
func trade(t *testing.T, srv *replaytest.Server) string {
	t.Helper()
	if got := get(t, srv.Client(), srv.URL()+"/api/products?token=opensesame-4711"); got != `200 ["BTC-EUR"]` {
		t.Errorf("got %s", got)
	}
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	trader, err := dialTrader(ctx, srv.Client(), srv.WSURL("/ws"))
	if err != nil {
		t.Fatal(err)
	}
	order, err := trader.buy(ctx, "BTC-EUR")
	if err != nil {
		t.Fatal(err)
	}
	if m := srv.WaitFor(ctx, `$.op=="order"`); !strings.Contains(m.String(), "BTC-EUR") {
		t.Errorf("waited for %s", m)
	}
	if n := len(srv.Received(`dir:send`)); n != 4 {
		t.Errorf("the service received %d messages, want 4: %v", n, srv.Received(""))
	}
	_ = trader.conn.Close(websocket.StatusNormalClosure, "bye")
	return order
}

func needsGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("skipped: needs go")
	}
}

// TestAFailedTestRecordsNothing keeps the recording that was there. The program
// is built on the way.
func TestAFailedTestRecordsNothing(t *testing.T) {
	needsGo(t)
	t.Setenv("WIRETAPE_BIN", "")
	t.Setenv("PATH", onlyGo(t))
	file := filepath.Join(t.TempDir(), "x.har")
	if err := os.WriteFile(file, []byte("the old one"), 0o600); err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(http.HandlerFunc(realExchange))
	defer service.Close()
	j := &judged{T: t}
	srv := replaytest.New(j, file, &replaytest.Options{Record: true, Upstream: service.URL})
	get(t, srv.Client(), srv.URL()+"/api/products")
	j.Errorf("something went wrong")
	j.end()
	if data, err := os.ReadFile(file); err != nil || string(data) != "the old one" {
		t.Errorf("the recording is now %.100q, %v", data, err)
	}
}

// onlyGo returns a $PATH on which there is no wiretape.
func onlyGo(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(program)
}
