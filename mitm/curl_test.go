package mitm_test

import (
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("skipped: needs curl")
	}
	addr := startProxy(t, &mitm.ProxyOptions{
		Origin: mitm.NewReverse([]mitm.Route{{Prefix: "/r", URL: &url.URL{Scheme: "http", Host: "up.test"}}}, http.HandlerFunc(tell)),
	})
	proxy := []string{"--proxy", "http://" + addr}
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"http", append(proxy, "http://a.test/x"), "HTTP/1.1 GET http://a.test/x host=a.test"},
		{"http, POST", append(proxy, "-d", "body", "http://a.test/x"), `body="body"`},
		{"http, offering HTTP/2", append(proxy, "--http2", "-d", "body", "http://a.test/x"), `HTTP/1.1 POST http://a.test/x host=a.test target=http://a.test/x to= tls=false body="body"`},
		{"https", append(proxy, "--http1.1", "https://a.test/x"), "HTTP/1.1 GET https://a.test/x host=a.test target=/x to=a.test:443 tls=true"},
		{"https, HTTP/2", append(proxy, "--http2", "https://a.test/x"), "HTTP/2 GET"},
		{"https by address", append(proxy, "https://127.0.0.7/x"), "GET https://127.0.0.7/x"},
		{"https by IPv6 address", append(proxy, "https://[::1]:9/x"), "GET https://[::1]:9/x"},
		{"http by CONNECT", append(proxy, "--proxytunnel", "http://a.test:81/x"), "HTTP/1.1 GET http://a.test:81/x host=a.test:81 target=/x to=a.test:81"},
		{"SOCKS 5", []string{"--socks5-hostname", addr, "http://a.test/x"}, "to=a.test:80"},
		{"SOCKS 5, https", []string{"--socks5-hostname", addr, "https://a.test/x"}, "to=a.test:443 tls=true"},
		{"SOCKS 5, address", []string{"--socks5", addr, "http://127.0.0.7/x"}, "to=127.0.0.7:80"},
		{"SOCKS 5, IPv6 address", []string{"--socks5-hostname", addr, "http://[::1]:9/x"}, "to=[::1]:9"},
		{"SOCKS 4a", []string{"--socks4a", addr, "https://a.test/x"}, "to=a.test:443 tls=true"},
		{"SOCKS 4", []string{"--socks4", addr, "http://127.0.0.7/x"}, "to=127.0.0.7:80"},
		{"origin form", []string{"http://" + addr + "/r/x"}, "GET http://up.test/x host=up.test"},
		{"origin form, https", []string{"https://" + addr + "/r/x"}, "GET http://up.test/x host=up.test"},
		{"origin form, https, HTTP/2", []string{"--http2", "https://" + addr + "/r/x"}, "HTTP/2"},
		{"origin form, HTTP/2 with prior knowledge", []string{"--http2-prior-knowledge", "http://" + addr + "/r/x"}, "HTTP/2"},
		{"a TLS proxy", []string{"--proxy", "https://" + addr, "--proxy-cacert", testCA().CertFile(), "https://a.test/x"}, "GET https://a.test/x"},
		{"the path as it is", append(proxy, "--path-as-is", "http://a.test//a/../%zz"), "target=http://a.test//a/../%zz"},
		{"the CA", append(proxy, "http://wiretape/ca.pem"), "BEGIN CERTIFICATE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), curl, append([]string{"-qsS", "--max-time", "9", "--noproxy", "", "--cacert", testCA().CertFile()}, test.args...)...).CombinedOutput()
			if got := strings.ReplaceAll(string(out), "HTTP/2.0", "HTTP/2"); err != nil || !strings.Contains(got, test.want) {
				t.Errorf("%v\n got %s\nwant %s", err, got, test.want)
			}
		})
	}
}

func TestCurlThatDoesNotTrustUs(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("skipped: needs curl")
	}
	u := newTunnels()
	addr := startProxy(t, &mitm.ProxyOptions{Tunnels: u})
	for _, version := range []string{"1.2", "1.3"} {
		out, err := exec.CommandContext(t.Context(), curl, "-qsS", "--max-time", "9", "--noproxy", "", "--tls-max", version, "--proxy", "http://"+addr, "https://a.test/").CombinedOutput()
		if err == nil {
			t.Errorf("curl trusts us: %s", out)
		}
		if got := await(t, u.refused); got.target != "a.test:443" || !strings.Contains(got.err.Error(), "certificate") {
			t.Errorf("TLS %s: got %+v", version, got)
		}
	}
}
