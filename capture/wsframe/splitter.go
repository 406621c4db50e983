package wsframe

import "github.com/wiretape/wiretape/capture"

// maxPiece bounds what a Splitter unmasks at once, and so what it keeps.
const maxPiece = 32 << 10

// Splitter cuts one direction of a connection into pieces of frames, whatever
// the reads were. The zero value is ready. It allocates nothing for a frame,
// keeps at most 32 KiB, only where frames are masked, and may not be used
// concurrently.
type Splitter struct {
	head    capture.FrameHead // of the current frame
	left    uint64            // payload bytes still to come; 0 between frames
	offset  int               // position of the next payload byte in the masking key
	partial [maxHead]byte     // an unfinished head
	held    int               // how many bytes of it there are
	scratch []byte            // the last piece, unmasked
}

// Piece is what one call of Splitter.Next found of a frame.
type Piece struct {
	Head  capture.FrameHead // of the frame this piece belongs to
	First bool              // the head was completed by this call
	Last  bool              // the payload is complete
	// Data is the run of payload, unmasked; empty where only the head was
	// there. It is valid until the next call, and as long as the bytes given
	// to Next are, of which it may be a part.
	Data []byte
}

// Next takes the next bytes of the direction and consumes n of them. It
// returns one piece of one frame, or ok false when p ended before there was
// one; all of p is consumed then. Call it until p is used up. It does not
// change p.
func (s *Splitter) Next(p []byte) (piece Piece, n int, ok bool) {
	if s.left == 0 {
		n, ok = s.begin(p)
		if !ok {
			return Piece{}, n, false
		}
		piece.First = true
	} else if len(p) == 0 {
		return Piece{}, 0, false
	}
	piece.Head = s.head
	if s.left > 0 {
		piece.Data = s.payload(p[n:])
		n += len(piece.Data)
	}
	piece.Last = s.left == 0
	return piece, n, true
}

// begin reads the head of the next frame, or what p has of it.
func (s *Splitter) begin(p []byte) (n int, ok bool) {
	if s.held == 0 && len(p) >= 2 {
		if size := headSize(p[1]); size <= len(p) {
			s.open(p[:size])
			return size, true
		}
	}
	for need := 2; ; need = headSize(s.partial[1]) {
		if s.held < need {
			c := copy(s.partial[s.held:need], p[n:])
			s.held += c
			n += c
		}
		if s.held < need {
			return n, false
		}
		if need == headSize(s.partial[1]) {
			break
		}
	}
	s.open(s.partial[:s.held])
	s.held = 0
	return n, true
}

func (s *Splitter) open(head []byte) {
	s.head = parseHead(head)
	s.left = s.head.Length
	s.offset = 0
}

// payload takes what p has of the current frame's payload, at most one piece.
func (s *Splitter) payload(p []byte) []byte {
	if uint64(len(p)) > s.left {
		p = p[:s.left]
	}
	if s.head.Masked && s.head.MaskKey != [4]byte{} {
		p = s.unmask(p[:min(len(p), maxPiece)])
	}
	s.left -= uint64(len(p))
	return p[:len(p):len(p)]
}

func (s *Splitter) unmask(p []byte) []byte {
	s.scratch = append(s.scratch[:0], p...)
	Mask(s.scratch, s.head.MaskKey, s.offset)
	s.offset = (s.offset + len(p)) & 3
	return s.scratch
}

// Pending tells whether the bytes so far end inside a frame's head, or inside
// its payload.
func (s *Splitter) Pending() (inHead, inPayload bool) { return s.held > 0, s.left > 0 }

// Partial returns the bytes of an unfinished head. They are valid until the
// next call of Next.
func (s *Splitter) Partial() []byte { return s.partial[:s.held] }

// Fork returns a Splitter that stands where s stands and goes on by itself.
func (s *Splitter) Fork() Splitter {
	f := *s
	f.scratch = nil
	return f
}
