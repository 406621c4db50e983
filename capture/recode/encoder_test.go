package recode_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/recode"
)

func TestEncoderIsUndoneRunByRun(t *testing.T) {
	for _, codings := range [][]string{nil, {"gzip"}, {"x-gzip"}, {"deflate"}, {"br"}, {"zstd"}, {"gzip", "br"}, {"deflate", "zstd", "gzip"}} {
		e, err := recode.NewEncoder(codings)
		if err != nil {
			t.Fatal(err)
		}
		d, err := content.NewDecoder(codings)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			run := fmt.Appendf(nil, "data: run %d %s\n\n", i, strings.Repeat("x", i*i))
			wire, err := e.Encode(run)
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.Feed(wire)
			if err != nil || !bytes.Equal(got, run) {
				t.Fatalf("%v: run %d came out as %q, %v", codings, i, got, err)
			}
		}
		wire, err := e.Close()
		if err != nil {
			t.Fatal(err)
		}
		if rest, err := d.Feed(wire); err != nil || len(rest) > 0 {
			t.Errorf("%v: the end came out as %q, %v", codings, rest, err)
		}
		if rest, err := d.Close(); err != nil || len(rest) > 0 {
			t.Errorf("%v: after the end came %q, %v", codings, rest, err)
		}
	}
}

func TestEncoderNamesWhatItCannotMake(t *testing.T) {
	if _, err := recode.NewEncoder([]string{"gzip", "compress"}); err == nil || !strings.Contains(err.Error(), `"compress"`) {
		t.Errorf("got %v", err)
	}
}
