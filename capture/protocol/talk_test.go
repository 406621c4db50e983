package protocol_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
)

// talk is a conversation in short form, one message a line: "> text" of the
// client, "< text" of the server, ">x" and "<x" with bytes in hex, ">p", "<p",
// ">c" for control frames. In text \n, \0 and the like stand for the characters.
type talk string

// messages returns the messages of a talk, a second apart.
func (k talk) messages(t testing.TB) []*capture.Message {
	t.Helper()
	var all []*capture.Message
	for line := range strings.SplitSeq(string(k), "\n") {
		line = strings.TrimLeft(line, "\t ")
		if line == "" {
			continue
		}
		head, text, _ := strings.Cut(line, " ")
		m := &capture.Message{
			Seq: uint64(len(all) + 1), At: time.Duration(len(all)) * time.Second, Took: time.Millisecond,
			Opcode: capture.OpText, Data: []byte(unescape.Replace(text)),
		}
		if head[0] == '<' {
			m.Dir = capture.Receive
		}
		switch head[1:] {
		case "x":
			m.Opcode = capture.OpBinary
			b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			m.Data = b
		case "p":
			m.Opcode = capture.OpPing
		case "o":
			m.Opcode = capture.OpPong
		case "c":
			m.Opcode = capture.OpClose
			m.Data = append([]byte{3, 0xe8}, m.Data...)
		}
		m.Len = uint64(len(m.Data))
		all = append(all, m)
	}
	return all
}

var unescape = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\0`, "\x00", `\e`, "\x1e", `\z`, "\x18")

// exchange is a WebSocket with a URL and the subprotocol that was chosen.
func exchange(url, subprotocol string) *capture.Exchange {
	ex := &capture.Exchange{Kind: capture.KindWebSocket, Request: capture.Request{Method: "GET", URL: url}, Response: &capture.Response{Status: 101}}
	if subprotocol != "" {
		ex.Response.Header = []capture.Field{{Name: "Sec-WebSocket-Protocol", Value: subprotocol}}
	}
	return ex
}

// split cuts messages into units and checks what holds for all protocols.
func split(t testing.TB, ex *capture.Exchange, messages []*capture.Message, o *protocol.Options) (*protocol.Splitter, []*protocol.Unit) {
	t.Helper()
	s := protocol.NewSplitter(ex, o)
	var units []*protocol.Unit
	emit := func(u *protocol.Unit) {
		if u.Seq != uint64(len(units)+1) {
			t.Errorf("unit %d follows unit %d", u.Seq, len(units))
		}
		units = append(units, u)
	}
	for _, m := range messages {
		s.Feed(m, emit)
	}
	s.Close(emit)
	covered(t, messages, units)
	return s, units
}

// covered checks that the units hold every byte of the messages, each once and
// in order, and that they say in which messages they stand.
func covered(t testing.TB, messages []*capture.Message, units []*protocol.Unit) {
	t.Helper()
	at := map[uint64]*capture.Message{}
	rest := map[uint64][]byte{} // what no unit held yet
	for _, m := range messages {
		at[m.Seq] = m
		rest[m.Seq] = m.Data
	}
	for _, u := range units {
		first, last := at[u.First], at[u.Last]
		switch {
		case first == nil || last == nil || first.Dir != u.Dir || last.Dir != u.Dir || u.First > u.Last:
			t.Fatalf("unit %d %q stands in messages %d to %d", u.Seq, u.Label, u.First, u.Last)
		case u.At != first.At || u.At+u.Took != last.At+last.Took:
			t.Errorf("unit %d %q: from %s, took %s; messages %d to %d", u.Seq, u.Label, u.At, u.Took, u.First, u.Last)
		case u.Label == "":
			t.Errorf("unit %d has no label", u.Seq)
		}
		data := u.Data
		for i := u.First; i <= u.Last; i++ {
			if at[i].Dir != u.Dir || u.First != u.Last && at[i].Opcode.Control() {
				continue
			}
			n := min(len(rest[i]), len(data))
			if string(rest[i][:n]) != string(data[:n]) {
				t.Fatalf("unit %d %q holds %q where message %d has %q", u.Seq, u.Label, data[:n], i, rest[i][:n])
			}
			rest[i], data = rest[i][n:], data[n:]
		}
		if len(data) > 0 {
			t.Fatalf("unit %d %q holds %q, which messages %d to %d do not", u.Seq, u.Label, data, u.First, u.Last)
		}
	}
	for i, left := range rest {
		if len(left) > 0 {
			t.Fatalf("no unit holds %q of message %d", left, i)
		}
	}
}

// line describes a unit: direction, role, id, label, and what is special.
func line(u *protocol.Unit) string {
	arrow := ">"
	if u.Dir == capture.Receive {
		arrow = "<"
	}
	id := u.ID
	if id == "" {
		id = "-"
	}
	s := fmt.Sprintf("%s %s %s %s", arrow, u.Role, id, u.Label)
	if u.Error {
		s += " !"
	}
	if u.More {
		s += " …"
	}
	if u.First != u.Last {
		s += fmt.Sprintf(" (%d to %d)", u.First, u.Last)
	}
	if u.Violation != "" {
		s += " # " + u.Violation
	}
	return s
}

func lines(units []*protocol.Unit) string {
	var b strings.Builder
	for _, u := range units {
		b.WriteString(line(u) + "\n")
	}
	return b.String()
}

// trim takes the indentation off a text of lines.
func trim(s string) string {
	var b strings.Builder
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.TrimLeft(l, "\t "); l != "" {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}
