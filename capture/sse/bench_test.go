package sse_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/sse"
)

func BenchmarkFeed(b *testing.B) {
	data := strings.Repeat("x", 1024-len("data: \n\n"))
	streams := map[string]string{
		"LF":        strings.Repeat("data: "+data+"\n\n", 16),
		"CRLF":      strings.Repeat("data: "+data+"\r\n\r\n", 16),
		"CR":        strings.Repeat("data: "+data+"\r\r", 16),
		"named, id": strings.Repeat("event: delta\nid: 1234\ndata: "+data+"\n\n", 16),
		"tiny":      strings.Repeat("data: x\n\n", 1820),
	}
	for _, name := range []string{"LF", "CRLF", "CR", "named, id", "tiny"} {
		for _, count := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/countOnly=%v", name, count), func(b *testing.B) {
				run := []byte(streams[name])
				d := sse.NewDecoder(&sse.Options{CountOnly: count})
				b.SetBytes(int64(len(run)))
				b.ReportAllocs()
				for b.Loop() {
					d.Feed(0, run, func(*capture.Event) {})
				}
			})
		}
	}
	b.Run("runs that cut events/countOnly=true", func(b *testing.B) {
		run := bytes.Repeat([]byte("data: "+data+"\n\n"), 15)
		run = append(run[500:], run[:500]...)
		d := sse.NewDecoder(&sse.Options{CountOnly: true})
		b.SetBytes(int64(len(run)))
		b.ReportAllocs()
		for b.Loop() {
			d.Feed(0, run, func(*capture.Event) {})
		}
	})
}
