package replay

import (
	"encoding/binary"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// Bounds of the search for fields in binary messages.
const (
	maxBinaryOffset  = 64
	maxBinarySamples = 512
	maxStep          = 1000 // how far a counter may go from message to message
	answersLooked    = 32   // how many of the server's messages may come before an answer
)

// layout finds the id of the request in binary messages: a field of fixed
// width and place that is different in each message of the client and that an
// answer repeats at the same place.
func (p *Plan) layout(parser *payload.Parser) {
	sent := p.exchanges()
	if len(sent) < 2 {
		return
	}
	shortest := len(sent[0].data)
	for _, s := range sent {
		shortest = min(shortest, len(s.data))
	}
	var found payload.BinaryField
	for _, counts := range []bool{true, false} {
		for _, width := range []int{4, 8, 2, 16, 1} {
			for at := 0; at+width <= min(shortest, maxBinaryOffset) && found.Width == 0; at++ {
				f := payload.BinaryField{Offset: at, Width: width}
				if identifies(sent, f, counts) {
					found = f
				}
			}
		}
	}
	if found.Width == 0 {
		return
	}
	p.binary = &payload.Layout{Fields: []payload.BinaryField{found}}
	parser.Layout = p.binary
	for _, m := range p.messages {
		if m.doc.Format == payload.Binary {
			m.doc = parser.Parse(m.doc.Data, true)
		}
	}
}

// binarySample is a binary message of the client and those of the server that
// came after it.
type binarySample struct {
	rec     *recording
	data    []byte
	answers [][]byte
}

// exchanges gathers the binary messages of the client.
func (p *Plan) exchanges() []binarySample {
	var out []binarySample
	for _, r := range p.recordings {
		for i, m := range r.messages {
			if m.dir != capture.Send || m.doc.Format != payload.Binary || m.beat != noBeat || len(out) >= maxBinarySamples {
				continue
			}
			s := binarySample{rec: r, data: m.doc.Data}
			for _, o := range r.messages[i+1:] {
				if o.dir == capture.Receive && o.doc.Format == payload.Binary {
					if s.answers = append(s.answers, o.doc.Data); len(s.answers) == answersLooked {
						break
					}
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// identifies reports whether a field tells requests apart and is repeated by
// answers. counts asks for a counter; else a random value of at least four
// bytes will do.
func identifies(sent []binarySample, f payload.BinaryField, counts bool) bool {
	seen := map[string]bool{}
	answered := 0
	for _, s := range sent {
		v := string(s.data[f.Offset : f.Offset+f.Width])
		if seen[v] {
			return false
		}
		seen[v] = true
		if repeated(s, f, v) {
			answered++
		}
	}
	if answered*5 < len(sent)*4 {
		return false
	}
	if counts {
		return counterIn(sent, f, binary.BigEndian) || counterIn(sent, f, binary.LittleEndian)
	}
	return f.Width >= 4 && answered == len(sent)
}

func repeated(s binarySample, f payload.BinaryField, v string) bool {
	for _, a := range s.answers {
		if f.Offset+f.Width <= len(a) && string(a[f.Offset:f.Offset+f.Width]) == v {
			return true
		}
	}
	return false
}

// counterIn reports whether a field counts up in every recording.
func counterIn(sent []binarySample, f payload.BinaryField, order binary.ByteOrder) bool {
	last := map[*recording]uint64{}
	steps := 0
	for _, s := range sent {
		n := number(s.data[f.Offset:f.Offset+f.Width], order)
		if before, ok := last[s.rec]; ok {
			if n <= before || n-before > maxStep {
				return false
			}
			steps++
		}
		last[s.rec] = n
	}
	return steps > 0
}

// number reads an unsigned number of up to eight bytes.
func number(p []byte, order binary.ByteOrder) uint64 {
	var b [8]byte
	if len(p) > 8 {
		p = p[len(p)-8:]
	}
	if order == binary.BigEndian {
		copy(b[8-len(p):], p)
	} else {
		copy(b[:], p)
	}
	return order.Uint64(b[:])
}
