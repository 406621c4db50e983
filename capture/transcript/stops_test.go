package transcript_test

import (
	"bytes"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/transcript"
)

// deflater compresses messages with a window that reaches back (RFC 7692 §7.2.1).
type deflater struct {
	buf bytes.Buffer
	w   *flate.Writer
}

func (d *deflater) frame(text string) []byte {
	d.buf.Reset()
	_, _ = d.w.Write([]byte(text))
	_ = d.w.Flush()
	payload := bytes.TrimSuffix(d.buf.Bytes(), []byte{0, 0, 0xff, 0xff})
	if len(payload) > 125 {
		panic("too long for this test")
	}
	return append([]byte{0xc1, byte(len(payload))}, payload...)
}

// countingTape counts the pieces that are read.
type countingTape struct {
	capture.Reader
	pieces int
}

func (t *countingTape) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return func(yield func(*capture.Piece, error) bool) {
		for p, err := range t.Reader.Pieces(id, from) {
			t.pieces++
			if !yield(p, err) {
				return
			}
		}
	}
}

// TestStopsStartInTheMiddle reads compressed messages from everywhere, with
// stops and without.
func TestStopsStartInTheMiddle(t *testing.T) {
	tape, err := store.Open(filepath.Join(t.TempDir(), "x.tape"), &store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tape.Close()
	rec, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	tap := rec.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "ws://a.test/"}})
	tap.Response(0, capture.Response{Status: 101, Header: []capture.Field{
		{Name: "Upgrade", Value: "websocket"}, {Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate"},
	}})
	const messages = 30_000
	d := &deflater{}
	d.w, _ = flate.NewWriter(&d.buf, flate.BestSpeed)
	text := func(n uint64) string { return fmt.Sprintf(`{"number":%d,"what":"the same words in each message"}`, n) }
	for n := range uint64(messages) {
		f := d.frame(text(n + 1))
		// Cut in two, so that stops lie beside reads, not between them.
		cut := int(n) % len(f)
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: time.Duration(n), Data: f[:cut]})
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: time.Duration(n), Data: f[cut:]})
	}
	tap.End(capture.End{At: messages, How: capture.HowFIN, By: capture.Server})
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	stops := &transcript.Stops{}
	counted := &countingTape{Reader: tape}
	for pass := range 2 { // the second time from stops
		for _, from := range []uint64{1, 2, 4095, 4096, 4097, 4098, 8192, 12_345, 20_481, messages - 1, messages} {
			tr, err := transcript.Open(counted, 1, &transcript.Options{Stops: stops})
			if err != nil {
				t.Fatal(err)
			}
			next := from
			counted.pieces = 0
			for m, err := range tr.Messages(from) {
				if err != nil || m.Seq != next || m.FirstFrame != next || string(m.Data) != text(next) || m.Violation != "" {
					t.Fatalf("from %d: message %d, frame %d, %q, %q, %v", from, m.Seq, m.FirstFrame, m.Data, m.Violation, err)
				}
				if next++; next > from+300 {
					break
				}
			}
			if next != min(from+301, messages+1) {
				t.Fatalf("from %d: ended at %d", from, next)
			}
			if pass > 0 && counted.pieces > 15_000 { // two for each message, those of a block before
				t.Errorf("from %d: read %d pieces", from, counted.pieces)
			}
			for f, err := range tr.Frames(from) {
				if err != nil || f.Seq != from || f.Violation != "" {
					t.Fatalf("frame %d: %d, %q, %v", from, f.Seq, f.Violation, err)
				}
				break
			}
		}
	}
}
