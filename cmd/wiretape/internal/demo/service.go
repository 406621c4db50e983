// Package demo is a small real-time service and its client, to see the whole
// path bytes → mitm → capture → show, export, replay at work without a network:
// a JSON service over WebSocket with a token, commands and pushes; a chat
// completion as server-sent events; another as JSON lines; and a REST call.
package demo

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Service is the service, on a loopback port, over TLS. Every connection it
// gets starts from the same state.
type Service struct {
	http   http.Server
	l      net.Listener
	served sync.WaitGroup

	mu      sync.Mutex
	sockets map[net.Conn]struct{}
	socket  sync.WaitGroup
}

// beat is the pause between the parts of a stream.
const beat = 25 * time.Millisecond

// Serve starts the service with the given TLS configuration.
func Serve(config *tls.Config) (*Service, error) {
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		return nil, err
	}
	s := &Service{l: l, sockets: map[net.Conn]struct{}{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", s.events)
	mux.HandleFunc("POST /v1/chat/completions", completions)
	mux.HandleFunc("POST /api/chat", chat)
	mux.HandleFunc("GET /api/products", products)
	s.http = http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.served.Go(func() { _ = s.http.Serve(l) })
	return s, nil
}

// URL returns the address of the service.
func (s *Service) URL() string {
	_, port, _ := net.SplitHostPort(s.l.Addr().String())
	return "https://localhost:" + port
}

// Close stops the service, its sockets included, and waits for all of it.
func (s *Service) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	s.mu.Lock()
	for c := range s.sockets {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.socket.Wait()
	s.served.Wait()
	return err
}

// products answers a plain REST call.
func products(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"products":[{"id":1,"name":"tape","price":"4.90"},{"id":2,"name":"reel","price":"12.00"}]}`)
}

// completions streams a chat completion the way OpenAI-compatible services do,
// with the reasoning before the answer.
func completions(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(data string) {
		_, _ = fmt.Fprintf(w, "data: %s\n\n", data)
		_ = http.NewResponseController(w).Flush()
		pause(r.Context())
	}
	chunk := func(delta, finish string) string {
		return `{"id":"chatcmpl-demo","object":"chat.completion.chunk","created":1763740800,"model":"demo-1",` +
			`"choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}`
	}
	send(chunk(`{"role":"assistant","content":""}`, "null"))
	for _, word := range []string{"The user", " wants", " a greeting."} {
		send(chunk(`{"reasoning_content":`+quote(word)+`}`, "null"))
	}
	for _, word := range []string{"Hello", " from", " the", " tape", "."} {
		send(chunk(`{"content":`+quote(word)+`}`, "null"))
	}
	send(chunk(`{}`, `"stop"`))
	send(`{"id":"chatcmpl-demo","object":"chat.completion.chunk","created":1763740800,"model":"demo-1","choices":[],` +
		`"usage":{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17}}`)
	send("[DONE]")
}

// chat streams an answer as JSON lines, the way Ollama does.
func chat(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, word := range []string{"Recorded", " once,", " played", " for ever."} {
		_, _ = fmt.Fprintf(w, `{"model":"demo","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":%s},"done":false}`+"\n", quote(word))
		_ = http.NewResponseController(w).Flush()
		pause(r.Context())
	}
	_, _ = io.WriteString(w, `{"model":"demo","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":4}`+"\n")
}

func pause(ctx context.Context) {
	select {
	case <-time.After(beat):
	case <-ctx.Done():
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// subject returns the "sub" of a JWT without checking its signature, or "".
func subject(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims struct{ Sub string }
	if json.Unmarshal(decode(parts[1]), &claims) != nil {
		return ""
	}
	return claims.Sub
}
