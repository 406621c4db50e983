package har

import (
	"iter"

	"github.com/wiretape/wiretape/capture"
)

// copiedTape is a tape on which the pieces of one exchange are read from a copy:
// an entry reads them several times, and redacting them takes long.
type copiedTape struct {
	capture.Reader
	id     capture.ExchangeID
	pieces *pieceStore
}

// copyPieces reads the exchange's pieces once, and makes later readings read
// the copy.
func (n *entry) copyPieces() error {
	for p, err := range n.tape.Pieces(n.ex.ID, capture.Mark{Clean: true}) {
		if err == nil {
			err = n.copied.add(&storedPiece{Piece: *p})
		}
		if err != nil {
			return err
		}
	}
	n.tape = &copiedTape{Reader: n.tape, id: n.ex.ID, pieces: &n.copied}
	return nil
}

// Pieces implements capture.Reader.
func (c *copiedTape) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	if id != c.id {
		return c.Reader.Pieces(id, from)
	}
	return func(yield func(*capture.Piece, error) bool) {
		r := c.pieces.pieces()
		var p storedPiece
		for i := uint64(0); ; i++ {
			ok, err := r.next(&p)
			if err != nil {
				yield(nil, err)
				return
			}
			if !ok || i >= from.Pieces && !yield(&p.Piece, nil) {
				return
			}
		}
	}
}
