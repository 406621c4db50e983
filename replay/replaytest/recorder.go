package replaytest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of the recording program.
const (
	readyTimeout = 30 * time.Second
	stopTimeout  = 30 * time.Second
	buildTimeout = 5 * time.Minute
	pollEvery    = 50 * time.Millisecond
)

// program is what records when nothing else is found.
const program = "github.com/wiretape/wiretape/cmd/wiretape"

// recording reports whether tests make their recordings instead of being
// served: by option, environment, or a flag -record of the test package.
func recording(option bool) bool {
	if on, err := strconv.ParseBool(os.Getenv("WIRETAPE_RECORD")); err == nil && on || option {
		return true
	}
	f := flag.Lookup("record")
	return f != nil && f.Value.String() == "true"
}

// recorder is the wiretape program, run to make a recording. Nothing in this
// module that may be imported from here can do so: the way to the network is
// not the mock's to know.
type recorder struct {
	t       T
	options Options
	file    string // the recording to make
	tape    string // where it is made
	bin     string
	proxy   string // host:port
	cert    string
	cmd     *exec.Cmd
	stderr  tail
	read    sync.WaitGroup
}

func newRecorder(t T, file string, o Options) (*recorder, error) {
	dir := t.TempDir()
	r := &recorder{t: t, options: o, file: file, tape: filepath.Join(dir, "record.tape")}
	var err error
	if r.bin, err = findProgram(dir); err != nil {
		return nil, fmt.Errorf("record %s: %w", file, err)
	}
	args := []string{"record", "-t", r.tape, "--ca-dir", filepath.Join(dir, "ca"), "-l", "127.0.0.1:0", "--label", t.Name()}
	if o.Upstream != "" {
		args = append(args, "--reverse", o.Upstream)
	}
	r.cmd = exec.Command(r.bin, append(args, o.RecordArgs...)...)
	if err := r.start(); err != nil {
		return nil, fmt.Errorf("record %s: %w", file, err)
	}
	return r, nil
}

// findProgram returns the path of the wiretape program. One is built into dir
// if there is none.
func findProgram(dir string) (string, error) {
	if bin := os.Getenv("WIRETAPE_BIN"); bin != "" {
		return bin, nil
	}
	if bin, err := exec.LookPath("wiretape"); err == nil {
		return bin, nil
	}
	bin := filepath.Join(dir, "wiretape")
	ctx, cancel := context.WithTimeout(context.Background(), buildTimeout)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", bin, program).CombinedOutput(); err != nil {
		return "", fmt.Errorf("no wiretape at $WIRETAPE_BIN or in $PATH, and building one: %w\n%s", err, bytes.TrimSpace(out))
	}
	return bin, nil
}

// start runs the program and waits for its ready line.
func (r *recorder) start() error {
	out, in := io.Pipe()
	r.cmd.Stderr = in
	if err := r.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	r.read.Go(func() {
		defer close(ready)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "wiretape: ready "); ok {
				ready <- rest
			}
			r.stderr.add(lines.Text())
		}
		_, _ = io.Copy(io.Discard, out)
	})
	ended := make(chan error, 1)
	r.read.Go(func() {
		ended <- r.cmd.Wait()
		_ = in.Close()
	})
	select {
	case line := <-ready:
		return r.parse(line)
	case err := <-ended:
		return fmt.Errorf("wiretape ended: %w\n%s", err, r.stderr.String())
	case <-time.After(readyTimeout):
		_ = r.cmd.Process.Kill()
		return fmt.Errorf("wiretape is not ready after %v\n%s", readyTimeout, r.stderr.String())
	}
}

func (r *recorder) parse(line string) error {
	for word := range strings.FieldsSeq(line) {
		if v, ok := strings.CutPrefix(word, "proxy=http://"); ok {
			r.proxy = v
		}
	}
	r.cert = filepath.Join(filepath.Dir(r.tape), "ca", "ca.pem")
	if r.proxy == "" {
		_ = r.cmd.Process.Kill()
		return fmt.Errorf("no proxy in the ready line %q", line)
	}
	return nil
}

func (r *recorder) address() string  { return r.proxy }
func (r *recorder) certFile() string { return r.cert }

func (r *recorder) pool() *x509.CertPool {
	r.t.Helper()
	pem, err := os.ReadFile(r.cert)
	if err != nil {
		r.t.Fatalf("replaytest: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

// changed returns a channel that is closed soon: the program does not tell when
// something came.
func (r *recorder) changed() <-chan struct{} {
	c := make(chan struct{})
	time.AfterFunc(pollEvery, func() { close(c) })
	return c
}

// close stops the program and keeps what it recorded, if the test passed.
func (r *recorder) close() {
	r.t.Helper()
	_ = r.cmd.Process.Signal(os.Interrupt)
	late := time.AfterFunc(stopTimeout, func() { _ = r.cmd.Process.Kill() })
	r.read.Wait()
	late.Stop()
	if r.t.Failed() {
		r.t.Logf("replaytest: the test failed: %s stays as it was", r.file)
		return
	}
	if err := r.keep(); err != nil {
		r.t.Errorf("replaytest: keep the recording: %v\n%s", err, r.stderr.String())
		return
	}
	r.t.Logf("replaytest: recorded %s", r.file)
}

// tail keeps the last lines of what a program says.
type tail struct {
	mu    sync.Mutex
	lines []string
}

const maxTail = 20

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines[max(0, len(t.lines)-maxTail+1):], line)
}

// String returns the lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
