package replay

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// acceptKey computes Sec-WebSocket-Accept (RFC 6455 §4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(strings.TrimSpace(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// agreement is what the mock and the live client agree on about compression.
type agreement struct {
	deflate wsframe.Deflate
	value   string // of Sec-WebSocket-Extensions; "": none
}

// agree answers the live client's offers (RFC 7692 §5). Compression is agreed
// on only where it was when the connection was recorded.
func agree(recorded *capture.Response, offers []string) agreement {
	was, _ := wsframe.Negotiated(capture.Values(recorded.Header, "Sec-WebSocket-Extensions"))
	if !was.Enabled {
		return agreement{}
	}
	for _, offer := range protocols(offers) {
		if a, ok := accept(was, offer); ok {
			return a
		}
	}
	return agreement{}
}

// accept answers one offer.
func accept(was wsframe.Deflate, offer string) (agreement, bool) {
	parts := strings.Split(offer, ";")
	if !strings.EqualFold(strings.TrimSpace(parts[0]), "permessage-deflate") {
		return agreement{}, false
	}
	a := agreement{
		deflate: wsframe.Deflate{Enabled: true, ServerBits: 15, ClientBits: 15},
		value:   "permessage-deflate",
	}
	if was.ServerNoTakeover {
		a.noServerTakeover()
	}
	clientBits := false
	for _, p := range parts[1:] {
		name, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		v = strings.Trim(v, `" `)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "server_no_context_takeover":
			a.noServerTakeover()
		case "client_no_context_takeover":
		case "client_max_window_bits":
			clientBits = true
		case "server_max_window_bits":
			bits, err := strconv.Atoi(v)
			if err != nil || bits < 8 || bits > 15 {
				return agreement{}, false
			}
			a.deflate.ServerBits = bits
			a.value += "; server_max_window_bits=" + v
		default:
			return agreement{}, false // RFC 7692 §7.1: decline what is not known
		}
	}
	if was.ClientNoTakeover {
		a.deflate.ClientNoTakeover = true
		a.value += "; client_no_context_takeover"
	}
	if clientBits && was.ClientBits != 0 && was.ClientBits < 15 {
		a.deflate.ClientBits = was.ClientBits
		a.value += "; client_max_window_bits=" + strconv.Itoa(was.ClientBits)
	}
	return a, true
}

func (a *agreement) noServerTakeover() {
	if !a.deflate.ServerNoTakeover {
		a.deflate.ServerNoTakeover = true
		a.value += "; server_no_context_takeover"
	}
}

// switching returns the head of the 101 response: the recorded one byte for
// byte, but for what belongs to the live handshake.
func switching(recorded *capture.Response, r *http.Request, extensions string) []byte {
	lines := headLines(recorded)
	offered := protocols(r.Header.Values("Sec-WebSocket-Protocol"))
	var out bytes.Buffer
	extended := false
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "sec-websocket-accept":
			line = name + ": " + acceptKey(r.Header.Get("Sec-WebSocket-Key"))
		case "sec-websocket-extensions":
			if extended || extensions == "" {
				continue
			}
			extended = true
			if !strings.EqualFold(value, extensions) {
				line = name + ": " + extensions
			}
		case "sec-websocket-protocol":
			if !slices.Contains(offered, value) {
				continue
			}
		}
		out.WriteString(line)
		out.WriteString("\r\n")
	}
	out.WriteString("\r\n")
	return out.Bytes()
}

// headLines returns the status line and the header lines of a recorded head.
func headLines(r *capture.Response) []string {
	if len(r.Raw) > 0 {
		head := strings.TrimRight(string(r.Raw), "\r\n")
		lines := strings.Split(head, "\n")
		for i := range lines {
			lines[i] = strings.TrimSuffix(lines[i], "\r")
		}
		return lines
	}
	reason := r.Reason
	if reason == "" {
		reason = "Switching Protocols"
	}
	lines := []string{"HTTP/1.1 101 " + reason}
	for _, required := range [...]capture.Field{
		{Name: "Upgrade", Value: "websocket"}, {Name: "Connection", Value: "Upgrade"}, {Name: "Sec-WebSocket-Accept"},
	} {
		if capture.Get(r.Header, required.Name) == "" {
			lines = append(lines, required.Name+": "+required.Value)
		}
	}
	for _, f := range r.Header {
		if strings.HasPrefix(f.Name, ":") || strings.ContainsAny(f.Name+f.Value, "\r\n") {
			continue
		}
		lines = append(lines, f.Name+": "+f.Value)
	}
	return lines
}
