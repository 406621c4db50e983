package protocol

import (
	"net/url"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// Detect tells the protocol of an exchange by its handshake and, where that
// does not suffice, by its first messages, of which there may be none. It
// returns nil if nothing is known.
func Detect(ex *capture.Exchange, first []*capture.Message) *Protocol {
	s := snifferOf(ex)
	if p := s.handshake(); p != nil {
		return p
	}
	var found *Protocol
	for i, m := range first {
		if i == lookahead {
			break
		}
		if m.Opcode.Control() {
			continue
		}
		p := s.message(m)
		if p != nil && !p.tentative {
			return p
		}
		if p != nil && (found == nil || found.Name == generic) {
			found = p
		}
	}
	if hint := s.hint(); hint != nil && (found == nil || found.Name == generic) {
		return hint
	}
	return found
}

// sniffer is what the handshake says of an exchange.
type sniffer struct {
	host, path   string
	query        url.Values
	subprotocols []string // the one that was chosen, or those that were offered
}

func snifferOf(ex *capture.Exchange) sniffer {
	s := sniffer{}
	if ex == nil {
		return s
	}
	if u, err := url.Parse(ex.Request.URL); err == nil {
		s.host, s.path, s.query = strings.ToLower(u.Hostname()), u.Path, u.Query()
	}
	lines := capture.Values(ex.Request.Header, "Sec-WebSocket-Protocol")
	if ex.Response != nil {
		if chosen := capture.Values(ex.Response.Header, "Sec-WebSocket-Protocol"); len(chosen) > 0 {
			lines = chosen
		}
	}
	for _, line := range lines {
		for p := range strings.SplitSeq(line, ",") {
			if p = strings.TrimSpace(p); p != "" {
				s.subprotocols = append(s.subprotocols, p)
			}
		}
	}
	return s
}

// handshake tells the protocol by what leaves no doubt.
func (s *sniffer) handshake() *Protocol {
	for _, sub := range s.subprotocols {
		if name, variant := bySubprotocol(sub); name != "" {
			return &Protocol{Name: name, Variant: variant, By: "subprotocol " + sub}
		}
	}
	if s.query.Get("EIO") != "" {
		return &Protocol{Name: "socket.io", Variant: "EIO=" + s.query.Get("EIO"), By: "query EIO"}
	}
	if strings.HasPrefix(s.path, "/devtools/") {
		return &Protocol{Name: "cdp", By: "path /devtools/"}
	}
	if strings.HasSuffix(s.path, "/websocket") && strings.Contains(s.query.Get("vsn"), ".") {
		return &Protocol{Name: "phoenix", Variant: "vsn=" + s.query.Get("vsn"), By: "query vsn"}
	}
	for _, h := range hosts {
		if s.host == h.domain || strings.HasSuffix(s.host, "."+h.domain) {
			return &Protocol{Name: h.name, Variant: s.variant(h.name), By: "host " + s.host}
		}
	}
	return nil
}

// hosts are the domains of services that speak one protocol only.
var hosts = [...]struct{ domain, name string }{
	{"okx.com", "okx"},
	{"okex.com", "okx"},
	{"binance.com", "binance"},
	{"binance.us", "binance"},
	{"binance.vision", "binance"},
	{"binancefuture.com", "binance"},
	{"bybit.com", "bybit"},
	{"bytick.com", "bybit"},
	{"kraken.com", "kraken"},
	{"coinbase.com", "coinbase"},
	{"slack.com", "slack"},
	{"discord.gg", "discord"},
}

// hint tells the protocol by an address that others may have too.
func (s *sniffer) hint() *Protocol {
	for _, h := range [...]struct{ part, name string }{
		{"/ws/v5/", "okx"},
		{"/v5/public/", "bybit"},
		{"/v5/private", "bybit"},
		{"/v5/trade", "bybit"},
		{"/api/websocket", "home-assistant"},
		{"/connection/websocket", "centrifugo"},
	} {
		if strings.Contains(s.path, h.part) {
			return &Protocol{Name: h.name, By: "path " + h.part}
		}
	}
	switch {
	case s.path == "/cable" || strings.HasSuffix(s.path, "/cable"):
		return &Protocol{Name: "actioncable", By: "path /cable"}
	case s.query.Get("encoding") != "" && s.query.Get("v") != "":
		return &Protocol{Name: "discord", Variant: s.variant("discord"), By: "query encoding"}
	}
	return nil
}

// variant tells how a protocol is spoken, where the handshake says so.
func (s *sniffer) variant(name string) string {
	switch name {
	case "discord":
		return strings.Join(strings.Fields(s.query.Get("encoding")+" "+s.query.Get("compress")), " ")
	case "wamp", "mqtt", "stomp":
		for _, sub := range s.subprotocols {
			if n, variant := bySubprotocol(sub); n == name {
				return variant
			}
		}
	}
	return ""
}

// bySubprotocol tells the protocol by its registered name.
func bySubprotocol(sub string) (name, variant string) {
	switch lower := strings.ToLower(sub); lower {
	case "mqtt", "mqttv3.1", "mqttv3.1.1", "mqttv5":
		return "mqtt", ""
	case "v10.stomp", "v11.stomp", "v12.stomp", "stomp":
		return "stomp", ""
	case "graphql-transport-ws", "graphql-ws":
		return lower, ""
	case "graphql-subscriptions":
		return "graphql-ws", ""
	case "actioncable-v1-json":
		return "actioncable", ""
	case "centrifuge-json":
		return "centrifugo", "json"
	case "centrifuge-protobuf":
		return "centrifugo", "protobuf"
	case "mcp", "jsonrpc", "json-rpc", "jsonrpc-2.0":
		return "json-rpc", ""
	default:
		if rest, ok := strings.CutPrefix(lower, "wamp.2."); ok {
			return "wamp", rest
		}
	}
	return "", ""
}
