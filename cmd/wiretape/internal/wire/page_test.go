package wire_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// page is the address of the recorder's page and its token.
func (r *recorder) page() (addr, token string) {
	r.Helper()
	_, rest, ok := strings.Cut(r.ready, " ui=http://")
	addr, token, found := strings.Cut(rest, "/#t=")
	if !ok || !found {
		r.Fatalf("no page in %q", r.ready)
	}
	return addr, token
}

// freePort returns a port that nobody listens on, on all addresses.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Skip("skipped: needs IPv6")
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// ownHosts are the ways to spell this machine.
func ownHosts(t *testing.T) []string {
	hosts := []string{"127.0.0.1", "127.1.2.3", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "LocalHost"}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			hosts = append(hosts, p.Addr().String())
		}
	}
	if name, err := os.Hostname(); err == nil {
		if _, err := net.LookupHost(name); err == nil {
			hosts = append(hosts, name)
		}
	}
	return hosts
}

// wayIn asks for the page through the proxy and returns the answer.
type wayIn func(c net.Conn, target string) string

// waysIn are the ways through a proxy. Each returns what came behind the way
// itself.
func waysIn() map[string]wayIn {
	ask := func(c net.Conn, line, host string) {
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", line, host)
	}
	rest := func(c net.Conn, r io.Reader) string {
		c.SetReadDeadline(time.Now().Add(patience))
		text, _ := io.ReadAll(r)
		return string(text)
	}
	tunnel := func(c net.Conn, target string) *bufio.Reader {
		fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target)
		br := bufio.NewReader(c)
		_, _ = http.ReadResponse(br, &http.Request{Method: http.MethodConnect})
		return br
	}
	return map[string]wayIn{
		"absolute form": func(c net.Conn, target string) string {
			ask(c, "http://"+target+"/api/v1/state", target)
			return rest(c, c)
		},
		"origin form": func(c net.Conn, target string) string {
			ask(c, "/api/v1/state", target)
			return rest(c, c)
		},
		"CONNECT": func(c net.Conn, target string) string {
			br := tunnel(c, target)
			ask(c, "/api/v1/state", target)
			return rest(c, br)
		},
		"CONNECT and TLS": func(c net.Conn, target string) string {
			tunnel(c, target)
			s := tls.Client(c, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"})
			ask(s, "/api/v1/state", target)
			return rest(s, s)
		},
		"SOCKS5": func(c net.Conn, target string) string {
			host, text, _ := net.SplitHostPort(target)
			port, _ := strconv.Atoi(text)
			request := append([]byte{5, 1, 0, 5, 1, 0, 3, byte(len(host))}, host...)
			_, _ = c.Write(append(request, byte(port>>8), byte(port)))
			io.ReadFull(c, make([]byte, 2+10))
			ask(c, "/api/v1/state", target)
			return rest(c, c)
		},
	}
}

// TestThePageIsNotReachableThroughTheProxy asks for it on all ways and by all
// spellings of its address.
func TestThePageIsNotReachableThroughTheProxy(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	rec := record(t, "--ui", "[::]:"+port, "--reverse", "http://127.0.0.1:"+port)
	passing := record(t, "--ui", "[::]:"+freePort(t), "--exclude", "*")
	_, passPort, _ := net.SplitHostPort(func() string { a, _ := passing.page(); return a }())
	for name, way := range waysIn() {
		for _, host := range ownHosts(t) {
			t.Run(name+" "+host, func(t *testing.T) {
				forbidden(t, rec.addr, way, net.JoinHostPort(host, port))
			})
			if name == "CONNECT" {
				t.Run("passed through "+host, func(t *testing.T) {
					forbidden(t, passing.addr, way, net.JoinHostPort(host, passPort))
				})
			}
		}
	}
}

func forbidden(t *testing.T, proxy string, way wayIn, target string) {
	c, err := net.Dial("tcp", proxy)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answer := way(c, target)
	if !strings.HasPrefix(answer, "HTTP/1.1 403 ") || !strings.Contains(answer, "not reachable through the proxy") {
		t.Errorf("%s: %.200q", target, answer)
	}
}

// TestTheTokenStaysOutOfTheTape asks the page, through its own door, and looks
// for the token in all that is kept.
func TestTheTokenStaysOutOfTheTape(t *testing.T) {
	t.Parallel()
	rec := record(t)
	addr, token := rec.page()
	for _, path := range []string{"/", "/api/v1/state", "/api/v1/exchanges", "/api/v1/exchanges/99"} {
		req, _ := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var state struct{ Recording bool }
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if strings.Contains(string(body), token) {
			t.Errorf("%s tells the token", path)
		}
		if path == "/api/v1/state" && (json.Unmarshal(body, &state) != nil || !state.Recording) {
			t.Errorf("the state is %s", body)
		}
	}
	rec.stop()
	if strings.Contains(rec.said.String(), token) {
		t.Error("the token is in the log")
	}
	files, err := filepath.Glob(filepath.Join(rec.dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil && bytes.Contains(data, []byte(token)) {
			t.Errorf("the token is in %s", name)
		}
	}
}

// TestStopWithOpenFeeds ends a recorder while a page listens.
func TestStopWithOpenFeeds(t *testing.T) {
	t.Parallel()
	rec := record(t)
	addr, token := rec.page()
	req, _ := http.NewRequest(http.MethodGet, "http://"+addr+"/api/v1/feed?list=1", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || line != "event: heads\n" {
		t.Fatalf("the feed begins with %q, %v", line, err)
	}
	began := time.Now()
	rec.stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
