package interop_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// exchange is a service that speaks as OKX does. Every connection starts from
// the same state.
func exchange(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		return
	}
	defer c.CloseNow()
	e := &exchangeConn{c: c, r: r, connID: fmt.Sprintf("%08x", time.Now().UnixNano()&0xffffffff)}
	for {
		_, data, err := c.Read(r.Context())
		if err != nil || !e.answer(string(data), data) {
			return
		}
	}
}

type exchangeConn struct {
	c      *websocket.Conn
	r      *http.Request
	connID string
	orders int
}

func (e *exchangeConn) say(format string, args ...any) {
	_ = e.c.Write(e.r.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...))
}

// answer answers a message, and reports false when the service goes away.
func (e *exchangeConn) answer(text string, data []byte) bool {
	if text == "ping" {
		e.say("pong")
		return true
	}
	var q struct {
		ID, Op string
		Args   []struct{ Channel, InstID, InstType, OrdID, ClOrdID, NewSz, Sz string }
	}
	if err := json.Unmarshal(data, &q); err != nil || len(q.Args) == 0 {
		return false
	}
	now := time.Now()
	times := fmt.Sprintf(`"inTime":"%d","outTime":"%d"`, now.UnixMicro(), now.UnixMicro()+321)
	result := func(ordID, clOrdID, code string) {
		e.say(`{"id":%q,"op":%q,"code":"%s","msg":"","data":[{"ordId":%q,"clOrdId":%q,"tag":"","ts":"%d","sCode":"%s","sMsg":""}],%s}`,
			q.ID, q.Op, code[:1], ordID, clOrdID, now.UnixMilli(), code, times)
	}
	a := q.Args[0]
	switch q.Op {
	case "login":
		e.say(`{"event":"login","msg":"","code":"0","connId":%q}`, e.connID)
	case "subscribe":
		e.subscribe(q.ID, data)
	case "order":
		e.orders++
		ordID := fmt.Sprintf("31226986535637%d%d", 4000+e.orders, len(a.Sz))
		result(ordID, a.ClOrdID, "0")
		e.say(`{"arg":{"channel":"orders","instType":"SPOT","uid":"77982378738415879"},"data":[{"instId":%q,"ordId":%q,"clOrdId":%q,"state":"live","sz":%q,"uTime":"%d"}]}`,
			a.InstID, ordID, a.ClOrdID, a.Sz, now.UnixMilli())
	case "amend-order":
		if a.NewSz == "666" {
			return false
		}
		result(a.OrdID, a.ClOrdID, "0")
	case "cancel-order":
		if a.OrdID == "99" {
			result(a.OrdID, a.ClOrdID, "51400")
			return true
		}
		result(a.OrdID, a.ClOrdID, "0")
	}
	return true
}

func (e *exchangeConn) subscribe(id string, data []byte) {
	var q struct{ Args []map[string]string }
	_ = json.Unmarshal(data, &q)
	for _, arg := range q.Args {
		text, _ := json.Marshal(arg)
		e.say(`{"id":%q,"event":"subscribe","arg":%s,"connId":%q}`, id, text, e.connID)
		for n := range 2 {
			switch arg["channel"] {
			case "account":
				e.say(`{"arg":{"channel":"account","uid":"77982378738415879"},"data":[{"totalEq":"100%d.5","uTime":"%d"}]}`, n, time.Now().UnixMilli())
			case "tickers":
				e.say(`{"arg":%s,"data":[{"instType":"SPOT","instId":%q,"last":"9999.%d","ts":"%d"}]}`, text, arg["instId"], n, time.Now().UnixMilli())
			}
		}
	}
}

// TestNpmOKX is the exchange's own kind of client: two logins, awaited answers,
// pipelined orders, pushes, text pings, and a connection that breaks with a
// request pending, after which it logs in and subscribes again. Then another
// program is served from what the first one said.
func TestNpmOKX(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var base string
	recorded, replayed := b.recordAndReplay(http.HandlerFunc(exchange), func(at string) []string {
		base = at
		return node(t, "okx", base, "usual")
	})
	same(t, recorded, replayed)
	holds(t, recorded, "(my ETH-USDT)", "pending request rejected", "subscribed again account orders", "amended true", "refused 5 51400")

	direct := b.wiretape(append([]string{"replay", "--ca-dir", "ca", "--"}, node(t, "okx", base, "usual", "direct")...)...)
	same(t, recorded, direct)

	other := b.wiretape(append([]string{"replay", "--ca-dir", "ca", "--"}, node(t, "okx", base, "other")...)...)
	holds(t, other, "again order SOL-USDT", "distinct 6", "amended true", "ticker BTC-USDT 9999.1")
	if strings.Contains(other, "not mine") || strings.Contains(other, "false") {
		t.Errorf("an answer was not for what was asked:\n%s", other)
	}
}
