package protocol

import "github.com/wiretape/wiretape/capture/jsontext"

// Protocol is what an exchange speaks.
type Protocol struct {
	Name    string // "mqtt", as in the table of docs/protocols.md
	Variant string // of those that come in several: "msgpack.batched", "zlib-stream"
	By      string // what told it: "subprotocol mqtt", "query EIO", "host …", "path …", "messages", "option"

	tentative bool // a later message may tell it better
}

// generic is the name of a JSON service that is no known one.
const generic = "json"

// titles are the names of the protocols, and what people call them.
var titles = [...]struct{ name, title string }{
	{"actioncable", "Action Cable"},
	{"binance", "Binance"},
	{"bybit", "Bybit v5"},
	{"cdp", "Chrome DevTools Protocol"},
	{"centrifugo", "Centrifugo"},
	{"coinbase", "Coinbase"},
	{"discord", "Discord gateway"},
	{"graphql-transport-ws", "GraphQL over WebSocket"},
	{"graphql-ws", "GraphQL over WebSocket (subscriptions-transport-ws)"},
	{"home-assistant", "Home Assistant"},
	{generic, "JSON"},
	{"json-rpc", "JSON-RPC 2.0"},
	{"kraken", "Kraken"},
	{"mqtt", "MQTT"},
	{"okx", "OKX v5"},
	{"phoenix", "Phoenix channels"},
	{"signalr", "SignalR"},
	{"slack", "Slack Socket Mode"},
	{"socket.io", "Socket.IO"},
	{"stomp", "STOMP"},
	{"wamp", "WAMP v2"},
}

// Names returns the names of the protocols that are known, in order.
func Names() []string {
	names := make([]string, len(titles))
	for i, t := range titles {
		names[i] = t.name
	}
	return names
}

// Title returns what people call the protocol, "" for the nil Protocol.
func (p *Protocol) Title() string {
	if p == nil {
		return ""
	}
	for _, t := range titles {
		if t.name == p.Name {
			return t.title
		}
	}
	return p.Name
}

// newCutter returns the cutter of a protocol; of one that is not known, one that
// takes messages as they are.
func newCutter(s *Splitter, p *Protocol) cutter {
	if p == nil {
		return &messages{namer: plain{}}
	}
	switch p.Name {
	case "mqtt":
		return newMQTT()
	case "stomp":
		return newSTOMP()
	case "signalr":
		return newSignalR()
	case "socket.io":
		return &socketIO{}
	case "graphql-transport-ws", "graphql-ws":
		return &messages{namer: graphQL{}}
	case "phoenix":
		return newPhoenix()
	case "actioncable":
		return &messages{namer: actionCable{}}
	case "centrifugo":
		return newCentrifugo()
	case "wamp":
		return newWAMP(p.Variant)
	case "json-rpc":
		return &messages{namer: &jsonRPC{}, batches: true}
	case "cdp":
		return &messages{namer: devTools{}}
	case "okx":
		return &messages{namer: okx{}}
	case "binance":
		return &messages{namer: binance{}}
	case "bybit":
		return &messages{namer: bybit{}}
	case "kraken":
		return &messages{namer: kraken{}}
	case "coinbase":
		return &messages{namer: coinbase{}}
	case "slack":
		return &messages{namer: slack{}}
	case "discord":
		return newDiscord(p.Variant)
	case "home-assistant":
		return &messages{namer: homeAssistant{}, batches: true}
	}
	return &messages{namer: plain{}}
}

// plain leaves the naming to the words that services of all kinds use.
type plain struct{}

func (plain) name(*Splitter, *Unit, jsontext.Value) {}
