package cli_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/replay"
)

// hello is a tape with one answer on it.
func hello(t *testing.T) capture.Reader {
	t.Helper()
	tape := &capturetest.Tape{}
	if err := tape.Begin(&capture.Session{Started: time.Unix(1e9, 0)}); err != nil {
		t.Fatal(err)
	}
	track, err := tape.Track(&capture.Exchange{
		Session: 1, Kind: capture.KindHTTP, Started: time.Unix(1e9, 0),
		Request:  capture.Request{Method: "GET", URL: "http://api.test/hello", Proto: "HTTP/1.1"},
		Response: &capture.Response{Status: 200, Proto: "HTTP/1.1"},
		End:      &capture.End{How: capture.HowFIN, By: capture.Server},
	}, func() capture.Mark { return capture.Mark{} })
	if err != nil {
		t.Fatal(err)
	}
	if err := track.Append(&capture.Piece{Type: capture.PieceChunk, Dir: capture.Receive, Data: []byte("hello")}); err != nil {
		t.Fatal(err)
	}
	return tape
}

func TestMocksOfThePageServeTheTape(t *testing.T) {
	mock, err := cli.PageReplayer(hello(t), t.TempDir()).Replay(t.Context(), &web.ReplayRequest{
		Session: 1, Exchanges: []capture.ExchangeID{1}, Speed: "max", Level: "near", MaxGap: "500ms",
		Faults: []string{"delay:1ms,jitter=1ms"}, Seed: 7, Fields: []replay.FieldRule{{Path: "$.id", Class: "token"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer mock.Close()
	const want = "wiretape replay a.tape --listen :0 --session 1 --exchange 1 --speed max --max-gap 500ms --level near" +
		" --seed 7 --fault delay:1ms,jitter=1ms --plan wiretape.plan.yaml"
	if mock.Command != want {
		t.Errorf("command\n%s, want\n%s", mock.Command, want)
	}
	if rules, err := replay.ParseRules([]byte(mock.Plan)); err != nil || len(rules.Fields) != 1 {
		t.Errorf("plan %q: %v", mock.Plan, err)
	}
	if !strings.Contains(strings.Join(mock.Env, "\n"), "WIRETAPE_URL="+mock.URL) {
		t.Errorf("environment %q", mock.Env)
	}
	res, err := http.Get(mock.URL + "/hello")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "hello" {
		t.Errorf("answer %q, %v", body, err)
	}
	mock.Close()
	if _, err := http.Get(mock.URL + "/hello"); err == nil {
		t.Error("it answers after Close")
	}
}

func TestMocksOfThePageStayHere(t *testing.T) {
	with := cli.PageReplayer(hello(t), t.TempDir())
	for name, q := range map[string]*web.ReplayRequest{
		"another machine's address": {Listen: "0.0.0.0:0"},
		"an address by name":        {Listen: "example.com:80"},
		"no address":                {Listen: "here"},
		"dials out":                 {OnMiss: "passthrough"},
		"records":                   {OnMiss: "record"},
		"a file as a fault":         {Faults: []string{"ui_replay_test.go"}},
		"odd level":                 {Level: "odd"},
		"odd speed":                 {Speed: "-1"},
		"odd gap":                   {MaxGap: "soon"},
		"nothing to serve":          {Exchanges: []capture.ExchangeID{99}},
	} {
		mock, err := with.Replay(t.Context(), q)
		if err == nil {
			mock.Close()
			t.Errorf("%s: a mock was started", name)
		}
	}
}
