package filter_test

import (
	"os"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/filter"
)

// TestTheManualIsTrue parses every example of docs/filter.md, and compares its
// tables with the fields there are.
func TestTheManualIsTrue(t *testing.T) {
	manual, err := os.ReadFile("../../docs/filter.md")
	if err != nil {
		t.Fatal(err)
	}
	inside, examples := false, 0
	rows := map[string]bool{}
	for line := range strings.Lines(string(manual)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```filter"
		case inside:
			compile(t, line)
			examples++
		case strings.HasPrefix(line, "| `"):
			rows[line] = true
		}
	}
	if examples < 30 {
		t.Errorf("found %d examples only", examples)
	}
	for _, f := range filter.Fields() {
		compile(t, f.Example)
		about := f.About
		if len(f.Values) > 0 {
			about += ": `" + strings.Join(f.Values, "`, `") + "`"
		}
		if row := "| `" + f.Name + "` | " + about + " | `" + f.Example + "` |"; !rows[row] {
			t.Errorf("docs/filter.md lacks the row\n%s", row)
		}
		if f.Flag {
			compile(t, f.Name)
		}
		for _, v := range f.Values {
			compile(t, f.Name+":"+v)
		}
	}
}

// TestTheManualShowsARealError compares the error at its end.
func TestTheManualShowsARealError(t *testing.T) {
	manual, err := os.ReadFile("../../docs/filter.md")
	if err != nil {
		t.Fatal(err)
	}
	_, err = filter.Parse("kind:ws status:4x")
	if err == nil || !strings.Contains(string(manual), "\n```\nwiretape: error: "+err.Error()+"\n```\n") {
		t.Errorf("docs/filter.md does not show\n%v", err)
	}
}
