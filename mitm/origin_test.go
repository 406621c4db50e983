package mitm_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

func TestReverse(t *testing.T) {
	parse := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	var got string
	h := mitm.NewReverse([]mitm.Route{
		{"/api", parse("https://api.test/v2/")},
		{"/api/chat/", parse("wss://chat.test")},
		{"", parse("http://root.test:8000")},
		{"/key", parse("http://key.test/?key=1")},
	}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.String() + " " + r.Host + " " + r.RequestURI
	}))
	for _, test := range []struct{ target, want string }{
		{"/", "http://root.test:8000/ root.test:8000 /"},
		{"/x?y", "http://root.test:8000/x?y root.test:8000 /x?y"},
		{"/apis", "http://root.test:8000/apis root.test:8000 /apis"},
		{"/api", "https://api.test/v2 api.test /v2"},
		{"/api/", "https://api.test/v2/ api.test /v2/"},
		{"/api?q", "https://api.test/v2?q api.test /v2?q"},
		{"/api/a//b/../%2F", "https://api.test/v2/a//b/../%2F api.test /v2/a//b/../%2F"},
		{"/api/%zz", "https://api.test/v2/%25zz api.test /v2/%zz"},
		{"/api/chat", "https://chat.test/ chat.test /"},
		{"/api/chat/room", "https://chat.test/room chat.test /room"},
		{"//double", "http://root.test:8000//double root.test:8000 //double"},
		{"/key/x", "http://key.test/x?key=1 key.test /x?key=1"},
		{"/key/x?a=b", "http://key.test/x?key=1&a=b key.test /x?key=1&a=b"},
		{"*", "http://root.test:8000/* root.test:8000 *"},
	} {
		r := httptest.NewRequest("GET", "http://127.0.0.1/", nil)
		r.RequestURI = test.target
		got = ""
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.target, got, test.want)
		}
	}
}

func TestReverseWithoutARouteThatFits(t *testing.T) {
	h := mitm.NewReverse([]mitm.Route{{"/api", &url.URL{Scheme: "http", Host: "h"}}}, http.NotFoundHandler())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/other", nil))
	if w.Code != 404 || !strings.Contains(w.Body.String(), `no --reverse leads from "/other"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestOriginFormIsExplained(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	c := dial(t, addr)
	send(t, c, "GET / HTTP/1.1\r\nHost: "+addr+"\r\n\r\n")
	resp, body := receive(t, bufio.NewReader(c), "GET")
	if resp.StatusCode != 421 || !strings.Contains(body, "this is a proxy") {
		t.Errorf("got %s %q", resp.Status, body)
	}
}

func TestOwnAddressThroughTheProxyIsOriginForm(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{Origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("origin " + r.URL.String()))
	})})
	_, port, _ := net.SplitHostPort(addr)
	for url, want := range map[string]string{
		"http://" + addr + "/x":            "origin /x",
		"https://" + addr + "/x":           "origin /x",
		"http://localhost:" + port + "/x":  "origin /x",
		"https://localhost:" + port + "/x": "origin /x",
		"http://127.0.0.9:" + port + "/x":  "HTTP/1.1 GET http://127.0.0.9:" + port + "/x",
		"http://a.test:" + port + "/x":     "HTTP/1.1 GET http://a.test:" + port + "/x",
	} {
		if _, got := fetch(t, through(t, "http://"+addr, false), url); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}
