package web_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// studio is a tape that is recorded to by hand, with a page open on it.
type studio struct {
	*driven
	tape *store.Tape
	rec  *record.Recorder
}

func newStudio(t *testing.T) *studio {
	t.Helper()
	tape, err := store.Open(filepath.Join(t.TempDir(), "x.tape"), &store.Options{NoSync: true, CommitEvery: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tape.Close() })
	rec, err := record.New(tape, &record.Options{Label: "studio"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rec.Close() })
	d := drive(t, web.Options{Source: tape, Annotator: tape, Documents: tape, Mode: web.ModeRecord, Session: rec.Session()})
	return &studio{d, tape, rec}
}

// socket is an open WebSocket.
type socket struct {
	studio *studio
	tap    capture.Tap
	at     time.Duration
}

func (s *studio) socket(url string) *socket {
	at := s.rec.Now()
	tap := s.rec.Begin(capture.Opening{At: at, Request: capture.Request{Method: "GET", URL: url, Proto: "HTTP/1.1"}, Client: "127.0.0.1:1"})
	tap.Response(at, capture.Response{Status: 101, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Upgrade", Value: "websocket"}}})
	return &socket{s, tap, at}
}

// frame is a frame without a mask.
func frame(op capture.Opcode, payload string) []byte {
	b := []byte{0x80 | byte(op)}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// hears records what one read brought from the server, some time after the last.
func (k *socket) hears(after time.Duration, frames ...[]byte) {
	k.at += after
	var run []byte
	for _, f := range frames {
		run = append(run, f...)
	}
	k.tap.Chunk(capture.Chunk{Dir: capture.Receive, At: k.at, Data: run})
}

func (k *socket) text(after time.Duration, text string) { k.hears(after, frame(capture.OpText, text)) }

// ends closes the socket and waits until all is on the tape.
func (k *socket) ends() {
	k.studio.t.Helper()
	k.tap.End(capture.End{At: k.at, How: capture.HowFIN, By: capture.Server})
	k.studio.settle()
}

// settle waits until all that was recorded can be read.
func (s *studio) settle() {
	s.t.Helper()
	if err := s.tape.Sync(); err != nil {
		s.t.Fatal(err)
	}
}

// response records a plain exchange.
func (s *studio) response(mediaType, body string) {
	s.t.Helper()
	at := s.rec.Now()
	tap := s.rec.Begin(capture.Opening{At: at, Request: capture.Request{Method: "GET", URL: "http://a.test/x?y=1", Proto: "HTTP/1.1"}})
	tap.Response(at, capture.Response{Status: 200, Proto: "HTTP/1.1", Header: []capture.Field{{Name: "Content-Type", Value: mediaType}}})
	tap.Chunk(capture.Chunk{Dir: capture.Receive, At: at, Data: []byte(body)})
	tap.End(capture.End{At: at, How: capture.HowClose, By: capture.Server})
	s.settle()
}

// rowsPage is a page of rows.
type rowsPage struct {
	Total, At   int
	State       string
	Final, Done bool
	Rows        []struct {
		Seq     int
		T       int64 `json:"t_ns"`
		Gap     int64 `json:"gap_ns"`
		Preview string
		Cut     bool
		Marks   []string
		Label   string
		Fold    *struct {
			N   int
			For int64 `json:"for_ns"`
		}
	}
}

// rows asks for rows until the list is complete.
func (s *studio) rows(query string) *rowsPage {
	s.t.Helper()
	for range 1000 {
		p := &rowsPage{}
		s.want(http.StatusOK, "GET", "/exchanges/"+query, nil, p)
		if p.Done {
			return p
		}
	}
	s.t.Fatalf("%s is never complete", query)
	return nil
}

// seqs are the numbers of the rows and their marks.
func (p *rowsPage) seqs() string {
	var out []string
	for _, r := range p.Rows {
		text := fmt.Sprint(r.Seq)
		for _, m := range r.Marks {
			text += " " + m
		}
		if r.Fold != nil {
			text += fmt.Sprintf(" ×%d %v", r.Fold.N, time.Duration(r.Fold.For))
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// events reads server-sent events until one satisfies enough.
func (d *driven) events(path string, enough func(name string, data map[string]any) bool, header ...string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), "GET", d.base+"/api/v1"+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.page.Token())
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		d.t.Fatalf("the feed: %s", res.Status)
	}
	name := ""
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = rest
		}
		if rest, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			data := map[string]any{}
			if err := json.Unmarshal([]byte(rest), &data); err != nil {
				d.t.Fatalf("%v in %s", err, rest)
			}
			if enough(name, data) {
				return
			}
		}
	}
	d.t.Fatalf("the feed ended: %v", lines.Err())
}
