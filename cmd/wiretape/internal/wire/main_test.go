package wire_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
)

// asWiretape makes the test binary be the program itself, so that the recorder
// runs as its users run it, in a process of its own.
const asWiretape = "WIRETAPE_TEST_MAIN"

// patience bounds every wait. What has not come by then does not come.
const patience = 10 * time.Second

// raced tells that the race detector is on, which takes memory of its own.
var raced bool

var update = flag.Bool("update", false, "write docs/wire.md anew")

func TestMain(m *testing.M) {
	if os.Getenv(asWiretape) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	flag.Parse()
	os.Exit(m.Run())
}

// recorder is a running wiretape record.
type recorder struct {
	*testing.T
	dir     string
	service *certs.Authority // the origins'
	ca      *certs.Authority // wiretape's
	addr    string           // of the proxy
	ready   string           // the ready line
	cmd     *exec.Cmd
	said    *bytes.Buffer // stderr behind the ready line; to be read after stop
	silent  chan struct{} // closed at the end of stderr
	stopped bool
}

// record starts the recorder and waits until it is ready.
func record(t *testing.T, args ...string) *recorder {
	t.Helper()
	r := &recorder{T: t, dir: t.TempDir(), said: &bytes.Buffer{}, silent: make(chan struct{})}
	r.service = r.authority("service")
	r.cmd = exec.Command(os.Args[0], append([]string{
		"record", "-t", r.tape(), "-l", "127.0.0.1:0", "--ca-dir", filepath.Join(r.dir, "ca"), "--upstream-ca", r.service.CertFile(),
	}, args...)...)
	r.cmd.Env = append(os.Environ(), asWiretape+"=1")
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.stop() })
	lines := bufio.NewReader(stderr)
	for r.ready == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the recorder did not get ready: %v", err)
		}
		if strings.HasPrefix(line, "wiretape: ready ") {
			r.ready = strings.TrimSpace(line)
		}
	}
	go func() {
		defer close(r.silent)
		_, _ = io.Copy(r.said, lines)
	}()
	_, rest, _ := strings.Cut(r.ready, " proxy=http://")
	r.addr, _, _ = strings.Cut(rest, " ")
	r.ca = r.authority("ca")
	return r
}

func (r *recorder) authority(name string) *certs.Authority {
	r.Helper()
	ca, err := certs.LoadOrCreate(filepath.Join(r.dir, name))
	if err != nil {
		r.Fatal(err)
	}
	return ca
}

func (r *recorder) tape() string { return filepath.Join(r.dir, "x.tape") }

// stop ends the recorder as a service manager does, and waits for it.
func (r *recorder) stop() {
	r.Helper()
	if r.stopped {
		return
	}
	r.stopped = true
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(10*time.Second, func() { _ = r.cmd.Process.Signal(syscall.SIGQUIT) })
	defer late.Stop()
	<-r.silent
	if err := r.cmd.Wait(); err != nil {
		r.Errorf("the recorder ended with %v\n%s", err, r.said)
	}
}

// read runs one of the commands that read the tape and returns its lines.
func (r *recorder) read(args ...string) []map[string]any {
	r.Helper()
	var out, errs bytes.Buffer
	args = append(args, "--json", "-t", r.tape())
	if code := cli.Main(args, strings.NewReader(""), &out, &errs); code != 0 {
		r.Fatalf("wiretape %s: exit code %d\n%s", strings.Join(args, " "), code, errs.String())
	}
	var lines []map[string]any
	for line := range strings.Lines(out.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			r.Fatalf("%v in %s", err, line)
		}
		lines = append(lines, v)
	}
	return lines
}

// within returns a context for one wait.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
