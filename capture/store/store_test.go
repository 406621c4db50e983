package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/store"
)

// open opens a tape in the test's own folder and closes it at the end.
func open(t *testing.T, path string, o *store.Options) *store.Tape {
	t.Helper()
	tape, err := store.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tape.Close() })
	return tape
}

func begin(t *testing.T, tape *store.Tape) capture.SessionID {
	t.Helper()
	s := capture.Session{Started: time.Unix(1700000000, 5).UTC(), Creator: "test", Label: "a run"}
	if err := tape.Begin(&s); err != nil {
		t.Fatal(err)
	}
	return s.ID
}

func fullExchange(session capture.SessionID) *capture.Exchange {
	return &capture.Exchange{
		Session: session, Kind: capture.KindWebSocket,
		Started: time.Unix(1700000001, 7).UTC(), At: time.Second + 2, Duration: 3 * time.Second,
		Request: capture.Request{
			Method: "GET", URL: "wss://h:8443/ws?x=1", Proto: "HTTP/1.1",
			Header:  []capture.Field{{Name: "Host", Value: "h"}, {Name: "x", Value: ""}, {Name: "X", Value: "2"}, {Name: "Content-Type", Value: "t/p"}},
			Trailer: []capture.Field{{Name: "T", Value: "1"}},
			Raw:     []byte("GET /ws?x=1 HTTP/1.1\r\n\r\n"),
		},
		Response: &capture.Response{
			At: 5, Status: 101, Reason: "Switching Protocols", Proto: "HTTP/1.1",
			Header:  []capture.Field{{Name: "Content-Type", Value: "a/b"}, {Name: "Set-Cookie", Value: "a"}},
			Trailer: []capture.Field{{Name: "T", Value: "2"}},
			Raw:     []byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
			Early:   []capture.Early{{At: 1, Status: 103, Header: []capture.Field{{Name: "Link", Value: "</x>"}}}, {At: 2, Status: 102}},
		},
		Client: "127.0.0.1:5", Server: "10.0.0.1:443",
		Timing:   capture.Timing{Blocked: -1, DNS: 1, Connect: 2, TLS: 3, Send: 0, Wait: 6},
		Sent:     capture.Counts{Messages: 1, Control: 2, Frames: 3, Bytes: 4},
		Received: capture.Counts{Messages: 5, Control: 6, Frames: 7, Bytes: 8},
		End:      &capture.End{At: 9, How: capture.HowClose, By: capture.Server, Code: 1000, Reason: "bye", NoNotify: true, Err: "e"},
		Lost:     capture.Loss{Gaps: 1, Bytes: 2}, Fault: "disk", Note: "n", Tags: []string{"a", "", "b"},
	}
}

func TestEveryFieldComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tape")
	tape := open(t, path, nil)
	session := begin(t, tape)
	want := fullExchange(session)
	k, err := tape.Track(want, nil)
	if err != nil {
		t.Fatal(err)
	}
	k.Lock()
	k.Close()
	k.Unlock()
	if err := tape.Finish(session, time.Unix(1700000009, 0)); err != nil {
		t.Fatal(err)
	}
	got, err := tape.Exchange(want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("while open:", d)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	view, err := store.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for got, err := range view.Exchanges(0, false) {
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Error("after reopening:", d)
		}
	}
	list, err := view.Sessions()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]capture.Session{{ID: 1, Label: "a run", Creator: "test", Started: time.Unix(1700000000, 5), Ended: time.Unix(1700000009, 0)}}, list); d != "" {
		t.Error(d)
	}
}
