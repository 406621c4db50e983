package wire_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// room is one part of the table.
type room struct {
	title string
	cases []spoken
}

func rooms() []room {
	var broken []spoken
	for _, b := range rulebreaks {
		who := "server"
		if b.up {
			who = "client"
		}
		broken = append(broken, spoken{who + ": " + b.rule, func(k *talk) {
			k.open()
			if b.up {
				k.says(b.wire)
			} else {
				k.hears(b.wire)
			}
			k.part()
		}})
	}
	return []room{
		{"WebSocket", sockets},
		{"Frames that break a rule", broken},
		{"How a socket ends", farewells},
		{"Bodies and how they end", bodies},
		{"Requests and responses", requests},
		{"HTTP/2", streams},
	}
}

// ways are those its cases are held over: direct ones first, TLS last.
func (r room) ways() []way {
	if r.title == "HTTP/2" {
		return ways2
	}
	return ways
}

const preface = `# The wire, case by case

What a client and a server of raw sockets see of each other, directly and with the recorder in between. Each case is held over five ways: plain and
TLS directly, and through ` + "`wiretape record`" + ` as a plain proxy request in absolute form, as plain HTTP inside CONNECT, and as TLS inside CONNECT.
All bytes are compared, in both directions, with what was sent before what, and how the other side ended. Chunked bodies are compared by what
they carry. Differences are spelled out; limits.md says why.

"direct" is how the conversation ended for client and server without wiretape. "tape" is what ` + "`wiretape ls`" + ` says of it, plain and over TLS where
that is not the same. Written by ` + "`go test ./cmd/wiretape/internal/wire -update`" + `; the test fails when it is not current.
`

// TestEveryConversation holds all conversations and compares the table that
// comes of it with the one in docs.
func TestEveryConversation(t *testing.T) {
	t.Parallel()
	rec := record(t)
	rooms := rooms()
	seen := map[string][]sight{} // by case, in the order of the ways
	for _, room := range rooms {
		for _, c := range room.cases {
			for _, w := range room.ways() {
				seen[c.name] = append(seen[c.name], newTalk(t, rec, w).hold(c.script))
			}
		}
	}
	rec.stop()
	tape := rec.read("ls")
	var out bytes.Buffer
	out.WriteString(preface)
	for _, room := range rooms {
		fmt.Fprintf(&out, "\n## %s\n\n| case | plain, direct | plain | TLS, direct | TLS | tape |\n|---|---|---|---|---|---|\n", room.title)
		for _, c := range room.cases {
			s := seen[c.name]
			last := len(s) - 1
			plain, inConnect, tls := difference(s[0], s[2]), difference(s[0], s[last-1]), difference(s[1], s[last])
			if plain != inConnect {
				plain = "absolute form: " + plain + "; in CONNECT: " + inConnect
			}
			all := ""
			for i, w := range room.ways()[2:] {
				switch on := rec.compare(c.name+", "+w.name, tape, s[i+2]); {
				case all == "":
					all = on
				case !strings.HasPrefix(all+"; ", on+"; "):
					all += "; " + w.name + ": " + on
				}
			}
			cells := []string{c.name, s[0].end(), plain, s[1].end(), tls, all}
			for i := range cells {
				cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
			}
			fmt.Fprintf(&out, "| %s |\n", strings.Join(cells, " | "))
		}
	}
	golden(t, out.String())
}

// golden compares the table with docs/wire.md, or writes it there.
func golden(t *testing.T, table string) {
	t.Helper()
	name := filepath.Join("..", "..", "..", "..", "docs", "wire.md")
	if *update {
		if err := os.WriteFile(name, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(old), "\n"), strings.Split(table, "\n")
	for _, line := range is {
		if !slices.Contains(was, line) {
			t.Errorf("not in docs/wire.md:\n%s", line)
		}
	}
	if !t.Failed() && string(old) != table {
		t.Error("docs/wire.md is not current")
	}
}

// end is how the conversation ended for both of its ends.
func (s sight) end() string {
	said := func(who string, saw []string) string {
		if len(saw) == 0 || saw[len(saw)-1][0] == '"' {
			return ""
		}
		return who + " " + saw[len(saw)-1]
	}
	all := []string{said("client", s.client), said("server", s.origin)}
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	if len(all) == 0 {
		return "goes on"
	}
	return strings.Join(all, ", ")
}

// difference says in which way what was seen through the recorder is not what
// was seen directly.
func difference(direct, through sight) string {
	var all []string
	for _, end := range []struct {
		who       string
		want, got []string
	}{{"client", direct.client, through.client}, {"server", direct.origin, through.origin}} {
		if slices.Equal(end.want, end.got) {
			continue
		}
		i := 0
		for i < len(end.want) && i < len(end.got) && end.want[i] == end.got[i] {
			i++
		}
		all = append(all, fmt.Sprintf("%s saw %s, directly %s", end.who, shown(end.got[i:]), shown(end.want[i:])))
	}
	if len(all) == 0 {
		return "same"
	}
	return strings.Join(all, "; ")
}

func shown(saw []string) string {
	s := strings.Join(saw, ", then ")
	switch {
	case s == "":
		return "nothing"
	case len(s) > 400:
		s = s[:400] + "…"
	}
	return "`" + s + "`"
}

// exchanges returns what belongs to a conversation.
func exchanges(tape []map[string]any, s sight) []map[string]any {
	var all []map[string]any
	for _, ex := range tape {
		url := ex["url"].(string)
		if _, rest, _ := strings.Cut(url, "://"); strings.HasPrefix(rest, s.host) {
			all = append(all, ex)
		}
	}
	return all
}

// summary says in one line what the tape has of an exchange.
func summary(ex map[string]any) string {
	s := fmt.Sprint(ex["status"])
	if ex["kind"] != "http" {
		s += fmt.Sprint(" ", ex["kind"])
	}
	for _, dir := range []string{"sent", "received"} {
		n := ex[dir].(map[string]any)
		if n["bytes"] == 0.0 && n["frames"] == 0.0 {
			continue
		}
		s += fmt.Sprintf(", %s %v B", dir, n["bytes"])
		switch {
		case n["frames"] != 0.0:
			s += fmt.Sprintf(" (frames %v, messages %v, control %v)", n["frames"], n["messages"], n["control"])
		case n["messages"] != 0.0:
			s += fmt.Sprintf(" (messages %v)", n["messages"])
		}
	}
	end := ex["end"].(map[string]any)
	s += fmt.Sprintf(", %v by %v", end["how"], end["by"])
	if end["code"] != 0.0 {
		s += fmt.Sprintf(" %v %q", end["code"], end["reason"])
	}
	if end["no_close_notify"] == true {
		s += ", no close_notify"
	}
	return s
}
