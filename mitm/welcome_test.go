package mitm_test

import (
	"bytes"
	"crypto/x509"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/mitm"
)

func TestWelcomePage(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the handler got %s", r.URL)
	})})
	client := through(t, "http://"+addr, false)
	ca := testCA()
	for _, scheme := range []string{"http", "https"} {
		if status, body := fetch(t, client, scheme+"://wiretape/"); status != 200 || !strings.Contains(body, "SINGLE PROGRAMS") || !strings.Contains(body, ca.CertFile()) {
			t.Errorf("/: %d %s", status, body)
		}
		if _, body := fetch(t, client, scheme+"://wiretape/ca.pem"); body != string(ca.PEM()) {
			t.Errorf("/ca.pem: %s", body)
		}
		for _, path := range []string{"/ca.crt", "/ca.cer"} {
			_, body := fetch(t, client, scheme+"://WireTape"+path)
			if cert, err := x509.ParseCertificate([]byte(body)); err != nil || !cert.Equal(ca.Certificate()) {
				t.Errorf("%s: %v", path, err)
			}
		}
		if status, _ := fetch(t, client, scheme+"://wiretape/other"); status != 404 {
			t.Errorf("/other: %d", status)
		}
	}
}

func TestWelcomePageForBrowsers(t *testing.T) {
	addr := startProxy(t, &mitm.ProxyOptions{})
	req, err := http.NewRequest("GET", "http://wiretape/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html,*/*")
	resp, err := through(t, "http://"+addr, false).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, _ := io.ReadAll(resp.Body)
	if kind := resp.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", kind)
	}
	for _, part := range []string{`<a href="/ca.pem">`, "<h2>iOS</h2>", "Single programs", "</html>"} {
		if !bytes.Contains(page, []byte(part)) {
			t.Errorf("%q is missing in\n%s", part, page)
		}
	}
	first := map[string]string{"linux": "Linux", "darwin": "macOS", "windows": "Windows"}[runtime.GOOS]
	if _, rest, _ := strings.Cut(string(page), "<h2>"); !strings.HasPrefix(rest, first) {
		t.Errorf("the page does not begin with %s", first)
	}
}
