package interop_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// pageOf starts a command that serves the page, and stop ends it.
func (b *bench) pageOf(args ...string) (p *page, stop func()) {
	b.Helper()
	s := b.start(true, []string{asWiretape + "=1", "WIRETAPE_TAPE=x.tape"}, append([]string{os.Args[0]}, args...)...)
	line := s.line()
	ready := regexp.MustCompile(`ready (?:proxy=(\S+) .*)?ui=(http://[^/]+)/#t=(\S+)`).FindStringSubmatch(line)
	if ready == nil {
		b.Fatalf("%q is no ready line", line)
	}
	go s.drain()
	return &page{b.T, ready[2], ready[3], ready[1]}, func() {
		_ = s.c.Process.Signal(syscall.SIGTERM)
		s.drain()
		_ = s.c.Wait()
	}
}

type m = map[string]any

// wants sends a request to the page and checks the status.
func (p *page) wants(status int, method, path string, body any) m {
	p.t.Helper()
	got, v := p.ask(method, path, body)
	if got != status {
		p.t.Fatalf("%s %s: %d, want %d: %v", method, path, got, status, v)
	}
	return v
}

// TestThePageSendsWhereverTheTapeIs sends from the page of a recorder, from one
// that reads through a recorder of another process, and from one on a tape that
// nothing records to.
func TestThePageSendsWhereverTheTapeIs(t *testing.T) {
	b := newBench(t)
	base, _ := b.serve(http.HandlerFunc(rpc))
	url := "wss" + strings.TrimPrefix(base, "https")
	target := func(insecure bool) m { return m{"url": url, "insecure": insecure, "on_open": []m{{"text": "ping"}}} }

	p, stop := b.pageOf("record", "-l", "127.0.0.1:0", "--ca-dir", "ca")
	if v := p.wants(502, "POST", "/connections", target(false)); !strings.Contains(v["detail"].(string), "certificate") || v["hint"] == "" || v["exchange"] != 1.0 {
		t.Errorf("an untrusted server: %v", v)
	}
	if v := p.wants(201, "POST", "/connections", target(true)); v["exchange"] != 2.0 {
		t.Errorf("an unchecked server: %v", v)
	}
	for _, own := range []string{p.base, p.proxy} {
		ws := "ws" + strings.TrimPrefix(own, "http")
		p.wants(403, "POST", "/connections", m{"url": ws})
		p.wants(403, "POST", "/connections", m{"url": ws, "insecure": true})
	}
	p.wants(200, "POST", "/exchanges/2/inject", m{"to": "server", "text": "ping"})

	other, stopOther := b.pageOf("ui")
	v := other.wants(502, "POST", "/connections", target(true))
	if !strings.Contains(v["detail"].(string), "in its own way") || v["hint"] == "" {
		t.Errorf("what is up to the recorder: %v", v)
	}
	other.wants(502, "POST", "/connections", target(false))
	plain := "ws://127.0.0.1:" + p.proxy[strings.LastIndex(p.proxy, ":")+1:]
	other.wants(403, "POST", "/connections", m{"url": plain})
	if v := other.wants(409, "POST", "/exchanges/1/inject", m{"to": "client", "text": "x"}); v["hint"] == "" {
		t.Errorf("what is over: %v", v)
	}
	stopOther()
	p.wants(200, "POST", "/exchanges/2/end", m{"to": "client", "how": "close", "code": 4000})
	stop()

	p, stop = b.pageOf("ui", "--ca-dir", "ca")
	v = p.wants(201, "POST", "/connections", target(true))
	if v["state"] != "open" {
		t.Errorf("%v", v)
	}
	p.wants(200, "POST", "/connections/"+v["connection"].(string)+"/end", m{"code": 1000})
	p.wants(403, "POST", "/connections", m{"url": "ws" + strings.TrimPrefix(p.base, "http")})
	stop()

	all := b.exchanges()
	last := all[len(all)-2]
	if last["kind"] != "websocket" || last["session"] != 2.0 || last["state"] != "done" || last["end"].(m)["code"] != 1000.0 {
		t.Errorf("recorded %v", last)
	}
	if end := all[1]["end"].(m); end["by"] != "proxy" || end["code"] != 4000.0 {
		t.Errorf("recorded %v", all[1])
	}
}

// TestSendToAnNpmServer sends to a server of the npm package ws, and kills it
// while messages are under way.
func TestSendToAnNpmServer(t *testing.T) {
	b := newBench(t)
	server := b.start(false, nil, node(t, "peers", "server")...)
	url := "ws://localhost:" + server.line()
	c := exec.CommandContext(t.Context(), os.Args[0], "send", url, "--ca-dir", "ca")
	c.Dir, c.Env = b.dir, append(os.Environ(), asWiretape+"=1", "WIRETAPE_TAPE=x.tape")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := 0; ; i++ {
			if i == 20_000 {
				_ = server.c.Process.Kill()
			}
			if _, err := fmt.Fprintf(in, "message %d %s\n", i, strings.Repeat("x", 300)); err != nil {
				return // send has ended
			}
		}
	})
	err = c.Wait()
	_ = in.Close()
	writing.Wait()
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(errs.String(), "the connection is over: the server") || !strings.Contains(errs.String(), "hint: connect again") {
		t.Errorf("%v\n%s", err, errs.String())
	}
	ex := b.exchanges()[0]
	if sent := ex["sent"].(m)["messages"].(float64); sent < 1000 || ex["state"] != "done" || ex["end"].(m)["by"] != "server" {
		t.Errorf("recorded %v", ex)
	}
	if !strings.Contains(out.String(), "message 999 ") {
		t.Error("what was sent was not shown")
	}
	b.wiretape("tape", "check")
	b.wiretape("lint", "1")
}
