package wsframe_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

var update = flag.Bool("update", false, "make the recorded talks of testdata anew; needs npm ws")

// talk is what testdata/talk.js prints.
type talk struct {
	WS            string          `json:"ws"`
	Options       json.RawMessage `json:"options"`
	Extensions    string          `json:"extensions"`
	Sent          []said          `json:"sent"`
	Received      []said          `json:"received"`
	Send, Receive []byte          // the wire
}

type said struct {
	Binary bool   `json:"binary"`
	Data   []byte `json:"data"`
}

// node runs a script of testdata with npm ws, where there is one: WIRETAPE_NPM
// names a directory whose node_modules has it.
func node(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	dir := os.Getenv("WIRETAPE_NPM")
	if _, err := exec.LookPath("node"); err != nil || dir == "" {
		t.Skip("skipped: needs npm ws (set WIRETAPE_NPM)")
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(dir, "node_modules"))
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node %v: %v", args, err)
	}
	return out
}

// hear reads one direction of a talk and compares it with what was said.
func hear(t *testing.T, dir capture.Direction, agreed wsframe.Deflate, wire []byte, want []said) {
	t.Helper()
	a := wsframe.NewAssembler(dir, agreed, nil)
	var s wsframe.Splitter
	heard, pings, closes := 0, 0, 0
	for _, f := range split(t, &s, wire[:len(wire)/3], wire[len(wire)/3:]) {
		m := a.Frame(&capture.Frame{FrameHead: f.Head, Dir: dir, Payload: f.Payload})
		switch {
		case m == nil:
			continue
		case m.Violation != "":
			t.Fatalf("%s, message %d: %s", dir, heard, m.Violation)
		case m.Opcode == capture.OpPing:
			pings++
		case m.Opcode == capture.OpClose:
			closes++
		case m.Opcode.Control():
		case heard == len(want) || !bytes.Equal(m.Data, want[heard].Data) || (m.Opcode == capture.OpBinary) != want[heard].Binary:
			t.Fatalf("%s, message %d of %d: %s of %d bytes", dir, heard, len(want), m.Opcode, m.Len)
		default:
			heard++
		}
	}
	if heard != len(want) || pings != len(want)/5 || closes != 1 {
		t.Errorf("%s: %d of %d messages, %d pings, %d closes", dir, heard, len(want), pings, closes)
	}
}

func (k *talk) check(t *testing.T) {
	t.Helper()
	agreed, err := wsframe.Negotiated([]string{k.Extensions})
	if err != nil {
		t.Fatal(err)
	}
	hear(t, capture.Send, agreed, k.Send, k.Sent)
	hear(t, capture.Receive, agreed, k.Receive, k.Received)
}

// TestRecordedTalks reads talks that testdata/talk.js has recorded with npm ws.
// To make them anew: WIRETAPE_NPM=DIR go test -run RecordedTalks -update
func TestRecordedTalks(t *testing.T) {
	for name, options := range map[string]string{
		"plain":       `{"messages":15,"server":false,"client":false}`,
		"takeover":    `{"messages":15,"server":true,"client":true}`,
		"no-takeover": `{"messages":15,"server":{"serverNoContextTakeover":true,"clientNoContextTakeover":true,"threshold":0},"client":{"threshold":0}}`,
		"window-9":    `{"messages":15,"server":{"serverMaxWindowBits":9,"clientMaxWindowBits":9},"client":true}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, node(t, nil, "talk.js", options), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var k talk
			if err := json.Unmarshal(file, &k); err != nil {
				t.Fatal(err)
			}
			if len(k.Sent) != 15 || len(k.Received) != 15 {
				t.Fatalf("%d and %d messages", len(k.Sent), len(k.Received))
			}
			k.check(t)
		})
	}
}

func TestLiveTalks(t *testing.T) {
	var options []string
	for bits := 8; bits <= 15; bits++ {
		options = append(options, fmt.Sprintf(`{"messages":300,"long":20000,"server":{"serverMaxWindowBits":%d,"clientMaxWindowBits":%d},"client":true}`, bits, bits))
	}
	options = append(options,
		`{"messages":300,"long":20000,"server":{"serverNoContextTakeover":true,"clientNoContextTakeover":true},"client":true}`,
		`{"messages":300,"long":20000,"server":{"zlibDeflateOptions":{"level":9}},"client":{"zlibDeflateOptions":{"level":1,"memLevel":9}}}`,
		`{"messages":30,"long":200000,"server":true,"client":true}`,
	)
	for _, o := range options {
		t.Run(o, func(t *testing.T) {
			var k talk
			if err := json.Unmarshal(node(t, nil, "talk.js", o), &k); err != nil {
				t.Fatal(err)
			}
			k.check(t)
		})
	}
}

func TestNpmReadsDeflater(t *testing.T) {
	for bits := 8; bits <= 15; bits++ {
		for _, noTakeover := range []bool{false, true} {
			t.Run(fmt.Sprintf("bits %d, no takeover %v", bits, noTakeover), func(t *testing.T) {
				want := sayings(100)
				d := wsframe.NewDeflater(bits, noTakeover)
				var wire []byte
				for _, p := range want {
					deflated, err := d.Append(nil, p)
					if err != nil {
						t.Fatal(err)
					}
					wire = wsframe.AppendFrame(wire, capture.FrameHead{Fin: true, RSV: 4, Opcode: capture.OpBinary}, deflated)
				}
				wire = wsframe.AppendFrame(wire, capture.FrameHead{Fin: true, Opcode: capture.OpClose}, nil)
				params := map[string]any{"server_max_window_bits": bits}
				if noTakeover {
					params["server_no_context_takeover"] = true
				}
				input, err := json.Marshal(map[string]any{"frames": wire, "params": params})
				if err != nil {
					t.Fatal(err)
				}
				var got [][]byte
				if err := json.Unmarshal(node(t, input, "read.js"), &got); err != nil {
					t.Fatal(err)
				}
				if len(got) != len(want) {
					t.Fatalf("%d messages of %d", len(got), len(want))
				}
				for i := range want {
					if !bytes.Equal(got[i], want[i]) {
						t.Fatalf("message %d came out another one", i)
					}
				}
			})
		}
	}
}
