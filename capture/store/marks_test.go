package store_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	recorder "github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
)

// TestMarksAfter reads what was added to the marks, from each of them on.
func TestMarksAfter(t *testing.T) {
	tape, err := store.Open(filepath.Join(t.TempDir(), "x.tape"), &store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tape.Close()
	rec, err := recorder.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	tap := rec.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "ws://a.test/"}})
	tap.Response(0, capture.Response{Status: 101, Header: []capture.Field{{Name: "Upgrade", Value: "websocket"}}})
	frame := append([]byte{0x81, 126, 4, 0}, make([]byte, 1024)...)
	for range 40_000 {
		tap.Chunk(capture.Chunk{Dir: capture.Receive, Data: frame})
	}
	if err := tape.Sync(); err != nil {
		t.Fatal(err)
	}
	all, err := tape.Marks(1)
	if err != nil || len(all) < 300 {
		t.Fatalf("%d marks, %v", len(all), err)
	}
	for i, m := range all {
		if i%37 != 0 && i < len(all)-3 {
			continue
		}
		got, err := tape.MarksAfter(1, m)
		if err != nil {
			t.Fatal(err)
		}
		want := all[i+1:]
		if len(want) == 0 {
			want = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("behind mark %d: %s", i, diff)
		}
	}
	tap.End(capture.End{How: capture.HowFIN, By: capture.Server})
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
}
