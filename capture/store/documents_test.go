package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture/store"
)

// documented is what a tape's documents are read through.
type documented interface {
	Document(key string) ([]byte, error)
	Documents(prefix string) ([]string, error)
}

// wantDocuments compares all documents of a tape.
func wantDocuments(t *testing.T, r documented, want map[string]string) {
	t.Helper()
	names, err := r.Documents("")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
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
}

func set(t *testing.T, tape *store.Tape, key, value string) {
	t.Helper()
	if err := tape.SetDocument(key, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

func TestDocumentsAreKept(t *testing.T) {
	r := newRecording(t, nil)
	if b, err := r.Document("a"); b != nil || err != nil {
		t.Errorf("%q, %v; want nothing", b, err)
	}
	big := strings.Repeat("x", store.DocumentMax)
	for key, value := range map[string]string{"a/2": "two", "a/1": "one", "b": "", "a": "old", "gone": "x", "big": big} {
		set(t, r.Tape, key, value)
	}
	set(t, r.Tape, "a", "new")
	for range 2 {
		if err := r.SetDocument("gone", nil); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := r.Documents("a/"); err != nil || !cmp.Equal(names, []string{"a/1", "a/2"}) {
		t.Errorf("%q, %v", names, err)
	}
	if b, err := r.Document("b"); err != nil || b == nil {
		t.Errorf("an empty document is %v, %v", b, err)
	}
	want := map[string]string{"a/2": "two", "a/1": "one", "b": "", "a": "new", "big": big}
	wantDocuments(t, r, want)
	r.append("x")
	r.end(t)
	if err := r.Remove(r.session); err != nil {
		t.Fatal(err)
	}
	wantDocuments(t, r, want)
	r.Close()
	if report := check(t, r.path); report.Documents != 5 {
		t.Errorf("%d documents, want 5", report.Documents)
	}
	if err := store.Compact(r.path, "", nil); err != nil {
		t.Fatal(err)
	}
	check(t, r.path)
	saved := r.path + ".saved"
	if _, err := store.Salvage(r.path, saved, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{r.path, saved} {
		view, err := store.Read(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantDocuments(t, view, want)
		view.Close()
	}
}

func TestDocumentsThatDoNotFitAreRefused(t *testing.T) {
	r := newRecording(t, nil)
	long := strings.Repeat("k", store.DocumentKeyMax)
	set(t, r.Tape, long, "fits")
	for _, test := range []struct {
		key  string
		size int
		want string
	}{
		{"", 1, "a document has no name"},
		{long + "k", 1, "has 1025 bytes, at most 1024 fit"},
		{"a", store.DocumentMax + 1, `document "a" has 1048577 bytes, at most 1048576 fit`},
	} {
		err := r.SetDocument(test.key, make([]byte, test.size))
		var refused *store.DocumentError
		if !errors.As(err, &refused) || refused.Hint() == "" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q and a hint", err, test.want)
		}
		if b, err := r.Document(test.key); b != nil || err != nil {
			t.Errorf("%d bytes, %v; want nothing", len(b), err)
		}
	}
}

// TestTapesWithoutDocumentsCanGetSome: the first tapes had no such bucket.
func TestTapesWithoutDocumentsCanGetSome(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "v1.tape"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.tape")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantDocuments(t, view, map[string]string{})
	view.Close()
	tape := open(t, path, nil)
	wantDocuments(t, tape, map[string]string{})
	set(t, tape, "a", "b")
	wantDocuments(t, tape, map[string]string{"a": "b"})
	tape.Close()
	check(t, path)
}

func TestDamagedDocumentsAreFound(t *testing.T) {
	r := newRecording(t, nil)
	set(t, r.Tape, "a", "some text that can be found")
	set(t, r.Tape, "b", "other")
	r.Close()
	b, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	b = []byte(strings.ReplaceAll(string(b), "can be found", "CAN be found"))
	if err := os.WriteFile(r.path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := store.Check(r.path)
	if err != nil || len(report.Damage) != 1 || report.Damage[0].Where != `document "a"` {
		t.Errorf("%+v, %v", report, err)
	}
	view, err := store.Read(r.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	if b, err := view.Document("a"); err == nil {
		t.Errorf("got %q", b)
	}
	saved := r.path + ".saved"
	if _, err := store.Salvage(r.path, saved, nil); err != nil {
		t.Fatal(err)
	}
	whole, err := store.Read(saved, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	wantDocuments(t, whole, map[string]string{"b": "other"})
}
