package wire_test

import "strings"

const events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

// chunk is one chunk of a body (RFC 9112 §7.1).
func chunk(data string) string {
	const digits = "0123456789abcdef"
	n := len(data)
	return string(digits[n/16%16]) + string(digits[n%16]) + "\r\n" + data + "\r\n"
}

// subscribe asks for an event stream and gets its first event.
func (k *talk) subscribe(head, first string) {
	k.ask("GET", "/events", "Accept: text/event-stream\r\n")
	k.o().head()
	k.o().send(head)
	k.c.head()
	k.o().send(first)
}

// bodies are responses and the ways in which they can end.
var bodies = []spoken{
	{"SSE: each event forwarded before the next is sent", func(k *talk) {
		k.subscribe(events, chunk("data: 1\n\n"))
		k.c.part(9)
		for _, ev := range []string{"id: 2\ndata: 2\n\n", ": comment\n\n", "event: x\r\ndata: 3\r\n\r\n", "da", "ta: 4\n", "\n"} {
			k.o().send(chunk(ev))
			k.c.part(len(ev))
		}
		k.o().send("0\r\n\r\n")
		k.c.chunked()
	}},
	{"SSE: several events and the end in one segment", func(k *talk) {
		k.subscribe(events, chunk("data: 1\n\n")+chunk("data: 2\n\n")+"0\r\n\r\n")
		k.c.chunked()
	}},
	{"SSE: to the end of the connection", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", "data: 1\n\n")
		k.c.take(9)
		k.hears("data: tail")
		k.o().fin()
		k.c.ends()
	}},
	{"SSE: to the end of the connection, which is an RST", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", "data: 1\n\n")
		k.c.take(9)
		k.o().reset()
		k.c.ends()
	}},
	{"SSE: to the end of the connection, without close_notify", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", "data: 1\n\n")
		k.c.take(9)
		k.o().vanish()
		k.c.ends()
	}},
	{"SSE: silence, then more", func(k *talk) {
		k.subscribe(events, chunk("data: 1\n\n"))
		k.c.part(9)
		k.c.quiet()
		k.o().send(chunk("data: 2\n\n") + "0\r\n\r\n")
		k.c.chunked()
	}},
	{"SSE: chunks unterminated, FIN", func(k *talk) { k.subscribe(events, chunk("data: 1\n\n")); k.c.part(9); k.o().fin(); k.c.ends() }},
	{"SSE: FIN inside a chunk", func(k *talk) {
		k.subscribe(events, chunk("data: 1\n\n"))
		k.c.part(9)
		k.o().send("20\r\ndata: half")
		k.o().fin()
		k.c.ends()
	}},
	{"SSE: chunks unterminated, RST", func(k *talk) { k.subscribe(events, chunk("data: 1\n\n")); k.c.part(9); k.o().reset(); k.c.ends() }},
	{"SSE: chunks unterminated, no close_notify", func(k *talk) { k.subscribe(events, chunk("data: 1\n\n")); k.c.part(9); k.o().vanish(); k.c.ends() }},
	{"SSE: a chunk's size is not a number", func(k *talk) {
		k.subscribe(events, chunk("data: 1\n\n")+"zz\r\n")
		k.c.part(9)
		k.o().fin()
		k.c.ends()
	}},
	{"SSE: the client leaves with FIN", func(k *talk) {
		k.subscribe(events, chunk("data: 1\n\n"))
		k.c.part(9)
		k.c.fin()
		k.o().ends()
		k.o().fin()
		k.c.ends()
	}},
	{"SSE: the client leaves with RST", func(k *talk) { k.subscribe(events, chunk("data: 1\n\n")); k.c.part(9); k.c.reset(); k.o().ends() }},
	{"SSE: the client half-closes, events go on", func(k *talk) {
		k.subscribe(events, chunk("data: 1\n\n"))
		k.c.part(9)
		k.c.fin()
		k.o().ends()
		k.o().send(chunk("data: 2\n\n"))
		k.c.part(9)
		k.o().send("0\r\n\r\n")
		k.c.chunked()
	}},
	{"NDJSON, line by line", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n", chunk("{\"n\":1}\n"))
		k.c.part(8)
		k.o().send(chunk("{\"n\":2}\r\n\n{\"n\":3}"))
		k.c.part(17)
		k.o().send("0\r\n\r\n")
		k.c.chunked()
	}},
	{"body of Content-Length", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "hello ")
		k.c.take(6)
		k.hears("world")
	}},
	{"short Content-Length, FIN", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "hello")
		k.c.take(5)
		k.o().fin()
		k.c.ends()
	}},
	{"short Content-Length, RST", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "hello")
		k.c.take(5)
		k.o().reset()
		k.c.ends()
	}},
	{"short Content-Length, no close_notify", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "hello")
		k.c.take(5)
		k.o().vanish()
		k.c.ends()
	}},
	{"FIN instead of an answer", func(k *talk) { k.ask("POST", "/", "Content-Length: 0\r\n"); k.o().head(); k.o().fin(); k.c.ends() }},
	{"RST instead of an answer", func(k *talk) { k.ask("POST", "/", "Content-Length: 0\r\n"); k.o().head(); k.o().reset(); k.c.ends() }},
	{"no close_notify instead of an answer", func(k *talk) { k.ask("POST", "/", "Content-Length: 0\r\n"); k.o().head(); k.o().vanish(); k.c.ends() }},
	{"FIN inside the head of the answer", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("HTTP/1.1 200 OK\r\nContent-Le")
		k.o().fin()
		k.c.ends()
	}},
	{"the client leaves before the answer, FIN", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.c.fin()
		k.o().ends()
		k.o().send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		k.c.head()
		k.c.take(2)
	}},
	{"the client leaves before the answer, RST", func(k *talk) { k.ask("GET", "/", ""); k.o().head(); k.c.reset(); k.o().ends() }},
	{"the client breaks its upload off, RST", func(k *talk) {
		k.ask("POST", "/", "Content-Length: 100\r\n")
		k.c.send("some")
		k.o().head()
		k.o().take(4)
		k.c.reset()
		k.o().ends()
	}},
	{"the client breaks its upload off, FIN", func(k *talk) {
		k.ask("POST", "/", "Content-Length: 100\r\n")
		k.c.send("some")
		k.o().head()
		k.o().take(4)
		k.c.fin()
		k.o().ends()
	}},
	{"gzip stays as it is", func(k *talk) {
		gz := "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00"
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\nContent-Length: 25\r\n\r\n", gz)
		k.c.take(len(gz))
	}},
	{"a body of 200,000 bytes", func(k *talk) {
		k.subscribe("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", strings.Repeat("0123456789", 20000))
		k.c.take(200000)
	}},
}
