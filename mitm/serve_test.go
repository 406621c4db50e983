package mitm_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

// serving starts a proxy with a handler and returns a connection to it, inside
// CONNECT.
func serving(t *testing.T, h http.HandlerFunc) (io.ReadWriter, *bufio.Reader) {
	t.Helper()
	c := connect(t, startProxy(t, &mitm.ProxyOptions{Handler: h, Log: slog.New(slog.DiscardHandler)}), "a.test:80")
	return c, bufio.NewReader(c)
}

// readLine reads a line without its end.
func readLine(t *testing.T, br *bufio.Reader) string {
	t.Helper()
	line, err := br.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\r\n")
}

func TestNothingIsAddedToResponses(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"a length": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			io.WriteString(w, "<html")
		}, lines("HTTP/1.1 200 OK", "Content-Length: 5", "") + "<html"},
		"chunks": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			w.(http.Flusher).Flush()
			io.WriteString(w, "<html")
		}, lines("HTTP/1.1 201 Created", "Transfer-Encoding: chunked", "", "5", "<html", "0", "")},
		"nothing": {
			func(w http.ResponseWriter, r *http.Request) {},
			lines("HTTP/1.1 200 OK", "Content-Length: 0", ""),
		},
		"no content": {
			func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) },
			lines("HTTP/1.1 204 No Content", ""),
		},
		"flushed only": {
			func(w http.ResponseWriter, r *http.Request) { http.NewResponseController(w).Flush() },
			lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "0", ""),
		},
		"what is there": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", "yesterday")
			w.Header().Set("Content-Type", "x/y")
			w.WriteHeader(404)
		}, lines("HTTP/1.1 404 Not Found", "Content-Type: x/y", "Date: yesterday", "Content-Length: 0", "")},
		"not modified": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", "1")
			w.WriteHeader(304)
		}, lines("HTTP/1.1 304 Not Modified", "Etag: 1", "")},
		"hints": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</style.css>")
			w.WriteHeader(103)
			w.Header().Del("Link")
			w.WriteHeader(204)
		}, lines("HTTP/1.1 103 Early Hints", "Link: </style.css>", "") + lines("HTTP/1.1 204 No Content", "")},
	} {
		t.Run(name, func(t *testing.T) {
			c, br := serving(t, test.handler)
			send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
			expect(t, br, test.want)
			if n := br.Buffered(); n != 0 {
				rest, _ := br.Peek(n)
				t.Errorf("and %q", rest)
			}
		})
	}
}

func TestContinueIsSentWhenTheBodyIsAskedFor(t *testing.T) {
	asked := make(chan struct{})
	c, br := serving(t, func(w http.ResponseWriter, r *http.Request) {
		<-asked
		tell(w, r)
	})
	send(t, c, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
	close(asked)
	if got := readLine(t, br) + readLine(t, br); got != "HTTP/1.1 100 Continue" {
		t.Fatalf("got %q", got)
	}
	send(t, c, "body")
	if _, body := receive(t, br, "PUT"); !strings.Contains(body, `body="body"`) {
		t.Errorf("got %q", body)
	}
}

func TestHowConnectionsAreKept(t *testing.T) {
	for _, test := range []struct {
		name, request string
		kept          bool
	}{
		{"HTTP/1.1", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
		{"HTTP/1.1, close", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
		{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", false},
		{"HTTP/1.0, keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
		{"HEAD", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", true},
		{"a body that nobody reads", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", true},
		{"chunks that nobody reads", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true},
		{"broken chunks", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, br := serving(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "2")
				io.WriteString(w, "ok")
			})
			send(t, c, test.request)
			method, _, _ := strings.Cut(test.request, " ")
			receive(t, br, method)
			if !test.kept {
				if rest, err := io.ReadAll(br); len(rest) > 0 || err != nil {
					t.Errorf("got %q, %v, want the end", rest, err)
				}
				return
			}
			send(t, c, test.request)
			if resp, _ := receive(t, br, method); resp.StatusCode != 200 {
				t.Errorf("got %s", resp.Status)
			}
		})
	}
}

func TestPanicEndsOneConnection(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{Log: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("a bug")
		}
		tell(w, r)
	})})
	for name, path := range paths {
		bad, good := path(t, addr), path(t, addr)
		send(t, bad, "GET /panic HTTP/1.1\r\nHost: h\r\n\r\n")
		if rest, _ := io.ReadAll(bad); len(rest) > 0 {
			t.Errorf("%s: got %q", name, rest)
		}
		send(t, good, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
		receive(t, bufio.NewReader(good), "GET")
	}
}

func TestAbsoluteURLs(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	for _, test := range []struct {
		target string
		status int
		want   string
	}{
		{"http://h.test:81/x", 200, "GET http://h.test:81/x host=h.test:81 target=http://h.test:81/x"},
		{"HTTP://H.test", 200, "GET http://H.test host=H.test target=HTTP://H.test"},
		{"https://h.test/x", 200, "GET https://h.test/x host=h.test target=https://h.test/x"},
		{"ws://h.test/x", 200, "GET http://h.test/x host=h.test target=ws://h.test/x"},
		{"wss://h.test/x", 200, "GET https://h.test/x host=h.test target=wss://h.test/x"},
		{"http://h.test/%zz", 200, "GET http://h.test/%25zz host=h.test target=http://h.test/%zz"},
		{"ftp://h.test/x", 501, "ftp"},
		{"http:///x", 400, "without a host"},
	} {
		c := dial(t, addr)
		send(t, c, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: other.test\r\n\r\n", test.target))
		resp, body := receive(t, bufio.NewReader(c), "GET")
		if resp.StatusCode != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s: got %s %q, want %d %q", test.target, resp.Status, body, test.status, test.want)
		}
	}
}
