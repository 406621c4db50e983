package protocol_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
)

func TestDetectByHandshake(t *testing.T) {
	for _, c := range []struct{ url, sub, name, variant string }{
		{"ws://h/x", "mqtt", "mqtt", ""},
		{"ws://h/x", "mqttv3.1", "mqtt", ""},
		{"ws://h/x", "v11.stomp", "stomp", ""},
		{"ws://h/x", "graphql-transport-ws", "graphql-transport-ws", ""},
		{"ws://h/x", "graphql-ws", "graphql-ws", ""},
		{"ws://h/x", "graphql-subscriptions", "graphql-ws", ""},
		{"ws://h/x", "actioncable-v1-json", "actioncable", ""},
		{"ws://h/x", "wamp.2.msgpack.batched", "wamp", "msgpack.batched"},
		{"ws://h/x", "centrifuge-protobuf", "centrifugo", "protobuf"},
		{"ws://h/x", "mcp", "json-rpc", ""},
		{"ws://h/socket.io/?EIO=4&transport=websocket", "", "socket.io", "EIO=4"},
		{"ws://h/engine.io/?EIO=3", "", "socket.io", "EIO=3"},
		{"ws://127.0.0.1:9222/devtools/browser/1", "", "cdp", ""},
		{"wss://h/live/websocket?_csrf_token=x&vsn=2.0.0", "", "phoenix", "vsn=2.0.0"},
		{"wss://ws.okx.com:8443/ws/v5/public", "", "okx", ""},
		{"wss://wseea.okx.com:8443/ws/v5/private", "", "okx", ""},
		{"ws://mock:1/ws/v5/business", "", "okx", ""},
		{"wss://fstream.binance.com/ws/btcusdt@trade", "", "binance", ""},
		{"wss://stream.bybit.com/v5/public/linear", "", "bybit", ""},
		{"wss://ws-auth.kraken.com/v2", "", "kraken", ""},
		{"wss://advanced-trade-ws.coinbase.com", "", "coinbase", ""},
		{"wss://wss-primary.slack.com/link/?ticket=x", "", "slack", ""},
		{"wss://gateway-us-east1-b.discord.gg/?v=10&encoding=etf&compress=zlib-stream", "", "discord", "etf zlib-stream"},
		{"ws://127.0.0.1/?v=10&encoding=json&compress=zstd-stream", "", "discord", "json zstd-stream"},
		{"ws://ha:8123/api/websocket", "", "home-assistant", ""},
		{"ws://h/connection/websocket", "", "centrifugo", ""},
		{"ws://h/cable", "", "actioncable", ""},
		{"ws://h/", "chat", "", ""},
		{"ws://notokx.com/", "", "", ""},
		{"://", "", "", ""},
	} {
		p := protocol.Detect(exchange(c.url, c.sub), nil)
		if p == nil {
			p = &protocol.Protocol{}
		}
		if p.Name != c.name || p.Variant != c.variant {
			t.Errorf("%s %q: %q %q, want %q %q", c.url, c.sub, p.Name, p.Variant, c.name, c.variant)
		}
		if p.Name != "" && p.By == "" {
			t.Errorf("%s: by nothing", c.url)
		}
	}
}

func TestDetectTakesWhatWasChosenOfWhatWasOffered(t *testing.T) {
	ex := exchange("ws://h/", "")
	ex.Request.Header = []capture.Field{{Name: "sec-websocket-protocol", Value: "nope, v12.stomp,mqtt"}}
	if p := protocol.Detect(ex, nil); p == nil || p.Name != "stomp" {
		t.Errorf("offered: %+v", p)
	}
	ex.Response.Header = []capture.Field{{Name: "Sec-WebSocket-Protocol", Value: "mqtt"}}
	if p := protocol.Detect(ex, nil); p == nil || p.Name != "mqtt" {
		t.Errorf("chosen: %+v", p)
	}
	ex.Response = nil
	if p := protocol.Detect(ex, nil); p == nil || p.Name != "stomp" {
		t.Errorf("no response: %+v", p)
	}
	if p := protocol.Detect(nil, nil); p != nil {
		t.Errorf("nothing: %+v", p)
	}
}

// TestDetectByMessages takes the talks to an address that says nothing. The
// services whose messages look like those of any other are left out.
func TestDetectByMessages(t *testing.T) {
	for _, c := range talks {
		switch c.name {
		case "socket.io after polling", "json-rpc of MCP":
			continue // joined in the middle; named by each message
		case "wamp with MessagePack", "wamp with CBOR", "wamp batched", "wamp batched in MessagePack",
			"centrifugo with protobuf", "discord in Erlang terms":
			continue // binary, with nothing to tell it by
		}
		p := protocol.Detect(exchange("ws://127.0.0.1:8080/ws", ""), c.said.messages(t))
		if p == nil {
			p = &protocol.Protocol{}
		}
		if p.Name != c.protocol && (c.name != "mqtt, as mqtt.js writes it" || p.Name != "") {
			t.Errorf("%s: %q, want %q", c.name, p.Name, c.protocol)
		}
	}
}

func TestAProtocolToldByMessagesIsReadFromThenOn(t *testing.T) {
	s, units := split(t, exchange("ws://127.0.0.1/", ""), talk(`
		< {"hello":1}
		> {"protocol":"json","version":1}\e
		< {}\e{"type":6}\e
	`).messages(t), nil)
	if p := s.Protocol(); p == nil || p.Name != "signalr" || p.By != "messages" {
		t.Errorf("%+v", p)
	}
	if got, want := lines(units), "< push - hello\n> request - handshake json\n< answer - handshake\n< heartbeat - ping\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestOnlyTheFirstMessagesTellAProtocol(t *testing.T) {
	said := strings.Repeat("> {\"a\":1}\n", 16) + "> {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}\n"
	s, _ := split(t, exchange("ws://h/", ""), talk(said).messages(t), nil)
	if p := s.Protocol(); p == nil || p.Name != "json" {
		t.Errorf("%+v", p)
	}
	if p := protocol.Detect(exchange("ws://h/", ""), talk(said).messages(t)); p == nil || p.Name != "json" {
		t.Errorf("%+v", p)
	}
}

func TestTheCallerMayKnowTheProtocol(t *testing.T) {
	s, units := split(t, exchange("ws://h/", "mqtt"), talk("> {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}").messages(t), &protocol.Options{Protocol: "json-rpc"})
	if s.Protocol().Name != "json-rpc" || units[0].Label != "m" {
		t.Errorf("%+v %s", s.Protocol(), line(units[0]))
	}
}

func TestEveryProtocolHasATitle(t *testing.T) {
	names := protocol.Names()
	if !slices.IsSorted(names) || len(names) < 20 {
		t.Errorf("%q", names)
	}
	for _, n := range names {
		if title := (&protocol.Protocol{Name: n}).Title(); title == "" || title == n {
			t.Errorf("%s is called %q", n, title)
		}
	}
	if (*protocol.Protocol)(nil).Title() != "" || (&protocol.Protocol{Name: "x"}).Title() != "x" {
		t.Error("the title of none")
	}
}
