package wire_test

import "strings"

const done = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"

// answer sends a small response.
func (k *talk) answer() {
	k.o().send(done + "ok")
	k.c.head()
	k.c.take(2)
}

var requests = []spoken{
	{"head of a request: order, case, repeated lines, nothing added", func(k *talk) {
		k.c.send("GET " + k.target("/x") + " HTTP/1.1\r\nx-Zeta: 1\r\nHOST: " + k.host() +
			"\r\nAccept-Encoding: br;q=1, zstd\r\nX-Alpha:  two  spaces \r\nx-Zeta: 2\r\nX-Empty:\r\ncookie: a=1\r\ncookie: b=2\r\nX-8bit: caf\xe9\r\nX-UTF8: café\r\n\r\n")
		k.o().head()
		k.answer()
	}},
	{"no header but Host", func(k *talk) { k.ask("GET", "/", ""); k.o().head(); k.answer() }},
	{"head of a response: order, case, repeated lines, reason", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("HTTP/1.1 299 Odd  One\r\nx-zeta: 1\r\nSet-Cookie: b=2\r\ndate: yesterday\r\nServer: x\r\nset-cookie: a=1\r\nX-Empty:\r\nx-zeta: 2\r\nX-8bit: caf\xe9\r\ncontent-length: 2\r\n\r\nok")
		k.c.head()
		k.c.take(2)
	}},
	{"head of a response without Date, Content-Type, reason", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("HTTP/1.1 200 \r\nContent-Length: 6\r\n\r\n<html>")
		k.c.head()
		k.c.take(6)
	}},
	{"a head of 60,000 bytes each way", func(k *talk) {
		long := "X-Long: " + strings.Repeat("l", 60_000) + "\r\n"
		k.ask("GET", "/", long)
		k.o().head()
		k.o().send("HTTP/1.1 200 OK\r\n" + long + "Content-Length: 2\r\n\r\nok")
		k.c.head()
		k.c.take(2)
	}},
	{"paths: //, .., %2F, %zz, an odd query", func(k *talk) {
		for _, path := range []string{"//a//b", "/a/../b/./c", "/a%2Fb%2f", "/%zz%", "/a?b=%zz&c=d e"[:12], "/?", "/a;b?c?d", "/~%7e|^`{}\"<>"} {
			k.ask("GET", path, "")
			k.o().head()
			k.answer()
		}
	}},
	{"methods: OPTIONS *, own ones, lower case", func(k *talk) {
		for _, m := range []string{"PROPFIND", "get", "M-SEARCH", "DELETE"} {
			k.ask(m, "/", "")
			k.o().head()
			k.answer()
		}
		if k.proxied && !k.connect {
			k.c.send("OPTIONS http://" + k.host() + " HTTP/1.1\r\nHost: " + k.host() + "\r\n\r\n")
		} else {
			k.c.send("OPTIONS * HTTP/1.1\r\nHost: " + k.host() + "\r\n\r\n")
		}
		k.o().head()
		k.answer()
	}},
	{"kept alive: three requests on one connection", func(k *talk) {
		for range 3 {
			k.ask("GET", "/", "")
			k.o().head()
			k.answer()
		}
	}},
	{"two requests in one segment", func(k *talk) {
		k.c.send(k.request("GET", "/1", "") + k.request("GET", "/2", ""))
		k.o().head()
		k.answer()
		k.o().head()
		k.answer()
	}},
	{"GET with a body; POST with Content-Length: 0", func(k *talk) {
		k.ask("GET", "/", "Content-Length: 4\r\n")
		k.c.send("body")
		k.o().head()
		k.o().take(4)
		k.answer()
		k.ask("POST", "/", "Content-Length: 0\r\n")
		k.o().head()
		k.answer()
	}},
	{"100 Continue", func(k *talk) {
		k.ask("POST", "/", "Expect: 100-continue\r\nContent-Length: 4\r\n")
		k.o().head()
		k.c.quiet()
		k.o().send("HTTP/1.1 100 Continue\r\n\r\n")
		k.c.head()
		k.c.send("body")
		k.o().take(4)
		k.answer()
	}},
	{"100 Continue not waited for", func(k *talk) {
		k.ask("POST", "/", "Expect: 100-continue\r\nContent-Length: 4\r\n")
		k.c.send("body")
		k.o().head()
		k.o().take(4)
		k.o().send("HTTP/1.1 100 Continue\r\n\r\n")
		k.answer100()
	}},
	{"final answer instead of 100 Continue", func(k *talk) {
		k.ask("POST", "/", "Expect: 100-continue\r\nContent-Length: 4\r\n")
		k.o().head()
		k.o().send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
		k.c.head()
		k.c.take(2)
		k.o().fin()
		k.c.ends()
	}},
	{"final answer instead of 100 Continue, connection kept", func(k *talk) {
		k.ask("POST", "/", "Expect: 100-continue\r\nContent-Length: 4\r\n")
		k.o().head()
		k.o().send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
		k.c.head()
		k.c.take(2)
		k.c.send("body")
		k.o().take(4)
		k.ask("GET", "/after", "")
		k.o().head()
		k.answer()
	}},
	{"final answer in the middle of an upload, connection closed", func(k *talk) {
		k.ask("POST", "/", "Content-Length: 1000000\r\n")
		k.c.send("some")
		k.o().head()
		k.o().take(4)
		k.o().send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
		k.c.head()
		k.c.take(2)
		k.o().fin()
		k.c.ends()
	}},
	{"102 and 103 before the answer", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		for _, early := range []string{"HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n"} {
			k.o().send(early)
			k.c.head()
		}
		k.answer()
	}},
	{"Connection: close from the server", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
		k.c.head()
		k.c.take(2)
		k.o().fin()
		k.c.ends()
	}},
	{"Connection: close from the client", func(k *talk) {
		k.ask("GET", "/", "Connection: close\r\n")
		k.o().head()
		k.o().send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
		k.o().fin()
		k.c.head()
		k.c.take(2)
		k.c.ends()
	}},
	{"HTTP/1.0, to the end of the connection", func(k *talk) {
		k.c.send("GET " + k.target("/") + " HTTP/1.0\r\nHost: " + k.host() + "\r\n\r\n")
		k.o().head()
		k.o().send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nok")
		k.o().fin()
		k.c.head()
		k.c.ends()
	}},
	{"HTTP/1.0 server, HTTP/1.1 client", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
		k.o().fin()
		k.c.head()
		k.c.take(2)
		k.c.ends()
	}},
	{"HEAD: with a length, in chunks, with neither", func(k *talk) {
		for _, line := range []string{"Content-Length: 1234\r\n", "Transfer-Encoding: chunked\r\n", ""} {
			k.ask("HEAD", "/", "")
			k.o().head()
			k.o().send("HTTP/1.1 200 OK\r\nETag: \"x\"\r\n" + line + "\r\n")
			k.c.head()
		}
	}},
	{"204, 205, 304 with and without a length", func(k *talk) {
		for _, head := range []string{
			"204 No Content\r\n", "205 Reset Content\r\nContent-Length: 0\r\n",
			"304 Not Modified\r\nETag: \"x\"\r\n", "304 Not Modified\r\nContent-Length: 1234\r\nContent-Type: text/css\r\n",
		} {
			k.ask("GET", "/", "If-None-Match: \"x\"\r\n")
			k.o().head()
			k.o().send("HTTP/1.1 " + head + "\r\n")
			k.c.head()
		}
	}},
	{"trailers of the response: announced, and not", func(k *talk) {
		for _, line := range []string{"Trailer: X-Sum, x-own\r\n", ""} {
			k.ask("GET", "/", "TE: trailers\r\n")
			k.o().head()
			k.o().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + line + "\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nx-own: 2\r\nX-Sum: 3\r\n\r\n")
			k.c.head()
			k.c.chunked()
		}
	}},
	{"trailers of the request", func(k *talk) {
		k.ask("POST", "/", "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n")
		k.c.send("2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n")
		k.o().head()
		k.o().chunked()
		k.answer()
	}},
	{"trailers of the request, unannounced, odd case", func(k *talk) {
		k.ask("POST", "/", "Transfer-Encoding: chunked\r\n")
		k.c.send("2\r\nok\r\n0\r\nx-SUM: 1\r\nb: 2\r\na: 3\r\n\r\n")
		k.o().head()
		k.o().chunked()
		k.answer()
	}},
	{"upload in chunks, each forwarded before the next is sent", func(k *talk) {
		k.ask("POST", "/", "Transfer-Encoding: chunked\r\n")
		k.o().head()
		for _, p := range []string{"one", "two", "three"} {
			k.c.send(chunk(p))
			k.o().part(len(p))
		}
		k.c.send("0\r\n\r\n")
		k.o().chunked()
		k.answer()
	}},
	{"upload of Content-Length, each piece forwarded before the next is sent", func(k *talk) {
		k.ask("PUT", "/", "Content-Length: 9\r\n")
		k.o().head()
		for _, p := range []string{"one", "two", "333"} {
			k.says(p)
		}
		k.answer()
	}},
	{"talk in both directions at once: answer begins inside the upload", func(k *talk) {
		k.ask("POST", "/", "Transfer-Encoding: chunked\r\n")
		k.o().head()
		k.c.send(chunk("ping"))
		k.o().part(4)
		k.o().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("pong"))
		k.c.head()
		k.c.part(4)
		k.c.send(chunk("ping"))
		k.o().part(4)
		k.o().send(chunk("pong"))
		k.c.part(4)
		k.c.send("0\r\n\r\n")
		k.o().chunked()
		k.o().send("0\r\n\r\n")
		k.c.chunked()
	}},
	{"chunk extensions", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0;c\r\n\r\n")
		k.c.head()
		k.c.chunked()
	}},
	{"a response with Content-Length and Transfer-Encoding", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
		k.c.head()
		k.c.chunked()
	}},
	{"an answer that is not HTTP", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.o().send("SSH-2.0-OpenSSH_9.6\r\n\r\n")
		k.o().fin()
		if k.proxied {
			k.c.head() // ours
			k.c.fin()
		}
		k.c.ends()
	}},
	{"the server closes an idle connection", func(k *talk) {
		k.ask("GET", "/", "")
		k.o().head()
		k.answer()
		k.o().fin()
		k.c.quiet()
	}},
	{"the answer ends in chunks before the upload does", func(k *talk) {
		k.ask("POST", "/", "Content-Length: 8\r\n")
		k.c.send("some")
		k.o().head()
		k.o().take(4)
		k.o().send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
		k.c.head()
		k.c.chunked()
		k.says("rest")
		k.ask("GET", "/after", "")
		k.o().head()
		k.answer()
	}},
}

// answer100 is answer behind a 100 Continue that may have come already.
func (k *talk) answer100() {
	k.o().send(done + "ok")
	if head := k.c.head(); strings.Contains(head, " 100 ") {
		k.c.head()
	}
	k.c.take(2)
}
