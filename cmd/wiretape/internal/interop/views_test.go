package interop_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestViewsAreWhatTheProgramPrints runs the commands in docs/views.md on the
// tapes of two demonstrations, and compares what they print with the page, but
// for what differs from run to run.
func TestViewsAreWhatTheProgramPrints(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "views.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("COLUMNS", "100")
	b := newBench(t)
	for _, name := range []string{"x", "again"} {
		b.wiretape("demo", "--dir", name)
		must(t, os.Rename(filepath.Join(b.dir, name, "demo.tape"), filepath.Join(b.dir, name+".tape")))
	}
	silent, err := os.ReadFile(filepath.Join("testdata", "silent.har"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(b.dir, "silent.har"), silent, 0o600))
	commands := 0
	for _, view := range views(string(page)) {
		command, _, _ := strings.Cut(view, "\n")
		commands++
		stdout, stderr, _ := b.run(strings.Fields(strings.TrimPrefix(command, "$ wiretape "))...)
		shown := masked(strings.TrimPrefix(view, command+"\n"))
		printed := masked(stdout + stderr)
		if at := slices.Index(shown, "⋮"); at >= 0 {
			rest := len(shown) - at - 1
			shown = slices.Delete(shown, at, at+1)
			if len(printed) > len(shown) {
				printed = slices.Delete(printed, at, len(printed)-rest)
			}
		}
		if diff := cmp.Diff(shown, printed); diff != "" {
			t.Errorf("%s: -page +program\n%s", command, diff)
		}
	}
	if commands < 15 {
		t.Errorf("only %d commands on the page", commands)
	}
}

// views returns the commands of a page, each with what follows it in its block.
func views(page string) []string {
	var all []string
	for i, part := range strings.Split(page, "```\n") {
		if i%2 == 0 {
			continue
		}
		for _, view := range strings.SplitAfter("\n"+part, "\n$ wiretape ")[1:] {
			all = append(all, "$ wiretape "+strings.TrimSuffix(view, "$ wiretape "))
		}
	}
	return all
}

// unstable is what lasting leaves that differs from run to run.
var unstable = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`eyJ[A-Za-z0-9._-]*…?`), "TOKEN"},
	{regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z`), "DATE"},
	{regexp.MustCompile(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun), .* GMT`), "DATE"},
	{regexp.MustCompile(`(?i)(Sec-Websocket-(Key|Accept):) .*`), "$1 KEY"},
	{regexp.MustCompile(`"?\b(c?[A-Z0-9]{12})\b"?`), "ID"},
	{regexp.MustCompile(`[ ▁▂▃▄▅▆▇█]*[▁▂▃▄▅▆▇█]+[ ▁▂▃▄▅▆▇█]*`), "BARS"},
	{regexp.MustCompile(`([0-9.]+(d|h|ms|m|ns|µs|s))+\b`), "TIME"},
}

// masked returns the lines of a text without what differs from run to run.
func masked(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		for _, u := range unstable {
			line = u.pattern.ReplaceAllString(line, u.as)
		}
		out = append(out, lasting(line))
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
