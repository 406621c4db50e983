package interop_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/replay"
	"github.com/wiretape/wiretape/replay/replaytest"
)

// faulted runs a client against the bench's recording with one fault, and
// returns what it said.
func (b *bench) faulted(t *testing.T, spec string, cmd []string) string {
	t.Helper()
	o := &replay.Options{Speed: replay.Max, Seed: 1}
	if spec != "" {
		f, err := replay.ParseFault(spec)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = []replay.Fault{f}
	}
	srv := replaytest.New(t, filepath.Join(b.dir, "x.tape"), &replaytest.Options{Replay: o})
	c := exec.CommandContext(t.Context(), cmd[0], cmd[1:]...)
	c.Env = append(os.Environ(), "WIRETAPE_PROXY="+srv.ProxyURL(), "NODE_EXTRA_CA_CERTS="+srv.CertFile())
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestNpmClientsAndFaults plays faults to clients of two vendors' streams: what
// each does then is what it would do if the service failed so.
func TestNpmClientsAndFaults(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base, stop := b.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { broken(w, r, func() int { return 0 }) }))
	cmd := append(node(t, "broken", base), "whole")
	b.wiretape(append([]string{"record", "--ca-dir", "ca", "--upstream-ca", b.service.CertFile(), "--"}, cmd...)...)
	stop()
	for _, c := range []struct{ fault, openai, anthropic string }{
		{"", "OK Good day", "OK Good day"},
		{"close@after=1", "OpenAIError: missing finish_reason", "AnthropicError: stream ended without producing a Message"},
		{"fin@after=1", "OpenAIError: terminated", "AnthropicError: terminated"},
		{"reset@after=1", "OpenAIError: terminated", "AnthropicError: terminated"},
		{"truncate:20@after=1", "OpenAIError: request ended without sending any chunks", "AnthropicError: request ended without sending any chunks"},
		{"delay:100ms@after=1", "OK Good day", "OK Good day"},
		{"throttle:20000", "OK Good day", "OK Good day"},
		{"refuse:503,times=1", "OK Good day", "OK Good day"},
		{"refuse:429,times=1,retry_after=1s", "OK Good day", "OK Good day"},
		{"refuse:401", "AuthenticationError", "AuthenticationError"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			holds(t, b.faulted(t, c.fault, cmd), "openai whole "+c.openai, "anthropic whole "+c.anthropic)
		})
	}
}

// TestNpmOKXAndFaults plays faults to the exchange's kind of client, which has
// to come back by itself, log in, subscribe again, and get its order filled.
func TestNpmOKXAndFaults(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	base, stop := b.serve(http.HandlerFunc(exchange))
	b.wiretape(append([]string{"record", "--ca-dir", "ca", "--upstream-ca", b.service.CertFile(), "--"}, node(t, "okx", base, "steady")...)...)
	stop()
	for fault, reconnects := range map[string]string{
		"":                                  "0 times",
		"close:1012@after=6,connection=1":   "1 times",
		"fin@after=6,connection=1":          "1 times",
		"reset@after=6,connection=1":        "1 times",
		"reset@after=6,byte=5,connection=1": "1 times",
		"stall@after=6,connection=1":        "1 times",
		"refuse:503,times=1":                "",
		"delay:50ms":                        "0 times",
		"duplicate@after=6":                 "0 times",
		"refuse:tcp,times=1":                "",
		"reorder@after=6":                   "",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			said := b.faulted(t, fault, node(t, "okx", base, "steady"))
			holds(t, said, "order BTC-USDT 0", "(my BTC-USDT) pushed (my BTC-USDT)", "reconnected "+reconnects)
			if strings.Contains(said, "not mine") || testing.Verbose() {
				t.Logf("the client said\n%s", said)
			}
		})
	}
}
