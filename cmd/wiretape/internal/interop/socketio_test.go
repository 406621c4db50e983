package interop_test

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"
)

// nodeServer runs one of the servers in testdata, which prints its port.
func (b *bench) nodeServer(name string) (base string, stop func()) {
	b.Helper()
	args := node(b.T, name)
	c := exec.CommandContext(b.Context(), args[0], args[1:]...)
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	stop = func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	b.Cleanup(stop)
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("%s did not start: %v", name, err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port), stop
}

// TestNpmSocketIO is a client of Socket.IO with its own server: numbered
// acknowledgements, three of them at once, pushes, heartbeats of the server, and
// a connection that breaks.
func TestNpmSocketIO(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base, stop := b.nodeServer("socketio-server")
	cmd := node(t, "socketio", base)
	recorded := b.wiretape(append([]string{"record", "--ca-dir", "ca", "--"}, cmd...)...)
	stop()
	replayed := b.wiretape(append([]string{"replay", "--ca-dir", "ca", "--"}, cmd...)...)
	same(t, recorded, replayed)
	holds(t, recorded, "sums 3 7 11", `news [{"room":"lobby","n":2}]`, "disconnect transport close", `again"}`)
}

// TestNpmSocketIOPolling is the same client over long polling, and as it is by
// default: polling first, then a WebSocket takes over. It speaks in two
// namespaces at once and sends and gets attachments.
func TestNpmSocketIOPolling(t *testing.T) {
	t.Parallel()
	for _, transports := range []string{"polling", "polling,websocket"} {
		t.Run(transports, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			base, stop := b.nodeServer("socketio-server")
			cmd := node(t, "socketio-polling", base, transports)
			recorded := b.wiretape(append([]string{"record", "--ca-dir", "ca", "--"}, cmd...)...)
			stop()
			replayed := b.wiretape(append([]string{"replay", "--ca-dir", "ca", "--"}, cmd...)...)
			same(t, recorded, replayed)
			direct := b.wiretape(append([]string{"replay", "--ca-dir", "ca", "--speed", "max", "--"}, append(cmd, "direct")...)...)
			same(t, recorded, direct)
			holds(t, recorded, "sums 3 7 11", `admin {"admin":true,"sum":42}`, "reversed ff030201", "picture 00ff10", `alert ["fire",{"level":2}]`, `again"}`,
				"transport "+transports[strings.LastIndex(transports, ",")+1:]+"\n")
		})
	}
}
