package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
	"github.com/wiretape/wiretape/replay"
)

// replayer starts mocks of one tape.
type replayer struct {
	tape capture.Reader
	open int
}

func (p *replayer) Replay(_ context.Context, q *web.ReplayRequest) (*web.Mock, error) {
	if q.Level == "odd" {
		return nil, errors.New("unknown level")
	}
	s, err := replay.NewServer(p.tape, &replay.Options{Speed: replay.Max})
	if err != nil {
		return nil, err
	}
	h := httptest.NewServer(s)
	p.open++
	return &web.Mock{Server: s, URL: h.URL, Command: "wiretape replay", Close: func() {
		p.open--
		s.Close()
		h.Close()
	}}, nil
}

func (p *replayer) Command(q *web.ReplayRequest) (string, error) {
	if q.Level == "odd" {
		return "", errors.New("unknown level")
	}
	return "wiretape replay --level " + q.Level, nil
}

// mockJSON is a mock as the API tells it.
type mockJSON struct {
	Replay, State, URL, Command, Speed string
	WSURL                              string `json:"ws_url"`
	Open, Divergences                  int
	Connections                        []struct{ Exchange, Served, Open, Matched, Unmatched, Unsent, Unmet int }
}

func TestMocksAreStartedSteeredAndStopped(t *testing.T) {
	with := &replayer{tape: conversation(t, `{"id":1,"op":"a"}`, `{"id":1,"ok":true}`)}
	d := drive(t, web.Options{Replayer: with})
	var m mockJSON
	d.want(http.StatusCreated, "POST", "/replays", map[string]any{"exchanges": []int{1}, "level": "match"}, &m)
	if m.Replay != "r1" || m.State != "running" || m.Speed != "max" || len(m.Connections) != 1 || m.Connections[0].Unmet != 1 {
		t.Fatalf("started %+v", m)
	}
	conn, _, err := websocket.Dial(t.Context(), m.WSURL+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"id":7,"op":"a"}`)); err != nil {
		t.Fatal(err)
	}
	if _, answer, err := conn.Read(t.Context()); err != nil || string(answer) != `{"id":7,"ok":true}` {
		t.Fatalf("answer %s, %v", answer, err)
	}
	d.want(200, "PATCH", "/replays/r1", map[string]any{"speed": "2"}, &m)
	if c := m.Connections[0]; m.Speed != "2" || m.Open != 1 || c.Open != 1 || c.Served != 1 || c.Matched != 1 || c.Unmet != 0 {
		t.Errorf("running %+v", m)
	}
	d.want(400, "PATCH", "/replays/r1", map[string]any{"speed": "fast"}, nil)
	var dropped struct{ Dropped int }
	d.want(200, "POST", "/replays/r1/drop", map[string]any{"how": "close", "code": 4001}, &dropped)
	if _, _, err := conn.Read(t.Context()); dropped.Dropped != 1 || websocket.CloseStatus(err) != 4001 {
		t.Errorf("dropped %d, %v", dropped.Dropped, err)
	}
	d.want(400, "POST", "/replays/r1/drop", map[string]any{"how": "explode"}, nil)
	d.want(400, "POST", "/replays/r1/drop", map[string]any{"how": "close", "code": 12}, nil)
	d.want(200, "DELETE", "/replays/r1", nil, &m)
	var report replay.Report
	d.want(200, "GET", "/replays/r1/report", nil, &report)
	if m.State != "stopped" || with.open != 0 || !report.OK || report.Connections[0].Matched != 1 {
		t.Errorf("stopped %+v, report %+v", m, report)
	}
	d.want(200, "DELETE", "/replays/r1", nil, nil)
	d.want(409, "PATCH", "/replays/r1", map[string]any{"speed": "2"}, nil)
	d.want(404, "GET", "/replays/r2", nil, nil)
}

func TestTheCommandLineOfAMockIsToldBefore(t *testing.T) {
	with := &replayer{tape: conversation(t, "a", "b")}
	d := drive(t, web.Options{Replayer: with})
	var got mockJSON
	d.want(200, "POST", "/replays", map[string]any{"level": "near", "dry_run": true}, &got)
	if got.Command != "wiretape replay --level near" || with.open != 0 {
		t.Errorf("%+v, %d run", got, with.open)
	}
	d.want(400, "POST", "/replays", map[string]any{"level": "odd", "dry_run": true}, nil)
}

func TestMocksAreBounded(t *testing.T) {
	with := &replayer{tape: conversation(t, "a", "b")}
	d := drive(t, web.Options{Replayer: with})
	for range 8 {
		d.want(http.StatusCreated, "POST", "/replays", map[string]any{}, nil)
	}
	d.want(409, "POST", "/replays", map[string]any{}, nil)
	d.want(200, "DELETE", "/replays/r3", nil, nil)
	d.want(400, "POST", "/replays", map[string]any{"level": "odd"}, nil)
	var m mockJSON
	d.want(http.StatusCreated, "POST", "/replays", map[string]any{}, &m)
	for range 20 {
		d.want(200, "DELETE", "/replays/"+m.Replay, nil, nil)
		d.want(http.StatusCreated, "POST", "/replays", map[string]any{}, &m)
	}
	var list struct{ Items []mockJSON }
	d.want(200, "GET", "/replays", nil, &list)
	if len(list.Items) != 8+16 {
		t.Errorf("%d are listed", len(list.Items))
	}
	if err := d.page.Close(); err != nil || with.open != 0 {
		t.Errorf("%d go on after the page: %v", with.open, err)
	}
}

func TestWithoutAReplayerNoMockStarts(t *testing.T) {
	d := drive(t, web.Options{})
	d.want(409, "POST", "/replays", map[string]any{}, nil)
	var list struct{ Items []mockJSON }
	d.want(200, "GET", "/replays", nil, &list)
	if list.Items == nil {
		t.Errorf("%+v", list)
	}
}
