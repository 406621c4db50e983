package protocol_test

import (
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture/protocol"
)

// BenchmarkSplitter measures messages, one an iteration, of the talks that stand
// for the ways to cut.
func BenchmarkSplitter(b *testing.B) {
	for _, name := range []string{
		"okx", "json-rpc of a node", "socket.io", "signalr with JSON", "phoenix", "centrifugo with JSON", "wamp with MessagePack",
		"mqtt 5", "stomp", "discord", "a service with a token in its address",
	} {
		for _, c := range talks {
			if c.name != name {
				continue
			}
			b.Run(name, func(b *testing.B) {
				messages := c.said.messages(b)
				s := protocol.NewSplitter(exchange(c.url, c.sub), nil)
				units := 0
				emit := func(*protocol.Unit) { units++ }
				bytes := 0
				for _, m := range messages {
					bytes += len(m.Data)
				}
				b.SetBytes(int64(bytes / len(messages)))
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					s.Feed(messages[i%len(messages)], emit)
				}
				b.ReportMetric(float64(units)/float64(b.N), "units/op")
			})
		}
	}
}

// BenchmarkPairer measures units, one an iteration.
func BenchmarkPairer(b *testing.B) {
	for _, c := range conversations {
		if c.name != "subscriptions of several topics" {
			continue
		}
		s := protocol.NewSplitter(exchange(c.url, c.sub), nil)
		var units []*protocol.Unit
		for _, m := range c.said.messages(b) {
			s.Feed(m, func(u *protocol.Unit) { units = append(units, u) })
		}
		p := protocol.NewPairer(nil)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			p.Feed(units[i%len(units)])
		}
	}
}

// BenchmarkLongMessage measures a message whose id stands behind 1 MiB.
func BenchmarkLongMessage(b *testing.B) {
	said := talk(`> {"jsonrpc":"2.0","result":[` + strings.Repeat(`{"hash":"0x52a8","n":[1,2,3]},`, 1<<15) + `0],"id":1}`)
	messages := said.messages(b)
	s := protocol.NewSplitter(exchange("ws://h/", "jsonrpc"), nil)
	b.SetBytes(int64(len(messages[0].Data)))
	b.ReportAllocs()
	for b.Loop() {
		s.Feed(messages[0], func(*protocol.Unit) {})
	}
}
