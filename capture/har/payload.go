package har

import (
	"fmt"
	"io"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// payload is what is left of the payload of a message: in memory where it is
// short, else where it was put aside.
type payload struct {
	left int64
	mem  []byte
	r    io.Reader
}

// shortPayload is the longest payload that is read at once, in bytes; longer
// runs than that are written to the tape as several.
const shortPayload = 1 << 20

// next returns the next n bytes, or what is left, but no more than shortPayload.
// They are good until the next call.
func (p *payload) next(n uint64) ([]byte, error) {
	k := int64(min(n, uint64(p.left), shortPayload))
	p.left -= k
	if p.r == nil {
		run := p.mem[:k]
		p.mem = p.mem[k:]
		return run, nil
	}
	if int64(cap(p.mem)) < k {
		p.mem = make([]byte, k)
	}
	if _, err := io.ReadFull(p.r, p.mem[:k]); err != nil {
		return nil, fmt.Errorf("read what was put aside: %w", err)
	}
	return p.mem[:k], nil
}

// payload returns the payload of message number i.
func (im *importer) payload(i int, m *message) (payload, error) {
	text := func() io.Reader { return im.one.messages.data.section(m.offset, m.length) }
	coded := (m.opcode != 1 || m.coded) && m.length > 0
	if m.length <= shortPayload {
		b := make([]byte, m.length)
		if err := im.one.messages.data.readAt(b, m.offset); err != nil {
			return payload{}, err
		}
		if coded {
			if plain, err := decodeBase64(b); err == nil {
				b = plain
			} else {
				im.notBase64(i, m)
			}
		}
		return payload{left: int64(len(b)), mem: b}, nil
	}
	if coded {
		if n, err := io.Copy(io.Discard, lenientBase64(text())); err == nil {
			return payload{left: n, r: lenientBase64(text())}, nil
		}
		im.notBase64(i, m)
	}
	return payload{left: m.length, r: text()}, nil
}

func (im *importer) notBase64(i int, m *message) {
	im.defect("_webSocketMessages", "message %d has opcode %d, but its data is no base64: taken as text", i, m.opcode)
}

// frame writes a whole frame. Frames of clients are masked (RFC 6455 §5.1); the
// key is zero, since nobody wrote down the real one.
func (f *foreign) frame(dir capture.Direction, op capture.Opcode, at time.Duration, data payload) error {
	p := capture.Piece{Type: capture.PieceFrame, Dir: dir, At: at}
	p.Frame = capture.FrameHead{Fin: true, Opcode: op, Masked: dir == capture.Send, Length: uint64(data.left)}
	p.Frame.Size = p.Frame.MinimalSize()
	for {
		var err error
		if p.Data, err = data.next(maxPiece); err != nil {
			return err
		}
		if err := f.d.append(&p); err != nil || data.left == 0 {
			return err
		}
		p = capture.Piece{Type: capture.PieceMore, Dir: dir, At: at}
	}
}
