package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/control"
)

// live is a tape that is being recorded to, with one exchange open.
type live struct {
	path   string
	tape   *store.Tape
	server *control.Server
	rec    *record.Recorder
	tap    capture.Tap
}

// recordLive begins a recording of an answer with the given heads.
func recordLive(t *testing.T, status int, header ...capture.Field) *live {
	t.Helper()
	l := &live{path: filepath.Join(t.TempDir(), "x.tape")}
	var err error
	if l.tape, err = store.Open(l.path, nil); err != nil {
		t.Fatal(err)
	}
	if l.rec, err = record.New(l.tape, nil); err != nil {
		t.Fatal(err)
	}
	if l.server, err = control.Serve(l.tape, control.State{Tape: l.path}); err != nil {
		t.Fatal(err)
	}
	l.tap = l.rec.Begin(capture.Opening{Request: capture.Request{Method: "POST", URL: "http://h/"}})
	if status != 101 {
		l.say(capture.Send, "question")
	}
	l.tap.Response(l.rec.Now(), capture.Response{Status: status, Header: header})
	return l
}

func (l *live) say(dir capture.Direction, s string) {
	l.tap.Chunk(capture.Chunk{Dir: dir, At: l.rec.Now(), Data: []byte(s)})
}

// stop ends the recorder as the program does.
func (l *live) stop(t *testing.T) {
	t.Helper()
	for _, end := range []func() error{l.rec.Close, l.server.Close, l.tape.Close} {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
}

// following is a show --follow --json that runs.
type following struct {
	rows *bufio.Scanner
	errs bytes.Buffer
	code chan int
}

func (l *live) follow(t *testing.T) *following {
	t.Helper()
	r, w := io.Pipe()
	f := &following{rows: bufio.NewScanner(r), code: make(chan int, 1)}
	go func() {
		f.code <- cli.Main([]string{"show", "-t", l.path, "1", "--follow", "--json"}, strings.NewReader(""), w, &f.errs)
		_ = w.Close()
	}()
	return f
}

// want reads the next line, which has to hold s.
func (f *following) want(t *testing.T, s string) {
	t.Helper()
	if !f.rows.Scan() {
		t.Fatalf("no line with %s: exit code %d, %s", s, <-f.code, f.errs.String())
	}
	if line := f.rows.Text(); !strings.Contains(line, s) {
		t.Fatalf("the line is %s, want one with %s", line, s)
	}
}

func (f *following) wantEnd(t *testing.T) {
	t.Helper()
	for f.rows.Scan() {
		t.Errorf("one line too many: %s", f.rows.Text())
	}
	if code := <-f.code; code != 0 {
		t.Errorf("exit code %d, %s", code, f.errs.String())
	}
}

var eventStream = capture.Field{Name: "Content-Type", Value: "text/event-stream"}

func TestFollowingShowsRowsAsTheyCome(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header capture.Field
		row    string
	}{
		{"events behind a request body", 200, eventStream, "data: %d\n\n"},
		{"messages both ways", 101, capture.Field{Name: "Upgrade", Value: "websocket"}, "\x81\x01%d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := recordLive(t, c.status, c.header)
			if c.status == 101 {
				l.say(capture.Send, "\x8a\x80\x00\x00\x00\x00") // a pong, so that something was sent
			}
			l.say(capture.Receive, fmt.Sprintf(c.row, 1))
			if err := l.tape.Annotate(1, capture.Notes{}); err != nil { // and with it all of that is on the tape
				t.Fatal(err)
			}
			f := l.follow(t)
			f.want(t, `"state":"open"`)
			if c.status == 101 {
				f.want(t, `"opcode":10`)
			}
			for i := 1; i < 5; i++ {
				f.want(t, fmt.Sprintf(`":"%d"`, i))
				l.say(capture.Receive, fmt.Sprintf(c.row, i+1))
			}
			f.want(t, `":"5"`)
			l.tap.End(capture.End{At: l.rec.Now(), How: capture.HowFIN, By: capture.Server})
			f.wantEnd(t)
			l.stop(t)
		})
	}
}

func TestFollowingOutlivesTheRecorder(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*testing.T, *live)
	}{
		{"ended in order", func(t *testing.T, l *live) { l.stop(t) }},
		{"gone", func(t *testing.T, l *live) {
			if err := errors.Join(l.server.Close(), l.tape.Close()); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := recordLive(t, 200, eventStream)
			f := l.follow(t)
			l.say(capture.Receive, "data: 1\n\n")
			f.want(t, `"state":"open"`)
			f.want(t, `"data":"1"`)
			const more = 2000
			for i := range more {
				l.say(capture.Receive, fmt.Sprintf("data: %d\n\n", i))
			}
			c.end(t, l)
			for i := range more {
				f.want(t, fmt.Sprintf(`"data":"%d"`, i))
			}
			f.wantEnd(t)
		})
	}
}
