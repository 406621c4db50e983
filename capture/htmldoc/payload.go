package htmldoc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
)

// example is a recorded payload, in pieces that are coloured each.
type example struct {
	Where  string
	Pieces []piece
}

// piece is a run of text of one sort: "k" a name, "s" a string, "n" a number,
// "w" a word, "" all else.
type piece struct{ Class, Text string }

func contentOf(c *apidoc.Content) body {
	b := body{MediaType: clean(c.MediaType), Seen: times(c.Count), Rows: rowsOf(c.Schema)}
	if b.MediaType == "" {
		b.MediaType = string(c.Format)
	}
	for _, e := range c.Examples {
		b.Examples = append(b.Examples, exampleOf(e))
	}
	return b
}

func responseOf(r *apidoc.Response) response {
	out := response{
		Status: strconv.Itoa(r.Status), Reason: clean(r.Reason), Class: "good", Seen: times(r.Count),
	}
	if r.Status >= 400 {
		out.Class = "bad"
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, parameterOf(h))
	}
	for _, c := range r.Content {
		out.Bodies = append(out.Bodies, contentOf(c))
	}
	return out
}

func messageOf(endpoint string, m *apidoc.Message) *message {
	out := &message{
		ID: endpoint + "." + m.ID, Name: clean(m.Name), Arrow: "↑", Side: "client → server", Class: "send", Role: roleOf(m),
		Seen: times(m.Count), Error: m.Error, Topics: cleanAll(m.Topics), Correlation: clean(m.Correlation),
		body: body{Rows: rowsOf(m.Schema)},
	}
	if m.Event != "" && m.Event != "message" {
		out.Event = clean(m.Event)
	}
	if m.Dir == capture.Receive {
		out.Arrow, out.Side, out.Class = "↓", "server → client", "receive"
	}
	for _, r := range m.Replies {
		out.Replies = append(out.Replies, link{endpoint + "." + r.ID, clean(r.Name)})
	}
	for _, e := range m.Examples {
		out.Examples = append(out.Examples, exampleOf(e))
	}
	return out
}

func roleOf(m *apidoc.Message) string {
	switch m.Role {
	case "push", "other":
		return ""
	}
	return m.Role
}

// maxBinary is how many bytes of a binary example are shown.
const maxBinary = 96

func exampleOf(e apidoc.Example) example {
	out := example{Where: "exchange " + strconv.FormatUint(uint64(e.Exchange), 10)}
	if e.Seq > 0 {
		out.Where += ", number " + strconv.FormatUint(e.Seq, 10)
	}
	switch e.Format {
	case apidoc.JSON, apidoc.Form:
		var b bytes.Buffer
		if json.Indent(&b, e.Payload, "", "  ") == nil {
			out.Pieces = coloured(b.String())
			return out
		}
	case apidoc.Binary:
		more := ""
		if len(e.Payload) > maxBinary {
			more = "…"
		}
		out.Where += ", " + plural(len(e.Payload), "byte") + " in base64"
		out.Pieces = []piece{{"", base64.StdEncoding.EncodeToString(e.Payload[:min(len(e.Payload), maxBinary)]) + more}}
		return out
	}
	var lines []string
	for line := range strings.SplitSeq(string(e.Payload), "\n") {
		lines = append(lines, clean(strings.TrimSuffix(line, "\r")))
	}
	out.Pieces = []piece{{"", strings.Join(lines, "\n")}}
	return out
}

// coloured cuts an indented JSON text into pieces.
func coloured(s string) []piece {
	var all []piece
	add := func(class, text string) {
		if n := len(all); n > 0 && all[n-1].Class == class {
			all[n-1].Text += text
			return
		}
		all = append(all, piece{class, text})
	}
	for i := 0; i < len(s); {
		j := i + 1
		switch c := s[i]; {
		case c == '"':
			for j < len(s) && s[j] != '"' {
				if s[j] == '\\' {
					j++
				}
				j++
			}
			j = min(j+1, len(s))
			class := "s"
			if j < len(s) && s[j] == ':' {
				class = "k"
			}
			add(class, clean(s[i:j]))
		case c == '-' || c >= '0' && c <= '9':
			j = i + run(s[i:], "+-.eE0123456789")
			add("n", s[i:j])
		case c >= 'a' && c <= 'z':
			j = i + run(s[i:], "abcdefghijklmnopqrstuvwxyz")
			add("w", s[i:j])
		default:
			add("", s[i:j])
		}
		i = j
	}
	return all
}

// run returns how many bytes at the start of s are among those given.
func run(s, among string) int {
	n := 0
	for n < len(s) && strings.IndexByte(among, s[n]) >= 0 {
		n++
	}
	return n
}
