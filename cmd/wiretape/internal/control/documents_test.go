package control_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
)

func TestDocumentsGoThroughTheRecorder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	tape, err := store.Open(path, &store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tape.Close()
	server, err := control.Serve(tape, control.State{Tape: path})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := control.Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	big := strings.Repeat("x", store.DocumentMax)
	want := map[string]string{"view/a b&c=ü\x00": "text", "view/big": big, "view/empty": ""}
	for key, value := range want {
		if err := client.SetDocument(key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.SetDocument("gone", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := client.SetDocument("gone", nil); err != nil {
		t.Fatal(err)
	}
	for _, r := range []interface {
		Document(key string) ([]byte, error)
		Documents(prefix string) ([]string, error)
	}{client, tape} {
		got := map[string]string{}
		names, err := r.Documents("view/")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := r.Document(name)
			if err != nil {
				t.Fatal(err)
			}
			got[name] = string(b)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if b, err := r.Document("gone"); b != nil || err != nil {
			t.Errorf("%q, %v; want nothing", b, err)
		}
	}
	var refused *store.DocumentError
	if err := client.SetDocument("a", make([]byte, store.DocumentMax+1)); !errors.As(err, &refused) {
		t.Errorf("got %v, want that it is too long", err)
	}
}
