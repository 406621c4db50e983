package view

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// handshake writes what the two sides of a socket agreed on (RFC 6455 §4).
func (h *head) handshake() {
	if h.ex.Kind != capture.KindWebSocket || h.ex.Response == nil {
		return
	}
	q, r := h.ex.Request.Header, h.ex.Response.Header
	if len(q) == 0 && len(r) == 0 {
		return
	}
	h.section("Handshake")
	h.agreed("subprotocol", values(q, "Sec-WebSocket-Protocol"), values(r, "Sec-WebSocket-Protocol"))
	h.agreed("extensions", values(q, "Sec-WebSocket-Extensions"), values(r, "Sec-WebSocket-Extensions"))
	switch {
	case capture.Get(q, "Sec-WebSocket-Key") == "" && capture.Get(r, "Sec-WebSocket-Accept") == "":
	case KeyAnswered(h.ex):
		h.fact("key", "accepted", plain)
	default:
		h.fact("key", h.st.cross()+" Sec-WebSocket-Accept does not answer Sec-WebSocket-Key", bad)
	}
}

// KeyAnswered reports whether the server's Sec-WebSocket-Accept answers the
// client's Sec-WebSocket-Key (RFC 6455 §4.2.2). Extended CONNECT has neither
// (RFC 8441 §5), which is right, too.
func KeyAnswered(ex *capture.Exchange) bool {
	if ex.Response == nil {
		return false
	}
	key, accept := capture.Get(ex.Request.Header, "Sec-WebSocket-Key"), capture.Get(ex.Response.Header, "Sec-WebSocket-Accept")
	return key == "" && accept == "" || acceptKey(key) == accept
}

func values(fields []capture.Field, name string) string {
	return Sanitize(strings.Join(capture.Values(fields, name), ", "))
}

// agreed writes what was chosen, and what was offered where that is not the
// same.
func (h *head) agreed(what, offered, chosen string) {
	switch {
	case chosen == "" && offered == "":
		h.fact(what, "none", faint)
	case chosen == "":
		h.fact(what, "none (offered: "+offered+")", plain)
	case offered == chosen:
		h.fact(what, chosen, plain)
	case offered == "":
		h.fact(what, h.st.cross()+" "+chosen+" (not offered)", bad)
	default:
		h.fact(what, chosen+" (offered: "+offered+")", plain)
	}
}

// acceptKey returns the answer to a Sec-WebSocket-Key (RFC 6455 §4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(strings.TrimSpace(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
