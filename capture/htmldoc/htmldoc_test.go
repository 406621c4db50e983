package htmldoc_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/htmldoc"
	"github.com/wiretape/wiretape/capture/internal/talks"
	"github.com/wiretape/wiretape/capture/redact"
)

// write returns the page of a tape without its secrets.
func write(t *testing.T, tape *talks.Tape) string {
	t.Helper()
	r, err := redact.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	api, err := apidoc.Read(r.Tape(tape), &apidoc.Options{Notes: tape})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := htmldoc.Write(&b, api, &htmldoc.Options{Redacted: true}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatWasRecordedIsNoMarkup(t *testing.T) {
	tape := talks.New(t)
	tape.Hostile()
	page := write(t, tape)
	for _, tag := range regexp.MustCompile(`<[a-zA-Z!/][^>]*>`).FindAllString(page, -1) {
		name := strings.ToLower(regexp.MustCompile(`^</?([a-zA-Z0-9!]*)`).FindStringSubmatch(tag)[1])
		switch name {
		case "script", "img", "svg", "iframe", "object", "link", "form", "b", "i", "x", "z":
			t.Errorf("%s is in the page", tag)
		}
		for _, bad := range []string{"onerror", "onload", "javascript:", "127.0.0.1", "style="} {
			if strings.Contains(strings.ToLower(tag), bad) {
				t.Errorf("%s is in %s", bad, tag)
			}
		}
	}
	for _, r := range page {
		if r < ' ' && r != '\n' || r == 0x202e {
			t.Errorf("the page holds %U", r)
		}
	}
	for _, want := range []string{`<a href="https://example.com/a?b=c" rel="noopener noreferrer">ok</a>`, "<strong>bold</strong>", "<table>", "&lt;script&gt;alert(9)&lt;/script&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestThePageTellsAll(t *testing.T) {
	tape := talks.New(t)
	tape.Services()
	page := write(t, tape)
	for _, secret := range talks.Secrets {
		if strings.Contains(page, secret) {
			t.Errorf("%s is in the page", secret)
		}
	}
	for _, want := range []string{
		"wss://events.example.com:8443/ws", "client → server", "server → client", "Answered by", "/v1/users/{id}", "text/event-stream",
		"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;", "map of object", "1000 normal closure", "prefers-color-scheme: dark",
	} {
		if !strings.Contains(page, want) && !strings.Contains(page, strings.ReplaceAll(want, "&#39;", "'")) {
			t.Errorf("%q is missing", want)
		}
	}
	if page != write(t, tape) {
		t.Error("the same tape became another page")
	}
}

// TestBrowsersShowThePage opens the pages in a browser: nothing runs, nothing is
// fetched, nothing is refused by the policy, and no line is too wide.
func TestBrowsersShowThePage(t *testing.T) {
	npm := os.Getenv("WIRETAPE_NPM")
	if _, err := exec.LookPath("node"); err != nil || npm == "" {
		t.Skip("skipped: needs npm packages (set WIRETAPE_NPM)")
	}
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		t.Skip("skipped: needs chromium")
	}
	args := []string{filepath.Join("testdata", "look.cjs")}
	shots := os.Getenv("WIRETAPE_SHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	for name, fill := range map[string]func(*talks.Tape){"services": (*talks.Tape).Services, "hostile": (*talks.Tape).Hostile} {
		tape := talks.New(t)
		fill(tape)
		if name == "services" {
			_ = tape.SetDocument("endpoint/GET events.example.com:8443 /ws", []byte(`{"title":"Orders, live","status":"released","owner":"team north","tags":["orders","realtime"],`+
				`"description":"Orders and what becomes of them. Log in first, then `+"`subscribe`"+`.\n\n| channel | tells |\n|---|---|\n| `+"`orders`"+` | fills and cancels |\n\nSee [the guide](https://example.com/guide)."}`))
		}
		file := filepath.Join(shots, name+".html")
		if err := os.WriteFile(file, []byte(write(t, tape)), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(npm, "node_modules"))
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "Cannot find module") {
		t.Skip("skipped: needs npm packages (playwright-core is not in WIRETAPE_NPM)")
	}
	if err != nil || strings.TrimSpace(string(out)) != "" {
		t.Errorf("%v\n%s", err, out)
	}
}
