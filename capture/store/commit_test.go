package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/store"
)

func TestCommitThatReachedTheDiskIsNotMadeTwice(t *testing.T) {
	tape := open(t, filepath.Join(t.TempDir(), "x.tape"), nil)
	head := tape.Head()
	if err := tape.TestCommit(head + 1); err != nil {
		t.Fatal(err)
	}
	tape.Drop()
	if err := tape.TestCommit(head + 1); err != nil {
		t.Error("the same commit again:", err)
	}
	tape.Drop()
	if err := tape.TestCommit(head + 2); err != nil {
		t.Error("the next commit:", err)
	}
}

// TestTapeThatAnotherWroteToIsLeftAlone: while a tape that failed is closed,
// another recorder may come and go.
func TestTapeThatAnotherWroteToIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	tape := open(t, path, nil)
	head := tape.Head()
	tape.Drop()
	other, err := store.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	begin(t, other)
	if err := tape.TestCommit(head + 1); err == nil {
		t.Error("a commit while another recorder has the tape")
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := tape.TestCommit(head + 1); err == nil || !strings.Contains(err.Error(), "another program wrote to the tape") {
			t.Errorf("got %v, want that another program wrote to it", err)
		}
	}
	if report := check(t, path); report.Exchanges != 0 || report.Sessions != 1 {
		t.Errorf("%+v", report)
	}
}
