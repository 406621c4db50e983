package har_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/har"
	"github.com/wiretape/wiretape/capture/redact"
	"github.com/wiretape/wiretape/capture/store"
)

// BenchmarkMillion exports a socket of a million messages, as it is and
// redacted, and imports what was exported. Run it with -benchtime 1x.
func BenchmarkMillion(b *testing.B) {
	const messages = 1_000_000
	dir := b.TempDir()
	tape := openTape(b, filepath.Join(dir, "a.tape"))
	record(b, tape, messages)
	name := filepath.Join(dir, "a.har")
	timed := func(what string, run func() error) {
		began := time.Now()
		if err := run(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), what+"-s")
	}
	export := func(w io.Writer, r *redact.Redactor) error {
		sum, err := har.Export(w, tape, &har.ExportOptions{Redactor: r})
		if err == nil && sum.Messages != messages {
			err = fmt.Errorf("%d messages were exported", sum.Messages)
		}
		return err
	}
	for b.Loop() {
		f, err := os.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		timed("export", func() error { return export(f, nil) })
		r, err := redact.New(nil)
		if err != nil {
			b.Fatal(err)
		}
		timed("redacted", func() error { return export(io.Discard, r) })
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		into := openTape(b, filepath.Join(b.TempDir(), "b.tape"))
		timed("import", func() error { _, err := har.Import(f, into, nil); return err })
		_ = f.Close()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys>>20), "heap-MiB")
}

func openTape(b *testing.B, path string) *store.Tape {
	b.Helper()
	tape, err := store.Open(path, &store.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = tape.Close() })
	return tape
}

// record puts one socket with so many JSON messages onto the tape.
func record(b *testing.B, tape *store.Tape, messages int) {
	b.Helper()
	s := capture.Session{Started: time.Unix(1_763_740_800, 0)}
	if err := tape.Begin(&s); err != nil {
		b.Fatal(err)
	}
	ex := &capture.Exchange{
		Session: s.ID, Kind: capture.KindWebSocket, Started: s.Started, Open: true, Timing: capture.NoTiming,
		Request:  capture.Request{Method: "GET", URL: "wss://h.example.com/ws", Proto: "HTTP/1.1"},
		Response: &capture.Response{Status: 101, Reason: "Switching Protocols", Proto: "HTTP/1.1"},
	}
	track, err := tape.Track(ex, func() capture.Mark { return capture.Mark{Clean: true} })
	if err != nil {
		b.Fatal(err)
	}
	for i := range messages {
		data := fmt.Appendf(nil, `{"n":%d,"channel":"trades","instId":"BTC-EUR","px":"90000.1","sz":"0.0%d","side":"buy"}`, i, i%997)
		if !tape.Reserve(len(data), time.Minute) {
			b.Fatal("the tape does not keep up")
		}
		track.Lock()
		ex.Duration = time.Duration(i) * time.Millisecond
		err := track.Append(&capture.Piece{
			Type: capture.PieceFrame, Dir: capture.Receive, At: ex.Duration, Data: data,
			Frame: capture.FrameHead{Fin: true, Opcode: capture.OpText, Length: uint64(len(data)), Size: 2},
		})
		track.Unlock()
		if err != nil {
			b.Fatal(err)
		}
	}
	track.Lock()
	ex.Open = false
	track.Close()
	track.Unlock()
	if err := tape.Finish(s.ID, s.Started.Add(ex.Duration)); err != nil {
		b.Fatal(err)
	}
}
