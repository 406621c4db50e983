package wsframe_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gobwas/ws"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

func TestAppendHeadWritesWhatGobwasWrites(t *testing.T) {
	for _, f := range frames() {
		for _, length := range []uint64{0, 125, 126, 0xffff, 0x10000, 1<<63 - 1} {
			h := f.Head
			h.Size, h.Length = 0, length
			var want bytes.Buffer
			err := ws.WriteHeader(&want, ws.Header{
				Fin: h.Fin, Rsv: h.RSV, OpCode: ws.OpCode(h.Opcode), Masked: h.Masked, Mask: h.MaskKey, Length: int64(length),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := wsframe.AppendHead(nil, h); !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%+v: got % x, want % x", h, got, want.Bytes())
			}
		}
	}
}

func TestAppendHeadHonoursLongerLengths(t *testing.T) {
	for _, test := range []struct {
		length uint64
		masked bool
		size   uint8
		want   string
	}{
		{5, false, 0, "82 05"},
		{5, false, 2, "82 05"},
		{5, false, 3, "82 05"}, // no such coding
		{5, false, 4, "82 7e 00 05"},
		{5, false, 10, "82 7f 00 00 00 00 00 00 00 05"},
		{5, false, 200, "82 05"},
		{5, true, 4, "82 85 01 02 03 04"}, // too short for a mask
		{5, true, 6, "82 85 01 02 03 04"},
		{5, true, 8, "82 fe 00 05 01 02 03 04"},
		{5, true, 14, "82 ff 00 00 00 00 00 00 00 05 01 02 03 04"},
		{300, false, 2, "82 7e 01 2c"}, // too short for the length
		{300, false, 10, "82 7f 00 00 00 00 00 00 01 2c"},
		{70000, false, 4, "82 7f 00 00 00 00 00 01 11 70"},
	} {
		h := capture.FrameHead{Fin: true, Opcode: 2, Masked: test.masked, Length: test.length, Size: test.size}
		if test.masked {
			h.MaskKey = [4]byte{1, 2, 3, 4}
		}
		if got := fmt.Sprintf("% x", wsframe.AppendHead(nil, h)); got != test.want {
			t.Errorf("%d bytes, masked %v, size %d: %s, want %s", test.length, test.masked, test.size, got, test.want)
		}
	}
}

func TestAppendFrameLeavesThePayloadAlone(t *testing.T) {
	payload := []byte("what the caller owns")
	h := capture.FrameHead{Fin: true, Opcode: 1, Masked: true, MaskKey: [4]byte{1, 2, 3, 4}}
	got := wsframe.AppendFrame([]byte("before"), h, payload)
	if string(payload) != "what the caller owns" || !bytes.HasPrefix(got, []byte("before\x81\x94\x01\x02\x03\x04")) {
		t.Errorf("payload %q, frame % x", payload, got)
	}
}

func TestAppendFrameAnnouncesMoreThanThereIs(t *testing.T) {
	got := wsframe.AppendFrame(nil, capture.FrameHead{Opcode: 1, Length: 9}, []byte("cut"))
	if want := "\x01\x09cut"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMaskAtAnyOffsetAndLength(t *testing.T) {
	key := [4]byte{0x11, 0x22, 0x44, 0x88}
	for offset := range 9 {
		for size := range 100 {
			got := make([]byte, size+1)[1:] // not aligned
			wsframe.Mask(got, key, offset)
			for i, b := range got {
				if b != key[(offset+i)%4] {
					t.Fatalf("offset %d, size %d: byte %d is %#x", offset, size, i, b)
				}
			}
		}
	}
}
