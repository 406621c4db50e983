package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
)

// asWiretape makes the test binary be the program itself, so that tests run it
// as their users do, in a process of its own.
const asWiretape = "WIRETAPE_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asWiretape) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// bench is a folder with a tape, two certificate authorities, ours and the
// service's, and a way to run the program.
type bench struct {
	*testing.T
	dir     string
	service *certs.Authority
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	service, err := certs.LoadOrCreate(filepath.Join(dir, "service"))
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t, dir, service}
}

// serve starts the service on TLS and returns its address and how to stop it.
func (b *bench) serve(h http.Handler) (base string, stop func()) {
	b.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = b.service.ServerConfig("localhost", []string{"http/1.1"})
	s.StartTLS()
	b.Cleanup(s.Close)
	return "https://localhost:" + s.URL[strings.LastIndex(s.URL, ":")+1:], s.Close
}

// wiretape runs the program to its end and returns what it wrote to stdout.
func (b *bench) wiretape(args ...string) string {
	b.Helper()
	out, errs, code := b.run(args...)
	if code != 0 {
		b.Fatalf("wiretape %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func (b *bench) run(args ...string) (stdout, stderr string, code int) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Dir = b.dir
	c.Env = append(os.Environ(), asWiretape+"=1", "WIRETAPE_TAPE=x.tape")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		b.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// recordAndReplay runs the client against the service through the recorder,
// stops the service, runs it again against the recording, and returns both
// transcripts.
func (b *bench) recordAndReplay(h http.Handler, client func(base string) []string) (recorded, replayed string) {
	b.Helper()
	base, stop := b.serve(h)
	cmd := client(base)
	recorded = b.wiretape(append([]string{
		"record", "--ca-dir", "ca", "--upstream-ca", b.service.CertFile(), "--",
	}, cmd...)...)
	stop()
	replayed = b.wiretape(append([]string{"replay", "--ca-dir", "ca", "--"}, cmd...)...)
	return recorded, replayed
}

// exchanges returns what ls --json prints.
func (b *bench) exchanges() []map[string]any {
	b.Helper()
	return jsonLines(b.T, b.wiretape("ls", "--json"))
}

func jsonLines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(text) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, v)
	}
	return all
}

// same fails unless the transcripts are one text, and not an empty one.
func same(t *testing.T, recorded, replayed string) {
	t.Helper()
	if recorded == "" || recorded != replayed {
		t.Errorf("the transcripts differ\nrecorded:\n%s\nreplayed:\n%s", recorded, replayed)
	}
}

// holds fails unless the client said each of these.
func holds(t *testing.T, transcript string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(transcript, w) {
			t.Errorf("the client did not say %q:\n%s", w, transcript)
		}
	}
}

// node returns the command that runs one of the clients in testdata, or skips.
func node(t *testing.T, client string, args ...string) []string {
	t.Helper()
	dir := os.Getenv("WIRETAPE_NPM")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "ws")); dir == "" || err != nil {
		t.Skip("skipped: needs npm packages (run .ci/run, or set WIRETAPE_NPM to a folder with node_modules)")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("skipped: needs node")
	}
	script, err := filepath.Abs(filepath.Join("testdata", client+".cjs"))
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{"node", script}, args...)
}

func flush(w http.ResponseWriter, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format, args...)
	_ = http.NewResponseController(w).Flush()
}
