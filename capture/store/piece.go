package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// A piece begins with a byte: its type in bits 0 and 1, its direction in bit 2,
// and these.
const (
	// Of frames.
	pieceFin    = 1 << 3
	pieceMasked = 1 << 4
	pieceInject = 1 << 5
	pieceSince  = 1 << 6
	pieceWhole  = 1 << 7 // the data is as long as the frame says
	// Of all others: a length and that many bytes follow the time, to be
	// skipped by readers that do not know them.
	pieceExtra = 1 << 7
)

// The second byte of a frame: opcode in bits 0 to 3, RSV in bits 4 to 6, and
// this, when the size of the head does not follow from the length.
const frameSize = 1 << 7

// pieceRoom is more than the longest head of a piece.
const pieceRoom = 1 + 10 + 1 + 10 + 1 + 4 + 10 + 10

// appendPiece appends p. The time is coded as the difference to last, signed,
// because the two directions may pass each other on their way here.
func appendPiece(b []byte, p *capture.Piece, last time.Duration) []byte {
	head := byte(p.Type)&3 | byte(p.Dir&1)<<2
	delta := zigzag(int64(p.At - last))
	switch p.Type {
	case capture.PieceFrame:
		return appendFrame(b, p, head, delta)
	case capture.PieceGap:
		b = appendUvarint(append(b, head), delta)
		b = appendUvarint(b, p.Lost)
		return appendUvarint(b, p.Frames)
	}
	b = appendUvarint(append(b, head), delta)
	b = appendUvarint(b, uint64(len(p.Data)))
	return append(b, p.Data...)
}

func appendFrame(b []byte, p *capture.Piece, head byte, delta uint64) []byte {
	f := &p.Frame
	if f.Fin {
		head |= pieceFin
	}
	if f.Masked {
		head |= pieceMasked
	}
	if p.Inject {
		head |= pieceInject
	}
	if p.Since != 0 {
		head |= pieceSince
	}
	whole := uint64(len(p.Data)) == f.Length
	if whole {
		head |= pieceWhole
	}
	b = appendUvarint(append(b, head), delta)
	code := byte(f.Opcode)&15 | f.RSV&7<<4
	if f.Size != f.MinimalSize() {
		b = append(b, code|frameSize, f.Size)
	} else {
		b = append(b, code)
	}
	b = appendUvarint(b, f.Length)
	if f.Masked {
		b = append(b, f.MaskKey[:]...)
	}
	if p.Since != 0 {
		b = appendUvarint(b, zigzag(int64(p.Since)))
	}
	if !whole {
		b = appendUvarint(b, uint64(len(p.Data)))
	}
	return append(b, p.Data...)
}

// errPieces is what a block yields whose pieces do not add up.
var errPieces = errors.New("the pieces are cut short or malformed")

// pieces reads the pieces of a block.
type pieces struct {
	b    []byte
	last time.Duration
	err  error
}

// next reads one piece. Its data is a part of the block.
func (r *pieces) next(p *capture.Piece) bool {
	if len(r.b) == 0 || r.err != nil {
		return false
	}
	head := r.byte()
	*p = capture.Piece{Type: capture.PieceType(head & 3), Dir: capture.Direction(head >> 2 & 1)}
	p.At = r.last + time.Duration(unzigzag(r.uvarint()))
	switch {
	case p.Type == capture.PieceFrame:
		r.frame(p, head)
	case head&pieceExtra != 0:
		r.take(r.uvarint())
		fallthrough
	default:
		if p.Type == capture.PieceGap {
			p.Lost, p.Frames = r.uvarint(), r.uvarint()
		} else {
			p.Data = r.take(r.uvarint())
		}
	}
	r.last = p.At
	return r.err == nil
}

func (r *pieces) frame(p *capture.Piece, head byte) {
	f := &p.Frame
	f.Fin = head&pieceFin != 0
	f.Masked = head&pieceMasked != 0
	p.Inject = head&pieceInject != 0
	code := r.byte()
	f.Opcode = capture.Opcode(code & 15)
	f.RSV = code >> 4 & 7
	if code&frameSize != 0 {
		f.Size = r.byte()
	}
	f.Length = r.uvarint()
	if code&frameSize == 0 {
		f.Size = f.MinimalSize()
	}
	if f.Masked {
		copy(f.MaskKey[:], r.take(4))
	}
	if head&pieceSince != 0 {
		p.Since = time.Duration(unzigzag(r.uvarint()))
	}
	n := f.Length
	if head&pieceWhole == 0 {
		n = r.uvarint()
	}
	p.Data = r.take(n)
}

func (r *pieces) byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *pieces) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *pieces) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *pieces) fail() {
	r.b = nil
	r.err = errPieces
}
