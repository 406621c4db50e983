package interop_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// rpc is a service that answers requests by their id over a WebSocket, with
// context takeover, and pushes what it was asked to subscribe to.
func rpc(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{"rpc.v1"}, InsecureSkipVerify: true,
		CompressionMode: websocket.CompressionContextTakeover, CompressionThreshold: 16,
	})
	if err != nil {
		return
	}
	defer c.CloseNow()
	for orders := 0; ; {
		_, data, err := c.Read(r.Context())
		if err != nil {
			return
		}
		var q struct{ ID, Op, Text string }
		if string(data) == "ping" {
			_ = c.Write(r.Context(), websocket.MessageText, []byte("pong"))
			continue
		}
		if err := json.Unmarshal(data, &q); err != nil {
			return
		}
		answer := fmt.Sprintf(`{"id":%q,"ok":true,"text":%q,"pad":%q}`, q.ID, strings.ToUpper(q.Text), strings.Repeat("x", 200))
		if q.Op == "order" {
			orders++
			answer = fmt.Sprintf(`{"id":%q,"op":"order","code":"0","data":[{"ordId":"%d"}]}`, q.ID, 1000+orders)
		}
		_ = c.Write(r.Context(), websocket.MessageText, []byte(answer))
	}
}

func TestNpmWS(t *testing.T) {
	b := newBench(t)
	recorded, replayed := b.recordAndReplay(http.HandlerFunc(rpc), func(base string) []string {
		return node(t, "ws", base)
	})
	same(t, recorded, replayed)
	if !strings.Contains(recorded, "permessage-deflate") {
		t.Errorf("the socket was not compressed:\n%s", recorded)
	}
	ex := b.exchanges()[0]
	if ex["kind"] != "websocket" || ex["status"] != 101.0 {
		t.Errorf("ls says %v", ex)
	}
	lines := jsonLines(t, b.wiretape("show", "1", "--json"))
	compressed := 0
	for _, m := range lines[1:] {
		if m["compressed"] == true {
			compressed++
		}
	}
	if compressed < 10 {
		t.Errorf("%d compressed messages on the tape, want at least 10", compressed)
	}
	if end := lines[0]["end"].(map[string]any); end["how"] != "close" || end["by"] != "client" || end["code"] != 1000.0 || end["reason"] != "done" {
		t.Errorf("the end is %v", end)
	}
}

func TestNpmEventSourceReconnectsWhereItWas(t *testing.T) {
	b := newBench(t)
	feed := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		switch last := r.Header.Get("Last-Event-ID"); last {
		case "":
			flush(w, "retry: 20\n\nid: 1\ndata: one\n\n")
			flush(w, "id: 2\nevent: note\ndata: two\n\n")
		case "2":
			flush(w, ": back again\n\nid: 3\ndata: three\n\n")
			flush(w, "id: 4\ndata: four\n\n")
			flush(w, "id: 5\nevent: bye\ndata: \n\n")
		default:
			http.Error(w, "unexpected Last-Event-ID "+last, http.StatusBadRequest)
		}
	}
	recorded, replayed := b.recordAndReplay(http.HandlerFunc(feed), func(base string) []string {
		return node(t, "eventsource", base)
	})
	same(t, recorded, replayed)
	if want := "message 1 one\nnote 2 two\nmessage 3 three\nmessage 4 four\nbye 5 \n"; recorded != want {
		t.Errorf("the client saw\n%swant\n%s", recorded, want)
	}
	if all := b.exchanges(); len(all) != 2 || all[0]["kind"] != "sse" {
		t.Errorf("ls says %v", all)
	}
}

func TestNpmOpenAI(t *testing.T) {
	b := newBench(t)
	completions := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/v1/chat/completions" || !strings.Contains(string(body), `"stream":true`) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for i, word := range []string{"", "Good", " morning", ", ", "world"} {
			role := ""
			if i == 0 {
				role = `"role":"assistant",`
			}
			flush(w, `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{%s"content":%q},"finish_reason":null}]}`+"\n\n", role, word)
		}
		flush(w, `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n")
		flush(w, "data: [DONE]\n\n")
	}
	recorded, replayed := b.recordAndReplay(http.HandlerFunc(completions), func(base string) []string {
		return node(t, "openai", base)
	})
	same(t, recorded, replayed)
	if want := "Good morning, world (stop)\n"; recorded != want {
		t.Errorf("the client saw %q, want %q", recorded, want)
	}
}

func TestNpmUndici(t *testing.T) {
	b := newBench(t)
	recorded, replayed := b.recordAndReplay(site(), func(base string) []string {
		return node(t, "undici", base)
	})
	same(t, recorded, replayed)
	if !strings.Contains(recorded, "upload 200 POST 6 bytes") || !strings.Contains(recorded, "socket true AGAIN 2") {
		t.Errorf("the client saw\n%s", recorded)
	}
}
