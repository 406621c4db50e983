package wire_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
)

// way is how a client reaches an origin.
type way struct {
	name    string
	secure  bool
	proxied bool
	connect bool // by CONNECT; else in absolute form
	http2   bool
}

var ways = []way{
	{name: "plain, direct"},
	{name: "TLS, direct", secure: true},
	{name: "plain", proxied: true},
	{name: "plain in CONNECT", proxied: true, connect: true},
	{name: "TLS", proxied: true, connect: true, secure: true},
}

func (w way) protocols() []string {
	if w.http2 {
		return []string{"h2"}
	}
	return []string{"http/1.1"}
}

// talk is one conversation over one way. A script runs both of its ends in turn.
type talk struct {
	*testing.T
	way
	rec      *recorder
	listener net.Listener
	accepted chan *end
	c        *end // the client's
	server   *end // the origin's, once somebody has connected
}

// newTalk connects the client.
func newTalk(t *testing.T, rec *recorder, w way) *talk {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{T: t, way: w, rec: rec, listener: l, accepted: make(chan *end, 8)}
	go k.accept()
	t.Cleanup(func() { l.Close() })
	to := k.host()
	if w.proxied {
		to = rec.addr
	}
	c, err := net.DialTimeout("tcp", to, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	k.c = newEnd(c)
	if w.connect {
		fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", k.host(), k.host())
		if head := k.c.head(); !strings.HasPrefix(head, "HTTP/1.1 200 ") {
			t.Fatalf("CONNECT answered %q", head)
		}
		k.c.saw = nil
	}
	if w.secure {
		pool := rec.service.Pool()
		if w.proxied {
			pool = rec.ca.Pool()
		}
		if err := k.c.encrypt(tls.Client(k.c.socket, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", NextProtos: w.protocols()})); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// accept takes the origin's connections until the listener is closed.
func (k *talk) accept() {
	for {
		c, err := k.listener.Accept()
		if err != nil {
			close(k.accepted)
			return
		}
		e := newEnd(c)
		if k.secure {
			// Who does not get through the handshake is not heard of.
			if e.encrypt(tls.Server(e.socket, k.rec.service.ServerConfig("127.0.0.1", k.protocols()))) != nil {
				c.Close()
				continue
			}
		}
		k.accepted <- e
	}
}

// o returns the origin's end, once somebody has connected.
func (k *talk) o() *end {
	if k.server != nil {
		return k.server
	}
	select {
	case k.server = <-k.accepted:
		k.Cleanup(func() { k.server.conn.Close() })
		return k.server
	case <-within(k.T).Done():
		k.c.note("the origin was not reached")
		panic(over{})
	}
}

// host is the origin's.
func (k *talk) host() string { return k.listener.Addr().String() }

// target is a request target for path.
func (k *talk) target(path string) string {
	if k.proxied && !k.connect {
		return "http://" + k.host() + path
	}
	return path
}

// ask sends the head of a request, with the lines in rest after its Host.
func (k *talk) ask(method, path, rest string) {
	k.c.send(k.request(method, path, rest))
}

func (k *talk) request(method, path, rest string) string {
	return method + " " + k.target(path) + " HTTP/1.1\r\nHost: " + k.host() + "\r\n" + rest + "\r\n"
}

// hold runs the script and returns what both ends saw.
func (k *talk) hold(script func(*talk)) sight {
	func() {
		defer func() {
			if v := recover(); v != nil && v != (over{}) {
				panic(v)
			}
		}()
		script(k)
	}()
	s := sight{client: k.words(k.c), host: k.host(), clientSent: k.c.sent.String()}
	if k.server != nil {
		s.origin = k.words(k.server)
		s.originSent = k.server.sent.String()
	}
	return s
}

func (k *talk) words(e *end) []string {
	var all []string
	for _, s := range e.saw {
		all = append(all, strings.ReplaceAll(s, k.host(), "HOST"))
	}
	return all
}

// sight is what the two ends of a conversation saw.
type sight struct {
	client, origin         []string
	host                   string
	clientSent, originSent string
}
