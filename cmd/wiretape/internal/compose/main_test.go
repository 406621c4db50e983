package compose_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/record"
	"github.com/wiretape/wiretape/capture/store"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/compose"
	"github.com/wiretape/wiretape/mitm"
)

// house is a recorder with its proxy, and the way through it.
type house struct {
	t     *testing.T
	tape  *store.Tape
	relay *mitm.Relay
	way   *compose.Way
}

// newHouse starts a recorder that trusts the given servers.
func newHouse(t *testing.T, trusted ...*httptest.Server) *house {
	t.Helper()
	tape, err := store.Open(filepath.Join(t.TempDir(), "x.tape"), &store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := record.New(tape, nil)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := certs.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for _, s := range trusted {
		if s.Certificate() != nil {
			pool.AddCert(s.Certificate())
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay := mitm.NewRelay(&mitm.RelayOptions{Recorder: rec, RootCAs: pool, Self: func(a net.Addr) bool {
		return a.String() == l.Addr().String()
	}})
	proxy := mitm.NewProxy(&mitm.ProxyOptions{CA: ca, Handler: relay, Tunnels: relay})
	served := make(chan error, 1)
	go func() { served <- proxy.Serve(l) }()
	t.Cleanup(func() {
		_ = proxy.Close()
		_ = relay.Close()
		<-served
		_ = rec.Close()
		_ = tape.Close()
	})
	return &house{t: t, tape: tape, relay: relay, way: &compose.Way{Proxy: l.Addr().String(), Roots: ca.Pool()}}
}

// found waits for the exchange of a client.
func (h *house) found(client string) capture.ExchangeID {
	h.t.Helper()
	id, err := compose.Find(h.t.Context(), h.tape, 0, client)
	if err != nil || id == 0 {
		h.t.Fatalf("the exchange of %s: %d, %v", client, id, err)
	}
	return id
}

// over waits until an exchange has ended.
func (h *house) over(id capture.ExchangeID) *capture.Exchange {
	h.t.Helper()
	for {
		head := h.tape.Head()
		ex, err := h.tape.Exchange(id)
		if err != nil {
			h.t.Fatal(err)
		}
		if !ex.Open {
			return ex
		}
		if _, err := h.tape.Wait(h.t.Context(), head); err != nil {
			h.t.Fatal(err)
		}
	}
}

// said waits until the messages of an exchange are on the tape as wanted.
func (h *house) said(id capture.ExchangeID, want ...string) {
	h.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		tr, err := transcript.Open(h.tape, id, nil)
		if err != nil {
			h.t.Fatal(err)
		}
		var got []string
		for m, err := range tr.Messages(1) {
			if err != nil {
				h.t.Fatal(err)
			}
			got = append(got, m.Dir.String()+" "+m.Opcode.String()+" "+string(m.Data)+m.Violation)
		}
		if strings.Join(got, "\n") == strings.Join(want, "\n") {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		_ = h.tape.Sync()
	}
}

// serve starts an HTTP server, with TLS or without.
func serve(t *testing.T, secure bool, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if secure {
		s.TLS = &tls.Config{NextProtos: []string{"http/1.1"}}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// socketURL returns the server's address as a WebSocket client wants it.
func socketURL(s *httptest.Server) string { return strings.Replace(s.URL, "http", "ws", 1) }

// echo answers every message with itself, until it is told "bye" or "drop".
func echo(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols: []string{"b"}, CompressionMode: websocket.CompressionContextTakeover, InsecureSkipVerify: true,
		})
		if err != nil {
			return // the answer says why
		}
		for {
			kind, message, err := c.Read(r.Context())
			if err != nil {
				return
			}
			switch string(message) {
			case "bye":
				_ = c.Close(4001, "as you wish")
				return
			case "drop":
				_ = c.CloseNow()
				return
			case "ping me":
				if err := c.Ping(c.CloseRead(r.Context())); err != nil {
					t.Error(err)
				}
				_ = c.Close(1000, "")
				return
			}
			if err := c.Write(r.Context(), kind, message); err != nil {
				return
			}
		}
	}
}

var _ io.Closer = (*compose.Desk)(nil)
