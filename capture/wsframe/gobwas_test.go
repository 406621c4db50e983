package wsframe_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/gobwas/ws"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// TestReadsAsGobwasDoes reads random frames with both.
func TestReadsAsGobwasDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var wire []byte
	for range 500 {
		payload := make([]byte, []int{0, 1, 5, 125, 126, 1000, 70_000}[r.IntN(7)])
		for i := range payload {
			payload[i] = byte(r.Uint32())
		}
		wire = wsframe.AppendFrame(wire, capture.FrameHead{
			Fin: r.IntN(2) == 0, RSV: uint8(r.IntN(8)), Opcode: capture.Opcode(r.IntN(16)),
			Masked: r.IntN(2) == 0, MaskKey: [4]byte{byte(r.Uint32()), 1, 2, 3},
		}, payload)
	}
	var s wsframe.Splitter
	in := bytes.NewReader(wire)
	for i, got := range split(t, &s, wire) {
		want, err := ws.ReadHeader(in)
		if err != nil {
			t.Fatal(err)
		}
		payload := make([]byte, want.Length)
		if _, err := io.ReadFull(in, payload); err != nil {
			t.Fatal(err)
		}
		if want.Masked {
			ws.Cipher(payload, want.Mask, 0)
		}
		h := ws.Header{Fin: got.Head.Fin, Rsv: got.Head.RSV, OpCode: ws.OpCode(got.Head.Opcode), Masked: got.Head.Masked, Length: int64(got.Head.Length)}
		if h.Masked {
			h.Mask = got.Head.MaskKey
		}
		if h != want || !bytes.Equal(payload, got.Payload) {
			t.Fatalf("frame %d: got %+v, want %+v", i, h, want)
		}
	}
	if in.Len() != 0 {
		t.Errorf("%d bytes were left", in.Len())
	}
}

// TestChecksAsGobwasDoes looks at every head there is of short frames, and of
// control frames that are too long, in every state of a direction.
func TestChecksAsGobwasDoes(t *testing.T) {
	for _, dir := range []capture.Direction{capture.Send, capture.Receive} {
		for _, fragmented := range []bool{false, true} {
			for bits := range 1 << 9 {
				h := capture.FrameHead{
					Fin: bits&1 != 0, Masked: bits&2 != 0, RSV: uint8(bits >> 2 & 7), Opcode: capture.Opcode(bits >> 5 & 15), Length: 0,
				}
				for _, h.Length = range []uint64{0, 126} {
					checkAsGobwas(t, dir, fragmented, h)
				}
			}
		}
	}
}

func checkAsGobwas(t *testing.T, dir capture.Direction, fragmented bool, h capture.FrameHead) {
	t.Helper()
	a := wsframe.NewAssembler(dir, wsframe.Deflate{}, &wsframe.Options{SkipData: true})
	state := ws.StateClientSide
	if dir == capture.Send {
		state = ws.StateServerSide
	}
	if fragmented {
		state = state.Set(ws.StateFragmented)
		a.Frame(&capture.Frame{Dir: dir, FrameHead: capture.FrameHead{Opcode: 1, Masked: dir == capture.Send}})
	}
	f := &capture.Frame{Dir: dir, FrameHead: h}
	a.Frame(f)
	err := ws.CheckHeader(ws.Header{Fin: h.Fin, Rsv: h.RSV, OpCode: ws.OpCode(h.Opcode), Masked: h.Masked, Length: int64(h.Length)}, state)
	if (err != nil) != (f.Violation != "") {
		t.Errorf("%s, fragmented %v, %+v: %q, want %v", dir, fragmented, h, f.Violation, err)
	}
}

// TestChecksClosesAsGobwasDoes tries every close code. The codes registered
// since RFC 6455 (1012, 1013 and 1014) are not known to gobwas/ws, and it
// leaves 5000 and up to the application.
func TestChecksClosesAsGobwasDoes(t *testing.T) {
	for code := range 1 << 16 {
		payload := []byte{byte(code >> 8), byte(code)}
		f := whole(capture.OpClose, 0, payload)
		wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, nil).Frame(f)
		err := ws.CheckCloseFrameData(ws.StatusCode(code), "")
		if code >= 1012 && code <= 1014 {
			err = nil
		}
		if code >= 5000 {
			err = errors.New("not defined")
		}
		if (err != nil) != (f.Violation != "") {
			t.Errorf("close code %d: %q, want %v", code, f.Violation, err)
		}
	}
}
