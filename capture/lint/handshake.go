package lint

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// guid is what the server appends to the client's key (RFC 6455 §1.3).
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// handshake looks at the heads that opened a socket.
func (l *linter) handshake() {
	request, response := l.ex.Request.Header, l.ex.Response.Header
	wrong := func(kind, section, format string, args ...any) {
		r := ruleHandshake
		r.Source = "RFC 6455 " + section
		l.add(&r, kind, Where{}, format, args...)
	}
	if version := capture.Get(request, "Sec-WebSocket-Version"); version != "" && version != "13" {
		wrong("version", "4.1", "the client asks for version %s, not 13", quote(version))
	}
	key := capture.Get(request, "Sec-WebSocket-Key")
	if raw, err := base64.StdEncoding.DecodeString(key); key != "" && (err != nil || len(raw) != 16) {
		wrong("key", "4.1", "the client's key is not 16 bytes in base64: %s", quote(key))
	}
	if accept := capture.Get(response, "Sec-WebSocket-Accept"); key != "" && accept != accepts(key) {
		wrong("accept", "4.2.2", "Sec-WebSocket-Accept is %s, want %q", quote(accept), accepts(key))
	}
	if chosen := capture.Get(response, "Sec-WebSocket-Protocol"); chosen != "" && !offered(request, "Sec-WebSocket-Protocol", chosen) {
		wrong("subprotocol", "4.1", "the server chose the subprotocol %s, which the client did not offer", quote(chosen))
	}
	extensions := capture.Values(response, "Sec-WebSocket-Extensions")
	for _, value := range extensions {
		for ext := range strings.SplitSeq(value, ",") {
			name, _, _ := strings.Cut(ext, ";")
			if name = strings.TrimSpace(name); name != "" && !offered(request, "Sec-WebSocket-Extensions", name) {
				wrong("extension", "4.1", "the server chose the extension %s, which the client did not offer", quote(name))
			}
		}
	}
	if _, err := wsframe.Negotiated(extensions); err != nil {
		wrong("parameters", "9.1", "%v", err)
	}
}

// accepts returns the Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2).
func accepts(key string) string {
	sum := sha1.Sum([]byte(key + guid))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// offered reports whether one of the lists in the fields called name has a
// member, its parameters left out.
func offered(header []capture.Field, name, member string) bool {
	for _, value := range capture.Values(header, name) {
		for one := range strings.SplitSeq(value, ",") {
			if token, _, _ := strings.Cut(one, ";"); strings.TrimSpace(token) == member {
				return true
			}
		}
	}
	return false
}
