package interop_test

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// goClient is this test binary as the child of the recorder: it holds the
// conversation named in the environment and prints what it saw.
const goClient = "WIRETAPE_TEST_CLIENT"

func TestGoClients(t *testing.T) {
	if base := os.Getenv(goClient); base != "" {
		talkGo(t, base)
		return
	}
	b := newBench(t)
	recorded, replayed := b.recordAndReplay(site(), func(base string) []string {
		t.Setenv(goClient, base)
		// In the child this binary is to be a test again.
		return []string{"env", "-u", asWiretape, os.Args[0], "-test.run", "^TestGoClients$", "-test.v"}
	})
	strip := func(s string) string { // the test runner's own lines
		var kept strings.Builder
		for line := range strings.Lines(s) {
			if rest, ok := strings.CutPrefix(line, "saw: "); ok {
				kept.WriteString(rest)
			}
		}
		return kept.String()
	}
	same(t, strip(recorded), strip(replayed))
	kinds := map[any]int{}
	for _, ex := range b.exchanges() {
		kinds[ex["kind"]]++
	}
	if kinds["http"] != 4 || kinds["ndjson"] != 1 || kinds["websocket"] != 1 {
		t.Errorf("kinds on the tape: %v\n%s", kinds, recorded)
	}
}

// site is a service with one of everything.
func site() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/rpc", rpc)
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Query", r.URL.RawQuery)
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %d bytes", r.Method, len(body))
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat("squeeze me ", 100))
		_ = z.Close()
	})
	mux.HandleFunc("/lines", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		for i := range 3 {
			flush(w, "{\"n\":%d}\n", i)
		}
	})
	return mux
}

// talkGo is the client's side of TestGoClients.
func talkGo(t *testing.T, base string) {
	proxy, err := url.Parse(os.Getenv("WIRETAPE_PROXY"))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(os.Getenv("WIRETAPE_CA"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}},
		Timeout:   20 * time.Second,
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, q := range []struct{ method, path, body string }{
		{"GET", "/plain?x=1&y=%2F", ""},
		{"POST", "/plain", strings.Repeat("up", 50_000)},
		{"HEAD", "/plain", ""},
		{"GET", "/gzip", ""},
		{"GET", "/lines", ""},
	} {
		r, err := http.NewRequestWithContext(ctx, q.method, base+q.path, strings.NewReader(q.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Printf("saw: %s %s: %d %q %v %d %q %v\n", q.method, q.path, resp.StatusCode, resp.Header.Get("X-Query"),
			resp.Header.Values("Set-Cookie"), resp.ContentLength, body, err)
	}
	c, resp, err := websocket.Dial(ctx, base+"/rpc", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: client.Transport}, CompressionMode: websocket.CompressionContextTakeover,
		Subprotocols: []string{"rpc.v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	fmt.Println("saw: ", resp.StatusCode, c.Subprotocol(), resp.Header.Get("Sec-WebSocket-Extensions"))
	for i := range 5 {
		id := fmt.Sprintf("req-%d-%d", time.Now().UnixNano(), i)
		_ = c.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"id":%q,"op":"echo","text":"number %d"}`, id, i))
		_, data, err := c.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("saw: ", strings.ReplaceAll(string(data), id, "(my id)"))
	}
	fmt.Println("saw: ", c.Close(websocket.StatusNormalClosure, ""))
}

func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("skipped: needs curl")
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range 3 {
				flush(w, "data: %d\n\n", i)
			}
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "hello %s\n", r.UserAgent())
	})
	for _, args := range [][]string{
		{"-sS", "-A", "me"},
		{"-sS", "-i", "-H", "X-A: 1", "-H", "X-A: 2"},
		{"-sSN", "events"},
		{"-sS", "--http2"},
		{"-sS", "--socks5-hostname"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			b := newBench(t)
			recorded, replayed := b.recordAndReplay(handler, func(base string) []string {
				script := `exec ` + curl + ` --max-time 20 --cacert "$WIRETAPE_CA"`
				path := "/"
				for _, arg := range args {
					switch arg {
					case "events":
						path = "/events"
					case "--socks5-hostname":
						script += ` --socks5-hostname "${WIRETAPE_PROXY#http://}"`
					default:
						script += " '" + arg + "'"
					}
				}
				if !strings.Contains(script, "socks5") {
					script += ` -x "$WIRETAPE_PROXY"`
				}
				return []string{"sh", "-c", script + " " + base + path}
			})
			same(t, dateless(recorded), dateless(replayed))
		})
	}
}

// dateless leaves out the Date line, which a mock may write anew.
func dateless(s string) string {
	var kept strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "Date: ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
