package cli_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/coder/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// talker starts servers to talk to, with TLS and without: $TALKER and
// $SECURE_TALKER are their host:port, ca.pem is the certificate.
//
// /echo sends every message back, /bye closes with 4001 at the first, /push
// sends five, /silent says nothing, /401 refuses; /events is an event stream of
// three, /body tells of the request.
func talker(ts *testscript.TestScript, _ bool, _ []string) {
	plain, secure := httptest.NewUnstartedServer(http.HandlerFunc(talk)), httptest.NewUnstartedServer(http.HandlerFunc(talk))
	for _, s := range []*httptest.Server{plain, secure} {
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		ts.Defer(s.Close)
	}
	plain.Start()
	secure.StartTLS()
	ts.Setenv("TALKER", plain.Listener.Addr().String())
	ts.Setenv("SECURE_TALKER", secure.Listener.Addr().String())
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
}

func talk(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/401":
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintln(w, "say who you are\x1b[31m")
	case "/events":
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "event: tick\ndata: %d\n\n", i+1)
		}
	case "/body":
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %q\n", r.Method, r.URL.RawQuery, r.Header.Get("Content-Type"), body)
	default:
		talkSocket(w, r)
	}
}

func talkSocket(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, Subprotocols: []string{"json"}, CompressionMode: websocket.CompressionContextTakeover,
	})
	if err != nil {
		return
	}
	defer c.CloseNow()
	if r.URL.Path == "/push" {
		for i := range 5 {
			_ = c.Write(r.Context(), websocket.MessageText, fmt.Appendf(nil, "push %d", i+1))
		}
	}
	for {
		kind, message, err := c.Read(r.Context())
		switch {
		case err != nil:
			return
		case r.URL.Path == "/bye":
			_ = c.Close(4001, "as you wish")
			return
		case r.URL.Path == "/silent":
		case strings.HasPrefix(string(message), "headers"):
			_ = c.Write(r.Context(), kind, fmt.Appendf(nil, "%s %s %s", r.URL.RawQuery, r.Header.Get("Cookie"), r.Header.Get("X-User")))
		default:
			_ = c.Write(r.Context(), kind, message)
		}
	}
}
