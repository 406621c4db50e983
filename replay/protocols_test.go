package replay_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

var protocols = []*protocol{
	okx, jsonRPC, graphQL, socketIO, binance, envelopes, realtime, jwtEvents, phoenix, signalR, lineProtocol,
	binaryCounter, xmlIDs, plainPing,
}

// served is a server made of a function.
type served struct {
	hello  func() []out
	answer func(msg string) []out
}

func (s *served) open() []out {
	if s.hello == nil {
		return nil
	}
	return s.hello()
}
func (s *served) handle(msg string) []out { return s.answer(msg) }

// acting is a client made of functions.
type acting struct {
	speak  func(op string) string
	listen func(msg string) []string
}

func (a *acting) say(op string) string { return a.speak(op) }
func (a *acting) hear(msg string) []string {
	if a.listen == nil {
		return nil
	}
	return a.listen(msg)
}

func uuid(r *rand.Rand) string {
	return fmt.Sprintf("%08x-%04x-4%03x-9%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
}

func hexID(r *rand.Rand, n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[r.IntN(16)]
	}
	return string(b)
}

func lag(r *rand.Rand) time.Duration { return time.Duration(20+r.IntN(70)) * time.Millisecond }

func members(msg string) map[string]any {
	var m map[string]any
	d := json.NewDecoder(strings.NewReader(msg))
	d.UseNumber()
	d.Decode(&m)
	return m
}

func text(v any) string {
	out, _ := json.Marshal(v)
	return string(out)
}

// okx is the API of OKX: ids of the client, awaited answers, a signed login, a
// text ping, subscriptions with pushes.
var okx = &protocol{
	name: "OKX", url: "wss://ws.okx.test:8443/ws/v5/private",
	truth: func(r *rand.Rand) truth {
		orders, prices := map[string]string{}, false
		return &served{answer: func(msg string) []out {
			if msg == "ping" {
				return []out{{lag(r), "pong"}}
			}
			m := members(msg)
			arg, _ := m["args"].([]any)[0].(map[string]any)
			after := lag(r)
			switch m["op"] {
			case "login":
				return []out{{after, `{"event":"login","msg":"","code":"0","connId":"` + id(hexID(r, 8)) + `"}`}}
			case "subscribe":
				prices = prices || arg["channel"] == "orders"
				a := text(arg)
				outs := []out{{after, `{"id":` + text(m["id"]) + `,"event":"subscribe","arg":` + a + `,"connId":"a4d3ae55"}`}}
				if arg["channel"] == "tickers" {
					for i := range 3 {
						outs = append(outs, out{
							after + time.Duration(i+1)*30*time.Millisecond,
							`{"arg":` + a + `,"data":[{"last":"` + strconv.Itoa(41000+i) + `.5","ts":"1795176000123"}]}`,
						})
					}
				}
				return outs
			case "order":
				ord := fmt.Sprint(300000000000000000 + r.Int64N(100000000000000000))
				cl := text(arg["clOrdId"])
				orders[ord] = cl
				outs := []out{{after, `{"id":` + text(m["id"]) + `,"op":"order","code":"0","msg":"","data":[{"ordId":"` + id(ord) + `","clOrdId":` + cl +
					`,"tag":"","ts":"` + clock("1795176000123") + `","sCode":"0","sMsg":""}],"inTime":"` + clock("1795176000123456") + `"}`}}
				if prices {
					outs = append(outs, out{after + lag(r), `{"arg":{"channel":"orders","instType":"SPOT"},"data":[{"ordId":"` + id(ord) + `","clOrdId":` + cl + `,"sz":` + text(arg["sz"]) + `,"state":"filled"}]}`})
				}
				return outs
			case "cancel-order":
				ord, _ := arg["ordId"].(string)
				return []out{{after, `{"id":` + text(m["id"]) + `,"op":"cancel-order","code":"0","msg":"","data":[{"ordId":"` + id(ord) + `","clOrdId":` + orders[ord] + `,"sCode":"0","sMsg":""}]}`}}
			}
			return nil
		}}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(1000)
		ids := map[string]string{}
		pending := map[string]string{}
		return &acting{
			speak: func(op string) string {
				w := strings.Fields(op)
				if w[0] == "ping" {
					return "ping"
				}
				n++
				head := `{"id":"` + strconv.Itoa(n) + `","op":"`
				switch w[0] {
				case "login":
					return head + `login","args":[{"apiKey":"` + hexID(r, 32) + `","passphrase":"p` + hexID(r, 4) + `","timestamp":"` +
						strconv.Itoa(1795176000+r.IntN(60)) + `","sign":"` + base64.StdEncoding.EncodeToString([]byte(hexID(r, 24))) + `"}]}`
				case "sub":
					if w[1] == "orders" {
						return head + `subscribe","args":[{"channel":"orders","instType":"SPOT"}]}`
					}
					return head + `subscribe","args":[{"channel":"` + w[1] + `","instId":"` + w[2] + `"}]}`
				case "order":
					pending[strconv.Itoa(n)] = op
					return head + `order","args":[{"instId":"` + w[1] + `","tdMode":"cash","side":"buy","ordType":"limit","sz":"` + w[2] + `","clOrdId":"c` + strconv.Itoa(n*7) + `","tag":"t1"}]}`
				case "cancel":
					ord := ids[strings.Join(append([]string{"order"}, w[1:]...), " ")]
					if ord == "" {
						return ""
					}
					return head + `cancel-order","args":[{"instId":"` + w[1] + `","ordId":"` + ord + `"}]}`
				}
				return ""
			},
			listen: func(msg string) []string {
				m := members(msg)
				if data, ok := m["data"].([]any); ok && m["op"] == "order" {
					ids[pending[m["id"].(string)]] = data[0].(map[string]any)["ordId"].(string)
				}
				return nil
			},
		}
	},
	rounds: [][]string{
		{"!login", "!login"},
		{"!sub orders", "sub tickers BTC-USDT"},
		{"order BTC-USDT 1", "order ETH-USDT 2", "order BTC-USDT 3"},
		{"ping"},
		{"order SOL-USDT 1", "order ETH-USDT 5", "order BTC-USDT 6"},
		{"cancel BTC-USDT 1", "cancel ETH-USDT 5"},
		{"order BTC-USDT 7"},
	},
	single: [][]string{{"!login"}, {"!sub orders", "sub tickers BTC-USDT"}, {"order BTC-USDT 1"}, {"ping"}, {"cancel BTC-USDT 1"}},
}

// jsonRPC is JSON-RPC 2.0: ids of any type, notifications, batches, a
// subscription whose id the server makes, requests of the server's own.
var jsonRPC = &protocol{
	name: "JSON-RPC", url: "wss://rpc.test/",
	truth: func(r *rand.Rand) truth {
		one := func(m map[string]any, raw string) (outs []out) {
			if m["id"] == nil {
				return nil
			}
			reply := func(result string) string {
				return `{"jsonrpc":"2.0","id":` + text(m["id"]) + `,"result":` + result + `}`
			}
			after := lag(r)
			switch m["method"] {
			case "add":
				p := m["params"].([]any)
				a, _ := p[0].(json.Number).Int64()
				b, _ := p[1].(json.Number).Int64()
				return []out{{after, reply(fmt.Sprint(a + b))}}
			case "user":
				u := text(m["params"].(map[string]any)["id"])
				return []out{{after, reply(`{"id":` + u + `,"name":"user ` + u + `"}`)}}
			case "subscribe":
				sub := "0x" + hexID(r, 16)
				outs = []out{{after, reply(`"` + id(sub) + `"`)}}
				for i := range 3 {
					outs = append(outs, out{
						after + time.Duration(i+1)*25*time.Millisecond,
						`{"jsonrpc":"2.0","method":"subscription","params":{"subscription":"` + id(sub) + `","result":` + strconv.Itoa(100+i) + `}}`,
					})
				}
				return outs
			case "fail":
				return []out{{after, `{"jsonrpc":"2.0","id":` + text(m["id"]) + `,"error":{"code":-32601,"message":"no such method"}}`}}
			}
			return nil
		}
		return &served{answer: func(msg string) []out {
			if !strings.HasPrefix(msg, "[") {
				return one(members(msg), msg)
			}
			var list []json.RawMessage
			json.Unmarshal([]byte(msg), &list)
			var parts []string
			for _, raw := range list {
				for _, o := range one(members(string(raw)), string(raw)) {
					parts = append(parts, o.text)
				}
			}
			return []out{{lag(r), "[" + strings.Join(parts, ",") + "]"}}
		}}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(500)
		quoted := r.IntN(2) == 0
		one := func(op string) string {
			w := strings.Fields(op)
			n++
			i := strconv.Itoa(n)
			if quoted {
				i = `"` + i + `"`
			}
			switch w[0] {
			case "add":
				return `{"jsonrpc":"2.0","id":` + i + `,"method":"add","params":[` + w[1] + `,` + w[2] + `]}`
			case "user":
				return `{"jsonrpc":"2.0","method":"user","params":{"id":` + w[1] + `},"id":` + i + `}`
			case "note":
				return `{"jsonrpc":"2.0","method":"note","params":{"id":` + w[1] + `}}`
			case "subscribe", "fail":
				return `{"jsonrpc":"2.0","id":` + i + `,"method":"` + w[0] + `","params":[]}`
			}
			return ""
		}
		return &acting{speak: func(op string) string {
			if rest, ok := strings.CutPrefix(op, "batch "); ok {
				var parts []string
				for o := range strings.SplitSeq(rest, ";") {
					parts = append(parts, one(o))
				}
				return "[" + strings.Join(parts, ",") + "]"
			}
			return one(op)
		}}
	},
	rounds: [][]string{
		{"add 1 2", "add 2 2", "user 7", "user 8"},
		{"subscribe"},
		{"note 3", "fail"},
		{"batch add 5 6;user 9", "add 1 1"},
		{"user 7", "add 2 2"},
	},
	single: [][]string{{"add 2 3", "user 2"}, {"subscribe"}, {"note 3", "fail"}, {"batch add 5 6;user 9"}},
}

// graphQL is graphql-transport-ws: a UUID per operation.
var graphQL = &protocol{
	name: "graphql-transport-ws", url: "wss://graph.test/graphql",
	truth: func(r *rand.Rand) truth {
		return &served{answer: func(msg string) []out {
			m := members(msg)
			i := text(m["id"])
			switch m["type"] {
			case "connection_init":
				return []out{{lag(r), `{"type":"connection_ack"}`}}
			case "ping":
				return []out{{lag(r), `{"type":"pong"}`}}
			case "subscribe":
				q := m["payload"].(map[string]any)["query"].(string)
				after := lag(r)
				var outs []out
				n := 1
				if strings.HasPrefix(q, "subscription") {
					n = 3
				}
				for k := range n {
					outs = append(outs, out{after + time.Duration(k)*15*time.Millisecond, `{"id":` + i + `,"type":"next","payload":{"data":{"q":` + text(q) + `,"n":` + strconv.Itoa(k) + `}}}`})
				}
				return append(outs, out{after + time.Duration(n)*15*time.Millisecond, `{"id":` + i + `,"type":"complete"}`})
			}
			return nil
		}}
	},
	actor: func(r *rand.Rand) actor {
		return &acting{speak: func(op string) string {
			switch kind, rest, _ := strings.Cut(op, " "); kind {
			case "init":
				return `{"type":"connection_init","payload":{"authToken":"` + hexID(r, 20) + `"}}`
			case "ping":
				return `{"type":"ping"}`
			case "q":
				return `{"id":"` + uuid(r) + `","type":"subscribe","payload":{"query":"` + rest + `"}}`
			}
			return ""
		}}
	},
	rounds: [][]string{{"!init"}, {"q query{a}", "q subscription{ticks}", "q query{b}"}, {"ping"}, {"q query{a}", "q query{c}"}},
	single: [][]string{{"!init"}, {"q query{a}", "q subscription{ticks}"}, {"ping"}},
}

// socketIO is Socket.IO 4 on Engine.IO 4 with acks.
var socketIO = &protocol{
	name: "Socket.IO acks", url: "wss://io.test/socket.io/?EIO=4&transport=websocket",
	truth: func(r *rand.Rand) truth {
		return &served{
			hello: func() []out {
				return []out{{lag(r), `0{"sid":"` + id(hexID(r, 20)) + `","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`}}
			},
			answer: func(msg string) []out {
				switch {
				case msg == "40":
					return []out{{lag(r), `40{"sid":"` + id(hexID(r, 20)) + `"}`}}
				case strings.HasPrefix(msg, "42"):
					i := strings.IndexByte(msg, '[')
					ack := msg[2:i]
					var args []any
					json.Unmarshal([]byte(msg[i:]), &args)
					outs := []out{{lag(r), "43" + ack + `[{"ok":true,"n":` + text(args[1]) + `}]`}}
					if args[0] == "chat" {
						outs = append(outs, out{outs[0].after + 10*time.Millisecond, `42["chat",` + text(args[1]) + `,"from server"]`})
					}
					return outs
				}
				return nil
			},
		}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(300)
		return &acting{speak: func(op string) string {
			w := strings.Fields(op)
			switch w[0] {
			case "connect":
				return "40"
			case "chat", "get":
				n++
				return "42" + strconv.Itoa(n) + `["` + w[0] + `",` + w[1] + `]`
			}
			return ""
		}}
	},
	rounds: [][]string{{"!connect"}, {`get 1`, `get 2`, `chat "hello"`}, {`get 42`, `get 7`}, {`chat "bye"`}},
	single: [][]string{{"!connect"}, {`get 12`, `chat "hello"`}},
}

// binance has ids of any type, a wrapped subscription, and a server that counts
// for itself.
var binance = &protocol{
	name: "Binance-like", url: "wss://stream.test/ws?listenKey=pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1",
	truth: func(r *rand.Rand) truth {
		return &served{answer: func(msg string) []out {
			m := members(msg)
			after := lag(r)
			i := text(m["id"])
			switch m["method"] {
			case "SUBSCRIBE":
				outs := []out{{after, `{"result":null,"id":` + i + `}`}}
				for _, p := range m["params"].([]any) {
					for k := range 2 {
						outs = append(outs, out{after + time.Duration(k+1)*20*time.Millisecond, `{"stream":` + text(p) + `,"data":{"p":"` + strconv.Itoa(k) + `.10","t":` + strconv.Itoa(k) + `}}`})
					}
				}
				return outs
			case "UNSUBSCRIBE":
				return []out{{after, `{"result":null,"id":` + i + `}`}}
			case "order.place":
				p := m["params"].(map[string]any)
				return []out{{after, `{"id":` + i + `,"status":200,"result":{"symbol":` + text(p["symbol"]) + `,"orderId":` + id(strconv.Itoa(1000000000+r.IntN(1000000000))) + `,"clientOrderId":` + text(p["newClientOrderId"]) +
					`,"transactTime":` + clock("1795176000999") + `,"price":` + text(p["price"]) + `},"rateLimits":[{"limit":1200,"count":70}]}`}}
			}
			return nil
		}}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(50)
		uuids := r.IntN(2) == 0
		return &acting{speak: func(op string) string {
			w := strings.Fields(op)
			n++
			i := strconv.Itoa(n)
			if uuids {
				i = `"` + uuid(r) + `"`
			}
			switch w[0] {
			case "sub":
				return `{"method":"SUBSCRIBE","params":["` + w[1] + `"],"id":` + i + `}`
			case "unsub":
				return `{"method":"UNSUBSCRIBE","params":["` + w[1] + `"],"id":` + i + `}`
			case "place":
				return `{"id":` + i + `,"method":"order.place","params":{"symbol":"` + w[1] + `","side":"SELL","price":"` + w[2] + `","newClientOrderId":"` + hexID(r, 22) +
					`","apiKey":"` + hexID(r, 64) + `","signature":"` + hexID(r, 64) + `","timestamp":` + strconv.Itoa(1795176000000+r.IntN(60000)) + `}}`
			}
			return ""
		}}
	},
	rounds: [][]string{{"sub btcusdt@trade", "sub ethusdt@trade"}, {"place BTCUSDT 70.0", "place ETHUSDT 12.5", "place BTCUSDT 71.0"}, {"unsub btcusdt@trade"}, {"place BTCUSDT 2.00"}},
	single: [][]string{{"sub btcusdt@trade"}, {"place BTCUSDT 70.0"}, {"unsub btcusdt@trade"}},
}

// envelopes has ids made by the server, which the client repeats, as Slack's
// Socket Mode.
var envelopes = &protocol{
	name: "envelope acks", url: "wss://slack.test/link?ticket=0f2c7d1e-9a3b-4c5d-8e7f-112233445566&app_id=A1",
	truth: func(r *rand.Rand) truth {
		n := 0
		next := func() []out {
			n++
			if n > 4 {
				return nil
			}
			return []out{{lag(r), `{"envelope_id":"` + id(uuid(r)) + `","type":"events_api","payload":{"n":` + strconv.Itoa(n) + `}}`}}
		}
		return &served{
			hello: func() []out {
				return append([]out{{time.Millisecond, `{"type":"hello","num_connections":1}`}}, next()...)
			},
			answer: func(msg string) []out { return next() },
		}
	},
	actor: func(r *rand.Rand) actor {
		return &acting{
			speak: func(string) string { return "" },
			listen: func(msg string) []string {
				if e, ok := members(msg)["envelope_id"].(string); ok {
					return []string{`{"envelope_id":"` + e + `","payload":{"ok":true}}`}
				}
				return nil
			},
		}
	},
	rounds: [][]string{{}},
}

// realtime has items that the server names, as OpenAI's Realtime API.
var realtime = &protocol{
	name: "OpenAI Realtime-like", url: "wss://api.test/v1/realtime?model=m",
	truth: func(r *rand.Rand) truth {
		item := ""
		event := func() string { return `"event_id":"` + id("event_"+base64ID(r)) + `"` }
		return &served{
			hello: func() []out {
				return []out{{lag(r), `{"type":"session.created",` + event() + `,"session":{"id":"` + id("sess_"+base64ID(r)) + `","model":"m"}}`}}
			},
			answer: func(msg string) []out {
				m := members(msg)
				after := lag(r)
				switch m["type"] {
				case "session.update":
					return []out{{after, `{"type":"session.updated",` + event() + `,"session":` + text(m["session"]) + `}`}}
				case "conversation.item.create":
					it := m["item"].(map[string]any)
					item = base64ID(r)
					return []out{{after, `{"type":"conversation.item.created",` + event() + `,"item":{"id":"` + id("item_"+item) + `","type":"message","text":` + text(it["text"]) + `}}`}}
				case "response.create":
					res, made := base64ID(r), base64ID(r)
					outs := []out{{after, `{"type":"response.created",` + event() + `,"response":{"id":"` + id("resp_"+res) + `"}}`}}
					for k, d := range []string{"Hel", "lo"} {
						outs = append(outs, out{after + time.Duration(k+1)*10*time.Millisecond, `{"type":"response.text.delta",` + event() + `,"response_id":"` + id("resp_"+res) + `","item_id":"` + id("item_"+made) + `","delta":"` + d + `"}`})
					}
					return append(outs, out{after + 40*time.Millisecond, `{"type":"response.done",` + event() + `,"response":{"id":"` + id("resp_"+res) + `","output":[{"id":"` + id("item_"+made) + `"}]}}`})
				case "conversation.item.delete":
					return []out{{after, `{"type":"conversation.item.deleted",` + event() + `,"item_id":"` + id(m["item_id"].(string)) + `"}`}}
				}
				return nil
			},
		}
	},
	actor: func(r *rand.Rand) actor {
		items := []string{}
		return &acting{
			speak: func(op string) string {
				w := strings.SplitN(op, " ", 2)
				e := `"event_id":"evt_` + hexID(r, 12) + `"`
				switch w[0] {
				case "update":
					return `{"type":"session.update",` + e + `,"session":{"voice":"` + w[1] + `"}}`
				case "item":
					return `{` + e + `,"type":"conversation.item.create","item":{"type":"message","text":"` + w[1] + `"}}`
				case "respond":
					return `{"type":"response.create",` + e + `}`
				case "delete":
					if len(items) == 0 {
						return ""
					}
					return `{"type":"conversation.item.delete",` + e + `,"item_id":"` + items[len(items)-1] + `"}`
				}
				return ""
			},
			listen: func(msg string) []string {
				if m := members(msg); m["type"] == "conversation.item.created" {
					items = append(items, m["item"].(map[string]any)["id"].(string))
				}
				return nil
			},
		}
	},
	rounds: [][]string{{"update alloy"}, {"item hello"}, {"respond"}, {"!item what is 2"}, {"respond"}, {"delete"}},
	single: [][]string{{"update alloy"}, {"!item hello"}, {"respond"}, {"delete"}},
}

func base64ID(r *rand.Rand) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 21)
	for i := range b {
		b[i] = digits[r.IntN(len(digits))]
	}
	return "D" + string(b[:9]) + strconv.Itoa(r.IntN(10)) + string(b[9:])
}

// jwtEvents is a JSON service with a token in its URL: no ids, events of three
// kinds, commands, errors.
var jwtEvents = &protocol{
	name: "JWT events", url: "wss://events.test/ws?token=" + jwt("alice", 1795176000),
	truth: func(r *rand.Rand) truth {
		return &served{
			hello: func() []out {
				return []out{{lag(r), `{"type":"welcome","user":"alice"}`}}
			},
			answer: func(msg string) []out {
				m := members(msg)
				after := lag(r)
				switch m["action"] {
				case "subscribe":
					c := text(m["channel"])
					outs := []out{{after, `{"type":"subscribed","channel":` + c + `}`}}
					for k := range 2 {
						outs = append(outs, out{after + time.Duration(k+1)*30*time.Millisecond, `{"type":"notification","channel":` + c + `,"data":{"n":` + strconv.Itoa(k) + `}}`})
					}
					return outs
				case "unsubscribe":
					return []out{{after, `{"type":"unsubscribed","channel":` + text(m["channel"]) + `}`}}
				case "ping":
					return []out{{after, `{"type":"pong"}`}}
				case "send":
					return []out{{after, `{"type":"chat_message","room":` + text(m["room"]) + `,"text":` + text(m["text"]) + `,"from":"alice"}`}}
				}
				return []out{{after, `{"type":"error","message":"unknown action ` + m["action"].(string) + `"}`}}
			},
		}
	},
	actor: func(r *rand.Rand) actor {
		return &acting{speak: func(op string) string {
			w := strings.SplitN(op, " ", 3)
			switch w[0] {
			case "ping":
				return `{"action":"ping"}`
			case "send":
				return `{"action":"send","room":"` + w[1] + `","text":"` + w[2] + `"}`
			case "bogus":
				return `{"action":"bogus"}`
			}
			return `{"action":"` + w[0] + `","channel":"` + w[1] + `"}`
		}}
	},
	rounds: [][]string{{"subscribe notifications"}, {"ping"}, {"send lobby hi there", "send lobby how are you"}, {"bogus"}, {"subscribe status"}, {"unsubscribe notifications"}},
	single: [][]string{{"subscribe notifications"}, {"ping"}, {"send lobby hi there"}, {"bogus"}, {"unsubscribe notifications"}},
}

func jwt(subject string, at int) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		enc([]byte(`{"sub":"`+subject+`","iat":`+strconv.Itoa(at)+`,"exp":`+strconv.Itoa(at+3600)+`}`)) + "." + enc([]byte("signature of "+strconv.Itoa(at)))
}

// phoenix is [join_ref, ref, topic, event, payload].
var phoenix = &protocol{
	name: "Phoenix", url: "wss://phx.test/socket/websocket?vsn=2.0.0",
	truth: func(r *rand.Rand) truth {
		return &served{answer: func(msg string) []out {
			var m []any
			json.Unmarshal([]byte(msg), &m)
			after := lag(r)
			head := `[` + text(m[0]) + `,` + text(m[1]) + `,` + text(m[2]) + `,"phx_reply",{"response":`
			switch m[3] {
			case "heartbeat":
				return []out{{after, head + `{},"status":"ok"}]`}}
			case "phx_join":
				return []out{
					{after, head + `{},"status":"ok"}]`},
					{after + 10*time.Millisecond, `[` + text(m[0]) + `,null,` + text(m[2]) + `,"presence_state",{"u1":{}}]`},
				}
			case "shout":
				return []out{
					{after, head + `{"n":1},"status":"ok"}]`},
					{after + 10*time.Millisecond, `[null,null,` + text(m[2]) + `,"shout",` + text(m[4]) + `]`},
				}
			case "phx_leave":
				return []out{{after, head + `{},"status":"ok"}]`}}
			}
			return nil
		}}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(90)
		joins := map[string]string{}
		return &acting{speak: func(op string) string {
			w := strings.SplitN(op, " ", 3)
			n++
			ref := `"` + strconv.Itoa(n) + `"`
			switch w[0] {
			case "ping":
				return `[null,` + ref + `,"phoenix","heartbeat",{}]`
			case "join":
				joins[w[1]] = ref
				return `[` + ref + `,` + ref + `,"` + w[1] + `","phx_join",{"token":"` + hexID(r, 16) + `"}]`
			case "shout":
				return `[` + joins[w[1]] + `,` + ref + `,"` + w[1] + `","shout",{"body":"` + w[2] + `"}]`
			case "leave":
				return `[` + joins[w[1]] + `,` + ref + `,"` + w[1] + `","phx_leave",{}]`
			}
			return ""
		}}
	},
	rounds: [][]string{{"!join room:a", "!join room:b"}, {"ping"}, {"shout room:a hello", "shout room:b hello", "shout room:a 3"}, {"ping"}, {"leave room:a"}},
	single: [][]string{{"!join room:a"}, {"ping"}, {"shout room:a hello"}, {"leave room:a"}},
}

// signalR ends records with 0x1e; invocations have ids.
var signalR = &protocol{
	name: "SignalR", url: "wss://hub.test/chat?id=vYJ9sN2kLmQ8rT5xW1zA3g",
	truth: func(r *rand.Rand) truth {
		return &served{answer: func(msg string) (outs []out) {
			for rec := range strings.SplitSeq(strings.TrimSuffix(msg, "\x1e"), "\x1e") {
				m := members(rec)
				after := lag(r)
				switch {
				case m["protocol"] != nil:
					outs = append(outs, out{after, "{}\x1e"})
				case m["type"] == json.Number("1"):
					i := text(m["invocationId"])
					a := m["arguments"].([]any)
					outs = append(outs, out{after, `{"type":3,"invocationId":` + i + `,"result":` + text(a[0]) + "}\x1e"})
					if m["target"] == "Send" {
						outs = append(outs, out{after + 10*time.Millisecond, `{"type":1,"target":"Receive","arguments":[` + text(a[0]) + "]}\x1e"})
					}
				}
			}
			return outs
		}}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(40)
		invoke := func(target, arg string) string {
			n++
			return `{"arguments":[` + arg + `],"invocationId":"` + strconv.Itoa(n) + `","target":"` + target + `","type":1}` + "\x1e"
		}
		return &acting{speak: func(op string) string {
			w := strings.Fields(op)
			switch w[0] {
			case "handshake":
				return `{"protocol":"json","version":1}` + "\x1e"
			case "two":
				return invoke("Get", w[1]) + invoke("Get", w[2])
			case "ping":
				return `{"type":6}` + "\x1e"
			}
			return invoke(w[0], w[1])
		}}
	},
	rounds: [][]string{{"!handshake"}, {"Get 1", "Get 2", `Send "x"`}, {"two 3 4"}, {"ping"}, {"Get 5"}},
	single: [][]string{{"!handshake"}, {"Get 12", `Send "x"`}, {"ping"}},
}

// lineProtocol tags its lines.
var lineProtocol = &protocol{
	name: "tagged lines", url: "wss://lines.test/",
	truth: func(r *rand.Rand) truth {
		return &served{
			hello: func() []out { return []out{{lag(r), "* OK ready\r\n"}} },
			answer: func(msg string) []out {
				w := strings.Fields(msg)
				after := lag(r)
				switch w[1] {
				case "GET":
					return []out{{after, "* VALUE " + w[2] + " 17\r\n"}, {after + time.Millisecond, w[0] + " OK GET done\r\n"}}
				case "SET":
					return []out{{after, w[0] + " OK SET " + w[2] + " " + w[3] + "\r\n"}}
				}
				return []out{{after, w[0] + " OK " + w[1] + " done\r\n"}}
			},
		}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(800)
		return &acting{speak: func(op string) string {
			if op == "ping" {
				return ""
			}
			n++
			return fmt.Sprintf("a%03d %s\r\n", n, op)
		}}
	},
	rounds: [][]string{{"LOGIN bob"}, {"GET price", "SET x 17", "GET volume"}, {"SET y 18", "GET price"}, {"NOOP"}},
	single: [][]string{{"LOGIN bob"}, {"GET price", "SET x 17"}, {"NOOP"}},
}

// binaryCounter has a type, a request id of four bytes and a body.
var binaryCounter = &protocol{
	name: "binary request id", url: "wss://bin.test/", binary: true,
	truth: func(r *rand.Rand) truth {
		return &served{answer: func(msg string) []out {
			return []out{{lag(r), string([]byte{msg[0] | 0x80}) + msg[1:5] + "re:" + msg[5:]}}
		}}
	},
	actor: func(r *rand.Rand) actor {
		n := uint32(r.IntN(60000))
		return &acting{speak: func(op string) string {
			w := strings.Fields(op)
			if w[0] == "ping" {
				return ""
			}
			n++
			k, _ := strconv.Atoi(w[0])
			return string(binary.BigEndian.AppendUint32([]byte{byte(k)}, n)) + w[1]
		}}
	},
	rounds: [][]string{{"1 hello"}, {"2 get-a", "2 get-b", "3 set"}, {"2 get-a", "4 x"}},
	single: [][]string{{"1 hello"}, {"2 get-a", "3 set"}},
}

// xmlIDs has ids in attributes and elements.
var xmlIDs = &protocol{
	name: "XML ids", url: "wss://xml.test/",
	truth: func(r *rand.Rand) truth {
		cut := func(s, a, b string) string {
			_, s, _ = strings.Cut(s, a)
			s, _, _ = strings.Cut(s, b)
			return s
		}
		return &served{answer: func(msg string) []out {
			return []out{{lag(r), `<reply xmlns="urn:x" id="` + cut(msg, `id="`, `"`) + `"><echo>` + cut(msg, "<q>", "</q>") + `</echo><correlationId>` + cut(msg, "<correlationId>", "</") + `</correlationId><n>7</n></reply>`}}
		}}
	},
	actor: func(r *rand.Rand) actor {
		n := r.IntN(100)
		return &acting{speak: func(op string) string {
			if op == "ping" {
				return ""
			}
			n++
			return `<request xmlns="urn:x" id="` + strconv.Itoa(n) + `"><correlationId>` + uuid(r) + `</correlationId><q>` + op + `</q></request>`
		}}
	},
	rounds: [][]string{{"a", "b", "7"}, {"c", "d"}, {"a"}},
	single: [][]string{{"7"}},
}

// plainPing is a text protocol without ids.
var plainPing = &protocol{
	name: "plain text", url: "wss://plain.test/",
	truth: func(r *rand.Rand) truth {
		return &served{
			hello: func() []out { return []out{{lag(r), "welcome"}} },
			answer: func(msg string) []out {
				if msg == "ping" {
					return []out{{lag(r), "pong"}}
				}
				return []out{{lag(r), "you said " + msg}}
			},
		}
	},
	actor: func(r *rand.Rand) actor {
		return &acting{speak: func(op string) string { return op }}
	},
	rounds: [][]string{{"hello"}, {"ping"}, {"how are you"}, {"ping"}, {"bye"}},
	single: [][]string{{"hello"}, {"ping"}},
}
