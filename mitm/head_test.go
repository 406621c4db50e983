package mitm_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

// ambiguous are heads that two servers may read in two ways.
var ambiguous = []struct{ name, head, rule string }{
	{"length and chunked", lines("POST / HTTP/1.1", "Host: h", "Content-Length: 5", "Transfer-Encoding: chunked", ""), "both Transfer-Encoding and Content-Length"},
	{"chunked and length", lines("POST / HTTP/1.1", "Host: h", "transfer-encoding: chunked", "content-length: 0", ""), "both Transfer-Encoding and Content-Length"},
	{"two lengths", lines("POST / HTTP/1.1", "Host: h", "Content-Length: 5", "Content-Length: 6", ""), "more than one Content-Length"},
	{"two equal lengths", lines("POST / HTTP/1.1", "Host: h", "Content-Length: 5", "Content-Length: 5", ""), "more than one Content-Length"},
	{"a list of lengths", lines("POST / HTTP/1.1", "Host: h", "Content-Length: 5, 5", ""), "the Content-Length"},
	{"a signed length", lines("POST / HTTP/1.1", "Host: h", "Content-Length: +5", ""), "the Content-Length"},
	{"a negative length", lines("POST / HTTP/1.1", "Host: h", "Content-Length: -5", ""), "the Content-Length"},
	{"a hexadecimal length", lines("POST / HTTP/1.1", "Host: h", "Content-Length: 0x5", ""), "the Content-Length"},
	{"an underscored length", lines("POST / HTTP/1.1", "Host: h", "Content-Length: 1_0", ""), "the Content-Length"},
	{"an empty length", lines("POST / HTTP/1.1", "Host: h", "Content-Length:", ""), "the Content-Length"},
	{"an endless length", lines("POST / HTTP/1.1", "Host: h", "Content-Length: 18446744073709551616", ""), "the Content-Length"},
	{"two codings", lines("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "Transfer-Encoding: identity", ""), "Transfer-Encoding twice"},
	{"another coding", lines("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: gzip, chunked", ""), "the transfer coding"},
	{"a coding with a vertical tab", lines("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: \vchunked", ""), "the transfer coding"},
	{"chunked in HTTP/1.0", lines("POST / HTTP/1.0", "Host: h", "Transfer-Encoding: chunked", ""), "Transfer-Encoding twice, or in HTTP/1.0"},
	{"a space before the colon", lines("POST / HTTP/1.1", "Host: h", "Transfer-Encoding : chunked", ""), "a field line without a name"},
	{"a line without a colon", lines("GET / HTTP/1.1", "Host: h", "Transfer-Encoding", ""), "a field line without a name"},
	{"a folded line", lines("GET / HTTP/1.1", "Host: h", "X: a", " b", ""), "a folded field line"},
	{"a fold right after the request line", lines("GET / HTTP/1.1", "\tHost: h", ""), "a folded field line"},
	{"bare line feeds", "GET / HTTP/1.1\nHost: h\n\n", "a bare LF"},
	{"one bare line feed", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "a bare LF"},
	{"a bare line feed at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", "a bare LF"},
	{"a bare carriage return", lines("GET / HTTP/1.1", "Host: h", "X: a\rTransfer-Encoding: chunked", ""), "a bare CR"},
	{"a NUL", lines("GET / HTTP/1.1", "Host: h", "X: a\x00b", ""), "a NUL byte"},
	{"two hosts", lines("GET / HTTP/1.1", "Host: h", "Host: i", ""), "more than one Host"},
	{"two spaces in the request line", lines("GET  / HTTP/1.1", "Host: h", ""), "the request line"},
	{"HTTP/0.9", lines("GET /", ""), "the request line"},
	{"a tab in the target", lines("GET /a\tb HTTP/1.1", "Host: h", ""), "a control character"},
	{"CONNECT with a body", lines("CONNECT h:1 HTTP/1.1", "Host: h:1", "Content-Length: 3", ""), "CONNECT with a body"},
	{"a websocket handshake with a body", lines("GET / HTTP/1.1", "Host: h", "Connection: Upgrade", "Upgrade: WebSocket", "Content-Length: 3", ""), "a websocket handshake with a body"},
	{"a chunked websocket handshake", lines("GET / HTTP/1.1", "Host: h", "Connection: Upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked", ""), "a websocket handshake with a body"},
	{"a folded websocket handshake", lines("GET / HTTP/1.1", "Host: h", "Connection: Upgrade", "Upgrade:", " websocket", ""), "a folded field line"},
	{"a head that is too long", lines("GET / HTTP/1.1", "Host: h", "X: "+strings.Repeat("x", 1<<20), ""), "longer than 1048576 bytes"},
}

func TestAmbiguousHeadsAreRefused(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{
		Origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			t.Errorf("the handler got %s %s %v", r.Method, r.URL, r.Header)
		}),
	})
	for _, test := range ambiguous {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, addr)
			go io.WriteString(c, test.head+"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
			br := bufio.NewReader(c)
			resp, body := receive(t, br, "GET")
			if resp.StatusCode/100 != 4 && resp.StatusCode != 501 || !resp.Close {
				t.Errorf("got %s, close=%t", resp.Status, resp.Close)
			}
			if !strings.Contains(body, test.rule) {
				t.Errorf("got %q, want a word about %q", body, test.rule)
			}
			if rest, err := io.ReadAll(br); len(rest) > 0 || err != nil {
				t.Errorf("then %q, %v", rest, err)
			}
		})
	}
}

func TestARefusalWaitsForItsTurn(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{Origin: http.HandlerFunc(tell)})
	c := dial(t, addr)
	send(t, c, lines("GET /first HTTP/1.1", "Host: h", "")+lines("GET /second HTTP/1.1", "Host: h", "Content-Length: +1", ""))
	br := bufio.NewReader(c)
	if resp, body := receive(t, br, "GET"); resp.StatusCode != 200 || !strings.Contains(body, "/first") {
		t.Errorf("got %s %q", resp.Status, body)
	}
	if resp, body := receive(t, br, "GET"); resp.StatusCode != 400 {
		t.Errorf("got %s %q", resp.Status, body)
	}
}

func TestHeadsAreKeptByteForByte(t *testing.T) {
	heads := make(chan string, 16)
	addr := startProxy(t, &mitm.ProxyOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heads <- string(mitm.ConnOf(r.Context()).Head())
		io.Copy(io.Discard, r.Body)
	})})
	sent := []string{
		lines("GET http://h/a HTTP/1.1", "HOST: h", "x-b: 2", "X-a:1", "x-b:  3 ", "Cookie: a=b", ""),
		lines("POST http://h/%zz?%zz HTTP/1.1", "host:h", "content-LENGTH: 3", ""),
		lines("PUT http://h//x/../%2f HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "TE: trailers", ""),
		lines("GET http://h/last HTTP/1.1", "Host: h", "Connection: close", ""),
	}
	bodies := []string{"", "abc", "1\r\nx\r\n0\r\n\r\n", ""}
	t.Run("one after the other", func(t *testing.T) {
		c := dial(t, addr)
		br := bufio.NewReader(c)
		for i, head := range sent {
			send(t, c, head+bodies[i])
			receive(t, br, "GET")
			if got := await(t, heads); got != head {
				t.Errorf("\n got %q\nwant %q", got, head)
			}
		}
	})
	t.Run("all at once", func(t *testing.T) {
		c := dial(t, addr)
		var all string
		for i := range sent {
			all += sent[i] + bodies[i]
		}
		send(t, c, all)
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Fatal(err)
		}
		for _, head := range sent {
			if got := await(t, heads); got != head {
				t.Errorf("\n got %q\nwant %q", got, head)
			}
		}
	})
}

func TestTargetsComeThroughAsTheyWereSent(t *testing.T) {
	seen := make(chan [2]string, 1)
	addr := startProxy(t, &mitm.ProxyOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- [2]string{r.RequestURI, r.URL.Path}
	})})
	for _, test := range []struct{ target, path string }{
		{"//double//slash", "//double//slash"},
		{"/a/../b/./c", "/a/../b/./c"},
		{"/a%2Fb%2f", "/a/b/"},
		{"/%zz", "/%zz"},
		{"/100%", "/100%"},
		{"/%u20ac?%zz", "/%u20ac"},
		{"/a|b\"<>^`{}", "/a|b\"<>^`{}"},
		{"/\xc3\xa9\xff", "/\xc3\xa9\xff"},
		{"/?", "/"},
		{"/x\x7f", "/x\x7f"},
		{"*", "*"},
	} {
		c := connect(t, addr, "h:80")
		method := "GET"
		if test.target == "*" {
			method = "OPTIONS"
		}
		send(t, c, method+" "+test.target+" HTTP/1.1\r\nHost: h\r\n\r\n")
		if got := await(t, seen); got != [2]string{test.target, test.path} {
			t.Errorf("%q: got %q", test.target, got)
		}
		c.Close()
	}
}

// TestHeadsHaveALimit: a request with a longer head is refused, one whose answer
// has a longer head gets 502, and others go on.
func TestHeadsHaveALimit(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Long", strings.Repeat("x", len(r.URL.RawQuery)*10))
	}))
	defer origin.Close()
	relay := mitm.NewRelay(&mitm.RelayOptions{MaxHead: 600})
	defer relay.Close()
	client := through(t, "http://"+startProxy(t, &mitm.ProxyOptions{Handler: relay, MaxHead: 400}), false)
	for _, test := range []struct {
		query string
		want  int
	}{
		{"short", http.StatusOK},
		{strings.Repeat("y", 60), http.StatusBadGateway},
		{strings.Repeat("z", 400), http.StatusRequestHeaderFieldsTooLarge},
		{"short again", http.StatusOK},
	} {
		if status, body := fetch(t, client, origin.URL+"/?"+url.PathEscape(test.query)); status != test.want {
			t.Errorf("with %d characters: %d %s, want %d", len(test.query), status, body, test.want)
		}
	}
}
