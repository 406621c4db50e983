package protocol_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/protocol"
)

// TestTheDocumentShowsLabelsThatExist holds the table of docs/protocols.md
// against the talks: every protocol has its row, and every label is one that a
// talk has.
func TestTheDocumentShowsLabelsThatExist(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "docs", "protocols.md"))
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{} // of a protocol, each on its line
	for _, c := range talks {
		_, units := split(t, exchange(c.url, c.sub), c.said.messages(t), nil)
		for _, u := range units {
			labels[c.protocol] += "\n" + u.Label + "\n"
		}
	}
	rows := map[string]bool{}
	for row := range strings.SplitSeq(string(file), "\n") {
		cells := strings.Split(row, " | ")
		if len(cells) != 4 || !strings.HasPrefix(row, "| `") {
			continue
		}
		name := strings.Trim(cells[0], "| `")
		rows[name] = true
		for i, label := range strings.Split(cells[3], "`") {
			if i%2 == 0 {
				continue
			}
			want := "\n" + label + "\n"
			if part, ok := strings.CutSuffix(label, "…"); ok {
				want = "\n" + part
			}
			if !strings.Contains(labels[name], want) {
				t.Errorf("%s: no talk has the label %q", name, label)
			}
		}
	}
	for _, name := range protocol.Names() {
		if !rows[name] {
			t.Errorf("docs/protocols.md lacks %s", name)
		}
	}
}
