package wsframe_test

import (
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

func BenchmarkSplitter(b *testing.B) {
	for _, bench := range []struct {
		name   string
		masked bool
		size   int
	}{
		{"unmasked 256 B", false, 256},
		{"masked 256 B", true, 256},
		{"masked 64 KiB", true, 64 << 10},
	} {
		b.Run(bench.name, func(b *testing.B) {
			h := capture.FrameHead{Fin: true, Opcode: capture.OpBinary, Masked: bench.masked, MaskKey: [4]byte{1, 2, 3, 4}}
			wire := wsframe.AppendFrame(nil, h, make([]byte, bench.size))
			var s wsframe.Splitter
			b.SetBytes(int64(bench.size))
			b.ReportAllocs()
			for b.Loop() {
				for p := wire; len(p) > 0; {
					_, n, _ := s.Next(p)
					p = p[n:]
				}
			}
		})
	}
}

func BenchmarkAssembler(b *testing.B) {
	plain := sayings(1)[0]
	for _, bench := range []struct {
		name string
		o    wsframe.Options
	}{
		{"counts", wsframe.Options{SkipData: true}},
		{"plain", wsframe.Options{}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{}, &bench.o)
			f := whole(capture.OpText, 0, plain)
			b.ReportAllocs()
			for b.Loop() {
				a.Frame(f)
			}
		})
	}
	b.Run("deflated", func(b *testing.B) {
		d := wsframe.NewDeflater(15, false)
		var frames []*capture.Frame
		bytes := 0
		for _, p := range sayings(2000) {
			bytes += len(p)
			deflated, err := d.Append(nil, p)
			if err != nil {
				b.Fatal(err)
			}
			frames = append(frames, whole(capture.OpBinary, 4, deflated))
		}
		b.SetBytes(int64(bytes / len(frames)))
		b.ReportAllocs()
		var a *wsframe.Assembler
		for i := 0; b.Loop(); i++ {
			if i %= len(frames); i == 0 {
				a = wsframe.NewAssembler(capture.Receive, wsframe.Deflate{Enabled: true}, nil)
			}
			if m := a.Frame(frames[i]); m.Violation != "" {
				b.Fatal(m.Violation)
			}
		}
	})
}

func BenchmarkDeflater(b *testing.B) {
	for name, noTakeover := range map[string]bool{"takeover": false, "no takeover": true} {
		b.Run(name, func(b *testing.B) {
			payload := sayings(1)[0]
			d := wsframe.NewDeflater(15, noTakeover)
			var p []byte
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				p, _ = d.Append(p[:0], payload)
			}
		})
	}
}
