package curl_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/curl"
)

// run lets a shell run a command line with programs called curl and websocat
// that print their arguments, one a line, and returns what they printed.
func run(t *testing.T, line string) []string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"curl", "websocat"} {
		script := "#!/bin/sh\nprintf '%s\\0' " + name + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("skipped: needs sh")
	}
	c := exec.Command(sh, "-c", line)
	c.Env, c.Dir = []string{"PATH=" + dir}, dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, line)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestCommandRunsCurlAndNothingElse(t *testing.T) {
	nasty := "a'; touch owned; $(touch owned) `touch owned` \\ \" ! \n&& touch owned #"
	for _, c := range []struct {
		name string
		ex   capture.Exchange
		body string
		want []string
	}{
		{"get", capture.Exchange{Request: capture.Request{Method: "GET", URL: "https://h/a?b=[1-3]&c={x}"}}, "", []string{"curl", "--globoff", "--url", "https://h/a?b=[1-3]&c={x}"}},
		{
			"hostile values",
			capture.Exchange{Kind: capture.KindSSE, Request: capture.Request{
				Method: "POST", URL: "https://h/" + nasty, Proto: "HTTP/2.0",
				Header: []capture.Field{{Name: "X-A", Value: nasty}, {Name: "@/etc/passwd", Value: "x"}, {Name: "Empty"}, {Name: "-o", Value: "f"}},
			}},
			"@/etc/passwd" + nasty,
			[]string{
				"curl", "--globoff", "--http2", "--request", "POST", "--no-buffer", "--header", "X-A: " + nasty,
				"--header", "Empty;", "--data-raw", "@/etc/passwd" + nasty, "--url", "https://h/" + nasty,
			},
		},
		{
			"socket",
			capture.Exchange{Kind: capture.KindWebSocket, Request: capture.Request{
				Method: "GET", URL: "wss://h/ws?token=" + nasty,
				Header: []capture.Field{
					{Name: "Host", Value: "h"},
					{Name: "Upgrade", Value: "websocket"},
					{Name: "Connection", Value: "Upgrade"},
					{Name: "Sec-WebSocket-Key", Value: "x"},
					{Name: "Sec-WebSocket-Protocol", Value: "v1, v2"},
					{Name: "Cookie", Value: nasty},
				},
			}},
			"",
			[]string{"websocat", "--protocol=v1, v2", "--header=Cookie: " + nasty, "--", "wss://h/ws?token=" + nasty},
		},
	} {
		line, err := curl.Command(&c.ex, []byte(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, run(t, line)); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", c.name, diff, line)
		}
	}
}

func TestCommandRefusesWhatCannotStandThere(t *testing.T) {
	for name, ex := range map[string]capture.Exchange{
		"tunnel":     {Kind: capture.KindTunnel, Request: capture.Request{Method: "CONNECT", URL: "h:443"}},
		"method":     {Request: capture.Request{Method: "-X;", URL: "https://h/"}},
		"escape":     {Request: capture.Request{Method: "GET", URL: "https://h/\x1b[2J"}},
		"not a text": {Request: capture.Request{Method: "GET", URL: "https://h/\xff"}},
	} {
		if line, err := curl.Command(&ex, nil); err == nil {
			t.Errorf("%s: %s", name, line)
		}
	}
	if _, err := curl.Command(&capture.Exchange{Request: capture.Request{Method: "POST", URL: "https://h/"}}, []byte{0, 1}); err == nil {
		t.Error("a binary body stands on the command line")
	}
}
