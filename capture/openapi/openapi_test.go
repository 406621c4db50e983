package openapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/talks"
	"github.com/wiretape/wiretape/capture/openapi"
	"github.com/wiretape/wiretape/capture/redact"
)

// write returns the document of a tape without its secrets.
func write(t *testing.T, tape *talks.Tape, o *openapi.Options) ([]byte, openapi.Summary) {
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
	summary, err := openapi.Write(&b, api, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), summary
}

func TestReadersTakeTheDocuments(t *testing.T) {
	npm := os.Getenv("WIRETAPE_NPM")
	if _, err := exec.LookPath("node"); err != nil || npm == "" {
		t.Skip("skipped: needs npm packages (set WIRETAPE_NPM)")
	}
	tapes := map[string]*talks.Tape{"services": talks.New(t), "hostile": talks.New(t), "empty": talks.New(t)}
	tapes["services"].Services()
	tapes["hostile"].Hostile()
	args := []string{filepath.Join("testdata", "validate.mjs")}
	for name, tape := range tapes {
		for _, ending := range []string{".yaml", ".json"} {
			b, _ := write(t, tape, &openapi.Options{JSON: ending == ".json"})
			file := filepath.Join(t.TempDir(), name+ending)
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
			t.Skip("skipped: needs npm packages (@redocly/openapi-core is not in WIRETAPE_NPM)")
		}
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	read := 0
	for line := range strings.Lines(string(out)) {
		var said struct{ File, Code, Message, Path string }
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
	if summary.Sockets != 1 || len(summary.Twice) != 0 {
		t.Errorf("%+v", summary)
	}
}
