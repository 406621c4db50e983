package soak_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
)

// asWiretape makes the test binary be the program itself.
const asWiretape = "WIRETAPE_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asWiretape) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// full reports whether the tests run at full length.
func full() bool { return os.Getenv("WIRETAPE_SOAK") != "" }

// recorder is the program recording, in a process of its own.
type recorder struct {
	*testing.T
	cmd   *exec.Cmd
	proxy string
	tape  string
	err   strings.Builder
}

// program returns a call of the program.
func program(tape string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asWiretape+"=1", "WIRETAPE_TAPE="+tape)
	return c
}

// record starts a recorder on a tape and waits until it is ready.
func record(t *testing.T, tape string, args ...string) *recorder {
	t.Helper()
	ca := filepath.Join(filepath.Dir(tape), "ca")
	r := &recorder{T: t, tape: tape, cmd: program(tape, append([]string{"record", "-l", ":0", "--ca-dir", ca}, args...)...)}
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	lines := bufio.NewReader(stderr)
	for r.proxy == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the recorder did not start: %s%s", r.err.String(), line)
		}
		r.err.WriteString(line)
		if m := regexp.MustCompile(`ready proxy=http://(\S+)`).FindStringSubmatch(line); m != nil {
			r.proxy = m[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return r
}

// stop ends the recorder in order.
func (r *recorder) stop() {
	r.Helper()
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	if err := r.cmd.Wait(); err != nil {
		r.Fatalf("the recorder ended with %v", err)
	}
}

// frameSize is the payload of the frames that are pushed, in bytes.
const frameSize = 256

// push is a server that pushes numbered frames at a steady rate to every
// socket.
type push struct {
	listener net.Listener
	perTick  int
	stopped  atomic.Bool
	served   sync.WaitGroup
	sent     atomic.Uint64
}

// tick is the pause between two writes of a pushing socket.
const tick = 2 * time.Millisecond

func servePush(t *testing.T, perSecond, sockets int) *push {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &push{listener: l, perTick: max(1, perSecond*int(tick)/int(time.Second)/sockets)}
	p.served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.served.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(p.stop)
	return p
}

func (p *push) stop() {
	p.stopped.Store(true)
	_ = p.listener.Close()
	p.served.Wait()
}

func (p *push) serve(c net.Conn) {
	defer c.Close()
	if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
		return
	}
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	var out []byte
	n := uint64(0)
	began := time.Now()
	for ticks := 1; !p.stopped.Load(); ticks++ {
		out = out[:0]
		for range p.perTick {
			out = wsframe.AppendFrame(out, capture.FrameHead{Fin: true, Opcode: capture.OpText, Length: frameSize}, payload(n))
			n++
		}
		if _, err := c.Write(out); err != nil {
			return
		}
		p.sent.Add(uint64(p.perTick))
		time.Sleep(time.Until(began.Add(time.Duration(ticks) * tick)))
	}
	_, _ = c.Write(wsframe.AppendFrame(nil, capture.FrameHead{Fin: true, Opcode: capture.OpClose, Length: 2}, []byte{3, 232}))
}

// payload returns the n-th frame's: JSON as an exchange sends it, its number
// first.
func payload(n uint64) []byte {
	p := fmt.Appendf(make([]byte, 0, frameSize), `{"n":%d,"channel":"trades","instId":"BTC-EUR","px":"%d.%02d","sz":"0.%04d","side":"buy","ts":"%d"`,
		n, 90000+n%997, n%100, n%9973, 1763740800000+n)
	for len(p) < frameSize-1 {
		p = append(p, ' ')
	}
	return append(p, '}')
}

// numberOf returns the number that a frame's payload begins with.
func numberOf(p []byte) uint64 {
	n := uint64(0)
	for _, c := range p[len(`{"n":`):] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}

// reader is a client that counts what it gets.
type reader struct {
	got  atomic.Uint64
	done chan error
}

// connect opens a socket through the recorder and reads it to its end.
func connect(t *testing.T, proxy, server string) *reader {
	t.Helper()
	c, err := net.Dial("tcp", proxy)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(c, "GET http://%s/ HTTP/1.1\r\nHost: %[1]s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", server)
	if err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReaderSize(c, 64<<10)
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != 101 {
		t.Fatal(resp, err)
	}
	r := &reader{done: make(chan error, 1)}
	go func() {
		defer c.Close()
		r.done <- r.read(br)
	}()
	return r
}

// read takes frames of the one known length, and the close.
func (r *reader) read(br *bufio.Reader) error {
	head := make([]byte, 4+frameSize)
	for {
		if _, err := io.ReadFull(br, head[:4]); err != nil {
			return err
		}
		if head[0] == 0x88 {
			return nil
		}
		if n := binary.BigEndian.Uint16(head[2:]); n != frameSize {
			return fmt.Errorf("a frame of %d bytes", n)
		}
		if _, err := io.ReadFull(br, head[4:]); err != nil {
			return err
		}
		if n := numberOf(head[4:]); n != r.got.Load() {
			return fmt.Errorf("frame %d came in place of %d", n, r.got.Load())
		}
		r.got.Add(1)
	}
}
