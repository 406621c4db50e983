package wsframe_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// sayings are messages that share much with each other, as those of an API do,
// with an empty, a random and a long one among them.
func sayings(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	var out [][]byte
	for i := range n {
		switch i % 10 {
		case 3:
			out = append(out, []byte{})
		case 5:
			p := make([]byte, r.IntN(3000))
			for j := range p {
				p[j] = byte(r.Uint32())
			}
			out = append(out, p)
		case 7:
			out = append(out, bytes.Repeat(fmt.Appendf(nil, `{"price":%d},`, r.IntN(1e6)), r.IntN(9000)))
		default:
			out = append(out, fmt.Appendf(nil, `{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"last":"%d","ts":"%d"}]}`, r.IntN(1e5), i))
		}
	}
	return out
}

func TestDeflaterIsUndoneByAssembler(t *testing.T) {
	for bits := 8; bits <= 15; bits++ {
		for _, noTakeover := range []bool{false, true} {
			t.Run(fmt.Sprintf("bits %d, no takeover %v", bits, noTakeover), func(t *testing.T) {
				d := wsframe.NewDeflater(bits, noTakeover)
				a := wsframe.NewAssembler(capture.Receive, wsframe.Deflate{Enabled: true, ServerBits: bits, ServerNoTakeover: noTakeover}, nil)
				for i, want := range sayings(200) {
					p, err := d.Append([]byte("head"), want)
					if err != nil {
						t.Fatal(err)
					}
					p = p[len("head"):]
					m := a.Frame(whole(capture.OpBinary, 4, p))
					if m.Violation != "" || !bytes.Equal(m.Data, want) || m.Data == nil {
						t.Fatalf("message %d of %d bytes: %d bytes, %q", i, len(want), m.Len, m.Violation)
					}
				}
			})
		}
	}
}

// TestDeflaterStaysInItsWindow repeats bytes that cannot be compressed by
// themselves, within the window and one byte too far for it.
func TestDeflaterStaysInItsWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 692))
	random := func(n int) []byte {
		p := make([]byte, n)
		for i := range p {
			p[i] = byte(r.Uint32())
		}
		return p
	}
	for bits := 8; bits <= 15; bits++ {
		window := 1 << bits
		head := random(window / 2)
		between := random(window/2 + 1)
		for _, test := range []struct {
			name     string
			messages [][]byte
			refers   bool
		}{
			{"near, another message", [][]byte{head, head}, true},
			{"far, another message", [][]byte{head, between, head}, false},
			{"near, the same message", [][]byte{slices.Concat(head, head)}, true},
			{"far, the same message", [][]byte{slices.Concat(head, between, head)}, false},
		} {
			d := wsframe.NewDeflater(bits, false)
			size, plain := 0, 0
			for _, m := range test.messages {
				p, err := d.Append(nil, m)
				if err != nil {
					t.Fatal(err)
				}
				size += len(p)
				plain += len(m)
			}
			if refers := size < plain-len(head)/2; refers != test.refers {
				t.Errorf("bits %d, %s: %d bytes became %d", bits, test.name, plain, size)
			}
		}
	}
}

func TestDeflaterOfTheEmptyMessage(t *testing.T) {
	for _, noTakeover := range []bool{false, true} {
		d := wsframe.NewDeflater(0, noTakeover)
		for range 3 {
			// RFC 7692 §7.2.3.6.
			if p, err := d.Append(nil, nil); err != nil || !bytes.Equal(p, []byte{0}) {
				t.Errorf("no takeover %v: % x, %v", noTakeover, p, err)
			}
		}
	}
}
