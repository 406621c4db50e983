package diff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay/diff"
)

// get records a plain exchange.
func get(t *testing.T, id capture.ExchangeID, url, sent, answer string) *transcript.Transcript {
	tr := body(t, capture.KindHTTP, "application/json", sent, answer)
	ex := tr.Exchange()
	ex.Request.URL = url
	named := record(t, ex, []*capture.Piece{
		{Type: capture.PieceChunk, Dir: capture.Send, Data: []byte(sent)},
		{Type: capture.PieceChunk, Dir: capture.Receive, Data: []byte(answer)},
	})
	named.Exchange().ID = 1
	return named
}

func TestSessions(t *testing.T) {
	a := []*transcript.Transcript{
		get(t, 1, "http://127.0.0.1:4001/users/7f3a9c21", `{}`, `{"name":"ann"}`),
		get(t, 2, "http://127.0.0.1:4001/orders", `{"px":1}`, `{"ok":true}`),
		get(t, 3, "http://127.0.0.1:4001/orders", `{"px":2}`, `{"ok":true}`),
		get(t, 4, "http://127.0.0.1:4001/old", `{}`, `{}`),
		get(t, 5, "http://old.example/health", `{}`, `{}`),
	}
	b := []*transcript.Transcript{
		get(t, 1, "http://127.0.0.1:5002/orders", `{"px":2}`, `{"ok":false}`),
		get(t, 2, "http://127.0.0.1:5002/users/8e4b0d32", `{}`, `{"name":"ann"}`),
		get(t, 3, "http://127.0.0.1:5002/orders", `{"px":1}`, `{"ok":true}`),
		get(t, 4, "http://127.0.0.1:5002/fresh", `{}`, `{}`),
		get(t, 5, "http://new.example/health", `{}`, `{}`),
	}
	var got []string
	s, err := diff.Sessions(a, b, nil, func(r *diff.Row) error {
		if r.Status != diff.Equal {
			line := brief(r)
			if r.Part == diff.PartExchange {
				line += " " + r.Text
			}
			got = append(got, line)
		}
		return nil
	})
	want := []string{
		"request|request volatile port path[2]",
		"request|request volatile port",
		"request|request volatile port",
		"response|response changed $.ok(true→false)",
		"exchange|- only_a POST http://127.0.0.1:4001/old",
		"-|exchange only_b POST http://127.0.0.1:5002/fresh",
		"request|request changed host(old.example→new.example)",
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if !s.Different() || s.Changed != 2 || s.OnlyA != 1 || s.OnlyB != 1 {
		t.Errorf("%+v", *s)
	}
}
