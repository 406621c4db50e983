package merge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
)

// BenchmarkMerge merges an answer of 100,000 events from the tape.
func BenchmarkMerge(b *testing.B) {
	const n = 100_000
	for _, f := range []struct {
		name, typ string
		event     func(i int) string
	}{
		{"chat", "text/event-stream", func(i int) string {
			return fmt.Sprintf("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1782955818,\"model\":\"m-1\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word%d\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"HM7mrUsjk\"}\n\n", i)
		}},
		{"anthropic", "text/event-stream", func(i int) string {
			return fmt.Sprintf("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" word%d\"}}\n\n", i)
		}},
		{"ollama", "application/x-ndjson", func(i int) string {
			return fmt.Sprintf("{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00.%06dZ\",\"message\":{\"role\":\"assistant\",\"content\":\" word%d\"},\"done\":false}\n", i, i)
		}},
	} {
		b.Run(f.name, func(b *testing.B) {
			var body strings.Builder
			for i := range n {
				body.WriteString(f.event(i))
			}
			tr := stream{url: "https://h/", typ: f.typ, body: body.String()}.transcript(b, 1400)
			b.SetBytes(int64(body.Len()))
			b.ResetTimer()
			for range b.N {
				r, err := merge.Merge(tr, nil)
				if err != nil || len(r.Choices) != 1 {
					b.Fatal(err, r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
		})
	}
	b.Run("path", func(b *testing.B) {
		var body strings.Builder
		for i := range n {
			fmt.Fprintf(&body, "data: {\"a\":{\"b\":\" word%d\"},\"c\":[1,2,3]}\n\n", i)
		}
		tr := stream{url: "https://h/", typ: "text/event-stream", body: body.String()}.transcript(b, 1400)
		for range b.N {
			if _, err := merge.Merge(tr, &merge.Options{Path: "$.a.b"}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
	})
	_ = capture.Send
}
