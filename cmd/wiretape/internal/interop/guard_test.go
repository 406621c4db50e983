package interop_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestNoPageIsReachedThroughTheProxy: not the recorder's own, and not one that
// another process shows of its tape, as long as that lasts.
func TestNoPageIsReachedThroughTheProxy(t *testing.T) {
	b := newBench(t)
	p, _ := b.pageOf("record", "-l", "127.0.0.1:0", "--ca-dir", "ca")
	other, stop := b.pageOf("ui")
	proxy, err := url.Parse(p.proxy)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy), DisableKeepAlives: true}}
	status := func(base string) int {
		t.Helper()
		resp, err := client.Get(base + "/")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for _, base := range []string{p.base, other.base, strings.Replace(other.base, "127.0.0.1", "localhost", 1)} {
		if got := status(base); got != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", base, got)
		}
	}
	stop()
	for status(other.base) == http.StatusForbidden {
		// The recorder hears of the end a moment later; the test's own limit
		// bounds the wait.
	}
}
