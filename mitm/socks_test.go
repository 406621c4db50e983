package mitm_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

func TestSOCKSRefusals(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	for _, test := range []struct{ name, say, want string }{
		{"SOCKS 5, a password is a must", "\x05\x01\x02", "\x05\xff"},
		{"SOCKS 5, no methods", "\x05\x00", "\x05\xff"},
		{"SOCKS 5, BIND", "\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", "\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"},
		{"SOCKS 5, an unknown type of address", "\x05\x01\x00\x05\x01\x00\x02", "\x05\x00\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00"},
		{"SOCKS 5, an empty name", "\x05\x01\x00\x05\x01\x00\x03\x00\x00\x50", "\x05\x00\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00"},
		{"SOCKS 5, a name with a slash", "\x05\x01\x00\x05\x01\x00\x03\x03a/b\x00\x50", "\x05\x00\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00"},
		{"SOCKS 4, BIND", "\x04\x02\x00\x50\x7f\x00\x00\x01\x00", "\x00\x5b\x00\x00\x00\x00\x00\x00"},
		{"SOCKS 4a, a name with a space", "\x04\x01\x00\x50\x00\x00\x00\x01\x00a b\x00", "\x00\x5b\x00\x00\x00\x00\x00\x00"},
		{"SOCKS 4, an endless user", "\x04\x01\x00\x50\x7f\x00\x00\x01" + strings.Repeat("u", 512), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, addr)
			send(t, c, test.say)
			if got, err := io.ReadAll(c); string(got) != test.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// dribble writes byte by byte.
type dribble struct{ net.Conn }

func (c dribble) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

func TestClientsThatDribble(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	greetings := map[string]struct{ say, hear string }{
		"CONNECT":  {"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n", "HTTP/1.1 200 Connection established\r\n\r\n"},
		"SOCKS 5":  {"\x05\x02\x02\x00\x05\x01\x00\x03\x06a.test\x01\xbb", "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"},
		"SOCKS 4a": {"\x04\x01\x01\xbb\x00\x00\x00\x09me\x00a.test\x00", "\x00\x5a\x00\x00\x00\x00\x00\x00"},
	}
	for name, g := range greetings {
		t.Run(name, func(t *testing.T) {
			c := dribble{dial(t, addr)}
			send(t, c, g.say)
			expect(t, c, g.hear)
			s := secure(t, c, "a.test")
			send(t, s, "GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
			if got, _ := io.ReadAll(s); !strings.Contains(string(got), "https://a.test/x") {
				t.Errorf("got %q", got)
			}
		})
	}
}
