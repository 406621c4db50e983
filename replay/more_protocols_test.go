package replay_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

func init() {
	protocols = append(protocols,
		wamp, kraken, bybit, homeAssistant, devTools, actionCable, centrifugo, stomp, discord, nostr, debugAdapter,
		xmpp, oldGraphQL, slackRTM, mattermost, meteor, firebase, obs, pusher, fifo, bidirectional, constantID, deribit,
		headerBody, bayeux, chat, coinbase, protoo, irc, trap, counting, namespaces,
	)
}

// counter counts from a start drawn at random.
func counterFrom(r *rand.Rand, most int) func() string {
	n := r.IntN(most)
	return func() string {
		n++
		return strconv.Itoa(n)
	}
}

// talk makes a protocol of two functions: what the server answers to the
// members of a message, and what the client says.
func talk(name, url string, hello func(r *rand.Rand) []out, answer func(r *rand.Rand, m map[string]any, msg string) []out, speaker func(r *rand.Rand) func(w []string) string, rounds, single [][]string) *protocol {
	return &protocol{
		name: name, url: url, rounds: rounds, single: single,
		truth: func(r *rand.Rand) truth {
			return &served{
				hello: func() []out {
					if hello == nil {
						return nil
					}
					return hello(r)
				},
				answer: func(msg string) []out { return answer(r, members(msg), msg) },
			}
		},
		actor: func(r *rand.Rand) actor {
			speak := speaker(r)
			return &acting{speak: func(op string) string { return speak(strings.Fields(op)) }}
		},
	}
}

func list(msg string) []any {
	var l []any
	d := json.NewDecoder(strings.NewReader(msg))
	d.UseNumber()
	d.Decode(&l)
	return l
}

func sub(m map[string]any, key string) map[string]any {
	v, _ := m[key].(map[string]any)
	return v
}

const ms = time.Millisecond

var wamp = talk("WAMP", "wss://wamp.test/ws", nil,
	func(r *rand.Rand, _ map[string]any, msg string) []out {
		l := list(msg)
		after := lag(r)
		switch text(l[0]) {
		case "1":
			return []out{{after, `[2,` + id(strconv.FormatInt(r.Int64N(1<<52), 10)) + `,{"roles":{"broker":{},"dealer":{}}}]`}}
		case "48":
			if l[3] == "com.fail" {
				return []out{{after, `[8,48,` + text(l[1]) + `,{},"wamp.error.no_such_procedure"]`}}
			}
			return []out{{after, `[50,` + text(l[1]) + `,{},[` + text(l[4].([]any)[0]) + `]]`}}
		case "32":
			s := id(strconv.FormatInt(1<<42+r.Int64N(1<<50), 10))
			return []out{{after, `[33,` + text(l[1]) + `,` + s + `]`}, {after + 20*ms, `[36,` + s + `,` + id(strconv.FormatInt(1<<42+r.Int64N(1<<50), 10)) + `,{},["tick"]]`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 200)
		return func(w []string) string {
			switch w[0] {
			case "hello":
				return `[1,"realm1",{"roles":{"caller":{}}}]`
			case "call":
				return `[48,` + next() + `,{},"` + w[1] + `",[` + w[2] + `]]`
			case "sub":
				return `[32,` + next() + `,{},"` + w[1] + `"]`
			}
			return ""
		}
	},
	[][]string{{"!hello"}, {"call com.echo 1", "call com.echo 2", "sub com.tick"}, {"call com.fail 3", "call com.echo 48"}, {"call com.echo 1"}},
	[][]string{{"!hello"}, {"call com.echo 1", "sub com.tick"}})

var kraken = talk("Kraken v2", "wss://ws.kraken.test/v2",
	func(r *rand.Rand) []out {
		return []out{{lag(r), `{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":` + id(strconv.FormatUint(1<<60+r.Uint64N(1<<60), 10)) + `,"system":"online"}]}`}}
	},
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		head := `{"method":` + text(m["method"])
		tail := `"req_id":` + text(m["req_id"]) + `,"success":true,"time_in":"` + clock("2026-11-20T12:00:00.123456Z") + `","time_out":"` + clock("2026-11-20T12:00:00.223456Z") + `"}`
		switch m["method"] {
		case "ping":
			return []out{{after, `{"method":"pong","req_id":` + text(m["req_id"]) + `,"time_in":"` + clock("2026-11-20T12:00:00.1Z") + `"}`}}
		case "subscribe":
			s := sub(m, "params")["symbol"].([]any)[0]
			return []out{
				{after, head + `,"result":{"channel":"ticker","symbol":` + text(s) + `},` + tail},
				{after + 10*ms, `{"channel":"ticker","type":"snapshot","data":[{"symbol":` + text(s) + `,"bid":100.5}]}`},
				{after + 30*ms, `{"channel":"ticker","type":"update","data":[{"symbol":` + text(s) + `,"bid":101.5}]}`},
			}
		case "add_order":
			return []out{{after, head + `,"result":{"order_id":"` + id("O"+strings.ToUpper(hexID(r, 5))+"-"+strings.ToUpper(hexID(r, 5))+"-K7"+strings.ToUpper(hexID(r, 4))) + `","cl_ord_id":` + text(sub(m, "params")["cl_ord_id"]) + `},` + tail}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 200)
		return func(w []string) string {
			switch w[0] {
			case "ping":
				return `{"method":"ping","req_id":` + next() + `}`
			case "sub":
				return `{"method":"subscribe","params":{"channel":"ticker","symbol":["` + w[1] + `"]},"req_id":` + next() + `}`
			case "add":
				return `{"method":"add_order","params":{"order_type":"limit","side":"buy","limit_price":` + w[2] + `,"order_qty":1,"symbol":"` + w[1] + `","cl_ord_id":"` + uuid(r) + `","token":"` + hexID(r, 40) + `"},"req_id":` + next() + `}`
			}
			return ""
		}
	},
	[][]string{{"sub BTC/USD", "sub ETH/USD"}, {"ping"}, {"add BTC/USD 100", "add ETH/USD 2", "add BTC/USD 101"}},
	[][]string{{"sub BTC/USD"}, {"ping"}, {"add BTC/USD 100"}})

var bybit = talk("Bybit v5", "wss://stream.bybit.test/v5/private", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		switch m["op"] {
		case "auth":
			return []out{{after, `{"success":true,"ret_msg":"","op":"auth","conn_id":"` + id("c"+hexID(r, 16)+"-1a2b") + `"}`}}
		case "ping":
			return []out{{after, `{"success":true,"ret_msg":"pong","conn_id":"cvar1","req_id":` + text(m["req_id"]) + `,"op":"ping"}`}}
		case "subscribe":
			t := m["args"].([]any)[0]
			return []out{
				{after, `{"success":true,"ret_msg":"","conn_id":"cvar1","req_id":` + text(m["req_id"]) + `,"op":"subscribe"}`},
				{after + 20*ms, `{"topic":` + text(t) + `,"type":"snapshot","ts":1,"data":{"s":"BTCUSDT"}}`},
				{after + 40*ms, `{"topic":` + text(t) + `,"type":"delta","ts":2,"data":{"s":"BTCUSDT"}}`},
			}
		case "order.create":
			return []out{{after, `{"reqId":` + text(m["reqId"]) + `,"retCode":0,"retMsg":"OK","op":"order.create","data":{"orderId":"` + id(uuid(r)) + `","orderLinkId":` + text(m["args"].([]any)[0].(map[string]any)["orderLinkId"]) + `},"header":{"Timenow":"` + clock("1795176000123") + `"},"connId":"cvar1"}`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			switch w[0] {
			case "auth":
				return `{"op":"auth","args":["` + hexID(r, 18) + `",` + strconv.Itoa(1795176010000+r.IntN(1000)) + `,"` + hexID(r, 64) + `"]}`
			case "ping":
				return `{"op":"ping","req_id":"` + hexID(r, 8) + `"}`
			case "sub":
				return `{"req_id":"` + hexID(r, 6) + `","op":"subscribe","args":["` + w[1] + `"]}`
			case "create":
				return `{"reqId":"` + uuid(r) + `","header":{"X-BAPI-TIMESTAMP":"` + strconv.Itoa(1795176000000+r.IntN(50000)) + `"},"op":"order.create","args":[{"symbol":"` + w[1] + `","qty":"` + w[2] + `","orderLinkId":"link` + strconv.Itoa(r.IntN(1000000)) + `"}]}`
			}
			return ""
		}
	},
	[][]string{{"!auth"}, {"sub orderbook.1.BTCUSDT", "sub tickers.BTCUSDT"}, {"ping"}, {"create BTCUSDT 1", "create BTCUSDT 2", "create ETHUSDT 1"}},
	[][]string{{"!auth"}, {"sub orderbook.1.BTCUSDT"}, {"ping"}, {"create BTCUSDT 1"}})

var homeAssistant = talk("Home Assistant", "wss://ha.test/api/websocket",
	func(r *rand.Rand) []out { return []out{{lag(r), `{"type":"auth_required","ha_version":"2026.11"}`}} },
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		i := text(m["id"])
		switch m["type"] {
		case "auth":
			return []out{{after, `{"type":"auth_ok","ha_version":"2026.11"}`}}
		case "ping":
			return []out{{after, `{"id":` + i + `,"type":"pong"}`}}
		case "subscribe_events":
			return []out{
				{after, `{"id":` + i + `,"type":"result","success":true,"result":null}`},
				{after + 20*ms, `{"id":` + i + `,"type":"event","event":{"event_type":` + text(m["event_type"]) + `,"data":{"id":3}}}`},
				{after + 40*ms, `{"id":` + i + `,"type":"event","event":{"event_type":` + text(m["event_type"]) + `,"data":{"id":4}}}`},
			}
		case "unsubscribe_events":
			return []out{{after, `{"id":` + i + `,"type":"result","success":true,"result":null}`}}
		case "get_states":
			return []out{{after, `{"id":` + i + `,"type":"result","success":true,"result":[{"id":3,"state":"on"},{"id":4,"state":"off"}]}`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 8)
		subs := map[string]string{}
		return func(w []string) string {
			switch w[0] {
			case "auth":
				return `{"type":"auth","access_token":"` + hexID(r, 60) + `"}`
			case "sub":
				n := next()
				subs[w[1]] = n
				return `{"id":` + n + `,"type":"subscribe_events","event_type":"` + w[1] + `"}`
			case "unsub":
				if subs[w[1]] == "" {
					return ""
				}
				return `{"id":` + next() + `,"type":"unsubscribe_events","subscription":` + subs[w[1]] + `}`
			case "states":
				return `{"id":` + next() + `,"type":"get_states"}`
			case "ping":
				return `{"id":` + next() + `,"type":"ping"}`
			}
			return ""
		}
	},
	[][]string{{"!auth"}, {"sub state_changed", "states", "sub call_service"}, {"ping"}, {"unsub state_changed"}, {"states"}},
	[][]string{{"!auth"}, {"sub state_changed", "states"}, {"ping"}, {"unsub state_changed"}})

var devTools = func() *protocol {
	p := talk("Chrome DevTools", "ws://127.0.0.1:9222/devtools/browser/2b7e1516-28ae-4d2a-abf7-158809cf4f3c", nil,
		func(r *rand.Rand, m map[string]any, msg string) []out {
			after := lag(r)
			i := `{"id":` + text(m["id"])
			session := ""
			if m["sessionId"] != nil {
				session = `,"sessionId":"` + id(m["sessionId"].(string)) + `"`
			}
			switch m["method"] {
			case "Target.createTarget":
				return []out{{after, i + `,"result":{"targetId":"` + id(strings.ToUpper(hexID(r, 32))) + `"}}`}}
			case "Target.attachToTarget":
				s := id(strings.ToUpper(hexID(r, 32)))
				return []out{
					{after, `{"method":"Target.attachedToTarget","params":{"sessionId":"` + s + `","targetInfo":{"targetId":"` + id(sub(m, "params")["targetId"].(string)) + `"}}}`},
					{after + ms, i + `,"result":{"sessionId":"` + s + `"}}`},
				}
			case "Runtime.evaluate":
				return []out{{after, i + `,"result":{"result":{"type":"number","value":` + strconv.Itoa(len(sub(m, "params")["expression"].(string))) + `}}` + session + `}`}}
			case "Page.navigate":
				f := id(strings.ToUpper(hexID(r, 32)))
				return []out{
					{after, i + `,"result":{"frameId":"` + f + `","loaderId":"` + id(strings.ToUpper(hexID(r, 32))) + `"}` + session + `}`},
					{after + 10*ms, `{"method":"Page.frameNavigated","params":{"frame":{"id":"` + f + `","url":` + text(sub(m, "params")["url"]) + `}}` + session + `}`},
				}
			}
			return []out{{after, i + `,"result":{}` + session + `}`}}
		}, nil,
		[][]string{{"!create"}, {"!attach"}, {"eval 1+1", "eval 2", "nav http://a.test/"}, {"enable Page"}, {"eval 2"}},
		[][]string{{"!create"}, {"!attach"}, {"eval 1+1", "nav http://a.test/"}})
	p.actor = func(r *rand.Rand) actor {
		next := counterFrom(r, 300)
		target, session := "", ""
		return &acting{
			speak: func(op string) string {
				w := strings.Fields(op)
				if w[0] == "ping" {
					return ""
				}
				i := `{"id":` + next()
				switch w[0] {
				case "create":
					return i + `,"method":"Target.createTarget","params":{"url":"about:blank"}}`
				case "attach":
					return i + `,"method":"Target.attachToTarget","params":{"targetId":"` + target + `","flatten":true}}`
				case "eval":
					return i + `,"method":"Runtime.evaluate","params":{"expression":"` + w[1] + `"},"sessionId":"` + session + `"}`
				case "nav":
					return i + `,"method":"Page.navigate","params":{"url":"` + w[1] + `"},"sessionId":"` + session + `"}`
				}
				return i + `,"method":"` + w[1] + `.enable","sessionId":"` + session + `"}`
			},
			listen: func(msg string) []string {
				res := sub(members(msg), "result")
				if v, ok := res["targetId"].(string); ok {
					target = v
				}
				if v, ok := res["sessionId"].(string); ok {
					session = v
				}
				return nil
			},
		}
	}
	return p
}()

var actionCable = talk("Action Cable", "wss://rails.test/cable",
	func(r *rand.Rand) []out { return []out{{lag(r), `{"type":"welcome"}`}} },
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		i := text(m["identifier"])
		switch m["command"] {
		case "subscribe":
			return []out{{after, `{"identifier":` + i + `,"type":"confirm_subscription"}`}, {after + 20*ms, `{"identifier":` + i + `,"message":{"n":1}}`}}
		case "message":
			d := members(m["data"].(string))
			return []out{{after, `{"identifier":` + i + `,"message":{"body":` + text(d["body"]) + `,"uuid":` + text(d["uuid"]) + `}}`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			i := text(`{"channel":"ChatChannel","room":"` + w[min(1, len(w)-1)] + `"}`)
			switch w[0] {
			case "sub":
				return `{"command":"subscribe","identifier":` + i + `}`
			case "say":
				return `{"command":"message","identifier":` + i + `,"data":` + text(`{"body":"`+w[2]+`","uuid":"`+uuid(r)+`","action":"speak"}`) + `}`
			}
			return ""
		}
	},
	[][]string{{"!sub 1", "!sub 2"}, {"say 1 hello", "say 2 hello", "say 1 bye"}, {"say 2 2"}},
	[][]string{{"!sub 1"}, {"say 1 hello"}})

var centrifugo = func() *protocol {
	p := talk("Centrifugo", "wss://cf.test/connection/websocket", nil,
		func(r *rand.Rand, _ map[string]any, msg string) (outs []out) {
			for line := range strings.SplitSeq(msg, "\n") {
				m := members(line)
				after := lag(r)
				i := `{"id":` + text(m["id"])
				switch {
				case m["connect"] != nil:
					outs = append(outs, out{after, i + `,"connect":{"client":"` + id(uuid(r)) + `","version":"5","ping":25,"pong":true}}`})
				case m["subscribe"] != nil:
					c := text(sub(m, "subscribe")["channel"])
					outs = append(outs, out{after, i + `,"subscribe":{"recoverable":true,"epoch":"AbCd"}}`},
						out{after + 20*ms, `{"push":{"channel":` + c + `,"pub":{"data":{"n":1},"offset":1}}}` + "\n" + `{"push":{"channel":` + c + `,"pub":{"data":{"n":2},"offset":2}}}`})
				case m["rpc"] != nil:
					outs = append(outs, out{after, i + `,"rpc":{"data":` + text(sub(m, "rpc")["data"]) + `}}`})
				}
			}
			return outs
		},
		func(r *rand.Rand) func(w []string) string {
			next := counterFrom(r, 50)
			return func(w []string) string {
				switch w[0] {
				case "connect":
					return `{"connect":{"token":"` + jwt("u", 1795176000+r.IntN(100)) + `","name":"js"},"id":` + next() + `}`
				case "sub":
					return `{"subscribe":{"channel":"` + w[1] + `"},"id":` + next() + `}`
				case "rpc":
					return `{"rpc":{"method":"m","data":` + w[1] + `},"id":` + next() + `}`
				case "two":
					return `{"rpc":{"method":"m","data":` + w[1] + `},"id":` + next() + `}` + "\n" + `{"rpc":{"method":"m","data":` + w[2] + `},"id":` + next() + `}`
				}
				return ""
			}
		},
		[][]string{{"!connect"}, {"sub news", "rpc 1", "rpc 2"}, {"two 3 4"}, {"sub chat"}},
		[][]string{{"!connect"}, {"sub news", "rpc 1"}})
	return p
}()

var stomp = talk("STOMP", "wss://stomp.test/ws", nil,
	func(r *rand.Rand, _ map[string]any, msg string) []out {
		after := lag(r)
		head := map[string]string{}
		lines := strings.Split(strings.TrimRight(msg, "\x00\n"), "\n")
		for _, l := range lines[1:] {
			if k, v, ok := strings.Cut(l, ":"); ok {
				head[k] = v
			}
		}
		switch lines[0] {
		case "CONNECT":
			return []out{{after, "CONNECTED\nversion:1.2\nsession:" + id("s-"+hexID(r, 12)) + "\n\n\x00"}}
		case "SUBSCRIBE":
			return []out{
				{after, "RECEIPT\nreceipt-id:" + head["receipt"] + "\n\n\x00"},
				{after + 20*ms, "MESSAGE\nsubscription:" + head["id"] + "\nmessage-id:" + id("m-"+hexID(r, 12)) + "\ndestination:" + head["destination"] + "\n\nhello 1\x00"},
			}
		case "SEND":
			return []out{{after, "RECEIPT\nreceipt-id:" + head["receipt"] + "\n\n\x00"}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 70)
		return func(w []string) string {
			switch w[0] {
			case "connect":
				return "CONNECT\naccept-version:1.2\nhost:x\npasscode:" + hexID(r, 10) + "\n\n\x00"
			case "sub":
				return "SUBSCRIBE\nid:sub-" + next() + "\ndestination:" + w[1] + "\nreceipt:r" + next() + "\n\n\x00"
			case "send":
				return "SEND\ndestination:" + w[1] + "\nreceipt:r" + next() + "\n\n" + w[2] + "\x00"
			}
			return ""
		}
	},
	[][]string{{"!connect"}, {"sub /topic/a", "sub /topic/b"}, {"send /queue/x hi", "send /queue/x 1", "send /queue/y hi"}},
	[][]string{{"!connect"}, {"sub /topic/a"}, {"send /queue/x hi"}})

var discord = talk("Discord", "wss://gateway.test/?v=10&encoding=json",
	func(r *rand.Rand) []out {
		return []out{{lag(r), `{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}`}}
	},
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		switch text(m["op"]) {
		case "1":
			return []out{{after, `{"t":null,"s":null,"op":11,"d":null}`}}
		case "2":
			return []out{
				{after, `{"t":"READY","s":` + markSeq + `,"op":0,"d":{"v":10,"session_id":"` + id(hexID(r, 32)) + `","user":{"id":"1234567890123456789"}}}`},
				{after + 10*ms, `{"t":"GUILD_CREATE","s":` + markSeq + `,"op":0,"d":{"id":"9876543210123456789"}}`},
			}
		case "8":
			return []out{{after, `{"t":"GUILD_MEMBERS_CHUNK","s":` + markSeq + `,"op":0,"d":{"nonce":` + text(sub(m, "d")["nonce"]) + `,"guild_id":` + text(sub(m, "d")["guild_id"]) + `}}`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			switch w[0] {
			case "identify":
				return `{"op":2,"d":{"token":"` + hexID(r, 59) + `","intents":513,"properties":{"os":"linux"}}}`
			case "members":
				return `{"op":8,"d":{"guild_id":"` + w[1] + `","nonce":"` + hexID(r, 18) + `"}}`
			case "beat":
				return `{"op":1,"d":2}`
			}
			return ""
		}
	},
	[][]string{{"!identify"}, {"beat"}, {"members 9876543210123456789", "beat"}, {"beat"}},
	[][]string{{"!identify"}, {"beat"}, {"members 9876543210123456789"}})

var nostr = talk("Nostr", "wss://relay.test/", nil,
	func(r *rand.Rand, _ map[string]any, msg string) []out {
		l := list(msg)
		after := lag(r)
		switch l[0] {
		case "REQ":
			s := text(l[1])
			return []out{{after, `["EVENT",` + s + `,{"id":"` + strings.Repeat("ab12", 16) + `","kind":1,"content":"hi","created_at":1700000000}]`}, {after + ms, `["EOSE",` + s + `]`}}
		case "CLOSE":
			return []out{{after, `["CLOSED",` + text(l[1]) + `,""]`}}
		case "EVENT":
			return []out{{after, `["OK",` + text(l[1].(map[string]any)["id"]) + `,true,""]`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		last := ""
		return func(w []string) string {
			switch w[0] {
			case "req":
				last = hexID(r, 16)
				return `["REQ","` + last + `",{"kinds":[` + w[1] + `],"limit":20}]`
			case "close":
				if last == "" {
					return ""
				}
				return `["CLOSE","` + last + `"]`
			case "event":
				return `["EVENT",{"id":"` + hexID(r, 64) + `","pubkey":"` + strings.Repeat("cd34", 16) + `","created_at":` + strconv.Itoa(1795176000+r.IntN(100)) + `,"kind":1,"tags":[],"content":"` + w[1] + `","sig":"` + hexID(r, 128) + `"}]`
			}
			return ""
		}
	},
	[][]string{{"req 1", "req 3"}, {"event hello", "event bye"}, {"close"}},
	[][]string{{"req 1"}, {"event hello"}, {"close"}})

var debugAdapter = talk("debug adapter", "wss://dap.test/", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		res := `{"seq":` + clock(strconv.Itoa(1+r.IntN(9))) + `,"type":"response","request_seq":` + text(m["seq"]) + `,"command":` + text(m["command"]) + `,"success":true`
		switch m["command"] {
		case "threads":
			return []out{{after, res + `,"body":{"threads":[{"id":1,"name":"main"},{"id":2,"name":"gc"}]}}`}}
		case "continue":
			return []out{{after, res + `}`}, {after + 20*ms, `{"seq":` + clock("33") + `,"type":"event","event":"stopped","body":{"threadId":1}}`}}
		}
		return []out{{after, res + `}`}}
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 40)
		return func(w []string) string {
			if w[0] == "ping" {
				return ""
			}
			if w[0] == "frames" {
				return `{"seq":` + next() + `,"type":"request","command":"stackTrace","arguments":{"threadId":` + w[1] + `}}`
			}
			return `{"seq":` + next() + `,"type":"request","command":"` + w[0] + `"}`
		}
	},
	[][]string{{"initialize"}, {"threads", "frames 1", "frames 2"}, {"continue"}, {"threads"}},
	[][]string{{"initialize"}, {"threads", "frames 1"}, {"continue"}})

var xmpp = talk("XMPP", "wss://xmpp.test/ws", nil,
	func(r *rand.Rand, _ map[string]any, msg string) []out {
		after := lag(r)
		cut := func(a string) string {
			_, s, _ := strings.Cut(msg, a+"='")
			s, _, _ = strings.Cut(s, "'")
			return s
		}
		if strings.HasPrefix(msg, "<open") {
			return []out{{after, `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='` + id(hexID(r, 16)) + `' version='1.0'/>`}}
		}
		if strings.HasPrefix(msg, "<iq") {
			return []out{{after, `<iq id='` + cut("id") + `' type='result' from='x.test'><` + map[bool]string{true: "ping", false: "query"}[strings.Contains(msg, "<ping")] + `/></iq>`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 40)
		return func(w []string) string {
			switch w[0] {
			case "open":
				return `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='x.test' version='1.0'/>`
			case "ping":
				return `<iq to='x.test' id='p` + next() + `' type='get'><ping xmlns='urn:xmpp:ping'/></iq>`
			case "roster":
				return `<iq id='q` + next() + `' type='get'><query xmlns='jabber:iq:roster'/></iq>`
			}
			return ""
		}
	},
	[][]string{{"!open"}, {"roster", "ping"}, {"ping"}, {"roster"}},
	[][]string{{"!open"}, {"roster"}, {"ping"}})

var oldGraphQL = talk("graphql-ws", "wss://graph.test/old", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		i := text(m["id"])
		switch m["type"] {
		case "connection_init":
			return []out{{after, `{"type":"connection_ack"}`}, {after + ms, `{"type":"ka"}`}}
		case "start":
			q := text(sub(m, "payload")["query"])
			return []out{{after, `{"id":` + i + `,"type":"data","payload":{"data":{"id":"1","q":` + q + `}}}`}, {after + 10*ms, `{"id":` + i + `,"type":"data","payload":{"data":{"id":"2","q":` + q + `}}}`}}
		case "stop":
			return []out{{after, `{"id":` + i + `,"type":"complete"}`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 5)
		ids := map[string]string{}
		return func(w []string) string {
			switch w[0] {
			case "init":
				return `{"type":"connection_init","payload":{"token":"` + hexID(r, 12) + `"}}`
			case "start":
				n := next()
				ids[w[1]] = n
				return `{"id":"` + n + `","type":"start","payload":{"query":"` + w[1] + `"}}`
			case "stop":
				if ids[w[1]] == "" {
					return ""
				}
				return `{"id":"` + ids[w[1]] + `","type":"stop"}`
			}
			return ""
		}
	},
	[][]string{{"!init"}, {"start a", "start b", "start c"}, {"stop b"}, {"stop a"}},
	[][]string{{"!init"}, {"start a"}, {"stop a"}})

var slackRTM = talk("Slack RTM", "wss://slack.test/rtm/0a1b2c3d4e5f",
	func(r *rand.Rand) []out { return []out{{lag(r), `{"type":"hello"}`}} },
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		if m["type"] == "ping" {
			return []out{{after, `{"type":"pong","reply_to":` + text(m["id"]) + `}`}}
		}
		return []out{{after, `{"ok":true,"reply_to":` + text(m["id"]) + `,"ts":"` + clock("1795176000.000100") + `","text":` + text(m["text"]) + `}`}}
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 40)
		return func(w []string) string {
			if w[0] == "ping" {
				return `{"id":` + next() + `,"type":"ping"}`
			}
			return `{"id":` + next() + `,"type":"message","channel":"C024BE91L","text":"` + w[1] + `"}`
		}
	},
	[][]string{{"say hello", "say there"}, {"ping"}, {"say bye"}},
	[][]string{{"say hello"}, {"ping"}})

var mattermost = talk("Mattermost", "wss://mm.test/api/v4/websocket",
	func(r *rand.Rand) []out {
		return []out{{lag(r), `{"event":"hello","data":{"connection_id":"` + id(hexID(r, 26)) + `"},"seq":0}`}}
	},
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		outs := []out{{after, `{"status":"OK","seq_reply":` + text(m["seq"]) + `}`}}
		if m["action"] == "get_statuses" {
			outs[0].text = `{"status":"OK","data":{"u1":"online"},"seq_reply":` + text(m["seq"]) + `}`
		}
		return outs
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 40)
		return func(w []string) string {
			switch w[0] {
			case "auth":
				return `{"seq":` + next() + `,"action":"authentication_challenge","data":{"token":"` + hexID(r, 26) + `"}}`
			case "ping":
				return ""
			}
			return `{"action":"` + w[0] + `","seq":` + next() + `,"data":{"channel_id":"` + w[1] + `"}}`
		}
	},
	[][]string{{"!auth"}, {"user_typing c1", "get_statuses c1", "user_typing c2"}, {"user_typing c1"}},
	[][]string{{"!auth"}, {"user_typing c1", "get_statuses c1"}})

var meteor = talk("Meteor DDP", "wss://meteor.test/websocket", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		i := text(m["id"])
		switch m["msg"] {
		case "connect":
			return []out{{after, `{"msg":"connected","session":"` + id(hexID(r, 17)) + `"}`}}
		case "ping":
			return []out{{after, `{"msg":"pong"}`}}
		case "method":
			return []out{{after, `{"msg":"result","id":` + i + `,"result":` + text(m["params"].([]any)[0]) + `}`}, {after + ms, `{"msg":"updated","methods":[` + i + `]}`}}
		case "sub":
			return []out{{after, `{"msg":"added","collection":` + text(m["name"]) + `,"id":"1","fields":{"a":1}}`}, {after + ms, `{"msg":"ready","subs":[` + i + `]}`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 40)
		return func(w []string) string {
			switch w[0] {
			case "connect":
				return `{"msg":"connect","version":"1","support":["1"]}`
			case "ping":
				return `{"msg":"ping"}`
			case "sub":
				return `{"msg":"sub","id":"` + hexID(r, 17) + `","name":"` + w[1] + `","params":[]}`
			}
			return `{"msg":"method","method":"` + w[0] + `","params":[` + w[1] + `],"id":"` + next() + `"}`
		}
	},
	[][]string{{"!connect"}, {"echo 1", "echo 2", "sub tasks"}, {"ping"}, {"add 7"}, {"echo 1"}},
	[][]string{{"!connect"}, {"echo 1", "sub tasks"}, {"ping"}})

var firebase = talk("Firebase RTDB", "wss://fb.test/.ws?v=5&ns=x",
	func(r *rand.Rand) []out {
		return []out{{lag(r), `{"t":"c","d":{"t":"h","d":{"ts":` + clock("1795176000123") + `,"h":"s-x.test","v":"5","s":"` + id(hexID(r, 32)) + `"}}}`}}
	},
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		d := sub(m, "d")
		reply := `{"t":"d","d":{"r":` + text(d["r"]) + `,"b":{"s":"ok","d":{}}}}`
		if d["a"] == "q" {
			return []out{{after, `{"t":"d","d":{"b":{"p":` + text(sub(d, "b")["p"]) + `,"d":{"n":1}},"a":"d"}}`}, {after + ms, reply}}
		}
		return []out{{after, reply}}
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 40)
		return func(w []string) string {
			switch w[0] {
			case "ping":
				return ""
			case "query":
				return `{"t":"d","d":{"r":` + next() + `,"a":"q","b":{"p":"` + w[1] + `","h":""}}}`
			}
			return `{"t":"d","d":{"r":` + next() + `,"a":"p","b":{"p":"` + w[1] + `","d":` + w[2] + `}}}`
		}
	},
	[][]string{{"query /a", "put /b 1"}, {"put /b 2", "put /c 7", "query /c"}},
	[][]string{{"query /a", "put /b 1"}, {"put /c 3"}})

var obs = talk("OBS", "wss://obs.test/",
	func(r *rand.Rand) []out {
		return []out{{lag(r), `{"op":0,"d":{"obsWebSocketVersion":"5.5.0","rpcVersion":1,"authentication":{"challenge":"` + id(hexID(r, 40)) + `","salt":"` + id(hexID(r, 41)) + `"}}}`}}
	},
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		d := sub(m, "d")
		if text(m["op"]) == "1" {
			return []out{{after, `{"op":2,"d":{"negotiatedRpcVersion":1}}`}}
		}
		return []out{{after, `{"op":7,"d":{"requestType":` + text(d["requestType"]) + `,"requestId":` + text(d["requestId"]) + `,"requestStatus":{"result":true,"code":100}}}`}}
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			switch w[0] {
			case "identify":
				return `{"op":1,"d":{"rpcVersion":1,"authentication":"` + hexID(r, 43) + `=","eventSubscriptions":33}}`
			case "ping":
				return ""
			}
			return `{"op":6,"d":{"requestType":"` + w[0] + `","requestId":"` + strconv.Itoa(r.IntN(1000000)) + `","requestData":{"sceneName":"` + w[1] + `"}}}`
		}
	},
	[][]string{{"!identify"}, {"Get a", "Get b", "Set a"}, {"Get a"}},
	[][]string{{"!identify"}, {"Get a", "Set a"}})

var pusher = talk("Pusher", "wss://pusher.test/app/key?protocol=7",
	func(r *rand.Rand) []out {
		return []out{{lag(r), `{"event":"pusher:connection_established","data":"{\"socket_id\":\"` + id(strconv.Itoa(100000+r.IntN(900000))+"."+strconv.Itoa(1000000+r.IntN(9000000))) + `\",\"activity_timeout\":120}"}`}}
	},
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		d := sub(m, "data")
		switch m["event"] {
		case "pusher:subscribe":
			c := text(d["channel"])
			return []out{{after, `{"event":"pusher_internal:subscription_succeeded","channel":` + c + `,"data":"{}"}`}, {after + 20*ms, `{"event":"news","channel":` + c + `,"data":"{\"n\":1}"}`}}
		case "pusher:ping":
			return []out{{after, `{"event":"pusher:pong","data":"{}"}`}}
		case "client-typing":
			return []out{{after, `{"event":"client-typed","channel":` + text(m["channel"]) + `,"data":` + text(m["data"]) + `}`}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			switch w[0] {
			case "sub":
				return `{"event":"pusher:subscribe","data":{"channel":"` + w[1] + `","auth":"key:` + hexID(r, 64) + `"}}`
			case "ping":
				return `{"event":"pusher:ping","data":{}}`
			case "type":
				return `{"event":"client-typing","channel":"` + w[1] + `","data":{"user":"` + w[2] + `"}}`
			}
			return ""
		}
	},
	[][]string{{"sub private-a", "sub private-b"}, {"ping"}, {"type private-a ann", "type private-b ann", "type private-a bob"}},
	[][]string{{"sub private-a"}, {"ping"}, {"type private-a ann"}})

var fifo = func() *protocol {
	p := talk("answers in turn", "wss://fifo.test/", nil, nil,
		func(r *rand.Rand) func(w []string) string {
			return func(w []string) string {
				if w[0] == "ping" {
					return ""
				}
				return strings.Join(w, " ")
			}
		},
		[][]string{{"AUTH bob"}, {"GET a"}, {"SET a 5"}, {"GET b"}, {"INCR a"}},
		[][]string{{"AUTH bob"}, {"GET a"}, {"SET a 5"}})
	p.truth = func(r *rand.Rand) truth {
		return &served{answer: func(msg string) []out {
			w := strings.Fields(msg)
			switch w[0] {
			case "GET":
				return []out{{lag(r), "$1 value-of-" + w[1]}}
			case "INCR":
				return []out{{lag(r), ":6"}}
			}
			return []out{{lag(r), "+OK"}}
		}}
	}
	return p
}()

// bidirectional is JSON-RPC in which the server asks too, with ids of its own
// count, which are the client's numbers as well.
var bidirectional = func() *protocol {
	p := talk("JSON-RPC both ways", "wss://lsp.test/", nil, nil, nil,
		[][]string{{"!initialize"}, {"hover 1", "hover 2"}, {"ask"}, {"hover 3"}},
		[][]string{{"!initialize"}, {"hover 1"}, {"ask"}})
	p.truth = func(r *rand.Rand) truth {
		return &served{answer: func(msg string) []out {
			m := members(msg)
			after := lag(r)
			n := 1
			if m["method"] == "ask" {
				n = 2
			}
			if m["method"] == nil {
				return []out{{after, `{"jsonrpc":"2.0","method":"log","params":{"got":` + text(m["result"]) + `}}`}}
			}
			outs := []out{{after, `{"jsonrpc":"2.0","id":` + text(m["id"]) + `,"result":{"method":` + text(m["method"]) + `,"line":` + text(sub(m, "params")["line"]) + `}}`}}
			if m["method"] == "ask" || m["method"] == "initialize" {
				outs = append(outs, out{after + 10*ms, `{"jsonrpc":"2.0","id":` + strconv.Itoa(n) + `,"method":"workspace/configuration","params":{"items":[]}}`})
			}
			return outs
		}}
	}
	p.actor = func(r *rand.Rand) actor {
		next := counterFrom(r, 3)
		return &acting{
			speak: func(op string) string {
				w := strings.Fields(op)
				if w[0] == "ping" {
					return ""
				}
				line := "0"
				if len(w) > 1 {
					line = w[1]
				}
				return `{"jsonrpc":"2.0","id":` + next() + `,"method":"` + w[0] + `","params":{"line":` + line + `}}`
			},
			listen: func(msg string) []string {
				if m := members(msg); m["method"] == "workspace/configuration" {
					return []string{`{"jsonrpc":"2.0","id":` + text(m["id"]) + `,"result":[]}`}
				}
				return nil
			},
		}
	}
	return p
}()

var constantID = talk("one id for all", "wss://const.test/", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		return []out{{lag(r), `{"id":` + text(m["id"]) + `,"result":"` + m["method"].(string) + ` done","count":1}`}}
	},
	func(r *rand.Rand) func(w []string) string {
		n := strconv.Itoa(1 + r.IntN(50))
		return func(w []string) string {
			if w[0] == "ping" {
				return ""
			}
			return `{"id":` + n + `,"method":"` + w[0] + `","params":[]}`
		}
	},
	[][]string{{"a"}, {"b"}, {"c"}, {"a"}},
	[][]string{{"a"}, {"b"}})

var deribit = talk("Deribit", "wss://deribit.test/ws/api/v2", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		head := `{"jsonrpc":"2.0","id":` + text(m["id"]) + `,`
		usec := `"usIn":` + clock("1795176000123456") + `,"usOut":` + clock("1795176000123999") + `,"usDiff":` + clock("543") + `,"testnet":false`
		switch m["method"] {
		case "public/auth":
			return []out{{after, head + `"result":{"token_type":"bearer","access_token":"` + id("1795176000.1."+hexID(r, 40)) + `","expires_in":900},` + usec + `}`}}
		case "public/subscribe":
			c := sub(m, "params")["channels"].([]any)[0]
			return []out{
				{after, head + `"result":[` + text(c) + `],` + usec + `}`},
				{after + 20*ms, `{"jsonrpc":"2.0","method":"subscription","params":{"channel":` + text(c) + `,"data":{"price":1}}}`},
			}
		}
		return []out{{after, head + `"result":{"order":{"label":` + text(sub(m, "params")["label"]) + `,"amount":` + text(sub(m, "params")["amount"]) + `,"order_id":"` + id("ETH-"+strconv.Itoa(100000000+r.IntN(900000000))) + `"}},` + usec + `}`}}
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 9000)
		return func(w []string) string {
			switch w[0] {
			case "auth":
				return `{"method":"public/auth","params":{"grant_type":"client_signature","client_id":"abcdef","timestamp":` + strconv.Itoa(1795176000000+r.IntN(1000)) + `,"nonce":"` + hexID(r, 8) + `","signature":"` + hexID(r, 64) + `"},"jsonrpc":"2.0","id":` + next() + `}`
			case "sub":
				return `{"method":"public/subscribe","params":{"channels":["` + w[1] + `"]},"jsonrpc":"2.0","id":` + next() + `}`
			case "buy":
				return `{"method":"private/buy","params":{"instrument_name":"` + w[1] + `","amount":` + w[2] + `,"label":"` + w[3] + `"},"jsonrpc":"2.0","id":` + next() + `}`
			}
			return ""
		}
	},
	[][]string{{"!auth"}, {"sub ticker.BTC-PERPETUAL.raw", "sub book.ETH-PERPETUAL.100ms"}, {"buy ETH-PERPETUAL 40 m1", "buy BTC-PERPETUAL 40 m1", "buy ETH-PERPETUAL 900 m2"}},
	[][]string{{"!auth"}, {"sub ticker.BTC-PERPETUAL.raw"}, {"buy ETH-PERPETUAL 40 m1"}})

var headerBody = talk("header and body", "wss://hb.test/", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		h := sub(m, "header")
		return []out{{lag(r), `{"header":{"messageId":"` + id(uuid(r)) + `","correlationId":` + text(h["messageId"]) + `,"sentAt":"` + clock("2026-11-20T12:00:01.5Z") + `"},"body":{"status":"ok","item":` + text(sub(m, "body")["item"]) + `}}`}}
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			if w[0] == "ping" {
				return ""
			}
			return `{"header":{"messageId":"` + uuid(r) + `","type":"` + w[0] + `","sentAt":"2026-11-20T12:00:0` + strconv.Itoa(r.IntN(9)) + `.25Z"},"body":{"item":"` + w[1] + `"}}`
		}
	},
	[][]string{{"Get a", "Get b"}, {"Put c", "Get a"}},
	[][]string{{"Get a"}, {"Put c"}})

var bayeux = func() *protocol {
	p := talk("Bayeux", "wss://comet.test/cometd", nil, nil, nil,
		[][]string{{"!handshake"}, {"sub /a", "sub /b"}, {"pub /a 1", "pub /b 2"}},
		[][]string{{"!handshake"}, {"sub /a"}, {"pub /a 1"}})
	p.truth = func(r *rand.Rand) truth {
		return &served{answer: func(msg string) []out {
			m, _ := list(msg)[0].(map[string]any)
			after := lag(r)
			head := `[{"channel":` + text(m["channel"]) + `,"id":` + text(m["id"]) + `,"successful":true`
			switch m["channel"] {
			case "/meta/handshake":
				return []out{{after, head + `,"clientId":"` + id(hexID(r, 24)) + `","version":"1.0"}]`}}
			case "/meta/subscribe":
				return []out{{after, head + `,"subscription":` + text(m["subscription"]) + `}]`}, {after + 20*ms, `[{"channel":` + text(m["subscription"]) + `,"data":{"n":1}}]`}}
			}
			return []out{{after, head + `}]`}}
		}}
	}
	p.actor = func(r *rand.Rand) actor {
		next := counterFrom(r, 9)
		client := ""
		return &acting{
			speak: func(op string) string {
				w := strings.Fields(op)
				head := `[{"id":"` + next() + `","clientId":"` + client + `",`
				switch w[0] {
				case "handshake":
					return `[{"id":"` + next() + `","channel":"/meta/handshake","version":"1.0"}]`
				case "sub":
					return head + `"channel":"/meta/subscribe","subscription":"` + w[1] + `"}]`
				case "pub":
					return head + `"channel":"` + w[1] + `","data":{"v":` + w[2] + `}}]`
				}
				return ""
			},
			listen: func(msg string) []string {
				if m, _ := list(msg)[0].(map[string]any); m["clientId"] != nil {
					client = m["clientId"].(string)
				}
				return nil
			},
		}
	}
	return p
}()

var chat = talk("chat", "wss://chat.test/", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		return []out{
			{after, `{"type":"ack","tempId":` + text(m["tempId"]) + `,"messageId":"` + id("msg_"+hexID(r, 12)) + `"}`},
			{after + 10*ms, `{"type":"broadcast","room":` + text(m["room"]) + `,"text":` + text(m["text"]) + `,"author":"ann"}`},
		}
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			if w[0] == "ping" {
				return ""
			}
			return `{"type":"message","tempId":"tmp-` + strconv.Itoa(1795176000000+r.IntN(100000)) + `","room":"` + w[0] + `","text":"` + w[1] + `"}`
		}
	},
	[][]string{{"lobby hi", "lobby there"}, {"dev hi"}, {"lobby 1"}},
	[][]string{{"lobby hi"}})

var coinbase = talk("Coinbase", "wss://cb.test/", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		p := text(m["product_ids"].([]any)[0])
		c := text(m["channel"])
		if m["type"] == "unsubscribe" {
			return []out{{after, `{"channel":"subscriptions","events":[{"subscriptions":{}}]}`}}
		}
		return []out{
			{after, `{"channel":"subscriptions","events":[{"subscriptions":{` + c + `:[` + p + `]}}]}`},
			{after + 20*ms, `{"channel":` + c + `,"sequence_num":` + markSeq + `,"events":[{"type":"snapshot","tickers":[{"product_id":` + p + `,"price":"1"}]}]}`},
			{after + 40*ms, `{"channel":` + c + `,"sequence_num":` + markSeq + `,"events":[{"type":"update","tickers":[{"product_id":` + p + `,"price":"2"}]}]}`},
		}
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			if w[0] == "ping" {
				return ""
			}
			return `{"type":"` + w[0] + `","product_ids":["` + w[2] + `"],"channel":"` + w[1] + `","jwt":"` + jwt("k", 1795176000+r.IntN(99)) + `"}`
		}
	},
	[][]string{{"subscribe ticker BTC-USD"}, {"subscribe ticker ETH-USD"}, {"unsubscribe ticker BTC-USD"}},
	[][]string{{"subscribe ticker BTC-USD"}})

var protoo = talk("protoo", "wss://ms.test/?roomId=r1&peerId=abcdefgh", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		return []out{
			{after, `{"response":true,"id":` + text(m["id"]) + `,"ok":true,"data":{"m":` + text(m["method"]) + `,"id":"` + id(uuid(r)) + `"}}`},
			{after + 5*ms, `{"notification":true,"method":"changed","data":{"n":` + text(sub(m, "data")["n"]) + `}}`},
		}
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			if w[0] == "ping" {
				return ""
			}
			return `{"request":true,"id":` + strconv.Itoa(r.IntN(10000000)) + `,"method":"` + w[0] + `","data":{"n":` + w[1] + `}}`
		}
	},
	[][]string{{"join 1"}, {"produce 2"}, {"produce 3"}},
	[][]string{{"join 1"}, {"produce 2"}})

var irc = talk("IRC", "wss://irc.test/",
	func(r *rand.Rand) []out { return []out{{lag(r), ":irc.test NOTICE * :hello\r\n"}} },
	func(r *rand.Rand, _ map[string]any, msg string) []out {
		w := strings.Fields(msg)
		after := lag(r)
		switch w[0] {
		case "NICK":
			return []out{{after, ":irc.test 001 bob :Welcome\r\n"}}
		case "JOIN":
			return []out{{after, ":bob!b@h JOIN " + w[1] + "\r\n"}, {after + ms, ":irc.test 366 bob " + w[1] + " :End of /NAMES list\r\n"}}
		case "PING":
			return []out{{after, ":irc.test PONG irc.test :" + w[1] + "\r\n"}}
		}
		return nil
	},
	func(r *rand.Rand) func(w []string) string {
		return func(w []string) string {
			if w[0] == "ping" {
				return fmt.Sprintf("PING LAG%d\r\n", 1795176000000+r.IntN(60000))
			}
			return strings.Join(w, " ") + "\r\n"
		}
	},
	[][]string{{"!NICK bob"}, {"JOIN #a", "JOIN #b"}, {"ping"}, {"PRIVMSG #a :hi"}},
	[][]string{{"!NICK bob"}, {"JOIN #a"}, {"ping"}})

// trap has values that are the same by chance in places that mean something
// else.
var trap = talk("same values by chance", "wss://trap.test/", nil,
	func(r *rand.Rand, m map[string]any, msg string) []out {
		after := lag(r)
		i := text(m["id"])
		p := sub(m, "params")
		return []out{
			{after, `{"id":` + i + `,"result":{"id":2,"page":` + text(p["page"]) + `,"items":[{"id":1,"n":"1"},{"id":2,"n":"2"},{"id":3,"ref":3}],"total":3,"ts":1795176000000,"next":` + strconv.Itoa(3) + `},"code":"0","id2":3}`},
			{after + 10*ms, `{"event":"tick","n":1,"id":null,"seq":2,"data":{"id":1}}`},
			{after + 20*ms, `{"event":"tick","n":2,"seq":3,"data":{"id":2}}`},
		}
	},
	func(r *rand.Rand) func(w []string) string {
		next := counterFrom(r, 3)
		return func(w []string) string {
			if w[0] == "ping" {
				return ""
			}
			return `{"id":` + next() + `,"method":"page","params":{"page":` + w[0] + `,"id":` + w[0] + `}}`
		}
	},
	[][]string{{"1"}, {"2"}, {"3"}, {"2"}},
	[][]string{{"2"}})
