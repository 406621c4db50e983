package wsframe_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// whole returns a received frame that is a message by itself.
func whole(op capture.Opcode, rsv uint8, payload []byte) *capture.Frame {
	return received(true, rsv, op, string(payload))
}

// received returns a frame of the server.
func received(fin bool, rsv uint8, op capture.Opcode, payload string) *capture.Frame {
	f := &capture.Frame{Dir: capture.Receive, Payload: []byte(payload)}
	f.FrameHead = capture.FrameHead{Fin: fin, Opcode: op, RSV: rsv, Length: uint64(len(payload))}
	return f
}

// cut returns a frame that was cut off by the end of the connection.
func cut(f *capture.Frame, announced uint64) *capture.Frame {
	f.Incomplete, f.Length = true, announced
	return f
}

// after returns a frame before which bytes were not recorded.
func after(lost uint64, f *capture.Frame) *capture.Frame {
	f.Lost = lost
	return f
}

// story tells the messages that come out of frames, one a line, those of Tail
// after a line "end".
func story(a *wsframe.Assembler, frames ...*capture.Frame) string {
	var b strings.Builder
	line := func(m *capture.Message) {
		fmt.Fprintf(&b, "%s %q", m.Opcode, m.Data)
		if m.Fragments != 1 {
			fmt.Fprintf(&b, " of %d", m.Fragments)
		}
		if m.Incomplete {
			b.WriteString(" incomplete")
		}
		if m.Lost > 0 {
			fmt.Fprintf(&b, " lost %d", m.Lost)
		}
		if m.Violation != "" {
			fmt.Fprintf(&b, " (%s)", m.Violation)
		}
		b.WriteString("\n")
	}
	for _, f := range frames {
		if m := a.Frame(f); m != nil {
			line(m)
		}
	}
	b.WriteString("end\n")
	for m := a.Tail(); m != nil; m = a.Tail() {
		line(m)
	}
	return b.String()
}

func TestAssemblerMakesMessages(t *testing.T) {
	for _, test := range []struct {
		name   string
		frames []*capture.Frame
		want   string
	}{
		{"one frame each", []*capture.Frame{
			received(true, 0, 1, "hello"), received(true, 0, 2, "\xff"), received(true, 0, 1, ""),
		}, "text \"hello\"\nbinary \"\\xff\"\ntext \"\"\nend\n"},
		{"fragments", []*capture.Frame{
			received(false, 0, 1, "a"), received(false, 0, 0, ""), received(true, 0, 0, "b"),
		}, "text \"ab\" of 3\nend\n"},
		{"a rune in two fragments", []*capture.Frame{
			received(false, 0, 1, "\xc3"), received(true, 0, 0, "\xa4"),
		}, "text \"ä\" of 2\nend\n"},
		{"control frames between fragments", []*capture.Frame{
			received(false, 0, 2, "a"), received(true, 0, 9, "p"), received(true, 0, 0, "b"), received(true, 0, 10, ""),
		}, "ping \"p\"\nbinary \"ab\" of 2\npong \"\"\nend\n"},
		{"an end inside a message", []*capture.Frame{
			received(false, 0, 1, "a"), received(false, 0, 0, "b"),
		}, "end\ntext \"ab\" of 2 incomplete\n"},
		{"an end inside a frame", []*capture.Frame{
			cut(received(true, 0, 1, "a"), 5),
		}, "text \"a\" incomplete\nend\n"},
		{"an end inside a fragment", []*capture.Frame{
			received(false, 0, 1, "a"), cut(received(false, 0, 0, "b"), 5),
		}, "text \"ab\" of 2 incomplete\nend\n"},
		{"an end inside a ping inside a message", []*capture.Frame{
			received(false, 0, 1, "a"), cut(received(true, 0, 9, "b"), 5),
		}, "ping \"b\" incomplete\nend\ntext \"a\" incomplete\n"},
		{"a continuation without a message", []*capture.Frame{
			received(false, 0, 0, "a"), received(true, 0, 0, "b"), received(true, 0, 1, "c"),
		}, "continuation \"ab\" of 2 (RFC 6455 5.4: continuation without a message)\ntext \"c\"\nend\n"},
		{"a message inside a fragmented one", []*capture.Frame{
			received(false, 0, 1, "a"), received(true, 0, 2, "b"), received(true, 0, 1, "c"),
		}, "text \"ab\" of 2 (RFC 6455 5.4: new message inside a fragmented one)\ntext \"c\"\nend\n"},
		{"a gap between messages", []*capture.Frame{
			received(true, 0, 1, "a"), after(7, received(true, 0, 1, "b")),
		}, "text \"a\"\ntext \"b\" lost 7\nend\n"},
		{"a gap inside a message", []*capture.Frame{
			received(false, 0, 1, "a\xc3"), after(7, received(true, 0, 0, "b")),
		}, "text \"a\\xc3b\" of 2 lost 7\nend\n"},
		{"a gap that took the end of a message", []*capture.Frame{
			received(false, 0, 1, "a"), after(7, received(true, 0, 9, "")), received(true, 0, 1, "b"),
		}, "ping \"\" lost 7\ntext \"b\"\nend\ntext \"a\" incomplete\n"},
		{"a gap that took the beginning of a message", []*capture.Frame{
			after(7, received(true, 0, 0, "b")), received(true, 0, 0, "c"),
		}, "continuation \"b\" lost 7\ncontinuation \"c\" (RFC 6455 5.4: continuation without a message)\nend\n"},
		{"a gap that cut a frame", []*capture.Frame{
			cut(received(true, 0, 1, "a"), 5), after(4, received(true, 0, 1, "b")),
		}, "text \"a\" incomplete\ntext \"b\" lost 4\nend\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, nil)
			if diff := cmp.Diff(test.want, story(a, test.frames...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAssemblerGivesFactsOfMessages(t *testing.T) {
	first := received(false, 0, 1, "one ")
	first.Seq, first.At, first.Took, first.Origin = 4, 10*time.Millisecond, time.Millisecond, "inject"
	ping := received(true, 0, 9, "p")
	ping.Seq, ping.At, ping.Took = 5, 12*time.Millisecond, 3
	last := received(true, 0, 0, "two")
	last.Seq, last.At, last.Took = 6, 15*time.Millisecond, 2*time.Millisecond

	a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, nil)
	if m := a.Frame(first); m != nil || !a.Pending() {
		t.Fatalf("after the first fragment: %v, pending %v", m, a.Pending())
	}
	want := &capture.Message{
		Dir: capture.Receive, At: 12 * time.Millisecond, Took: 3, Opcode: 9, FirstFrame: 5, Fragments: 1,
		Wire: 1, Len: 1, Data: []byte("p"),
	}
	if diff := cmp.Diff(want, a.Frame(ping)); diff != "" {
		t.Errorf("ping: %s", diff)
	}
	want = &capture.Message{
		Dir: capture.Receive, At: 10 * time.Millisecond, Took: 7 * time.Millisecond, Opcode: 1, FirstFrame: 4, Fragments: 2,
		Wire: 7, Len: 7, Data: []byte("one two"), Origin: "inject",
	}
	if diff := cmp.Diff(want, a.Frame(last)); diff != "" || a.Pending() {
		t.Errorf("text: %s, pending %v", diff, a.Pending())
	}
}

func TestAssemblerKeepsTheBeginningOfLongMessages(t *testing.T) {
	const rule = "RFC 6455 10.4: message longer than the limit"
	o := &wsframe.Options{MaxMessage: 4}
	for _, test := range []struct {
		name   string
		frames []*capture.Frame
		data   string
		length uint64
	}{
		{"one frame", []*capture.Frame{received(true, 0, 1, "123456")}, "1234", 6},
		{"fragments", []*capture.Frame{received(false, 0, 1, "123"), received(false, 0, 0, "456"), received(true, 0, 0, "789")}, "1234", 9},
		{"a payload that was not read", []*capture.Frame{{FrameHead: capture.FrameHead{Fin: true, Opcode: 2, Length: 1e12}}}, "", 1e12},
		{"an absurd length", []*capture.Frame{cut(received(true, 0, 2, "12"), 1<<63-1)}, "12", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, o)
			var m *capture.Message
			for _, f := range test.frames {
				m = a.Frame(f)
			}
			if m == nil || string(m.Data) != test.data || m.Len != test.length || m.Wire != test.length || m.Violation != rule {
				t.Errorf("%+v", m)
			}
			if got := test.frames[len(test.frames)-1].Violation; got != rule {
				t.Errorf("the last frame breaks %q", got)
			}
		})
	}
}

func TestAssemblerMessagesAreTheCallers(t *testing.T) {
	a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, nil)
	f := received(true, 0, 2, "aaaa")
	m := a.Frame(f)
	copy(f.Payload, "bbbb")
	first, last := received(false, 0, 2, "cc"), received(true, 0, 0, "cc")
	a.Frame(first)
	copy(first.Payload, "dd")
	n := a.Frame(last)
	if string(m.Data) != "aaaa" || string(n.Data) != "cccc" {
		t.Errorf("%q and %q", m.Data, n.Data)
	}
}

func TestAssemblerDataOfEmptyMessages(t *testing.T) {
	for _, test := range []struct {
		name   string
		frames []*capture.Frame
	}{
		{"one frame", []*capture.Frame{{FrameHead: capture.FrameHead{Fin: true, Opcode: 1}}}},
		{"fragments", []*capture.Frame{received(false, 0, 1, ""), received(true, 0, 0, "")}},
		{"compressed", []*capture.Frame{received(true, 4, 1, "\x00")}},
		{"compressed, no bytes", []*capture.Frame{received(true, 4, 1, "")}},
		{"compressed, cut off", []*capture.Frame{cut(received(true, 4, 1, ""), 9)}},
	} {
		a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{Enabled: true}, nil)
		var m *capture.Message
		for _, f := range test.frames {
			m = a.Frame(f)
		}
		if m == nil || m.Data == nil || len(m.Data) != 0 || m.Len != 0 {
			t.Errorf("%s: %+v", test.name, m)
		}
	}
}

func TestAssemblerCountsWithoutData(t *testing.T) {
	a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{Enabled: true}, &wsframe.Options{SkipData: true})
	bare := func(fin bool, rsv uint8, op capture.Opcode, length uint64) *capture.Frame {
		return &capture.Frame{Dir: capture.Receive, FrameHead: capture.FrameHead{Fin: fin, RSV: rsv, Opcode: op, Length: length}}
	}
	var got []capture.Message
	for _, f := range []*capture.Frame{bare(false, 4, 1, 100), bare(true, 0, 9, 3), bare(true, 0, 0, 50), bare(true, 0, 8, 1)} {
		if m := a.Frame(f); m != nil {
			got = append(got, *m)
		}
	}
	want := []capture.Message{
		{Dir: capture.Receive, Opcode: 9, Fragments: 1, Wire: 3, Len: 3},
		{Dir: capture.Receive, Opcode: 1, Fragments: 2, Wire: 150, Len: 150, Compressed: true},
		{Dir: capture.Receive, Opcode: 8, Fragments: 1, Wire: 1, Len: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	f := bare(true, 0, 1, 10)
	if n := testing.AllocsPerRun(100, func() { a.Frame(f) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAssemblerTakesAnyNumberOfFragments(t *testing.T) {
	a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, nil)
	a.Frame(received(false, 0, 2, "x"))
	for range 10_000 {
		if m := a.Frame(received(false, 0, 0, "x")); m != nil {
			t.Fatal("a message too early")
		}
	}
	m := a.Frame(received(true, 0, 0, "x"))
	if m.Fragments != 10_002 || !bytes.Equal(m.Data, bytes.Repeat([]byte("x"), 10_002)) {
		t.Errorf("%d fragments, %d bytes", m.Fragments, len(m.Data))
	}
}
