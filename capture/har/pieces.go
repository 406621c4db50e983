package har

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// storedPiece is one element of frames or chunks.
type storedPiece struct {
	capture.Piece
	length uint64 // bytes of payload in this piece that the entry holds elsewhere, if Data is nil
	linked bool   // to a message
	index  uint64 // of that message
	inline bool   // Data is the payload
}

// pieceStore keeps pieces, to be read in order.
type pieceStore struct {
	spool
	n int
}

func (s *pieceStore) reset() {
	s.spool.reset()
	s.n = 0
}

func (s *pieceStore) add(p *storedPiece) error {
	flags := byte(p.Dir) & 1
	for i, on := range [...]bool{p.Frame.Fin, p.Frame.Masked, p.Inject, p.linked, p.inline} {
		if on {
			flags |= 2 << i
		}
	}
	b := append([]byte{byte(p.Type), flags, byte(p.Frame.Opcode), p.Frame.RSV, p.Frame.Size}, p.Frame.MaskKey[:]...)
	b = binary.AppendVarint(b, int64(p.At))
	b = binary.AppendVarint(b, int64(p.Since))
	for _, v := range [...]uint64{p.Frame.Length, p.Lost, p.Frames, p.length, p.index, uint64(len(p.Data))} {
		b = binary.AppendUvarint(b, v)
	}
	s.n++
	if _, err := s.Write(b); err != nil {
		return err
	}
	_, err := s.Write(p.Data)
	return err
}

// pieceReader reads stored pieces. What it returns is good until the next call.
type pieceReader struct {
	r    *bufio.Reader
	data []byte
}

func (s *pieceStore) pieces() *pieceReader {
	return &pieceReader{r: bufio.NewReaderSize(s.reader(), 64<<10)}
}

func (r *pieceReader) next(p *storedPiece) (ok bool, err error) {
	*p = storedPiece{}
	var head [9]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return false, err
	}
	p.Type, p.Dir = capture.PieceType(head[0]), capture.Direction(head[1]&1)
	p.Frame.Opcode, p.Frame.RSV, p.Frame.Size = capture.Opcode(head[2]), head[3], head[4]
	copy(p.Frame.MaskKey[:], head[5:])
	for i, on := range [...]*bool{&p.Frame.Fin, &p.Frame.Masked, &p.Inject, &p.linked, &p.inline} {
		*on = head[1]&(2<<i) != 0
	}
	for _, v := range [...]*time.Duration{&p.At, &p.Since} {
		n, err := binary.ReadVarint(r.r)
		if err != nil {
			return false, err
		}
		*v = time.Duration(n)
	}
	var length uint64
	for _, v := range [...]*uint64{&p.Frame.Length, &p.Lost, &p.Frames, &p.length, &p.index, &length} {
		if *v, err = binary.ReadUvarint(r.r); err != nil {
			return false, err
		}
	}
	if uint64(cap(r.data)) < length {
		r.data = make([]byte, length)
	}
	p.Data = r.data[:length]
	_, err = io.ReadFull(r.r, p.Data)
	return err == nil, err
}

// ownPiece reads one element of frames or chunks.
func (im *importer) ownPiece(where string) error {
	p := storedPiece{Piece: capture.Piece{Dir: capture.Receive}}
	var w pieceWords
	ok, err := im.members(where, func(name string) error { return im.pieceMember(where, name, &p, &w) })
	if err != nil || !ok {
		return err
	}
	switch {
	case w.kinds == 0:
		im.defect(where, "an element says nothing: left out")
		return nil
	case w.frame:
		w.head(&p)
	}
	return im.one.own.pieces.add(&p)
}

// pieceWords is what the members of an element say of a frame's head.
type pieceWords struct {
	kinds     int
	frame     bool
	announced bool
	wire      uint64
	hasWire   bool
	first     uint64
	hasFirst  bool
	len       uint64
}

func (im *importer) pieceMember(where, name string, p *storedPiece, w *pieceWords) error {
	h := &p.Frame
	kind := func(t capture.PieceType) { p.Type = t; w.kinds++ }
	bit := func(b uint8) error {
		on := false
		err := im.boolean(where+"."+name, &on)
		if on {
			h.RSV |= b
		}
		return err
	}
	switch name {
	case "t":
		return im.span(where+".t", &p.At)
	case "dir":
		return im.named(where+".dir", func(s string) (err error) { p.Dir, err = capture.ParseDirection(s); return err })
	case "op":
		kind(capture.PieceFrame)
		w.frame = true
		var n uint64
		err := im.unsigned(where+".op", &n)
		h.Opcode = capture.Opcode(n & 15)
		return err
	case "fin":
		return im.boolean(where+".fin", &h.Fin)
	case "rsv1":
		return bit(4)
	case "rsv2":
		return bit(2)
	case "rsv3":
		return bit(1)
	case "mask":
		return im.mask(where, h)
	case "announced":
		w.announced = true
		return im.unsigned(where+".announced", &h.Length)
	case "wire":
		w.hasWire = true
		return im.unsigned(where+".wire", &w.wire)
	case "head":
		var n uint64
		err := im.unsigned(where+".head", &n)
		h.Size = uint8(min(n, 14))
		return err
	case "first":
		w.hasFirst = true
		return im.unsigned(where+".first", &w.first)
	case "since":
		return im.span(where+".since", &p.Since)
	case "inject":
		return im.boolean(where+".inject", &p.Inject)
	case "msg":
		p.linked = true
		return im.unsigned(where+".msg", &p.index)
	case "more":
		kind(capture.PieceMore)
		return im.unsigned(where+".more", &p.length)
	case "len":
		if w.kinds == 0 {
			kind(capture.PieceChunk)
		}
		err := im.unsigned(where+".len", &w.len)
		if !w.frame {
			p.length = w.len
		}
		return err
	case "chunk":
		kind(capture.PieceChunk)
		return im.unsigned(where+".chunk", &p.length)
	case "lost":
		kind(capture.PieceGap)
		return im.unsigned(where+".lost", &p.Lost)
	case "frames":
		return im.unsigned(where+".frames", &p.Frames)
	case "data":
		p.inline = true
		return im.inline(where+".data", &p.Data)
	}
	return im.skip()
}

func (im *importer) mask(where string, h *capture.FrameHead) error {
	var s string
	if err := im.string(where+".mask", &s); err != nil {
		return err
	}
	key, err := hex.DecodeString(s)
	if err != nil || len(key) != 4 {
		im.defect(where+".mask", "is %q, not four bytes in hex", clip(s))
		return nil
	}
	h.Masked = true
	copy(h.MaskKey[:], key)
	return nil
}

// head works out the length of a frame from what it took on the wire.
func (w *pieceWords) head(p *storedPiece) {
	h := &p.Frame
	p.Type = capture.PieceFrame
	switch {
	case w.announced:
	case w.hasWire:
		h.Length = payloadLength(h, w.wire)
	default:
		h.Length = w.len
	}
	if h.Size == 0 {
		h.Size = h.MinimalSize()
	}
	p.length = h.Length
	if w.hasFirst {
		p.length = w.first
	}
}

// payloadLength returns the payload length of a frame that took wire bytes.
func payloadLength(h *capture.FrameHead, wire uint64) uint64 {
	if h.Size != 0 {
		return wire - min(wire, uint64(h.Size))
	}
	for _, size := range [...]uint64{2, 4, 10} {
		if h.Masked {
			size += 4
		}
		try := *h
		if try.Length = wire - min(wire, size); uint64(try.MinimalSize()) == size {
			return try.Length
		}
	}
	return wire
}
