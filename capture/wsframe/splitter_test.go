package wsframe_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// frame is a head and a payload, as a Splitter should find them.
type frame struct {
	Head    capture.FrameHead
	Payload []byte
}

// frames are frames of every length coding, masked and not.
func frames() []frame {
	r := rand.New(rand.NewPCG(6, 455))
	var out []frame
	for _, size := range []int{0, 1, 3, 125, 126, 127, 300} {
		for _, masked := range []bool{false, true} {
			for _, wide := range []uint8{0, 2, 8} {
				f := frame{Payload: make([]byte, size)}
				for i := range f.Payload {
					f.Payload[i] = byte(r.Uint32())
				}
				least := uint8(2)
				if size > 125 {
					least += 2
				}
				f.Head = capture.FrameHead{
					Fin:    r.IntN(2) == 0,
					RSV:    uint8(r.IntN(8)),
					Opcode: capture.Opcode(r.IntN(16)),
					Masked: masked,
					Length: uint64(size),
					Size:   max(least, 2+wide),
				}
				if masked {
					f.Head.MaskKey = [4]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), 7}
					f.Head.Size += 4
				}
				out = append(out, f)
			}
		}
	}
	return out
}

func wireOf(frames []frame) []byte {
	var wire []byte
	for _, f := range frames {
		wire = wsframe.AppendFrame(wire, f.Head, f.Payload)
	}
	return wire
}

// split runs the runs of bytes through a Splitter and puts the pieces together.
// It fails when a piece does not belong where it is.
func split(t *testing.T, s *wsframe.Splitter, runs ...[]byte) []frame {
	t.Helper()
	var out []frame
	open := false
	for _, p := range runs {
		before := bytes.Clone(p)
		rest := p
		for len(rest) > 0 {
			piece, n, ok := s.Next(rest)
			if !ok && n != len(rest) {
				t.Fatalf("no piece after %d of %d bytes", n, len(rest))
			}
			rest = rest[n:]
			if !ok {
				break
			}
			if piece.First == open {
				t.Fatalf("First is %v with a frame open: %v", piece.First, open)
			}
			if piece.First {
				out = append(out, frame{Head: piece.Head, Payload: []byte{}})
			}
			f := &out[len(out)-1]
			if piece.Head != f.Head {
				t.Fatalf("head changed from %v to %v", f.Head, piece.Head)
			}
			f.Payload = append(f.Payload, piece.Data...)
			if piece.Last != (uint64(len(f.Payload)) == f.Head.Length) {
				t.Fatalf("Last is %v after %d of %d bytes", piece.Last, len(f.Payload), f.Head.Length)
			}
			open = !piece.Last
		}
		if !bytes.Equal(p, before) {
			t.Fatal("the input was changed")
		}
	}
	return out
}

func TestSplitterFindsFramesAtEverySplit(t *testing.T) {
	want := frames()
	wire := wireOf(want)
	for i := range len(wire) + 1 {
		var s wsframe.Splitter
		if got := split(t, &s, wire[:i], wire[i:]); !reflect.DeepEqual(got, want) {
			t.Fatalf("split at %d: %s", i, cmp.Diff(want, got))
		}
		if head, payload := s.Pending(); head || payload {
			t.Fatalf("split at %d: pending %v, %v", i, head, payload)
		}
	}
}

func TestSplitterFindsFramesInRunsOfAnySize(t *testing.T) {
	want := frames()
	wire := wireOf(want)
	for size := 1; size < 40; size++ {
		var runs [][]byte
		for p := wire; len(p) > 0; {
			n := min(size, len(p))
			runs = append(runs, p[:n])
			p = p[n:]
		}
		var s wsframe.Splitter
		if got := split(t, &s, runs...); !reflect.DeepEqual(got, want) {
			t.Fatalf("runs of %d: %s", size, cmp.Diff(want, got))
		}
	}
}

func TestSplitterFindsLargeFrames(t *testing.T) {
	for _, size := range []int{0xffff, 0x10000, 200_000} {
		for _, masked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d bytes, masked %v", size, masked), func(t *testing.T) {
				payload := make([]byte, size)
				for i := range payload {
					payload[i] = byte(i * 31 >> 3)
				}
				h := capture.FrameHead{Fin: true, Opcode: 2, Masked: masked, Length: uint64(size), Size: 4}
				if masked {
					h.MaskKey, h.Size = [4]byte{1, 2, 3, 4}, 8
				}
				if size > 0xffff {
					h.Size += 6
				}
				want := []frame{{h, payload}}
				wire := wireOf(want)
				var s wsframe.Splitter
				// Runs of a length that is not a multiple of four turn the key.
				got := split(t, &s, wire[:1], wire[1:4], wire[4:70_001%len(wire)], wire[70_001%len(wire):])
				if !reflect.DeepEqual(got, want) {
					t.Fatal("the frame came out another one")
				}
			})
		}
	}
}

func TestSplitterTellsWhatIsUnfinished(t *testing.T) {
	wire := wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: 1, Masked: true, MaskKey: [4]byte{1, 2, 3, 4}}, make([]byte, 200))
	for i := range len(wire) + 1 {
		var s wsframe.Splitter
		split(t, &s, wire[:i])
		inHead, inPayload := s.Pending()
		if want := i > 0 && i < 8; inHead != want {
			t.Errorf("after %d bytes: inside a head: %v", i, inHead)
		}
		if want := i >= 8 && i < len(wire); inPayload != want {
			t.Errorf("after %d bytes: inside a payload: %v", i, inPayload)
		}
		want := wire[:0]
		if inHead {
			want = wire[:i]
		}
		if got := s.Partial(); !bytes.Equal(got, want) {
			t.Errorf("after %d bytes: partial head % x, want % x", i, got, want)
		}
	}
}

func TestSplitterTakesAbsurdLengths(t *testing.T) {
	for _, length := range []uint64{1<<63 - 1, 1 << 63, 1<<64 - 1} {
		wire := wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: 2, Masked: true, MaskKey: [4]byte{9}, Length: length}, []byte("some"))
		var s wsframe.Splitter
		got := split(t, &s, wire, []byte{'!' ^ 9})
		if len(got) != 1 || got[0].Head.Length != length || string(got[0].Payload) != "some!" {
			t.Errorf("length %d: %v", length, got)
		}
		if _, inPayload := s.Pending(); !inPayload {
			t.Errorf("length %d: the payload is not unfinished", length)
		}
	}
}

func TestSplitterDoesNotAllocatePerFrame(t *testing.T) {
	wire := wireOf(frames())
	var s wsframe.Splitter
	run := func() {
		for p := wire; len(p) > 0; {
			_, n, _ := s.Next(p[:min(len(p), 100)])
			p = p[n:]
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSplitterBoundsItsPieces(t *testing.T) {
	wire := wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: 2, Masked: true, MaskKey: [4]byte{1}}, make([]byte, 1<<20))
	var s wsframe.Splitter
	for p := wire; len(p) > 0; {
		piece, n, _ := s.Next(p)
		if len(piece.Data) > 32<<10 {
			t.Fatalf("a piece of %d bytes", len(piece.Data))
		}
		p = p[n:]
	}
}

func TestSplitterOfNothing(t *testing.T) {
	var s wsframe.Splitter
	if piece, n, ok := s.Next(nil); n != 0 || ok || piece.First {
		t.Errorf("between frames: %v, %d, %v", piece, n, ok)
	}
	split(t, &s, []byte{0x82, 5, 'a'})
	if piece, n, ok := s.Next(nil); n != 0 || ok || piece.First {
		t.Errorf("inside a payload: %v, %d, %v", piece, n, ok)
	}
}
