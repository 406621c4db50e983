package protocol_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/protocol"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/transcript"
)

var update = flag.Bool("update", false, "write the units of the recorded talks anew; with WIRETAPE_NPM set, record the talks too")

// clients are the talks of testdata/clients.cjs, and what their protocol is.
var clients = []struct{ name, protocol string }{
	{"mqtt", "mqtt"},
	{"mqtt5", "mqtt"},
	{"stomp", "stomp"},
	{"signalr", "signalr"},
	{"signalr-messagepack", "signalr"},
	{"socket.io", "socket.io"},
	{"graphql", "graphql-transport-ws"},
	{"graphql-old", "graphql-ws"},
	{"phoenix", "phoenix"},
	{"actioncable", "actioncable"},
	{"centrifuge", "centrifugo"},
	{"centrifuge-protobuf", "centrifugo"},
	{"wamp", "wamp"},
	{"wamp-msgpack", "wamp"},
	{"wamp-cbor", "wamp"},
	{"home-assistant", "home-assistant"},
	{"cdp", "cdp"},
	{"okx", "okx"},
	{"slack", "slack"},
	{"discord", "discord"},
}

// recorded is what testdata/record.cjs prints.
type recorded struct {
	Client string `json:"client"`
	Chunks []struct {
		Dir  string `json:"dir"`
		At   int64  `json:"at"` // microseconds
		Data []byte `json:"data"`
	} `json:"chunks"`
}

// play lets a recorder take the chunks of a talk and returns the exchange and
// its messages as they are read from the tape.
func (r *recorded) play(t *testing.T) (*capture.Exchange, []*capture.Message) {
	t.Helper()
	tape := &capturetest.Tape{}
	recorder, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	var tap capture.Tap
	var heads [2][]byte
	var last time.Duration
	for _, c := range r.Chunks {
		dir, err := capture.ParseDirection(c.Dir)
		if err != nil {
			t.Fatal(err)
		}
		last = time.Duration(c.At) * time.Microsecond
		data := c.Data
		if head := heads[dir]; !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
			all := slices.Concat(head, data)
			end := bytes.Index(all, []byte("\r\n\r\n"))
			if end < 0 {
				heads[dir] = all
				continue
			}
			heads[dir], data = all[:end+4], all[end+4:]
			first, fields := head1(heads[dir])
			if dir == capture.Send {
				url := "ws://" + capture.Get(fields, "Host") + strings.Fields(first)[1]
				tap = recorder.Begin(capture.Opening{At: last, Request: capture.Request{Method: "GET", URL: url, Proto: "HTTP/1.1", Header: fields}})
			} else {
				tap.Response(last, capture.Response{Status: 101, Proto: "HTTP/1.1", Header: fields})
			}
		}
		if len(data) > 0 {
			tap.Chunk(capture.Chunk{Dir: dir, At: last, Data: data})
		}
	}
	tap.End(capture.End{At: last, How: capture.HowFIN})
	talked, err := transcript.Open(tape, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var messages []*capture.Message
	for m, err := range talked.Messages(1) {
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	return talked.Exchange(), messages
}

// head1 takes a head apart: its first line, and its fields.
func head1(head []byte) (first string, fields []capture.Field) {
	for i, line := range strings.Split(strings.TrimSuffix(string(head), "\r\n\r\n"), "\r\n") {
		if i == 0 {
			first = line
		} else if name, value, ok := strings.Cut(line, ":"); ok {
			fields = append(fields, capture.Field{Name: name, Value: strings.TrimSpace(value)})
		}
	}
	return first, fields
}

// node records a talk with npm packages: WIRETAPE_NPM names a directory whose
// node_modules has them.
func node(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("WIRETAPE_NPM")
	if _, err := exec.LookPath("node"); err != nil || dir == "" {
		t.Skip("skipped: needs npm packages (set WIRETAPE_NPM)")
	}
	cmd := exec.CommandContext(t.Context(), "node", "record.cjs", name)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(dir, "node_modules"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if strings.Contains(stderr.String(), "Cannot find module") {
			t.Skip("skipped: needs npm packages (" + name + " has none in WIRETAPE_NPM)")
		}
		t.Fatalf("node record.cjs %s: %v\n%s", name, err, stderr.String())
	}
	return out
}

func units(t *testing.T, file []byte, want string) (*recorded, []*protocol.Unit) {
	t.Helper()
	r := &recorded{}
	if err := json.Unmarshal(file, r); err != nil {
		t.Fatal(err)
	}
	ex, messages := r.play(t)
	s, units := split(t, ex, messages, nil)
	if p := s.Protocol(); p == nil || p.Name != want {
		t.Errorf("protocol %+v, want %s", p, want)
	}
	for _, u := range units {
		if u.Violation != "" || u.Role == protocol.Other {
			t.Errorf("of a real client: %s", line(u))
		}
	}
	return r, units
}

// TestRecordedTalks reads talks that testdata/record.cjs has recorded with the
// clients of npm, whose versions stand in the files. To make them anew:
// WIRETAPE_NPM=DIR go test -run RecordedTalks -update
func TestRecordedTalks(t *testing.T) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join("testdata", c.name)
			if *update && os.Getenv("WIRETAPE_NPM") != "" {
				if err := os.WriteFile(path+".json", node(t, c.name), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			file, err := os.ReadFile(path + ".json")
			if err != nil {
				t.Fatal(err)
			}
			r, units := units(t, file, c.protocol)
			got := "# " + r.Client + "\n" + lines(units)
			conversation := protocol.NewPairer(nil)
			for _, u := range units {
				conversation.Feed(u)
			}
			said := conversation.Close()
			if said.Requests == 0 || said.Unanswered > 1 || said.Orphans > 1 {
				t.Errorf("%s", minutes(said))
			}
			if *update {
				if err := os.WriteFile(path+".txt", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestLiveTalks records the talks now and compares what was said, but for ids
// and for how often hearts beat.
func TestLiveTalks(t *testing.T) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, live := units(t, node(t, c.name), c.protocol)
			file, err := os.ReadFile(filepath.Join("testdata", c.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			_, before := units(t, file, c.protocol)
			if got, want := kinds(live), kinds(before); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// kinds returns what units say but for ids, sorted; of heartbeats that there are
// any.
func kinds(units []*protocol.Unit) []string {
	var all []string
	for _, u := range units {
		said := u.Dir.String() + " " + u.Role.String() + " " + u.Label
		if u.Role != protocol.Heartbeat || !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	slices.Sort(all)
	return all
}
