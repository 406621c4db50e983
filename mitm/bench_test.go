package mitm_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/mitm"
)

// The benchmarks run client, relay and origin in one process. What counts is
// how a Relay compares with the bare relay beside it, which answers CONNECT,
// speaks TLS on both sides, and copies.

// counter is a capture.Recorder that counts bytes.
type counter struct{ capture.Clock }

func (c counter) Begin(capture.Opening) capture.Tap { return &counted{} }

type counted struct{ bytes int }

func (c *counted) Upstream(capture.Upstream)                  {}
func (c *counted) Early(time.Duration, int, []capture.Field)  {}
func (c *counted) Response(time.Duration, capture.Response)   {}
func (c *counted) Chunk(k capture.Chunk)                      { c.bytes += len(k.Data) }
func (c *counted) Trailer(capture.Direction, []capture.Field) {}
func (c *counted) End(capture.End)                            {}

// relays runs f through a Relay and through the bare relay. serve is the
// origin: it gets each connection once it has read a head.
func relays(b *testing.B, serve func(net.Conn, *bufio.Reader), f func(b *testing.B, dial func(testing.TB) net.Conn)) {
	cert, pool := originCert()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go accept(l, func(c net.Conn) {
		br := bufio.NewReader(c)
		for passHead(br) == nil {
			serve(c, br)
		}
	})
	addr := l.Addr().String()
	through := func(proxy string) func(testing.TB) net.Conn {
		return func(b testing.TB) net.Conn {
			c, err := net.Dial("tcp", proxy)
			if err != nil {
				b.Fatal(err)
			}
			io.WriteString(c, "CONNECT "+addr+" HTTP/1.1\r\nHost: "+addr+"\r\n\r\n")
			io.ReadFull(c, make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n")))
			roots := testCA().Pool()
			roots.AddCert(cert.Leaf)
			return tls.Client(c, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
		}
	}
	b.Run("bare", func(b *testing.B) {
		p, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		go accept(p, func(c net.Conn) { bareRelay(c, addr, cert, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}) })
		f(b, through(p.Addr().String()))
	})
	b.Run("relay", func(b *testing.B) {
		relay := mitm.NewRelay(&mitm.RelayOptions{Recorder: counter{capture.NewClock()}, RootCAs: pool})
		defer relay.Close()
		f(b, through(startProxy(b, &mitm.ProxyOptions{Handler: relay, Tunnels: relay})))
	})
}

func accept(l net.Listener, serve func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			serve(c)
		}()
	}
}

func passHead(br *bufio.Reader) error {
	for {
		line, err := br.ReadSlice('\n')
		if err != nil || len(line) == 2 {
			return err
		}
	}
}

// bareRelay is the least a man in the middle can do.
func bareRelay(c net.Conn, addr string, cert tls.Certificate, config *tls.Config) {
	br := bufio.NewReader(c)
	if passHead(br) != nil {
		return
	}
	io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	client := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
	server, err := tls.Dial("tcp", addr, config)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(server, client)
		server.CloseWrite()
	}()
	io.Copy(client, server)
	client.CloseWrite()
}

func BenchmarkPush(b *testing.B) {
	message := append([]byte{0x82, 126, 1, 0}, bytes.Repeat([]byte{'x'}, 256)...)
	relays(b, func(c net.Conn, br *bufio.Reader) {
		io.WriteString(c, switching)
		for {
			if _, err := c.Write(message); err != nil {
				return
			}
		}
	}, func(b *testing.B, dial func(testing.TB) net.Conn) {
		c := dial(b)
		defer c.Close()
		io.WriteString(c, strings.ReplaceAll(handshake, "%", "%25"))
		br := bufio.NewReaderSize(c, 64<<10)
		passHead(br)
		b.SetBytes(int64(len(message)))
		b.ReportAllocs()
		buf := make([]byte, len(message))
		for b.Loop() {
			if _, err := io.ReadFull(br, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEcho(b *testing.B) {
	message := append([]byte{0x82, 0x80 | 124, 1, 2, 3, 4}, bytes.Repeat([]byte{'x'}, 124)...)
	relays(b, func(c net.Conn, br *bufio.Reader) {
		io.WriteString(c, switching)
		buf := make([]byte, len(message))
		for {
			if _, err := io.ReadFull(br, buf); err != nil {
				return
			}
			c.Write(buf)
		}
	}, func(b *testing.B, dial func(testing.TB) net.Conn) {
		c := dial(b)
		defer c.Close()
		io.WriteString(c, strings.ReplaceAll(handshake, "%", "%25"))
		br := bufio.NewReader(c)
		passHead(br)
		b.ReportAllocs()
		buf := make([]byte, len(message))
		for b.Loop() {
			c.Write(message)
			if _, err := io.ReadFull(br, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEvents(b *testing.B) {
	event := "400\r\ndata: " + strings.Repeat("x", 1016) + "\n\n\r\n"
	relays(b, func(c net.Conn, br *bufio.Reader) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
		for {
			if _, err := io.WriteString(c, event); err != nil {
				return
			}
		}
	}, func(b *testing.B, dial func(testing.TB) net.Conn) {
		c := dial(b)
		defer c.Close()
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReaderSize(c, 64<<10), nil)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(1024)
		b.ReportAllocs()
		buf := make([]byte, 1024)
		for b.Loop() {
			if _, err := io.ReadFull(resp.Body, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkKeepAlive(b *testing.B) {
	answer := "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 20:28:56 GMT\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024)
	relays(b, func(c net.Conn, br *bufio.Reader) {
		io.WriteString(c, answer)
	}, func(b *testing.B, dial func(testing.TB) net.Conn) {
		c := dial(b)
		defer c.Close()
		br := bufio.NewReader(c)
		b.ReportAllocs()
		buf := make([]byte, 1024)
		for b.Loop() {
			io.WriteString(c, "GET /api/things?x=1 HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n")
			if err := passHead(br); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(br, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
