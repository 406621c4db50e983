package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// request asks with the headers given as name, value, …; of a header that is ""
// nothing is sent.
func (d *driven) request(method, url string, header ...string) *http.Response {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.page.Token())
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		switch {
		case header[i] == "Host":
			r.Host = header[i+1]
		case header[i+1] == "":
			r.Header.Del(header[i])
		default:
			r.Header.Set(header[i], header[i+1])
		}
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		d.t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res
}

// paths are all routes of the API with something for their wildcards.
func (d *driven) routes() (all [][2]string) {
	for _, route := range d.page.Routes() {
		method, path, _ := strings.Cut(route, " ")
		for _, wild := range []string{"{id}", "{seq}", "{s}", "{r}", "{c}", "{key}", "{name}"} {
			path = strings.ReplaceAll(path, wild, "1")
		}
		all = append(all, [2]string{method, path})
	}
	return append(all, [2]string{"GET", "/api/v1/nothing"}, [2]string{"GET", "/api/v1"}, [2]string{"OPTIONS", "/api/v1/state"})
}

func TestEveryPartOfTheAPIWantsTheToken(t *testing.T) {
	d := drive(t, web.Options{})
	if n := len(d.routes()); n < 25 {
		t.Fatalf("only %d routes", n)
	}
	for name, authorization := range map[string]string{
		"none": "", "wrong": "Bearer " + strings.Repeat("A", 43), "part": "Bearer " + d.page.Token()[:42],
		"longer": "Bearer " + d.page.Token() + "A", "basic": "Basic " + d.page.Token(), "bare": d.page.Token(), "empty": "Bearer ",
	} {
		for _, route := range d.routes() {
			res := d.request(route[0], d.base+route[1], "Authorization", authorization)
			if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: %s %s: %s", name, route[0], route[1], res.Status)
			}
		}
	}
}

func TestATokenInTheQueryIsNone(t *testing.T) {
	d := drive(t, web.Options{})
	for _, query := range []string{"?t=", "?token=", "?access_token="} {
		if res := d.request("GET", d.base+"/api/v1/state"+query+d.page.Token(), "Authorization", ""); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", query, res.Status)
		}
	}
}

func TestForeignHosts(t *testing.T) {
	d := drive(t, web.Options{Names: []string{"box.example"}})
	_, port, _ := strings.Cut(strings.TrimPrefix(d.base, "http://"), ":")
	for host, want := range map[string]int{
		"127.0.0.1:" + port: 200, "localhost:" + port: 200, "LOCALHOST:" + port: 200, "[::1]:" + port: 200, "box.example:" + port: 200,
		"127.0.0.1": 421, "localhost": 421, "127.0.0.1:1": 421, "evil.example:" + port: 421, "localhost.evil.example:" + port: 421,
		"127.0.0.1.nip.io:" + port: 421, "0.0.0.0:" + port: 421, "127.0.0.2:" + port: 421, "box.example": 421, "localhost.:" + port: 421,
		"127.1:" + port: 421, "0x7f000001:" + port: 421, "[::ffff:127.0.0.1]:" + port: 421, "192.168.1.1:" + port: 421,
	} {
		for _, path := range []string{"/", "/api/v1/state", "/preview/x", "/download/x", "/nothing"} {
			got := d.request("GET", d.base+path, "Host", host).StatusCode
			if want == 200 && (path != "/" && path != "/api/v1/state") {
				continue
			}
			if got != want {
				t.Errorf("%s %s: %d, want %d", host, path, got, want)
			}
		}
	}
}

func TestForeignOrigins(t *testing.T) {
	d := drive(t, web.Options{})
	_, port, _ := strings.Cut(strings.TrimPrefix(d.base, "http://"), ":")
	for origin, want := range map[string]int{
		d.base: 200, "http://localhost:" + port: 403, "https://127.0.0.1:" + port: 403, "http://127.0.0.1": 403, "http://127.0.0.1:1": 403,
		"null": 403, "http://evil.example": 403, d.base + ".evil.example": 403, "chrome-extension://abc": 403,
	} {
		for _, path := range []string{"/", "/api/v1/state"} {
			if got := d.request("GET", d.base+path, "Origin", origin).StatusCode; got != want {
				t.Errorf("%s %s: %d, want %d", origin, path, got, want)
			}
		}
	}
	for site, want := range map[string]int{"same-origin": 200, "none": 200, "same-site": 403, "cross-site": 403, "elsewhere": 403} {
		if got := d.request("GET", d.base+"/api/v1/state", "Sec-Fetch-Site", site).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", site, got, want)
		}
	}
}

func TestWhatEveryAnswerCarries(t *testing.T) {
	d := drive(t, web.Options{})
	check := func(name string, res *http.Response) {
		t.Helper()
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := res.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(res.Header.Get("Content-Security-Policy"), part) {
				t.Errorf("%s: the policy lacks %s", name, part)
			}
		}
		for header := range res.Header {
			if header == "Set-Cookie" || strings.HasPrefix(header, "Access-Control-") {
				t.Errorf("%s: there is a header %s", name, header)
			}
		}
	}
	for _, path := range []string{"/", "/index.html", "/nothing", "/preview/x", "/download/x", "/../secret"} {
		check(path, d.request("GET", d.base+path))
		check("foreign "+path, d.request("GET", d.base+path, "Host", "evil.example"))
	}
	for _, route := range d.routes() {
		if route[1] == "/api/v1/feed" || !slices.Contains([]string{"GET", "OPTIONS"}, route[0]) {
			continue
		}
		check(route[1], d.request(route[0], d.base+route[1], "Authorization", ""))
		check("preflight "+route[1], d.request("OPTIONS", d.base+route[1], "Origin", d.base, "Access-Control-Request-Method", "POST"))
	}
	res := d.request("GET", d.base+"/api/v1/state")
	check("state", res)
	if res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("data is kept: %q", res.Header.Get("Cache-Control"))
	}
}

func TestAssetsAreAskedForOnce(t *testing.T) {
	d := drive(t, web.Options{})
	first := d.request("GET", d.base+"/", "Authorization", "")
	tag := first.Header.Get("ETag")
	if first.StatusCode != 200 || tag == "" || !strings.HasPrefix(first.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%s, tag %q, %s", first.Status, tag, first.Header.Get("Content-Type"))
	}
	if again := d.request("GET", d.base+"/", "If-None-Match", tag); again.StatusCode != http.StatusNotModified {
		t.Errorf("the second time: %s", again.Status)
	}
	if post := d.request("POST", d.base+"/"); post.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a POST: %s", post.Status)
	}
	body, _ := io.ReadAll(first.Body)
	if bytes.Contains(body, []byte(d.page.Token())) {
		t.Error("the page holds the token")
	}
}

func TestTokensDiffer(t *testing.T) {
	a, b := web.New(web.Options{}), web.New(web.Options{})
	defer a.Close()
	defer b.Close()
	if a.Token() == b.Token() || len(a.Token()) != 43 {
		t.Errorf("tokens %q and %q", a.Token(), b.Token())
	}
}

func TestWithoutAListenerNothingIsServed(t *testing.T) {
	s := web.New(web.Options{})
	defer s.Close()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("%d", w.Code)
	}
}
