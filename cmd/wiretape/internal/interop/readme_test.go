package interop_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeShowsWhatTheProgramPrints runs the demonstration and looks in what
// it printed for every line of the README's first block, but for what differs
// from run to run.
func TestReadmeShowsWhatTheProgramPrints(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```\n")
	block, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the README has no block")
	}
	if n := strings.Count(block, "\n"); n > 12 {
		t.Errorf("the first block has %d lines, want at most 12", n)
	}
	b := newBench(t)
	stdout, stderr, code := b.run("demo")
	if code != 0 || !strings.HasSuffix(stdout, "\nsame transcript: yes\n") {
		t.Fatalf("wiretape demo: exit code %d\n%s%s", code, stdout, stderr)
	}
	printed := map[string]bool{}
	for line := range strings.Lines(stdout + stderr) {
		printed[lasting(line)] = true
	}
	for line := range strings.Lines(block) {
		if !strings.HasPrefix(line, "$ ") && !printed[lasting(line)] {
			t.Errorf("the README shows a line the program does not print:\n%s", line)
		}
	}
}

// volatile is what differs from run to run, and what it is shown as.
var volatile = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`(ca|tape|ui)=\S+`), "$1=FILE"},
	{regexp.MustCompile(`on \S+\.tape`), "on FILE"},
	{regexp.MustCompile(`"(id|clOrdId)":"[A-Za-z0-9]+("|…)`), `"$1":"ID"`},
	{regexp.MustCompile(`[0-9.]+(ns|µs|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`[0-9]+`), "N"},
	{regexp.MustCompile(`\s+`), " "},
}

// lasting returns a line as it is in every run.
func lasting(line string) string {
	line = strings.TrimSpace(line)
	for _, v := range volatile {
		line = v.pattern.ReplaceAllString(line, v.as)
	}
	return strings.TrimRight(line, "…")
}
