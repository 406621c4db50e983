package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// secretive is a tape with a token on it, and a picture.
func secretive(t *testing.T) capture.Reader {
	t.Helper()
	tape := &capturetest.Tape{}
	if err := tape.Begin(&capture.Session{Started: time.Unix(1e9, 0)}); err != nil {
		t.Fatal(err)
	}
	track, err := tape.Track(&capture.Exchange{
		Session: 1, Kind: capture.KindHTTP, Started: time.Unix(1e9, 0), Received: capture.Counts{Bytes: 4},
		Request: capture.Request{
			Method: "GET", URL: "http://api.test/picture", Proto: "HTTP/1.1",
			Header: []capture.Field{{Name: "Authorization", Value: "Bearer abcdefghijklmnop"}},
		},
		Response: &capture.Response{Status: 200, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Content-Type", Value: "image/png"}}},
		End:      &capture.End{How: capture.HowFIN, By: capture.Server},
	}, func() capture.Mark { return capture.Mark{} })
	if err != nil {
		t.Fatal(err)
	}
	if err := track.Append(&capture.Piece{Type: capture.PieceChunk, Dir: capture.Receive, Data: []byte("\x89PNG")}); err != nil {
		t.Fatal(err)
	}
	return tape
}

func TestThePagePreviewsWhatItExports(t *testing.T) {
	with := cli.PageExporter(secretive(t))
	q := &web.ExportRequest{Format: "har", Session: 1, Filter: "host:api.test"}
	p, err := with.Preview(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	const command = "wiretape export -t a.tape --session 1 --filter host:api.test --format har -o export.har"
	if len(p.Items) != 1 || p.Items[0].Rule != "authorization" || p.Items[0].Count != 1 || p.Items[0].Sample != "abcd… (16 bytes)" {
		t.Errorf("items %+v", p.Items)
	}
	if p.Exchanges != 1 || len(p.NotSearched) != 1 || p.NotSearched[0] != "1 body of type image/png" || p.Command != command {
		t.Errorf("%+v", p)
	}
	keep := false
	for _, redact := range []*bool{nil, &keep} {
		q.Redact = redact
		var out bytes.Buffer
		if err := with.Export(t.Context(), &out, q); err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(out.String(), "abcdefghijklmnop"); has == q.Redacts() {
			t.Errorf("redacts %v, the secret is there: %v", q.Redacts(), has)
		}
	}
}

func TestExportsOfThePageThatCannotBe(t *testing.T) {
	with := cli.PageExporter(secretive(t))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := with.Export(over, &bytes.Buffer{}, &web.ExportRequest{Format: "har"}); err == nil {
		t.Error("an export goes on after its reader has gone")
	}
	for name, q := range map[string]*web.ExportRequest{
		"no such session":  {Format: "har", Session: 7},
		"no such exchange": {Format: "har", Exchanges: []capture.ExchangeID{9}},
		"a bad filter":     {Format: "har", Filter: "(host:a"},
		"bad rules":        {Format: "har", Rules: "nonsense: ["},
	} {
		if _, err := with.Preview(t.Context(), q); err == nil {
			t.Errorf("%s: previewed", name)
		}
	}
}
