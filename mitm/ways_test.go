package mitm_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/proxy"

	"github.com/wiretape/wiretape/mitm"
)

func TestWaysIn(t *testing.T) {
	origin := &url.URL{Scheme: "https", Host: "up.test", Path: "/base"}
	addr := startProxy(t, &mitm.ProxyOptions{
		Origin: mitm.NewReverse([]mitm.Route{{Prefix: "/v1", URL: origin}}, http.HandlerFunc(tell)),
	})
	h2c := func(t *testing.T) *http.Client {
		var p http.Protocols
		p.SetUnencryptedHTTP2(true)
		tr := &http.Transport{Protocols: &p, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", addr)
		}}
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr, Timeout: patience}
	}
	insideOf := func(dial func(t *testing.T) net.Conn, protocols ...string) func(t *testing.T) *http.Client {
		return func(t *testing.T) *http.Client {
			tr := &http.Transport{
				DialContext:     func(context.Context, string, string) (net.Conn, error) { return dial(t), nil },
				TLSClientConfig: &tls.Config{RootCAs: testCA().Pool(), NextProtos: protocols},
			}
			tr.ForceAttemptHTTP2 = len(protocols) > 0 && protocols[0] == "h2"
			t.Cleanup(tr.CloseIdleConnections)
			return &http.Client{Transport: tr, Timeout: patience}
		}
	}
	direct := func(t *testing.T) net.Conn { return dial(t, addr) }
	socks5 := func(t *testing.T) net.Conn {
		d, err := proxy.SOCKS5("tcp", addr, nil, proxy.Direct)
		if err != nil {
			t.Fatal(err)
		}
		c, err := d.Dial("tcp", "a.test:8001")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	socks4a := func(t *testing.T) net.Conn {
		c := dial(t, addr)
		send(t, c, "\x04\x01\x1f\x41\x00\x00\x00\x01me\x00a.test\x00")
		expect(t, c, "\x00\x5a\x00\x00\x00\x00\x00\x00")
		return c
	}
	socks4 := func(t *testing.T) net.Conn {
		c := dial(t, addr)
		send(t, c, "\x04\x01\x1f\x41\x7f\x00\x00\x02\x00")
		expect(t, c, "\x00\x5a\x00\x00\x00\x00\x00\x00")
		return c
	}
	connected := func(t *testing.T) net.Conn { return connect(t, addr, "a.test:8001") }
	proxied := func(scheme string, http2 bool) func(t *testing.T) *http.Client {
		return func(t *testing.T) *http.Client { return through(t, scheme+"://"+addr, http2) }
	}
	secured := func(t *testing.T) net.Conn { return secure(t, connect(t, addr, "a.test:8001"), "a.test") }

	tests := []struct {
		name   string
		client func(t *testing.T) *http.Client
		url    string
		want   string
	}{
		{
			"absolute form", proxied("http", false), "http://a.test/x?y",
			"HTTP/1.1 GET http://a.test/x?y host=a.test target=http://a.test/x?y to= tls=false",
		},
		{
			"CONNECT, TLS, HTTP/1.1", proxied("http", false), "https://a.test:8001/x",
			"HTTP/1.1 GET https://a.test:8001/x host=a.test:8001 target=/x to=a.test:8001 tls=true",
		},
		{
			"CONNECT, TLS, HTTP/2", proxied("http", true), "https://a.test/x",
			"HTTP/2.0 GET https://a.test/x host=a.test target=/x to=a.test:443 tls=true",
		},
		{
			"CONNECT to an address", proxied("http", false), "https://127.0.0.9:8001/x",
			"HTTP/1.1 GET https://127.0.0.9:8001/x host=127.0.0.9:8001 target=/x to=127.0.0.9:8001 tls=true",
		},
		{
			"CONNECT, no TLS", insideOf(connected), "http://b.test/x",
			"HTTP/1.1 GET http://b.test/x host=b.test target=/x to=a.test:8001 tls=false",
		},
		{
			"absolute form to a TLS proxy", proxied("https", false), "http://a.test/x",
			"HTTP/1.1 GET http://a.test/x host=a.test target=http://a.test/x to= tls=true",
		},
		{
			"CONNECT to a TLS proxy", proxied("https", false), "https://a.test/x",
			"HTTP/1.1 GET https://a.test/x host=a.test target=/x to=a.test:443 tls=true",
		},
		{
			"TLS inside TLS inside CONNECT is for the server", insideOf(secured), "http://a.test/x",
			"HTTP/1.1 GET https://a.test/x host=a.test target=/x to=a.test:8001 tls=true",
		},
		{
			"SOCKS 5", insideOf(socks5), "http://a.test:8001/x",
			"HTTP/1.1 GET http://a.test:8001/x host=a.test:8001 target=/x to=a.test:8001 tls=false",
		},
		{
			"SOCKS 5, TLS", insideOf(socks5, "http/1.1"), "https://a.test:8001/x",
			"HTTP/1.1 GET https://a.test:8001/x host=a.test:8001 target=/x to=a.test:8001 tls=true",
		},
		{
			"SOCKS 5, TLS, HTTP/2", insideOf(socks5, "h2"), "https://a.test:8001/x",
			"HTTP/2.0 GET https://a.test:8001/x host=a.test:8001 target=/x to=a.test:8001 tls=true",
		},
		{
			"SOCKS 4a", insideOf(socks4a), "http://a.test:8001/x",
			"HTTP/1.1 GET http://a.test:8001/x host=a.test:8001 target=/x to=a.test:8001 tls=false",
		},
		{
			"SOCKS 4", insideOf(socks4), "http://a.test:8001/x",
			"HTTP/1.1 GET http://a.test:8001/x host=a.test:8001 target=/x to=127.0.0.2:8001 tls=false",
		},
		{
			"origin form", insideOf(direct), "http://" + addr + "/v1/x?y",
			"HTTP/1.1 GET https://up.test/base/x?y host=up.test target=/base/x?y to= tls=false",
		},
		{
			"origin form, TLS", insideOf(direct), "https://" + addr + "/v1/x",
			"HTTP/1.1 GET https://up.test/base/x host=up.test target=/base/x to= tls=true",
		},
		{
			"origin form, TLS, HTTP/2", insideOf(direct, "h2"), "https://" + addr + "/v1/x",
			"HTTP/2.0 GET https://up.test/base/x host=up.test target=/base/x to= tls=true",
		},
		{
			"origin form, HTTP/2 with prior knowledge", h2c, "http://" + addr + "/v1/x",
			"HTTP/2.0 GET https://up.test/base/x host=up.test target=/base/x to= tls=false",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := test.client(t)
			for range 2 { // the second on a connection that was kept
				if _, got := fetch(t, client, test.url); got != test.want+` body=""` {
					t.Errorf("\n got %s\nwant %s", got, test.want)
				}
			}
			resp, err := client.Post(test.url, "text/plain", io.MultiReader(strings.NewReader("chunk"), strings.NewReader("ed")))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got, _ := io.ReadAll(resp.Body); !strings.HasSuffix(string(got), ` body="chunked"`) {
				t.Errorf("POST: got %s", got)
			}
		})
	}
}

func TestHTTP2WithPriorKnowledgeInsideCONNECT(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	tr := &http.Transport{Protocols: &p, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return connect(t, addr, "a.test:80"), nil
	}}
	defer tr.CloseIdleConnections()
	_, got := fetch(t, &http.Client{Transport: tr, Timeout: patience}, "http://a.test/x")
	if want := `HTTP/2.0 GET http://a.test/x host=a.test target=/x to=a.test:80 tls=false body=""`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestCONNECTOverHTTP2(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	var p http.Protocols
	p.SetHTTP2(true)
	outer := &http.Transport{Protocols: &p, TLSClientConfig: &tls.Config{RootCAs: testCA().Pool()}}
	defer outer.CloseIdleConnections()
	in, out := io.Pipe()
	req := &http.Request{Method: "CONNECT", URL: &url.URL{Scheme: "https", Host: addr}, Host: "a.test:80", Body: in, Header: http.Header{}}
	resp, err := outer.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
		t.Fatalf("got %s %s", resp.Proto, resp.Status)
	}
	go fmt.Fprint(out, "GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
	_, got := receive(t, bufio.NewReader(resp.Body), "GET")
	if want := `HTTP/1.1 GET http://a.test/x host=a.test target=/x to=a.test:80 tls=false body=""`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	out.Close()
}

func TestHTTP2WithPriorKnowledgeToTheProxyItself(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	_, port, _ := net.SplitHostPort(addr)
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	tr := &http.Transport{Protocols: &p, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, Timeout: patience}
	for url, want := range map[string]int{
		"http://a.test/":                 200, // for another, as the absolute form of HTTP/1
		"http://a.test:" + port + "/":    200,
		"http://127.0.0.1:1/":            200,
		"http://" + addr + "/":           421,
		"http://localhost:" + port + "/": 421,
	} {
		if got, body := fetch(t, client, url); got != want {
			t.Errorf("%s: got %d %s, want %d", url, got, body, want)
		}
	}
}
