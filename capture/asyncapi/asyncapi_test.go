package asyncapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/asyncapi"
	"github.com/wiretape/wiretape/capture/internal/talks"
	"github.com/wiretape/wiretape/capture/redact"
)

// write returns the document of a tape without its secrets.
func write(t *testing.T, tape *talks.Tape, o *asyncapi.Options) ([]byte, asyncapi.Summary) {
	t.Helper()
	r, err := redact.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	api, err := apidoc.Read(r.Tape(tape), &apidoc.Options{Notes: tape})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	summary, err := asyncapi.Write(&b, api, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), summary
}

// tapes are the conversations that documents are made of.
func tapes(t *testing.T) map[string]*talks.Tape {
	all := map[string]*talks.Tape{"services": talks.New(t), "hostile": talks.New(t), "empty": talks.New(t), "clients": talks.New(t)}
	all["services"].Services()
	all["hostile"].Hostile()
	for _, name := range all["clients"].Clients() {
		all["clients"].Recorded(name)
	}
	return all
}

func TestReadersTakeTheDocuments(t *testing.T) {
	npm := os.Getenv("WIRETAPE_NPM")
	if _, err := exec.LookPath("node"); err != nil || npm == "" {
		t.Skip("skipped: needs npm packages (set WIRETAPE_NPM)")
	}
	dir := t.TempDir()
	args := []string{filepath.Join("testdata", "validate.cjs")}
	for name, tape := range tapes(t) {
		for _, ending := range []string{".yaml", ".json"} {
			if name == "clients" && ending == ".json" {
				continue // it takes long
			}
			b, _ := write(t, tape, &asyncapi.Options{JSON: ending == ".json"})
			file := filepath.Join(dir, name+ending)
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, file)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(npm, "node_modules"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if strings.Contains(stderr.String(), "Cannot find module") {
			t.Skip("skipped: needs npm packages (@asyncapi/parser is not in WIRETAPE_NPM)")
		}
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	read := 0
	for line := range strings.Lines(string(out)) {
		var said struct {
			File, Code, Message, Path string
			Severity, Channels        int
		}
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if said.Code == "" {
			read++
			t.Log(strings.TrimSpace(line))
			continue
		}
		t.Errorf("%s: %s %s: %s", filepath.Base(said.File), said.Code, said.Path, said.Message)
	}
	if read != len(args)-1 {
		t.Errorf("%d documents were read, want %d", read, len(args)-1)
	}
}

func TestTheSameTapeIsTheSameDocument(t *testing.T) {
	var before []byte
	for range 5 {
		tape := talks.New(t)
		tape.Services()
		b, _ := write(t, tape, nil)
		if before != nil && !bytes.Equal(before, b) {
			t.Fatalf("another document came out:\n%s", b)
		}
		before = b
	}
}

func TestSecretsStayOut(t *testing.T) {
	tape := talks.New(t)
	tape.Services()
	b, summary := write(t, tape, nil)
	for _, secret := range talks.Secrets {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s is in the document", secret)
		}
	}
	if summary.Channels != 4 || summary.Skipped == 0 {
		t.Errorf("%+v", summary)
	}
}

func TestASocketIsDescribed(t *testing.T) {
	tape := talks.New(t)
	tape.Services()
	b, _ := write(t, tape, &asyncapi.Options{Title: "Orders"})
	for _, want := range []string{
		"title: Orders\n", "address: /ws\n", "protocol: wss\n", "in: query\n      name: token\n", "bindings:\n      ws:\n        method: GET\n",
		"location: \"$message.payload#/id\"", "reply:\n      channel:\n        $ref:", "const: order\n", "x-event: message_stop\n",
	} {
		if !bytes.Contains(b, []byte(strings.ReplaceAll(want, "$ref:", `"$ref":`))) {
			t.Errorf("%q is missing in\n%s", want, b)
		}
	}
}
