package interop_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// ways are the ways in which a stream of broken breaks.
var ways = []string{"whole", "cut", "reset", "tail", "unnamed", "error", "crlf", "bom", "busy", "refused"}

// broken streams an answer in the format of one of two vendors, /openai/WAY/…
// and /anthropic/WAY/…, and breaks it.
func broken(w http.ResponseWriter, r *http.Request, asked func() int) {
	_, _ = io.Copy(io.Discard, r.Body)
	vendor, way, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	way, _, _ = strings.Cut(way, "/")
	switch {
	case way == "busy" && asked() == 1:
		w.Header().Set("Retry-After-Ms", "10")
		http.Error(w, `{"error":{"type":"rate_limit","message":"slow down"}}`, http.StatusTooManyRequests)
		return
	case way == "refused":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"type":"error","error":{"type":"authentication_error","message":"no such key"}}`)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	events := answerOf(vendor)
	if way == "bom" {
		flush(w, "\ufeff")
	}
	for i, e := range events {
		last := i == len(events)-2 // the one that says that this was all
		switch {
		case way == "unnamed":
			_, e, _ = strings.Cut(e, "data: ")
			e = "data: " + e
		case way == "crlf":
			e = strings.ReplaceAll(e, "\n", "\r\n")
		case last && way == "cut":
			return
		case last && way == "tail":
			flush(w, "%s", strings.TrimSuffix(e, "\n\n"))
			return
		case last && way == "reset":
			flush(w, "%s", e[:len(e)/2])
			reset(w)
			return
		case last && way == "error":
			flush(w, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"boom\"}}\n\n")
			return
		}
		flush(w, "%s", e)
	}
}

// reset breaks the connection off with RST.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	for c := conn; c != nil; {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
			_ = tcp.Close()
			return
		}
		below, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return
		}
		c = below.NetConn()
	}
}

func answerOf(vendor string) (events []string) {
	if vendor == "openai" {
		for _, delta := range []string{`{"role":"assistant","content":"Good"}`, `{"content":" day"}`} {
			events = append(events, `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":`+delta+`,"finish_reason":null}]}`+"\n\n")
		}
		return append(events,
			`data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n",
			"data: [DONE]\n\n")
	}
	for _, e := range []string{
		`message_start {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}`,
		`content_block_start {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Good day"}}`,
		`content_block_stop {"type":"content_block_stop","index":0}`,
		`message_delta {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}`,
		`message_stop {"type":"message_stop"}`,
	} {
		name, data, _ := strings.Cut(e, " ")
		events = append(events, "event: "+name+"\ndata: "+data+"\n\n")
	}
	return events
}

// TestNpmBrokenStreams holds a replay to the endings that were recorded: what a
// client makes of a broken stream, it makes of the recording of it.
func TestNpmBrokenStreams(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var mu sync.Mutex
	busy := map[string]int{}
	recorded, replayed := b.recordAndReplay(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		broken(w, r, func() int {
			mu.Lock()
			defer mu.Unlock()
			busy[r.URL.Path]++
			return busy[r.URL.Path]
		})
	}), func(base string) []string { return append(node(t, "broken", base), ways...) })
	same(t, recorded, replayed)
	holds(t, recorded,
		"openai whole OK Good day", "anthropic whole OK Good day",
		"openai cut OpenAIError: missing finish_reason", "anthropic cut AnthropicError: stream ended without producing a Message",
		"openai reset OpenAIError: terminated", "anthropic reset AnthropicError: terminated",
		"openai tail OpenAIError: missing finish_reason", "anthropic tail AnthropicError: stream ended",
		"openai unnamed OK Good day", "anthropic unnamed AnthropicError: request ended without sending any chunks",
		"openai error APIError: boom", "anthropic error APIError",
		"openai crlf OK Good day", "anthropic bom OK Good day",
		"openai busy OK Good day", "anthropic busy OK Good day",
		"openai refused AuthenticationError", "anthropic refused AuthenticationError")
}
