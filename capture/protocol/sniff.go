package protocol

import (
	"bytes"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/jsontext"
)

// message tells the protocol by one message, by what only that protocol says.
// It returns the generic one for JSON of other kinds, and nil for all else.
func (s *sniffer) message(m *capture.Message) *Protocol {
	name := s.messageName(m)
	if name == "" {
		return nil
	}
	p := &Protocol{Name: name, Variant: s.variant(name), By: "messages", tentative: name == generic}
	if name == eitherGraphQL {
		p.Name, p.tentative = "graphql-transport-ws", true
	}
	return p
}

// eitherGraphQL is what a message tells that both GraphQL protocols begin with.
const eitherGraphQL = "graphql"

func (s *sniffer) messageName(m *capture.Message) string {
	p := m.Data
	switch {
	case len(p) == 0:
		return ""
	case isMQTT(p):
		return "mqtt"
	case m.Dir == capture.Send && (bytes.HasPrefix(p, []byte("CONNECT\n")) || bytes.HasPrefix(p, []byte("CONNECT\r\n")) ||
		bytes.HasPrefix(p, []byte("STOMP\n")) || bytes.HasPrefix(p, []byte("STOMP\r\n"))):
		return "stomp"
	case m.Dir == capture.Receive && bytes.HasPrefix(p, []byte(`0{"sid":`)):
		return "socket.io"
	}
	v := jsontext.Of(p)
	record := len(v) > 0 && v[len(v)-1] == 0x1e
	switch {
	case v.Is('['):
		return arrayName(v)
	case v.Is('{'):
		x := marksOf(v)
		if record && x.text["protocol"] != "" && x.has["version"] {
			return "signalr"
		}
		if name := x.name(m.Dir); name != "" {
			return name
		}
		return generic
	}
	return ""
}

// isMQTT reports whether p begins with a CONNECT: the packet type, a length, and
// the name of the protocol (MQTT 3.1.1 §3.1.2.1).
func isMQTT(p []byte) bool {
	if p[0] != mqttConnect<<4 {
		return false
	}
	_, n := remaining(p)
	return n > 0 && (bytes.HasPrefix(p[1+n:], []byte("\x00\x04MQTT")) || bytes.HasPrefix(p[1+n:], []byte("\x00\x06MQIsdp")))
}

// arrayName tells a protocol whose messages are arrays.
func arrayName(v jsontext.Value) string {
	var e []jsontext.Value
	for x := range v.Elements {
		if e = append(e, x); len(e) == 5 {
			break
		}
	}
	orNull := func(v jsontext.Value) bool { return v.Is('"') || v.Is('n') }
	switch {
	case len(e) == 5 && orNull(e[0]) && orNull(e[1]) && e[2].Is('"') && e[3].Is('"') && (e[1].Is('"') || e[0].Is('n')):
		return "phoenix"
	case len(e) == 3 && string(e[0]) == "1" && e[1].Is('"') && e[2].Get("roles") != nil:
		return "wamp"
	case len(e) > 0 && e[0].Is('{') && e[0].Get("jsonrpc") != nil:
		return "json-rpc"
	}
	return generic
}

// signs are the members of an object by which protocols are told apart.
type signs struct {
	has   map[string]bool
	text  map[string]string // of those that are strings
	value map[string]jsontext.Value
}

// maxMarks is how many members of a message are looked at.
const maxMarks = 32

func marksOf(v jsontext.Value) signs {
	x := signs{has: map[string]bool{}, text: map[string]string{}, value: map[string]jsontext.Value{}}
	for name, m := range v.Members {
		n := string(name)
		x.has[n], x.value[n] = true, m
		if m.Is('"') && len(m) < 200 {
			x.text[n] = m.Text()
		}
		if len(x.has) == maxMarks {
			break
		}
	}
	return x
}

func (x signs) all(names ...string) bool {
	for _, n := range names {
		if !x.has[n] {
			return false
		}
	}
	return true
}

// name returns the name of the protocol that an object is of, or "". The first
// test that is true counts.
func (x signs) name(dir capture.Direction) string {
	typ := x.text["type"]
	switch {
	case x.text["jsonrpc"] == "2.0":
		return "json-rpc"
	case typ == "connection_init":
		return eitherGraphQL
	case typ == "start" && x.value["payload"].Get("query") != nil:
		return "graphql-ws"
	case typ == "subscribe" && x.value["payload"].Get("query") != nil:
		return "graphql-transport-ws"
	case x.text["command"] != "" && isObjectText(x.text["identifier"]), typ == "confirm_subscription" && x.has["identifier"]:
		return "actioncable"
	case x.value["id"].Number() && x.value["connect"].Is('{') && len(x.has) == 2:
		return "centrifugo"
	case x.all("topic", "event", "payload", "ref"):
		return "phoenix"
	case x.value["d"].Get("heartbeat_interval") != nil && x.has["op"]:
		return "discord"
	case typ == "auth_required" && x.has["ha_version"]:
		return "home-assistant"
	case x.has["envelope_id"] && x.has["payload"], typ == "hello" && x.has["connection_info"]:
		return "slack"
	}
	if name := x.exchange(dir); name != "" {
		return name
	}
	if dir == capture.Send && x.value["id"].Number() && isDevTools(x.text["method"]) {
		return "cdp"
	}
	return ""
}

// exchange tells the protocols of trading services.
func (x signs) exchange(dir capture.Direction) string {
	first := x.value["args"].First()
	switch {
	case x.all("reqId", "op", "header"), x.all("req_id", "op", "args") && first.Is('"'),
		x.all("success", "ret_msg", "conn_id"), x.all("topic", "type", "ts", "data"):
		return "bybit"
	case x.has["op"] && first.Is('{') && (first.Get("channel") != nil || first.Get("apiKey") != nil || first.Get("instId") != nil),
		x.value["arg"].Get("channel") != nil, x.all("event", "connId"):
		return "okx"
	case (x.text["method"] == "SUBSCRIBE" || x.text["method"] == "UNSUBSCRIBE") && x.has["params"],
		x.all("id", "status", "rateLimits"), x.all("e", "E", "s"), x.all("stream", "data") && x.value["data"].Get("e") != nil:
		return "binance"
	case x.text["method"] == "subscribe" && x.value["params"].Get("channel") != nil,
		x.all("method", "success", "time_in"), x.text["channel"] == "status" && x.value["data"].First().Get("api_version") != nil,
		x.text["event"] == "systemStatus", x.text["event"] == "subscribe" && x.value["subscription"].Get("name") != nil:
		return "kraken"
	case dir == capture.Send && x.text["type"] == "subscribe" && (x.has["product_ids"] || x.value["channels"].First().Get("product_ids") != nil),
		x.all("channel", "client_id", "sequence_num", "events"):
		return "coinbase"
	}
	return ""
}

// isObjectText reports whether a string looks like a JSON object.
func isObjectText(s string) bool { return len(s) > 1 && s[0] == '{' }

// isDevTools reports whether a method is one of a domain: "Page.navigate".
func isDevTools(method string) bool {
	domain, verb, ok := bytes.Cut([]byte(method), []byte{'.'})
	return ok && len(domain) > 1 && domain[0] >= 'A' && domain[0] <= 'Z' && len(verb) > 1 && verb[0] >= 'a' && verb[0] <= 'z'
}
