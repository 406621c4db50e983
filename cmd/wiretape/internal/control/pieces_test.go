package control_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
)

// TestPiecesComeThroughTheRecorder reads exchanges whose blocks lie mixed, and
// whose last pieces are still in an open block.
func TestPiecesComeThroughTheRecorder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	tape, err := store.Open(path, &store.Options{NoSync: true, Queue: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer tape.Close()
	server, err := control.Serve(tape, control.State{Tape: path})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	s := capture.Session{Started: time.Now()}
	if err := tape.Begin(&s); err != nil {
		t.Fatal(err)
	}
	var tracks [3]capture.Track
	for i := range tracks {
		if tracks[i], err = tape.Track(&capture.Exchange{Session: s.ID, Open: true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	var want [3]bytes.Buffer
	for n := range 2000 {
		i := n % 3
		data := bytes.Repeat([]byte{byte(n)}, n%1000)
		want[i].Write(data)
		tracks[i].Lock()
		err := tracks[i].Append(&capture.Piece{Data: data})
		tracks[i].Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if n%300 == 0 {
			if err := tape.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	client, err := control.Dial(path) // which waits until all is on the tape
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r := store.NewReader(client)
	for i := range tracks {
		var got bytes.Buffer
		for p, err := range r.Pieces(capture.ExchangeID(i+1), capture.Mark{}) {
			if err != nil {
				t.Fatal(err)
			}
			got.Write(p.Data)
		}
		if !bytes.Equal(got.Bytes(), want[i].Bytes()) {
			t.Errorf("exchange %d: %d bytes, want %d", i+1, got.Len(), want[i].Len())
		}
	}
	values, err := client.GetAll("log", [][]byte{make([]byte, 8), {0, 0, 0, 0, 0, 0, 0, 1}}, 0)
	if err != nil || len(values) != 2 || values[0] != nil || values[1] == nil {
		t.Errorf("%d values, %v; want none and one", len(values), err)
	}
}
