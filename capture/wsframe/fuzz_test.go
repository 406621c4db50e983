package wsframe_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// wires are seeds: the wire of the recorded talks, and frames of every kind.
func wires(f *testing.F) [][]byte {
	f.Helper()
	out := [][]byte{wireOf(frames()), []byte("\x81\x05hello\x88\x02\x03\xe8"), []byte("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffx")}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no recorded talks")
	}
	for _, file := range files {
		p, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var k talk
		if err := json.Unmarshal(p, &k); err != nil {
			f.Fatal(err)
		}
		out = append(out, k.Send, k.Receive)
	}
	return out
}

// FuzzSplitter checks that frames do not depend on how the bytes were split,
// and that they make the same bytes again.
func FuzzSplitter(f *testing.F) {
	for _, wire := range wires(f) {
		f.Add(wire, uint16(3), uint16(100))
	}
	f.Fuzz(func(t *testing.T, wire []byte, first, size uint16) {
		var at1, atN wsframe.Splitter
		want := split(t, &at1, wire)
		runs := [][]byte{wire[:min(int(first), len(wire))]}
		for p := wire[len(runs[0]):]; len(p) > 0; {
			n := min(int(size)+1, len(p))
			runs = append(runs, p[:n])
			p = p[n:]
		}
		if got := split(t, &atN, runs...); !reflect.DeepEqual(got, want) {
			t.Fatal(cmp.Diff(want, got))
		}
		if !bytes.Equal(at1.Partial(), atN.Partial()) {
			t.Fatalf("partial heads % x and % x", at1.Partial(), atN.Partial())
		}
		if again := append(wireOf(want), at1.Partial()...); !bytes.Equal(again, wire) {
			t.Fatalf("the frames make % x", again)
		}
	})
}

// FuzzAssembler checks that nothing makes an Assembler panic or exceed its
// bounds, that every frame ends a message which should, and that messages are
// numbered alike with and without their data.
func FuzzAssembler(f *testing.F) {
	for i, wire := range wires(f) {
		f.Add(wire, byte(i%2|2), uint32(0))
		f.Add(wire, byte(i%2|2|4|8), uint32(1<<7))
	}
	const limit = 10_000
	f.Fuzz(func(t *testing.T, wire []byte, flags byte, gaps uint32) {
		dir := capture.Direction(flags & 1)
		agreed := wsframe.Deflate{
			Enabled: flags&2 != 0, ServerNoTakeover: flags&4 != 0, ClientNoTakeover: flags&8 != 0, Others: flags&16 != 0,
		}
		a := wsframe.NewAssembler(dir, agreed, &wsframe.Options{MaxMessage: limit})
		counter := wsframe.NewAssembler(dir, agreed, &wsframe.Options{SkipData: true, MaxMessage: limit})
		check := func(m, c *capture.Message) {
			if (m == nil) != (c == nil) {
				t.Fatalf("%+v with data, %+v without", m, c)
			}
			if m == nil {
				return
			}
			if len(m.Data) > limit || m.Len < uint64(len(m.Data)) || m.Compressed && m.Len > 4*limit+64<<10 {
				t.Fatalf("%d bytes, length %d", len(m.Data), m.Len)
			}
			if m.Dir != dir || m.Fragments == 0 || m.Opcode.Control() && m.Fragments != 1 {
				t.Fatalf("%+v", m)
			}
			if c.Opcode != m.Opcode || c.Wire != m.Wire || c.Fragments != m.Fragments || c.FirstFrame != m.FirstFrame || c.Incomplete != m.Incomplete || c.Compressed != m.Compressed || c.Data != nil {
				t.Fatalf("%+v with data, %+v without", m, c)
			}
		}
		for i, frame := range decode(t, dir, wire) {
			if gaps>>(i%32)&1 != 0 {
				frame.Lost = 1
			}
			bare := *frame
			m, c := a.Frame(frame), counter.Frame(&bare)
			check(m, c)
			if ends := frame.Fin || frame.Incomplete || frame.Opcode.Control(); ends != (m != nil) {
				t.Fatalf("%+v ends a message: %v", frame.FrameHead, m != nil)
			}
			if a.Pending() != counter.Pending() {
				t.Fatalf("pending %v with data, %v without", a.Pending(), counter.Pending())
			}
			if len(a.Window()) > 32<<10 {
				t.Fatalf("a window of %d bytes", len(a.Window()))
			}
		}
		for range 2 {
			m, c := a.Tail(), counter.Tail()
			check(m, c)
			if m != nil && !m.Incomplete {
				t.Fatalf("a whole tail: %+v", m)
			}
		}
		if m := a.Tail(); m != nil || a.Pending() {
			t.Fatalf("a third tail: %+v", m)
		}
	})
}
