package protocol_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
)

const gateway = "wss://gateway.discord.gg/?v=10&encoding=json&compress="

// flusher is a compressor that can end a message without ending the stream.
type flusher interface {
	Write([]byte) (int, error)
	Flush() error
}

// compressed returns what each message makes of one stream.
func compressed(t *testing.T, open func(*bytes.Buffer) flusher, said ...string) [][]byte {
	t.Helper()
	var buf bytes.Buffer
	w := open(&buf)
	var all [][]byte
	for _, s := range said {
		if _, err := w.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes.Clone(buf.Bytes()))
		buf.Reset()
	}
	return all
}

func zlibStream(b *bytes.Buffer) flusher { return zlib.NewWriter(b) }

// received makes server messages of binary data.
func received(data ...[]byte) []*capture.Message {
	var all []*capture.Message
	for i, d := range data {
		all = append(all, &capture.Message{
			Seq: uint64(i + 1), Dir: capture.Receive, Opcode: capture.OpBinary, Data: d, Len: uint64(len(d)),
		})
	}
	return all
}

var dispatches = []string{
	`{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}`,
	`{"t":"GUILD_CREATE","s":1,"op":0,"d":{"name":"` + strings.Repeat("guild ", 3000) + `"}}`,
	`{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"content":"hi"}}`,
}

func TestOneZlibStreamOverManyFrames(t *testing.T) {
	z := compressed(t, zlibStream, dispatches...)
	// The second message comes in three frames.
	_, units := split(t, exchange(gateway+"zlib-stream", ""),
		received(z[0], z[1][:5], z[1][5:len(z[1])-2], z[1][len(z[1])-2:], z[2]), nil)
	if got, want := lines(units), "< control - hello\n< push 1 GUILD_CREATE (2 to 4)\n< push 2 MESSAGE_CREATE\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for i, u := range units {
		if string(u.Body) != dispatches[i] {
			t.Errorf("body %d: %.80q", i, u.Body)
		}
	}
}

func TestOneZstdStreamWithAMessageAFrame(t *testing.T) {
	z := compressed(t, func(b *bytes.Buffer) flusher {
		w, err := zstd.NewWriter(b)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}, dispatches...)
	_, units := split(t, exchange(gateway+"zstd-stream", ""), received(z...), nil)
	if got, want := lines(units), "< control - hello\n< push 1 GUILD_CREATE\n< push 2 MESSAGE_CREATE\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if string(units[1].Body) != dispatches[1] {
		t.Errorf("body %.80q", units[1].Body)
	}
}

func TestCompressedPayloads(t *testing.T) {
	var buf bytes.Buffer
	w := zlib.NewWriter(&buf)
	fmt.Fprint(w, dispatches[1])
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, units := split(t, exchange(gateway, ""), received(buf.Bytes(), buf.Bytes()[:40], buf.Bytes()), nil)
	want := "< push 1 GUILD_CREATE\n< other - binary # cannot be inflated: unexpected EOF\n< push 1 GUILD_CREATE\n"
	if got := lines(units); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAStreamThatCannotBeInflated(t *testing.T) {
	z := compressed(t, zlibStream, dispatches...)
	bad := bytes.Clone(z[1])
	bad[0] = 0xff
	for _, c := range []struct {
		name string
		in   []*capture.Message
		lost uint64
		want string
	}{
		{"is passed on as it is", received(z[0], bad, z[2]), 0, `
			< control - hello
			< other - binary # cannot be inflated: content coding deflate: flate: corrupt input before offset 61
			< other - compressed # the compressed stream cannot be followed`},
		{"because bytes are missing", received(z[0], z[1], z[2]), 3, `
			< control - hello
			< other - compressed # the compressed stream cannot be followed
			< other - compressed # the compressed stream cannot be followed`},
		{"because its end is missing", received(z[0], z[1][:20]), 0, `
			< control - hello
			< other - binary # cut off: the connection ended inside it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.in[1].Lost = c.lost
			_, units := split(t, exchange(gateway+"zlib-stream", ""), c.in, nil)
			if got := lines(units); got != trim(c.want) {
				t.Errorf("got\n%swant\n%s", got, trim(c.want))
			}
		})
	}
}

func TestInflatedBodiesAreBounded(t *testing.T) {
	bomb := `{"t":"A","s":1,"op":0,"d":"` + strings.Repeat("0", 1<<22) + `"}`
	z := compressed(t, zlibStream, bomb, dispatches[2])
	_, units := split(t, exchange(gateway+"zlib-stream", ""), received(z...), &protocol.Options{MaxUnit: 1 << 16})
	want := "< push 1 A # its inflated body is longer than is held\n< push 2 MESSAGE_CREATE\n"
	if got := lines(units); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if len(units[0].Body) != 1<<16 {
		t.Errorf("%d bytes", len(units[0].Body))
	}
}
