package wire_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/certs"
)

// through are the ways that lead through the recorder.
var through = ways[2:]

// TestAmbiguousHeads are refused, and no server hears of them.
func TestAmbiguousHeads(t *testing.T) {
	t.Parallel()
	rec := record(t)
	for name, rest := range map[string]string{
		"length and chunks":           "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":                 "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
		"two equal lengths":           "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
		"a list of lengths":           "Content-Length: 4, 4\r\n\r\nbody",
		"a signed length":             "Content-Length: +4\r\n\r\nbody",
		"a negative length":           "Content-Length: -4\r\n\r\nbody",
		"a hexadecimal length":        "Content-Length: 0x4\r\n\r\nbody",
		"a folded line":               "X-A: 1\r\n\tTransfer-Encoding: chunked\r\n\r\n",
		"a bare LF":                   "X-A: 1\nX-B: 2\r\n\r\n",
		"a bare CR":                   "X-A: 1\rX-B: 2\r\n\r\n",
		"a NUL":                       "X-A: \x00\r\n\r\n",
		"space before the colon":      "Transfer-Encoding : chunked\r\n\r\n",
		"a line without a colon":      "nonsense\r\n\r\n",
		"an unknown transfer coding":  "Transfer-Encoding: xchunked\r\n\r\n",
		"two transfer codings":        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
		"a second Host":               "Host: elsewhere\r\n\r\n",
		"a websocket handshake, too":  strings.Replace(handshake, "\r\n", "\n", 1) + "\r\n",
		"a websocket handshake, body": handshake + "Content-Length: 4\r\n\r\nbody",
	} {
		for _, w := range through {
			t.Run(name+", "+w.name, func(t *testing.T) {
				k := newTalk(t, rec, w)
				k.c.send("POST " + k.target("/") + " HTTP/1.1\r\nHost: " + k.host() + "\r\n" + rest)
				if head := k.c.head(); !strings.HasPrefix(head, "HTTP/1.1 400 ") && !strings.HasPrefix(head, "HTTP/1.1 501 ") {
					t.Errorf("answered %q", head)
				}
				k.c.ends()
				select {
				case <-k.accepted:
					t.Error("the server heard of it")
				default:
				}
			})
		}
	}
}

// TestOwnAddress asks the proxy for itself in every spelling.
func TestOwnAddress(t *testing.T) {
	t.Parallel()
	rec := record(t)
	_, port, err := net.SplitHostPort(rec.addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"127.0.0.1", "localhost", "LOCALHOST", "localhost.", "0.0.0.0", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.2",
		"[::1]", "[::ffff:127.0.0.1]", "[::]", "x.localhost", "[::ffff:7f00:1]",
	} {
		host := name + ":" + port
		for way, ask := range map[string]string{
			"absolute": "GET http://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
			"upgrade":  "GET http://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n" + handshake + "\r\n",
			"CONNECT":  "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		} {
			t.Run(host[:len(name)]+" "+way, func(t *testing.T) {
				c, err := net.Dial("tcp", rec.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				e := newEnd(c)
				e.send(ask)
				head := e.head()
				if way == "CONNECT" && strings.HasPrefix(head, "HTTP/1.1 200 ") {
					e.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
					head = e.head()
				}
				if !strings.HasPrefix(head, "HTTP/1.1 4") && !strings.HasPrefix(head, "HTTP/1.1 5") {
					t.Errorf("answered %q", head)
				}
			})
		}
	}
}

// TestNoWayToTheServer is about servers that cannot be reached, or be trusted.
func TestNoWayToTheServer(t *testing.T) {
	t.Parallel()
	rec := record(t)
	for _, w := range through {
		t.Run("refused, "+w.name, func(t *testing.T) {
			k := newTalk(t, rec, w)
			k.listener.Close()
			k.ask("GET", "/", "")
			explains(t, k, "502", "refused")
		})
	}
	t.Run("untrusted", func(t *testing.T) {
		stranger, err := certs.LoadOrCreate(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		l, err := tls.Listen("tcp", "127.0.0.1:0", stranger.ServerConfig("127.0.0.1", nil))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		got := make(chan string, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				got <- err.Error()
				return
			}
			defer c.Close()
			all, _ := io.ReadAll(c)
			got <- string(all)
		}()
		k := newTalk(t, rec, ways[4])
		k.listener.Close()
		c, err := net.Dial("tcp", rec.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		k.c = newEnd(c)
		fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n", l.Addr())
		k.c.head()
		if err := k.c.encrypt(tls.Client(k.c.socket, &tls.Config{RootCAs: rec.ca.Pool(), ServerName: "127.0.0.1"})); err != nil {
			t.Fatal(err)
		}
		k.ask("GET", "/", "Authorization: secret\r\n")
		explains(t, k, "502", "certificate")
		if s := <-got; s != "" {
			t.Errorf("the server got %q", s)
		}
	})
	rec.stop()
	for _, ex := range rec.read("ls") {
		if end := ex["end"].(map[string]any); ex["status"] != 502.0 || end["how"] != "error" || end["by"] != "proxy" {
			t.Errorf("recorded %v", ex)
		}
	}
}

// explains checks an answer of the recorder's own.
func explains(t *testing.T, k *talk, status, word string) {
	t.Helper()
	head := k.c.head()
	_, length, _ := strings.Cut(head, "Content-Length: ")
	var n int
	if _, err := fmt.Sscan(length, &n); err != nil || !strings.HasPrefix(head, "HTTP/1.1 "+status) {
		t.Fatalf("answered %q", head)
	}
	if body := k.c.take(n); !strings.Contains(body, word) || !strings.Contains(body, "hint: ") {
		t.Errorf("explained with %q", body)
	}
}
