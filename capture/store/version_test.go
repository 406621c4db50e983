package store_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

var update = flag.Bool("update", false, "write the tape of this version, if there is none, and what the tapes hold")

// plain writes a value as JSON without what is empty, so that a new field of
// the vocabulary changes nothing here.
func plain(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	b, err = json.Marshal(prune(tree))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e = prune(e); e == nil {
				delete(v, k)
			} else {
				v[k] = e
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		empty := true
		for i := range v {
			v[i] = prune(v[i])
			empty = empty && v[i] == nil
		}
		if empty {
			return nil
		}
	case json.Number:
		if v == "0" {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

type tapeReader interface {
	capture.Reader
	documented
}

// dump writes all that a tape holds as text.
func dump(t *testing.T, r tapeReader) string {
	t.Helper()
	var b strings.Builder
	list, err := r.Sessions()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		fmt.Fprintf(&b, "session %s\n", plain(t, s))
	}
	for ex, err := range r.Exchanges(0, false) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\nexchange %s\n", plain(t, ex))
		marks, err := r.Marks(ex.ID)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "marks %s\n", plain(t, marks))
		for p, err := range r.Pieces(ex.ID, capture.Mark{}) {
			if err != nil {
				t.Fatal(err)
			}
			data := p.Data
			p.Data = nil
			fmt.Fprintf(&b, "piece %s %d %.40q\n", plain(t, p), len(data), data)
		}
	}
	names, err := r.Documents("")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := r.Document(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\ndocument %q %q\n", name, text)
	}
	return b.String()
}

// makeVersion records a small tape with something of everything.
func makeVersion(t *testing.T, path string) {
	t.Helper()
	for run, o := range []*store.Options{{Tool: "wiretape test"}, {Compress: true}} {
		tape := open(t, path, o)
		session := begin(t, tape)
		for i, kind := range []capture.Kind{capture.KindHTTP, capture.KindWebSocket, capture.KindSSE, capture.KindNDJSON, capture.KindTunnel} {
			ex := fullExchange(session)
			ex.Kind = kind
			ex.Open = run == 1 && i == 4 // cut off
			if i == 3 {
				ex.Response, ex.End = nil, nil
			}
			n := uint64(0)
			k, err := tape.Track(ex, func() capture.Mark {
				return capture.Mark{Frames: n, Messages: n, Clean: n%2 == 0, LastID: fmt.Sprintf("id %0*d", 40*i*i, n)}
			})
			if err != nil {
				t.Fatal(err)
			}
			for range i { // a block of each commit, so many that the index has some
				k.Lock()
				k.Append(&capture.Piece{Dir: capture.Receive, Data: []byte(strings.Repeat("an event ", 500))})
				k.Unlock()
				if err := tape.Sync(); err != nil {
					t.Fatal(err)
				}
			}
			k.Lock()
			for _, p := range oddPieces() {
				k.Append(&p)
				n++
			}
			for range 5 * (i % 2) {
				k.Append(&capture.Piece{Dir: capture.Receive, At: time.Second, Data: []byte(strings.Repeat("some text ", 1500))})
				n++
			}
			if !ex.Open {
				k.Close()
			}
			k.Unlock()
		}
		set(t, tape, fmt.Sprint("document ", run), strings.Repeat("x", 100*run))
		if run == 0 {
			if err := tape.Finish(session, time.Unix(1700000042, 0).UTC()); err != nil {
				t.Fatal(err)
			}
		}
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTapesOfEveryVersionAreRead is the promise of docs/format.md.
func TestTapesOfEveryVersionAreRead(t *testing.T) {
	current := filepath.Join("testdata", fmt.Sprintf("v%d.tape", store.Version))
	if _, err := os.Stat(current); err != nil && *update {
		makeVersion(t, current)
	}
	for version := 1; version <= store.Version; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			name := filepath.Join("testdata", fmt.Sprintf("v%d.", version))
			b, err := os.ReadFile(name + "tape")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "x.tape")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			check(t, path)
			view, err := store.Read(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := dump(t, view)
			view.Close()
			if *update {
				if err := os.WriteFile(name+"txt", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name + "txt")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Error(d)
			}
			tape := open(t, path, nil)
			begin(t, tape)
			if err := tape.Close(); err != nil {
				t.Fatal(err)
			}
			check(t, path)
		})
	}
}

// TestTapesOfEveryVersionGoOn records to old tapes and cares for them.
func TestTapesOfEveryVersionGoOn(t *testing.T) {
	for version := 1; version <= store.Version; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("v%d.tape", version)))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "x.tape")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			sessions(t, path, 1, 200, &store.Options{NoSync: true, CommitEvery: time.Microsecond})
			check(t, path)
			want, _ := everything(t, path)
			if len(want) != 3 || len(want[1]) != 5 || len(want[2]) != 5 {
				t.Fatalf("%d sessions", len(want))
			}
			saved := path + ".saved"
			if _, err := store.Salvage(path, saved, nil); err != nil {
				t.Fatal(err)
			}
			if err := store.Compact(path, path+".compacted", nil); err != nil {
				t.Fatal(err)
			}
			forget(t, path, 2)
			for name, sessions := range map[string][]capture.SessionID{path: {1, 3}, saved: {1, 2, 3}, path + ".compacted": {1, 2, 3}} {
				check(t, name)
				got, _ := everything(t, name)
				if len(got) != len(sessions) {
					t.Errorf("%s: %d sessions of %d", filepath.Ext(name), len(got), len(sessions))
				}
				for _, id := range sessions {
					if d := cmp.Diff(want[id], got[id], cmpopts.EquateEmpty()); d != "" {
						t.Errorf("%s: session %d: %s", filepath.Ext(name), id, d[:min(len(d), 2000)])
					}
				}
			}
		})
	}
}
