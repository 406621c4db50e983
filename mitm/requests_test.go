package mitm_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wiretape/wiretape/mitm"
)

// stream is requests of all kinds on one connection.
var stream = strings.Join([]string{
	lines("GET /a HTTP/1.1", "Host: h", "x-Odd:   spaced  ", ""),
	lines("POST /b HTTP/1.1", "host: h", "Content-Length: 11", "") + "GET / HTTP/",
	lines("", "", "PUT /%zz//../%2F?%q HTTP/1.1", "HOST:h", "transfer-encoding: chunked", ""),
	lines("5;ext=\"x\"", "hello", "0", "Trailer: t", ""),
	lines("DELETE http://h/%7 HTTP/1.0", ""),
	lines("POST /c HTTP/1.1", "Host: h", "Transfer-Encoding: Chunked", ""),
	lines("00A", "0123456789", "1 ", "!", "000", ""),
	lines("OPTIONS * HTTP/1.1", "Host: h", ""),
}, "")

// digest reads all requests in src as net/http does.
func digest(t *testing.T, src io.Reader) string {
	t.Helper()
	var b strings.Builder
	r := mitm.NewRequests(src)
	br := bufio.NewReaderSize(r, 4096)
	for {
		req, err := http.ReadRequest(br)
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatalf("%v\nafter %s", err, b.String())
		}
		head, refusal := r.Next()
		body, err := io.ReadAll(req.Body)
		fmt.Fprintf(&b, "%q %s %s %q %v %q %v\n", head, req.Method, req.URL.Path, refusal, err, body, req.Trailer)
	}
}

func TestRequestsDoNotDependOnHowTheyAreSplit(t *testing.T) {
	want := digest(t, strings.NewReader(stream))
	for _, part := range []string{`"GET /a HTTP/1.1\r\nHost: h\r\nx-Odd:   spaced  \r\n\r\n" GET /a`, `"GET / HTTP/"`, `"PUT /%zz//../%2F?%q HTTP/1.1\r\n`, ` PUT /%zz//..//`, `"hello" map[Trailer:[t]]`, `"0123456789!"`, `DELETE /%7 `, `OPTIONS *`} {
		if !strings.Contains(want, part) {
			t.Errorf("%s is missing in\n%s", part, want)
		}
	}
	if got := digest(t, iotest.OneByteReader(strings.NewReader(stream))); got != want {
		t.Errorf("byte by byte:\n got %s\nwant %s", got, want)
	}
	if got := digest(t, iotest.DataErrReader(strings.NewReader(stream))); got != want {
		t.Errorf("with the end in the last read:\n got %s\nwant %s", got, want)
	}
	for i := range len(stream) {
		src := io.MultiReader(strings.NewReader(stream[:i]), strings.NewReader(stream[i:]))
		if got := digest(t, src); got != want {
			t.Fatalf("cut at %d:\n got %s\nwant %s", i, got, want)
		}
	}
}

func TestNothingBehindAnUpgradeIsDelivered(t *testing.T) {
	for _, first := range []string{
		lines("CONNECT h:1 HTTP/1.1", "Host: h:1", ""),
		lines("GET / HTTP/1.1", "Host: h", "Connection: keep-alive, Upgrade", "Upgrade: websocket", ""),
	} {
		r := mitm.NewRequests(io.MultiReader(strings.NewReader(first+"GET / HTTP/1.1\r\n\r\n"), iotest.ErrReader(io.ErrNoProgress)))
		got := make([]byte, 4096)
		n, err := r.Read(got)
		if err != nil || string(got[:n]) != first {
			t.Errorf("got %q, %v", got[:n], err)
		}
		if n, err := r.Read(got); n != 0 || err != io.ErrNoProgress {
			t.Errorf("behind it: got %q, %v", got[:n], err)
		}
	}
}

func TestOffersOfHTTP2AreOrdinaryRequests(t *testing.T) {
	// What curl --http2 sends with a POST.
	in := lines("POST / HTTP/1.1", "Host: h", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk", "Content-Length: 4", "") +
		"body" + lines("GET /next HTTP/1.1", "Host: h", "")
	if got := digest(t, strings.NewReader(in)); !strings.Contains(got, `"body"`) || !strings.Contains(got, " /next ") {
		t.Errorf("got %s", got)
	}
}

func TestChunkedBodiesEndWhereNetHTTPSaysSo(t *testing.T) {
	for _, body := range chunkSeeds {
		compareChunks(t, []byte(body))
	}
}

var chunkSeeds = []string{
	"0\r\n\r\nrest", "5\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\nGET", "a \r\n0123456789\r\n0\r\n\r\n",
	"5\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\r\n0\n\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
	"fffffffffffffffff\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "\r\n", "5\r\rhello\r\n0\r\n\r\n", "0\r\nA: b\nC: d\r\n\r\n", "5\r\nhello\n0\r\n\r\n",
}

// compareChunks checks that a chunked body ends for us where it ends for
// net/http, or that we do not take it.
func compareChunks(t *testing.T, body []byte) {
	t.Helper()
	want, wantErr := mitm.ScanChunks(body, len(body)+1)
	for piece := 1; piece < min(len(body), 9); piece++ {
		if got, err := mitm.ScanChunks(body, piece); (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Fatalf("%q in pieces of %d: got %d, %v, want %d, %v", body, piece, got, err, want, wantErr)
		}
	}
	if wantErr != nil || want < 0 {
		return
	}
	br := bufio.NewReader(io.MultiReader(strings.NewReader("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"), bytes.NewReader(body)))
	req, err := http.ReadRequest(br)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return // net/http takes less than we do, and closes the connection
	}
	if left, _ := io.ReadAll(br); len(body)-len(left) != want {
		t.Fatalf("%q: net/http ends at %d, we at %d", body, len(body)-len(left), want)
	}
}

func FuzzChunks(f *testing.F) {
	for _, s := range chunkSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { compareChunks(t, b) })
}

// FuzzRequests checks on anything that all splits give the same requests, and
// that net/http never finds a request where we did not.
func FuzzRequests(f *testing.F) {
	f.Add([]byte(stream))
	for _, a := range ambiguous {
		if len(a.head) < 4096 {
			f.Add([]byte(a.head))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		read := func(src io.Reader) string {
			var out strings.Builder
			r := mitm.NewRequests(src)
			br := bufio.NewReaderSize(r, 4096)
			for {
				req, err := http.ReadRequest(br)
				if err != nil {
					return out.String()
				}
				head, refusal := r.Next()
				if head == nil {
					if bytes.HasPrefix(b, []byte("PRI ")) || req.Method == "PRI" {
						return out.String()
					}
					t.Fatalf("net/http found a request that we did not: %s %s", req.Method, req.URL)
				}
				n, err := io.Copy(io.Discard, req.Body)
				if err != nil {
					n = -1 // how far it came depends on the split
				}
				fmt.Fprintf(&out, "%q %q %d\n", head, refusal, n)
				if err != nil || refusal != "" || req.Method == "CONNECT" || req.Header.Get("Upgrade") != "" {
					return out.String()
				}
			}
		}
		whole := read(bytes.NewReader(b))
		if got := read(iotest.OneByteReader(bytes.NewReader(b))); got != whole {
			t.Fatalf("byte by byte:\n got %s\nwant %s", got, whole)
		}
		if got := read(iotest.DataErrReader(bytes.NewReader(b))); got != whole {
			t.Fatalf("with the end in the last read:\n got %s\nwant %s", got, whole)
		}
		if got := read(iotest.HalfReader(bytes.NewReader(b))); got != whole {
			t.Fatalf("in halves:\n got %s\nwant %s", got, whole)
		}
	})
}
