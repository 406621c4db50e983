// Package talks stands beside the path bytes → mitm → capture → show, export,
// replay, for tests alone: it puts conversations on a tape in memory, those of
// services that are made up here and those that were recorded from real
// clients.
package talks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// Tape is a tape in memory that tests talk to.
type Tape struct {
	capturetest.Tape
	testing.TB
	recorder *record.Recorder
	at       time.Duration
	notes    map[string][]byte
}

// New returns an empty tape.
func New(t testing.TB) *Tape {
	k := &Tape{TB: t, notes: map[string][]byte{}}
	var err error
	if k.recorder, err = record.New(k, nil); err != nil {
		t.Fatal(err)
	}
	return k
}

// Document implements apidoc.Notebook.
func (k *Tape) Document(key string) ([]byte, error) { return k.notes[key], nil }

// Documents implements apidoc.Notebook.
func (k *Tape) Documents(prefix string) ([]string, error) {
	var keys []string
	for key := range k.notes {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// SetDocument keeps a document.
func (k *Tape) SetDocument(key string, value []byte) error {
	k.notes[key] = value
	return nil
}

// now returns the time of the next event, a millisecond after the last one.
func (k *Tape) now() time.Duration {
	k.at += time.Millisecond
	return k.at
}

// fields reads header lines, as in "Name: value".
func fields(lines []string) []capture.Field {
	var all []capture.Field
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		all = append(all, capture.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	return all
}

// HTTP is one request and its answer.
type HTTP struct {
	Method, URL string
	Header      []string // "Name: value"
	Body        string
	Status      int
	Answer      []string // the head of the response
	Response    string
}

// Do puts a request and its answer on the tape.
func (k *Tape) Do(h HTTP) {
	tap := k.recorder.Begin(capture.Opening{At: k.now(), Request: capture.Request{
		Method: h.Method, URL: h.URL, Proto: "HTTP/1.1", Header: fields(h.Header),
	}})
	if h.Body != "" {
		tap.Chunk(capture.Chunk{Dir: capture.Send, At: k.now(), Data: []byte(h.Body)})
	}
	tap.Response(k.now(), capture.Response{Status: h.Status, Proto: "HTTP/1.1", Header: fields(h.Answer)})
	if h.Response != "" {
		tap.Chunk(capture.Chunk{Dir: capture.Receive, At: k.now(), Data: []byte(h.Response)})
	}
	tap.End(capture.End{At: k.now(), How: capture.HowClose, By: capture.Server})
}

// Socket puts a WebSocket on the tape: a handshake and messages, "> text" of the
// client and "< text" of the server.
func (k *Tape) Socket(url string, header []string, messages ...string) {
	tap := k.recorder.Begin(capture.Opening{At: k.now(), Request: capture.Request{
		Method: "GET", URL: url, Proto: "HTTP/1.1", Header: append(fields(header),
			capture.Field{Name: "Upgrade", Value: "websocket"}, capture.Field{Name: "Connection", Value: "Upgrade"}),
	}})
	tap.Response(k.now(), capture.Response{Status: 101, Proto: "HTTP/1.1", Header: fields([]string{"Upgrade: websocket", "Connection: Upgrade"})})
	for _, m := range messages {
		dir, op := capture.Send, capture.OpText
		if m[0] == '<' {
			dir = capture.Receive
		}
		if m[1] == 'x' {
			op = capture.OpBinary
		}
		tap.Chunk(capture.Chunk{Dir: dir, At: k.now(), Data: frame(dir, op, m[2+strings.IndexByte(m[1:], ' '):])})
	}
	tap.Chunk(capture.Chunk{Dir: capture.Send, At: k.now(), Data: frame(capture.Send, capture.OpClose, "\x03\xe8bye")})
	tap.End(capture.End{At: k.now(), How: capture.HowFIN, By: capture.Client})
}

// frame returns a message as one frame, masked where a client sends it.
func frame(dir capture.Direction, op capture.Opcode, payload string) []byte {
	h := capture.FrameHead{Fin: true, Opcode: op, Masked: dir == capture.Send, Length: uint64(len(payload))}
	return wsframe.AppendFrame(nil, h, []byte(payload))
}

// Recorded puts a conversation of a real client on the tape, from a file of
// capture/protocol/testdata.
func (k *Tape) Recorded(name string) {
	var r struct {
		Chunks []struct {
			Dir  string `json:"dir"`
			At   int64  `json:"at"` // microseconds
			Data []byte `json:"data"`
		} `json:"chunks"`
	}
	b, err := os.ReadFile(filepath.Join("..", "protocol", "testdata", name+".json"))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		k.Fatal(err)
	}
	var tap capture.Tap
	var heads [2][]byte
	for _, c := range r.Chunks {
		dir, err := capture.ParseDirection(c.Dir)
		if err != nil {
			k.Fatal(err)
		}
		data := c.Data
		if !bytes.HasSuffix(heads[dir], []byte("\r\n\r\n")) {
			all := slices.Concat(heads[dir], data)
			end := bytes.Index(all, []byte("\r\n\r\n"))
			if heads[dir] = all; end < 0 {
				continue
			}
			heads[dir], data = all[:end+4], all[end+4:]
			lines := strings.Split(strings.TrimSpace(string(heads[dir])), "\r\n")
			header := fields(lines[1:])
			if dir == capture.Send {
				url := fmt.Sprintf("ws://%s.test%s", name, strings.Fields(lines[0])[1])
				tap = k.recorder.Begin(capture.Opening{At: k.now(), Request: capture.Request{Method: "GET", URL: url, Proto: "HTTP/1.1", Header: header}})
			} else {
				tap.Response(k.now(), capture.Response{Status: 101, Proto: "HTTP/1.1", Header: header})
			}
		}
		if len(data) > 0 {
			tap.Chunk(capture.Chunk{Dir: dir, At: time.Duration(c.At)*time.Microsecond + k.at, Data: data})
		}
	}
	tap.End(capture.End{At: k.now(), How: capture.HowFIN})
}
