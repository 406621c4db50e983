package protocol_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
)

// FuzzStreams cuts a stream whole and in pieces: the units are the same.
func FuzzStreams(f *testing.F) {
	for _, c := range streams {
		f.Add(c.protocol == "stomp", []byte(c.data), []byte{3, 1, 7})
	}
	f.Fuzz(func(t *testing.T, stomp bool, data, cuts []byte) {
		o := &protocol.Options{Protocol: "mqtt"}
		if stomp {
			o.Protocol = "stomp"
		}
		_, units := split(t, exchange("ws://h/", ""), pieces(string(data)), o)
		at := 0
		var points []int
		for i := 0; len(cuts) > 0 && at < len(data); i++ {
			points = append(points, at)
			at += 1 + int(cuts[i%len(cuts)]%32)
		}
		_, others := split(t, exchange("ws://h/", ""), pieces(string(data), points...), o)
		want, got := gist(units), gist(others)
		if !slices.Equal(got, want) {
			t.Fatalf("cut at %d:\n%s\nwant\n%s", points, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// FuzzSplitter feeds messages of any kind to any protocol: no byte is lost, and
// what comes out can be paired. The messages of the input are set apart by
// 0xfe, their first byte tells direction and opcode.
func FuzzSplitter(f *testing.F) {
	names := append(protocol.Names(), "", "wamp.2.msgpack", "wamp.2.cbor.batched", "zlib-stream", "zstd-stream")
	for i, name := range names {
		for _, c := range talks {
			if c.protocol != name {
				continue
			}
			var in []byte
			for _, m := range c.said.messages(f) {
				in = append(in, byte(m.Dir)|byte(m.Opcode)<<1)
				in = append(append(in, m.Data...), 0xfe)
			}
			f.Add(uint8(i), in)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, in []byte) {
		name := names[int(which)%len(names)]
		ex := exchange("ws://h/", "")
		o := &protocol.Options{Protocol: name, MaxUnit: 1 << 12}
		switch {
		case strings.HasPrefix(name, "wamp."):
			ex, o.Protocol = exchange("ws://h/", name), ""
		case strings.HasSuffix(name, "-stream"):
			ex, o.Protocol = exchange("ws://h/?encoding=etf&v=10&compress="+name, ""), "discord"
		}
		var messages []*capture.Message
		for part := range bytes.SplitSeq(in, []byte{0xfe}) {
			if len(part) == 0 {
				continue
			}
			m := &capture.Message{
				Seq: uint64(len(messages) + 1), At: time.Duration(len(messages)), Dir: capture.Direction(part[0] & 1),
				Opcode: capture.Opcode(part[0] >> 1 & 15), Data: part[1:],
			}
			m.Len = uint64(len(m.Data))
			messages = append(messages, m)
		}
		_, units := split(t, ex, messages, o)
		p := protocol.NewPairer(nil)
		for _, u := range units {
			if len(u.Label) > 1000 || len(u.ID) > 1000 {
				t.Fatalf("label %q, id %q", u.Label, u.ID)
			}
			p.Feed(u)
		}
		c := p.Close()
		if c.Answered+c.Unanswered > c.Requests || c.Units != len(units) {
			t.Fatalf("%+v", c)
		}
		protocol.Detect(ex, messages)
	})
}
