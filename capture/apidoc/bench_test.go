package apidoc_test

import (
	"fmt"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/apidoc"
	"github.com/wiretape/wiretape/capture/internal/talks"
	"github.com/wiretape/wiretape/capture/redact"
)

// long is a socket of 100,000 messages of ten kinds: orders with answers, and
// pushes on many topics.
func long(b testing.TB) *talks.Tape {
	tape := talks.New(b)
	var messages []string
	for i := 0; len(messages) < 100_000; i++ {
		messages = append(messages,
			fmt.Sprintf(`> {"id":"%d","op":"order","args":[{"symbol":"BTC-EUR","side":"buy","qty":"%d","clOrdId":"c%d"}]}`, i, i%7, i),
			fmt.Sprintf(`< {"id":"%d","op":"order","code":"0","data":[{"ordId":"%d","clOrdId":"c%d","ts":"%d"}]}`, i, 100000+i, i, 1763740800123+i),
			fmt.Sprintf(`< {"type":"notification","channel":"orders","data":[{"ordId":"%d","state":"filled","price":%d.5}]}`, 100000+i, i),
			fmt.Sprintf(`< {"type":"book","channel":"book.%d","data":{"asks":[["%d.1","2"],["%d.2","5"]],"bids":[],"seq":%d}}`, i%50, i, i, i),
		)
		for k := range 6 {
			messages = append(messages, fmt.Sprintf(`< {"type":"event%d","channel":"x","data":{"n":%d,"at":"2026-01-01T00:00:%02dZ","user%d":{"id":%d}}}`, k, i, i%60, k, i))
		}
	}
	tape.Socket("wss://long.test/ws", nil, messages...)
	return tape
}

func BenchmarkRead(b *testing.B) {
	tape := long(b)
	for _, redacted := range []bool{false, true} {
		b.Run(fmt.Sprintf("redacted=%v", redacted), func(b *testing.B) {
			for b.Loop() {
				r, err := redact.New(nil)
				if err != nil {
					b.Fatal(err)
				}
				var from capture.Reader = tape
				if redacted {
					from = r.Tape(tape)
				}
				if api, err := apidoc.Read(from, nil); err != nil || len(api.Endpoints[0].Messages) != 10 {
					b.Fatal(len(api.Endpoints[0].Messages), err)
				}
			}
		})
	}
}
