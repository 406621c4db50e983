package cli_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

func TestShowMergesByTheRulesOnTheTape(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "x.tape")
	tape, err := store.Open(path, &store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	tap := rec.Begin(capture.Opening{Request: capture.Request{Method: "GET", URL: "http://a.test/x", Proto: "HTTP/1.1"}})
	tap.Response(0, capture.Response{Status: 200, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Content-Type", Value: "text/event-stream"}}})
	tap.Chunk(capture.Chunk{Dir: capture.Receive, Data: []byte("data: {\"say\":\"one \"}\n\ndata: {\"say\":\"two\"}\n\n")})
	tap.End(capture.End{How: capture.HowFIN, By: capture.Server})
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"- host: a.test\n  text: $.say\n", "- exchange: 1\n  source: |\n    function merge(e) { return e.json.say }\n"} {
		if err := tape.SetDocument(web.RulesDocument, []byte(rule)); err != nil {
			t.Fatal(err)
		}
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
		var out, said bytes.Buffer
		if code := cli.Main([]string{"show", "1", "--merge", "-t", path}, strings.NewReader(""), &out, &said); code != 0 || !strings.HasPrefix(out.String(), "one two\n") {
			t.Errorf("%s: exit %d, %q, %s", rule, code, &out, &said)
		}
		if tape, err = store.Open(path, &store.Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
}
