package interop_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// started is a process whose lines are read as they come.
type started struct {
	t     *testing.T
	c     *exec.Cmd
	lines *bufio.Reader
	rest  sync.Once // reads what is left
}

// start runs a command in the bench's folder; with stderr its messages are read
// instead of its data.
func (b *bench) start(stderr bool, env []string, args ...string) *started {
	b.Helper()
	c := exec.CommandContext(b.Context(), args[0], args[1:]...)
	c.Dir, c.Env = b.dir, append(os.Environ(), env...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	var out io.Reader
	var err error
	if stderr {
		out, err = c.StderrPipe()
	} else {
		out, err = c.StdoutPipe()
	}
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	s := &started{t: b.T, c: c, lines: bufio.NewReader(out)}
	b.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		s.drain()
		_ = c.Wait()
	})
	return s
}

// drain reads what is left, and waits for the end of it.
func (s *started) drain() {
	s.rest.Do(func() { _, _ = io.Copy(io.Discard, s.lines) })
}

// line returns the next line that is not empty.
func (s *started) line() string {
	s.t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
		if err != nil {
			s.t.Fatalf("%s says nothing more: %v", s.c.Args[0], err)
		}
	}
}

// page is a recorder's page as a browser asks it.
type page struct {
	t           *testing.T
	base, token string
	proxy       string
}

// ask sends a request to the page's API and returns the status and the answer.
func (p *page) ask(method, path string, body any) (int, map[string]any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		p.t.Fatalf("%s %s: %d, %v", method, path, res.StatusCode, err)
	}
	return res.StatusCode, v
}

// peerSaw is what a peer prints when it is over.
type peerSaw struct {
	Role, Extensions, Reason string
	Own, Pongs, Close        int
	Injected, Pings, Errors  []string
}

func (s *started) saw() peerSaw {
	s.t.Helper()
	var p peerSaw
	if line := s.line(); json.Unmarshal([]byte(line), &p) != nil {
		s.t.Fatalf("%q is no report", line)
	}
	return p
}

// TestNpmPeersTakeWhatIsPutIn writes into both directions of a connection of
// real peers, whose messages are compressed with context takeover and come in
// fragments: each side goes on to understand the other.
func TestNpmPeersTakeWhatIsPutIn(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls %t", secure), func(t *testing.T) {
			b := newBench(t)
			server := node(t, "peers", "server")
			scheme := "ws"
			if secure {
				scheme = "wss"
				server = append(server, serverFiles(b)...)
			}
			p, _ := b.pageOf("record", "-l", "127.0.0.1:0", "--ca-dir", "ca", "--upstream-ca", b.service.CertFile())
			s := b.start(false, nil, server...)
			url := scheme + "://localhost:" + s.line()
			c := b.start(false, []string{"WIRETAPE_PROXY=" + p.proxy, "NODE_EXTRA_CA_CERTS=" + filepath.Join(b.dir, "ca", "ca.pem")}, node(t, "peers", "client", url)...)
			const each = 30
			want := []string{}
			for i := range each {
				p.awaitMessages(8 * i) // so that there is talk all around
				for _, to := range []string{"client", "server"} {
					p.putIn(map[string]any{"to": to, "text": fmt.Sprintf("injected %d", i)})
				}
				want = append(want, fmt.Sprintf("injected %d", i))
			}
			p.putIn(map[string]any{"to": "server", "opcode": "ping", "text": "hello?"})
			p.awaitMessages(8*each + 100)
			if status, v := p.ask("POST", "/exchanges/1/end", map[string]any{"to": "both", "code": 4000, "reason": "enough"}); status != 200 {
				t.Errorf("end: %d %v", status, v)
			}
			for _, saw := range []peerSaw{c.saw(), s.saw()} {
				if len(saw.Errors) > 0 || !slices.Equal(saw.Injected, want) || saw.Own < 10 || saw.Close != 4000 || saw.Reason != "enough" || !strings.Contains(saw.Extensions, "permessage-deflate") {
					t.Errorf("the %s saw %+v", saw.Role, saw)
				}
				if saw.Role == "server" && !slices.Contains(saw.Pings, "hello?") {
					t.Errorf("the server got the pings %q", saw.Pings)
				}
			}
			injected, violations, compressed := 0, 0, 0
			for _, m := range jsonLines(t, b.wiretape("show", "1", "--json"))[1:] {
				if m["origin"] == "inject" {
					injected++
				}
				if m["violation"] != nil {
					violations++
					t.Errorf("a rule is broken: %v", m)
				}
				if m["compressed"] == true {
					compressed++
				}
			}
			if injected < 2*each+2 || injected > 2*each+3 || violations > 0 || compressed < 20 {
				t.Errorf("on the tape: %d put in, %d violations, %d compressed", injected, violations, compressed)
			}
		})
	}
}

// awaitMessages waits until exchange 1 has as many messages, those that were put
// in among them.
func (p *page) awaitMessages(n int) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); n > 0; {
		_, v := p.ask("GET", "/exchanges/1", nil)
		rows, _ := v["rows"].(map[string]any)
		if got, _ := rows["messages"].(float64); int(got) >= n {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("there are not %d messages: %v", n, v)
		}
	}
}

// putIn puts a message in as soon as there is a connection.
func (p *page) putIn(m map[string]any) {
	p.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		status, v := p.ask("POST", "/exchanges/1/inject", m)
		if status == 200 {
			return
		}
		if detail, _ := v["detail"].(string); time.Now().After(deadline) || !strings.Contains(detail, "no open WebSocket") {
			p.t.Fatalf("put in: %d %v", status, v)
		}
	}
}

// serverFiles writes a certificate of the service and its key for node.
func serverFiles(b *bench) []string {
	b.Helper()
	config := b.service.ServerConfig("localhost", nil)
	leaf, err := config.GetCertificate(&tls.ClientHelloInfo{
		ServerName: "localhost", SupportedVersions: []uint16{tls.VersionTLS13},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
	})
	if err != nil {
		b.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		b.Fatal(err)
	}
	var chain bytes.Buffer
	for _, der := range leaf.Certificate {
		_ = pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	files := []string{filepath.Join(b.dir, "leaf.pem"), filepath.Join(b.dir, "leaf.key")}
	for i, text := range [][]byte{chain.Bytes(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(files[i], text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return files
}
