package protocol_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
)

// talked returns the conversation of a talk, whose messages are a second apart.
func talked(t *testing.T, url, sub string, said talk, o *protocol.PairOptions) *protocol.Conversation {
	t.Helper()
	c, err := protocol.Pairs(protocol.Units(exchange(url, sub), each(said.messages(t), nil), nil), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// each yields messages, and then an error if there is one.
func each(messages []*capture.Message, err error) iter.Seq2[*capture.Message, error] {
	return func(yield func(*capture.Message, error) bool) {
		for _, m := range messages {
			if !yield(m, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// minutes of a conversation: pairs, subscriptions, heartbeats, pushes.
func minutes(c *protocol.Conversation) string {
	var b strings.Builder
	for _, p := range c.Pairs {
		fmt.Fprintf(&b, "pair %s %q", p.Request.Dir, p.Request.Label)
		if d, ok := p.Latency(); ok {
			total, _ := p.Took()
			fmt.Fprintf(&b, " → %d %q after %s, all %s", p.Answers, p.Last.Label, d, total)
		}
		for _, is := range []struct {
			so   bool
			word string
		}{{!p.Done, "open"}, {p.Failed(), "failed"}, {p.Unanswered(), "unanswered"}} {
			if is.so {
				b.WriteString(" " + is.word)
			}
		}
		b.WriteString("\n")
	}
	for _, s := range c.Subscriptions {
		fmt.Fprintf(&b, "subscription %q by %q: %d pushes every %s, longest %s", s.Topic, s.Request.Label, s.Pushes, s.Every(), s.Longest)
		if s.End != nil {
			fmt.Fprintf(&b, ", ended by %q", s.End.Label)
		}
		if s.Error {
			b.WriteString(", refused")
		}
		b.WriteString("\n")
	}
	for _, h := range c.Heartbeats {
		fmt.Fprintf(&b, "beats %s %q: %d, %d replies, every %s, mean %s", h.Dir, h.Label, h.Count, h.Replies, h.Every(), h.Mean())
		if h.Sign {
			b.WriteString(", a sign")
		}
		if h.Frames {
			b.WriteString(", frames")
		}
		b.WriteString("\n")
	}
	for _, p := range c.Pushes {
		fmt.Fprintf(&b, "pushes %s %q: %d\n", p.Dir, p.Op, p.Count)
	}
	fmt.Fprintf(&b, "%d requests, %d answered, %d failed, %d unanswered, %d orphans\n", c.Requests, c.Answered, c.Failed, c.Unanswered, c.Orphans)
	return b.String()
}

func TestConversations(t *testing.T) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			if got, want := minutes(talked(t, c.url, c.sub, c.said, nil)), trim(c.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

var conversations = []struct {
	name, url, sub string
	said           talk
	want           string
}{
	{"answers by id, in any order", "wss://ws.okx.com/ws/v5/private", "", `
		> {"id":"1","op":"login","args":[{"apiKey":"k"}]}
		> {"id":"2","op":"login","args":[{"apiKey":"k"}]}
		< {"event":"login","code":"0"}
		> {"id":"3","op":"order","args":[]}
		> {"id":"4","op":"order","args":[]}
		< {"id":"4","op":"order","code":"0","data":[]}
		< {"id":"3","op":"order","code":"1","msg":"no"}
		> {"op":"bad"}
		< {"event":"error","code":"60012","msg":"Invalid request"}
		< {"id":"9","op":"order","code":"0"}
	`, `
		pair send "login" → 1 "login" after 1.999s, all 2.001s
		pair send "login" → 1 "error 60012 Invalid request" after 6.999s, all 7.001s failed
		pair send "order" → 1 "order error 1 no" after 2.999s, all 3.001s failed
		pair send "order" → 1 "order" after 999ms, all 1.001s
		pair send "bad" open unanswered
		pushes receive "order": 1
		5 requests, 4 answered, 2 failed, 1 unanswered, 1 orphans
	`},
	{"subscriptions of several topics", "wss://ws.okx.com/ws/v5/public", "", `
		> {"id":"1","op":"subscribe","args":[{"channel":"tickers","instId":"A"},{"channel":"books","instId":"A"},{"channel":"orders","instType":"SPOT"}]}
		< {"id":"1","event":"subscribe","arg":{"channel":"tickers","instId":"A"}}
		< {"arg":{"channel":"tickers","instId":"A"},"data":[]}
		< {"event":"subscribe","arg":{"channel":"books","instId":"A"}}
		< {"event":"subscribe","arg":{"channel":"orders","instType":"SPOT"}}
		< {"arg":{"channel":"books","instId":"A"},"action":"snapshot","data":[]}
		< {"arg":{"channel":"tickers","instId":"A"},"data":[]}
		> ping
		< pong
		< {"arg":{"channel":"tickers","instId":"A"},"data":[]}
		< {"arg":{"channel":"funding-rate","instId":"A"},"data":[]}
		> ping
		> ping
		< pong
		> {"id":"2","op":"unsubscribe","args":[{"channel":"tickers","instId":"A"}]}
		< {"id":"2","event":"unsubscribe","arg":{"channel":"tickers","instId":"A"}}
		< {"arg":{"channel":"tickers","instId":"A"},"data":[]}
	`, `
		pair send "subscribe tickers A +2" → 3 "subscribe orders SPOT" after 999ms, all 4.001s
		pair send "unsubscribe tickers A" → 1 "unsubscribe tickers A" after 999ms, all 1.001s
		subscription "tickers A" by "subscribe tickers A +2": 4 pushes every 4.666666666s, longest 7s, ended by "unsubscribe tickers A"
		subscription "books A" by "subscribe tickers A +2": 1 pushes every 0s, longest 0s
		subscription "orders SPOT" by "subscribe tickers A +2": 0 pushes every 0s, longest 0s
		beats send "ping": 3, 2 replies, every 2.5s, mean 999ms
		pushes receive "funding-rate": 1
		2 requests, 2 answered, 0 failed, 0 unanswered, 0 orphans
	`},
	{"several answers to one request", "wss://h/graphql", "graphql-transport-ws", `
		> {"type":"connection_init"}
		< {"type":"connection_ack"}
		> {"id":"a","type":"subscribe","payload":{"query":"subscription { tick }"}}
		> {"id":"b","type":"subscribe","payload":{"query":"query Me { me }"}}
		< {"id":"a","type":"next","payload":{"data":{}}}
		< {"id":"b","type":"next","payload":{"data":{}}}
		< {"id":"a","type":"next","payload":{"data":{}}}
		< {"id":"b","type":"complete"}
		> {"id":"c","type":"subscribe","payload":{"query":"subscription { tock }"}}
		< {"id":"c","type":"next","payload":{"data":{}}}
		< {"id":"c","type":"complete"}
		> {"id":"a","type":"complete"}
		> {"id":"d","type":"subscribe","payload":{"query":"subscription { nope }"}}
		< {"id":"d","type":"error","payload":[{"message":"x"}]}
	`, `
		pair send "connection_init" → 1 "connection_ack" after 999ms, all 1.001s
		pair send "subscription tick" → 2 "subscription tick next" after 1.999s, all 4.001s open
		pair send "query Me" → 2 "query Me complete" after 1.999s, all 4.001s
		pair send "subscription tock" → 2 "subscription tock complete" after 999ms, all 2.001s
		pair send "subscription nope" → 1 "subscription nope error" after 999ms, all 1.001s failed
		subscription "a" by "subscription tick": 2 pushes every 2s, longest 2s, ended by "complete"
		subscription "c" by "subscription tock": 1 pushes every 0s, longest 0s, ended by "subscription tock complete"
		subscription "d" by "subscription nope": 0 pushes every 0s, longest 0s, refused
		5 requests, 5 answered, 1 failed, 0 unanswered, 0 orphans
	`},
	{"topic filters", "ws://h/mqtt", "mqtt", `
		>x 10 0e 0004 4d515454 04 02 003c 0002 6331
		<x 20020000
		>x 82 12 0001 0003 612f2b 01 0007 24736861722f23 00
		<x 9004 0001 01 80
		>x 32 09 0003 612f62 0005 6869
		<x 40020005
		<x 30 05 0003 612f62
		<x 30 05 0003 612f63
		<x 30 03 0001 7a
		>x c000
		<x d000
		>x 34 07 0001 71 0007 7a7a
		<x 50020007
		>x 62020007
		<x 70020007
		>x 32 07 0001 71 0009 7a7a
	`, `
		pair send "CONNECT c1" → 1 "CONNACK" after 999ms, all 1.001s
		pair send "SUBSCRIBE a/+ +1" → 1 "SUBACK error unspecified" after 999ms, all 1.001s failed
		pair send "PUBLISH a/b" → 1 "PUBACK" after 999ms, all 1.001s
		pair send "PUBLISH q" → 2 "PUBCOMP" after 999ms, all 3.001s
		pair send "PUBLISH q" open unanswered
		subscription "a/+" by "SUBSCRIBE a/+ +1": 2 pushes every 1s, longest 1s, refused
		subscription "$shar/#" by "SUBSCRIBE a/+ +1": 0 pushes every 0s, longest 0s
		beats send "PINGREQ": 1, 1 replies, every 0s, mean 999ms
		pushes receive "PUBLISH": 1
		5 requests, 4 answered, 1 failed, 1 unanswered, 0 orphans
	`},
	{"requests of the server, and ones that may go without an answer", "ws://h/socket/websocket?vsn=2.0.0", "", `
		> ["1","1","room:a","phx_join",{}]
		< ["1","1","room:a","phx_reply",{"status":"ok","response":{}}]
		> ["1","2","room:a","typing",{}]
		> [null,"3","phoenix","heartbeat",{}]
		< [null,"3","phoenix","phx_reply",{"status":"ok","response":{}}]
		< ["1",null,"room:a","msg",{}]
		< [null,null,"room:b","msg",{}]
		<p 1
		>o 1
		>o 
	`, `
		pair send "phx_join room:a" → 1 "phx_join ok" after 999ms, all 1.001s
		pair send "typing room:a" open
		subscription "room:a" by "phx_join room:a": 1 pushes every 0s, longest 0s
		beats send "heartbeat": 1, 1 replies, every 0s, mean 999ms
		beats receive "ping": 1, 1 replies, every 0s, mean 999ms, frames
		beats send "pong": 1, 0 replies, every 0s, mean 0s, a sign, frames
		pushes receive "msg": 1
		2 requests, 1 answered, 0 failed, 0 unanswered, 0 orphans
	`},
	{"ids of either side", "ws://h/", "jsonrpc", `
		> {"jsonrpc":"2.0","id":1,"method":"a"}
		< {"jsonrpc":"2.0","id":1,"method":"b"}
		> {"jsonrpc":"2.0","id":1,"result":0}
		< {"jsonrpc":"2.0","id":"1","result":0}
		< {"jsonrpc":"2.0","id":1,"result":0}
		> {"jsonrpc":"2.0","id":2,"method":"eth_subscribe","params":["newHeads"]}
		< {"jsonrpc":"2.0","id":2,"result":"0x9"}
		< {"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x9","result":{}}}
	`, `
		pair send "a" → 1 "a result" after 3.999s, all 4.001s
		pair receive "b" → 1 "b result" after 999ms, all 1.001s
		pair send "eth_subscribe newHeads" → 1 "eth_subscribe result" after 999ms, all 1.001s
		subscription "newHeads" by "eth_subscribe newHeads": 1 pushes every 0s, longest 0s
		pushes receive "result": 1
		3 requests, 3 answered, 0 failed, 0 unanswered, 1 orphans
	`},
	{"answers without an id, by the word", "wss://ws.kraken.com/v2", "", `
		> {"method":"add_order","params":{}}
		> {"method":"cancel_order","params":{}}
		< {"method":"cancel_order","success":true}
		< {"method":"add_order","success":true}
	`, `
		pair send "add_order" → 1 "add_order" after 2.999s, all 3.001s
		pair send "cancel_order" → 1 "cancel_order" after 999ms, all 1.001s
		2 requests, 2 answered, 0 failed, 0 unanswered, 0 orphans
	`},
	{"names of streams that say more", "wss://stream.binance.com/ws", "", `
		> {"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","!ticker@arr"],"id":1}
		< {"result":null,"id":1}
		< {"e":"depthUpdate","E":1,"s":"BTCUSDT"}
		< {"e":"depthUpdate","E":2,"s":"BTCUSDT"}
	`, `
		pair send "SUBSCRIBE btcusdt@depth@100ms +1" → 1 "SUBSCRIBE result" after 999ms, all 1.001s
		subscription "btcusdt@depth@100ms" by "SUBSCRIBE btcusdt@depth@100ms +1": 2 pushes every 1s, longest 1s
		subscription "!ticker@arr" by "SUBSCRIBE btcusdt@depth@100ms +1": 0 pushes every 0s, longest 0s
		1 requests, 1 answered, 0 failed, 0 unanswered, 0 orphans
	`},
}

func TestMemoryOfAConversationIsBounded(t *testing.T) {
	var said strings.Builder
	long := strings.Repeat("x", 1000)
	for i := range 50 {
		fmt.Fprintf(&said, "> {\"id\":%d,\"method\":\"m\",\"jsonrpc\":\"2.0\",\"params\":[%q]}\n", i, long)
		fmt.Fprintf(&said, "< {\"id\":%d,\"result\":%q,\"jsonrpc\":\"2.0\"}\n", i, long)
	}
	calls := 0
	c := talked(t, "ws://h/", "jsonrpc", talk(said.String()), &protocol.PairOptions{
		MaxPairs: 10, MaxBody: 40, Each: func(p *protocol.Pair) {
			calls++
			if !p.Done {
				t.Errorf("pair %s is not done", p.Request.ID)
			}
		},
	})
	if len(c.Pairs) != 10 || c.Answered != 50 || calls != 50 {
		t.Errorf("%d pairs kept of %d, %d calls", len(c.Pairs), c.Answered, calls)
	}
	for _, p := range c.Pairs {
		if len(p.Request.Data)+len(p.Answer.Data) > 0 || len(p.Request.Body) != 40 || !strings.HasPrefix(string(p.Request.Body), `{"id":`) {
			t.Errorf("kept of a request: %q and %q", p.Request.Data, p.Request.Body)
		}
	}
	c = talked(t, "ws://h/", "jsonrpc", talk(said.String()), &protocol.PairOptions{MaxBody: -1})
	if len(c.Pairs[0].Request.Data) < len(long) {
		t.Errorf("kept %d bytes of data", len(c.Pairs[0].Request.Data))
	}
}

func TestTooManyOpenRequestsAreGivenUp(t *testing.T) {
	p := protocol.NewPairer(&protocol.PairOptions{MaxPairs: 1})
	s := protocol.NewSplitter(exchange("ws://h/", "jsonrpc"), nil)
	const all = 1<<16 + 500
	for i := range all {
		m := &capture.Message{Seq: uint64(i + 1), At: time.Duration(i), Opcode: capture.OpText, Data: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"m"}`, i)}
		s.Feed(m, p.Feed)
	}
	for _, id := range []int{499, 500} {
		m := &capture.Message{Seq: all, Dir: capture.Receive, Opcode: capture.OpText, Data: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":0}`, id)}
		s.Feed(m, p.Feed)
	}
	c := p.Close()
	if c.Requests != all || c.Answered != 1 || c.Orphans != 1 || c.Unanswered != all-1 {
		t.Errorf("%d requests, %d answered, %d orphans, %d unanswered", c.Requests, c.Answered, c.Orphans, c.Unanswered)
	}
}

func TestAnErrorEndsTheUnits(t *testing.T) {
	bad := errors.New("bad tape")
	messages := talk("> SEND\\n\\nx\n").messages(t)
	n := 0
	for u, err := range protocol.Units(exchange("ws://h/", "v12.stomp"), each(messages, bad), nil) {
		switch n++; {
		case n == 1 && (err != nil || u.Label != "cut off"):
			t.Errorf("first %v %v", u, err)
		case n == 2 && err != bad:
			t.Errorf("then %v %v", u, err)
		}
	}
	if n != 2 {
		t.Errorf("%d units and errors", n)
	}
	c, err := protocol.Pairs(protocol.Units(exchange("ws://h/", "v12.stomp"), each(messages, bad), nil), nil)
	if err != bad || c.Units != 1 || c.Violations != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	for range protocol.Units(exchange("ws://h/", ""), each(talk("> a\n> b\n").messages(t), nil), nil) {
		break
	}
}
