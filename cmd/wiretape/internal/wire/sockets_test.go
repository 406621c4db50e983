package wire_test

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// spoken is a conversation as it stands in the table.
type spoken struct {
	name   string
	script func(*talk)
}

const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

const handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

// down is a server's frame: its first byte and its payload.
func down(first byte, payload string) string {
	return string(frameHead(first, 0, len(payload))) + payload
}

// up is a client's frame: masked.
func up(first byte, payload string) string {
	key := [4]byte{0x11, 0xa2, 0x33, 0xf4}
	masked := []byte(payload)
	for i := range masked {
		masked[i] ^= key[i%4]
	}
	return string(frameHead(first, 0x80, len(payload))) + string(key[:]) + string(masked)
}

func frameHead(first, mask byte, n int) []byte {
	switch {
	case n < 126:
		return []byte{first, mask | byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, mask | 126}, uint16(n))
	}
	return binary.BigEndian.AppendUint64([]byte{first, mask | 127}, uint64(n))
}

// open makes the connection a websocket.
func (k *talk) open() {
	k.ask("GET", "/ws", handshake)
	k.o().head()
	k.o().send(switching)
	k.c.head()
}

// says moves s from the client to the origin, hears the other way.
func (k *talk) says(s string)  { k.c.send(s); k.o().hears(s) }
func (k *talk) hears(s string) { k.o().send(s); k.c.hears(s) }

// part says goodbye: both sides end.
func (k *talk) part() {
	k.o().fin()
	k.c.ends()
	k.c.fin()
	k.o().ends()
}

// goodbye closes by the client with a code.
func (k *talk) goodbye() {
	k.says(up(0x88, "\x03\xe8bye"))
	k.hears(down(0x88, "\x03\xe8bye"))
	k.part()
}

var sockets = []spoken{
	{"heads of the upgrade: order, case, unknown lines", func(k *talk) {
		k.c.send("GET " + k.target("/ws?a=1&b=%2F") + " HTTP/1.1\r\nhOsT: " + k.host() +
			"\r\nX-zeta: 1\r\nupgrade:   WebSocket  \r\nORIGIN: https://app.example\r\nX-alpha: \"q\"\r\nX-zeta: 2\r\nConnection: keep-alive, Upgrade\r\n" +
			"sec-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version:13\r\nSec-WebSocket-Protocol: v2.chat , v1.chat\r\n" +
			"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-own;a=\"b\"\r\nCookie: a=1; b=2\r\nX-Empty:\r\n\r\n")
		k.o().head()
		k.o().send("HTTP/1.1 101 Web Socket Protocol Handshake\r\nX-zeta: 9\r\nserver: x\r\nuPGRADE: websocket\r\nconnection: upgrade\r\n" +
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: v1.chat\r\nX-Empty:\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n")
		k.c.head()
		k.goodbye()
	}},
	{"text, binary, 70,000 bytes, ping with payload, lone pong", func(k *talk) {
		k.open()
		k.says(up(0x81, "héllo"))
		k.hears(down(0x82, "\x00\x01\xff"))
		k.says(up(0x82, strings.Repeat("0123456789", 7000)))
		k.hears(down(0x81, strings.Repeat("x", 300)))
		k.says(up(0x89, "are you there"))
		k.hears(down(0x8a, "are you there"))
		k.hears(down(0x89, ""))
		k.says(up(0x8a, "unasked"))
		k.goodbye()
	}},
	{"odd splits: byte by byte, both ways, heads too", func(k *talk) {
		for _, b := range []byte(k.request("GET", "/ws", handshake)) {
			k.c.send(string([]byte{b}))
		}
		k.o().head()
		for _, b := range []byte(switching) {
			k.o().send(string([]byte{b}))
		}
		k.c.head()
		for _, b := range []byte(up(0x81, "split") + up(0x89, "p")) {
			k.says(string([]byte{b}))
		}
		for _, b := range []byte(down(0x81, strings.Repeat("y", 130)) + down(0x01, "a") + down(0x80, "b")) {
			k.hears(string([]byte{b}))
		}
		k.goodbye()
	}},
	{"each fragment forwarded before the next is sent, a ping in between", func(k *talk) {
		k.open()
		for _, f := range []string{up(0x01, "one "), up(0x00, "two "), up(0x89, "mid"), up(0x00, ""), up(0x80, "three")} {
			k.says(f)
		}
		for _, f := range []string{down(0x02, "1"), down(0x89, "mid"), down(0x00, "2"), down(0x80, "3")} {
			k.hears(f)
		}
		k.goodbye()
	}},
	{"RSV bits and an extension nobody knows", func(k *talk) {
		k.ask("GET", "/ws", handshake+"Sec-WebSocket-Extensions: x-own\r\n")
		k.o().head()
		k.o().send(strings.Replace(switching, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: x-own\r\n\r\n", 1))
		k.c.head()
		k.says(up(0xd1, "rsv1"))
		k.hears(down(0xa1, "rsv2"))
		k.goodbye()
	}},
	{"permessage-deflate, mixed with plain messages", func(k *talk) {
		k.ask("GET", "/ws", handshake+"Sec-WebSocket-Extensions: permessage-deflate\r\n")
		k.o().head()
		k.o().send(strings.Replace(switching, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1))
		k.c.head()
		const hello = "\xf2\x48\xcd\xc9\xc9\x07\x00" // RFC 7692 §7.2.3.1
		k.says(up(0xc1, hello))
		k.hears(down(0xc1, "\xf2\x00\x11\x00\x00")) // the window was kept (§7.2.3.2); here it was not
		k.says(up(0x81, "plain"))
		k.says(up(0x41, hello[:3]))
		k.says(up(0x80, hello[3:]))
		k.goodbye()
	}},
	{"first client frame in the handshake's segment", func(k *talk) {
		k.c.send(k.request("GET", "/ws", handshake) + up(0x81, "eager"))
		k.o().head()
		k.o().send(switching)
		k.o().hears(up(0x81, "eager"))
		k.c.head()
		k.goodbye()
	}},
	{"first server frames with the 101", func(k *talk) {
		k.ask("GET", "/ws", handshake)
		k.o().head()
		first := down(0x81, "hello") + down(0x81, "again")
		k.o().send(switching + first)
		k.c.head()
		k.c.hears(first)
		k.goodbye()
	}},
	{"upgrade refused with 401 and a body, then a request on the same connection", func(k *talk) {
		k.ask("GET", "/ws", handshake)
		k.o().head()
		k.o().send("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"error\":\"who\"}")
		k.c.head()
		k.c.take(15)
		k.ask("GET", "/after", "")
		k.o().head()
		k.o().send("HTTP/1.1 204 No Content\r\n\r\n")
		k.c.head()
	}},
	{"upgrade refused with 302", func(k *talk) {
		k.ask("GET", "/ws", handshake)
		k.o().head()
		k.o().send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		k.c.head()
		k.o().fin()
		k.c.ends()
	}},
	{"upgrade refused in chunks, ended by FIN", func(k *talk) {
		k.ask("GET", "/ws", handshake)
		k.o().head()
		k.o().send("HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nbusy\r\n0\r\n\r\n")
		k.c.head()
		k.c.chunked()
		k.o().fin()
		k.c.ends()
	}},
	{"upgrade to another protocol", func(k *talk) {
		k.ask("GET", "/x", "Connection: Upgrade\r\nUpgrade: own/1\r\n")
		k.o().head()
		k.o().send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own/1\r\n\r\n")
		k.c.head()
		k.says("\x00any bytes")
		k.hears("\xffany bytes")
		k.part()
	}},
}

// rulebreaks are frames the RFC forbids, by who sends them.
var rulebreaks = []struct {
	rule string
	up   bool
	wire string
}{
	{"reserved opcode 3", true, up(0x83, "?")},
	{"reserved control opcode 11", false, down(0x8b, "?")},
	{"RSV1 without an extension", true, up(0xc1, "?")},
	{"unmasked client frame", true, down(0x81, "bare")},
	{"masked server frame", false, up(0x81, "masked")},
	{"bad UTF-8 in a text", true, up(0x81, "a\xffb")},
	{"bad UTF-8 in a close reason", false, down(0x88, "\x03\xe8\xff\xfe")},
	{"fragmented ping", true, up(0x09, "p")},
	{"ping of 126 bytes", false, down(0x89, strings.Repeat("p", 126))},
	{"continuation of nothing", true, up(0x80, "lost")},
	{"a message inside a message", false, down(0x01, "a") + down(0x81, "b")},
	{"length in more bytes than needed", true, "\x81\xfe\x00\x01\x00\x00\x00\x00x"},
	{"close of one byte", false, down(0x88, "\x03")},
	{"close code 1005 on the wire", true, up(0x88, "\x03\xed")},
	{"length with the highest bit set", true, "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00hello"},
	{"length of 2^63-1, then some of it", false, "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff" + strings.Repeat("z", 1000)},
}

// farewells are the ways in which a socket can end, by both of its ends.
var farewells = []spoken{
	{"server closes, code 1001 and a reason", func(k *talk) {
		k.open()
		k.hears(down(0x88, "\x03\xe9going away"))
		k.says(up(0x88, "\x03\xe9"))
		k.part()
	}},
	{"client closes, code 4999, server answers 1000", func(k *talk) {
		k.open()
		k.says(up(0x88, "\x13\x87own"))
		k.hears(down(0x88, "\x03\xe8"))
		k.part()
	}},
	{"close without a code", func(k *talk) {
		k.open()
		k.says(up(0x88, ""))
		k.hears(down(0x88, ""))
		k.part()
	}},
	{"close frame of the server, then RST", func(k *talk) {
		k.open()
		k.hears(down(0x88, "\x03\xf3"))
		k.o().reset()
		k.c.ends()
	}},
	{"data after the close frame", func(k *talk) {
		k.open()
		k.hears(down(0x88, "\x03\xe8"))
		k.says(up(0x81, "late"))
		k.says(up(0x88, "\x03\xe8"))
		k.part()
	}},
	{"FIN of the server without a close frame", func(k *talk) {
		k.open()
		k.hears(down(0x81, "x"))
		k.part()
	}},
	{"FIN of the client without a close frame", func(k *talk) {
		k.open()
		k.says(up(0x81, "x"))
		k.c.fin()
		k.o().ends()
		k.o().fin()
		k.c.ends()
	}},
	{"FIN of the server inside a frame", func(k *talk) {
		k.open()
		k.hears(down(0x81, "cut off")[:5])
		k.part()
	}},
	{"RST of the server", func(k *talk) { k.open(); k.hears(down(0x81, "x")); k.o().reset(); k.c.ends() }},
	{"RST of the client", func(k *talk) { k.open(); k.says(up(0x81, "x")); k.c.reset(); k.o().ends() }},
	{"RST of the server inside a frame", func(k *talk) { k.open(); k.hears(down(0x81, "cut off")[:5]); k.o().reset(); k.c.ends() }},
	{"RST of the server right behind its data", func(k *talk) {
		k.open()
		k.o().send(down(0x81, "last words"))
		k.c.hears(down(0x81, "last words"))
		k.o().reset()
		k.c.ends()
	}},
	{"server's end without close_notify", func(k *talk) {
		k.open()
		k.hears(down(0x81, "x"))
		k.o().vanish()
		k.c.ends()
		k.c.vanish()
		k.o().ends()
	}},
	{"client's end without close_notify", func(k *talk) {
		k.open()
		k.says(up(0x81, "x"))
		k.c.vanish()
		k.o().ends()
		k.o().vanish()
		k.c.ends()
	}},
	{"client half-closes, server goes on", func(k *talk) {
		k.open()
		k.c.fin()
		k.o().ends()
		for i := range 3 {
			k.hears(down(0x81, fmt.Sprint("still ", i)))
		}
		k.o().fin()
		k.c.ends()
	}},
	{"server half-closes, client goes on", func(k *talk) {
		k.open()
		k.o().fin()
		k.c.ends()
		for i := range 3 {
			k.says(up(0x81, fmt.Sprint("still ", i)))
		}
		k.c.fin()
		k.o().ends()
	}},
	{"half-closed by the client, then RST of the server", func(k *talk) {
		k.open()
		k.c.fin()
		k.o().ends()
		k.hears(down(0x81, "x"))
		k.o().reset()
		k.c.ends()
	}},
	{"silence of both", func(k *talk) {
		k.open()
		k.hears(down(0x81, "x"))
		k.c.quiet()
		k.o().quiet()
		k.says(up(0x81, "y"))
		k.c.reset()
		k.o().ends()
	}},
}
