package interop_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
)

// messages answers as Anthropic's Messages API does, in streams of named
// events.
func messages(busy *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Request-Id", "req_"+fmt.Sprint(len(body)))
		switch {
		case bytes.Contains(body, []byte("Are you there?")) && busy.CompareAndSwap(true, false):
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After-Ms", "10")
			w.WriteHeader(529)
			fmt.Fprint(w, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)
			return
		case bytes.Contains(body, []byte("No stream.")):
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"id":"msg_05","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"In one piece."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":3}}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		event := func(name, data string) {
			flush(w, "event: %s\ndata: {\"type\":%q%s}\n\n", name, name, data)
		}
		start := func(id string) {
			event("message_start", `,"message":{"id":"`+id+`","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}`)
			event("ping", "")
		}
		block := func(n int, block string, deltas ...string) {
			event("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":%s`, n, block))
			for _, d := range deltas {
				event("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":%s`, n, d))
			}
			event("content_block_stop", fmt.Sprintf(`,"index":%d`, n))
		}
		stop := func(reason string) {
			event("message_delta", `,"delta":{"stop_reason":"`+reason+`","stop_sequence":null},"usage":{"output_tokens":9}`)
			event("message_stop", "")
		}
		switch {
		case bytes.Contains(body, []byte("Fail.")):
			start("msg_04")
			event("content_block_start", `,"index":0,"content_block":{"type":"text","text":""}`)
			event("error", `,"error":{"type":"overloaded_error","message":"Overloaded"}`)
		case bytes.Contains(body, []byte("tool_result")):
			start("msg_02")
			block(0, `{"type":"text","text":""}`, `{"type":"text_delta","text":"Yes, "}`, `{"type":"text_delta","text":"31 degrees."}`)
			stop("end_turn")
		case bytes.Contains(body, []byte("Paris")):
			start("msg_01")
			block(0, `{"type":"thinking","thinking":"","signature":""}`, `{"type":"thinking_delta","thinking":"hm"}`, `{"type":"signature_delta","signature":"c2ln"}`)
			block(1, `{"type":"tool_use","id":"toolu_01A","name":"weather","input":{}}`,
				`{"type":"input_json_delta","partial_json":"{\"city\":"}`, `{"type":"input_json_delta","partial_json":"\"Paris\"}"}`)
			stop("tool_use")
		default:
			start("msg_03")
			block(0, `{"type":"text","text":""}`, `{"type":"text_delta","text":"Now I am."}`)
			stop("end_turn")
		}
	}
}

func TestNpmAnthropic(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var busy atomic.Bool
	busy.Store(true)
	recorded, replayed := b.recordAndReplay(messages(&busy), func(base string) []string {
		return node(t, "anthropic", base)
	})
	same(t, recorded, replayed)
	holds(t, recorded, `"input":{"city":"Paris"}`, "Yes, 31 degrees.", "Now I am.", "failed: overloaded_error", "In one piece.")
	if n := len(b.exchanges()); n != 6 {
		t.Errorf("%d exchanges on the tape, want 6: one was refused and asked again", n)
	}
}
