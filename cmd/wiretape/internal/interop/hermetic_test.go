package interop_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestReplayOpensNoSocket asks a replay, in every way there is, for what was not
// recorded of services that are up: none of them hears of it.
func TestReplayOpensNoSocket(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("skipped: needs curl")
	}
	b := newBench(t)
	var connections atomic.Int64
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "real") }))
	service.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	service.Start()
	defer service.Close()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "recorded") }))
	b.wiretape("record", "--ca-dir", "ca", "--", "sh", "-c", "curl -s -x $WIRETAPE_PROXY "+plain.URL+"/known >/dev/null")
	plain.Close()

	proxy, pool := b.replaying()
	addr := strings.TrimPrefix(service.URL, "http://")
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true,
	}}
	for _, u := range []string{service.URL + "/unknown", "https://" + addr + "/unknown", plain.URL + "/unknown", "http://" + proxy.Host + "/unknown"} {
		resp, err := client.Get(u)
		if err != nil {
			t.Errorf("%s: %v", u, err)
			continue
		}
		if body, _ := io.ReadAll(resp.Body); resp.StatusCode < 400 || strings.Contains(string(body), "real") {
			t.Errorf("%s: %s %s", u, resp.Status, body)
		}
		resp.Body.Close()
	}
	for _, u := range []string{"ws://" + addr + "/", "wss://" + addr + "/"} {
		if c, _, err := websocket.Dial(t.Context(), u, &websocket.DialOptions{HTTPClient: client}); err == nil {
			c.CloseNow()
			t.Errorf("%s was opened", u)
		}
	}
	socks(t, proxy.Host, addr)
	if n := connections.Load(); n > 0 {
		t.Errorf("the replay opened %d connections", n)
	}
}

// replaying starts a replay of the bench's tape, to be ended with the test.
func (b *bench) replaying() (proxy *url.URL, pool *x509.CertPool) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, os.Args[0], "replay", "--ca-dir", "ca", "-l", "127.0.0.1:0")
	c.Dir, c.Env = b.dir, append(os.Environ(), asWiretape+"=1", "WIRETAPE_TAPE=x.tape")
	errs, err := c.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cancel()
		_ = c.Wait()
	})
	lines := bufio.NewReader(errs)
	ready, err := lines.ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	go io.Copy(io.Discard, lines)
	_, after, _ := strings.Cut(ready, "proxy=")
	address, _, _ := strings.Cut(after, " ")
	if proxy, err = url.Parse(address); err != nil {
		b.Fatal(err)
	}
	pem, err := os.ReadFile(filepath.Join(b.dir, "ca", "ca.pem"))
	if err != nil {
		b.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return proxy, pool
}

// socks asks for a page by way of SOCKS5 (RFC 1928).
func socks(t *testing.T, proxy, addr string) {
	t.Helper()
	conn, err := net.Dial("tcp", proxy)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	host, port, _ := net.SplitHostPort(addr)
	n, _ := net.LookupPort("tcp", port)
	request := append([]byte{5, 1, 0, 5, 1, 0, 3, byte(len(host))}, host...)
	conn.Write(append(request, byte(n>>8), byte(n)))
	io.WriteString(conn, "GET /unknown HTTP/1.1\r\nHost: "+addr+"\r\nConnection: close\r\n\r\n")
	got, _ := io.ReadAll(conn)
	if strings.Contains(string(got), "real") {
		t.Errorf("SOCKS got %q", got)
	}
}
