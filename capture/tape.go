package capture

import (
	"errors"
	"iter"
	"sync"
	"time"
)

// ErrNotFound is returned, wrapped, for a session or exchange that a tape does
// not hold.
var ErrNotFound = errors.New("not on the tape")

// PieceType tells what a Piece is.
type PieceType uint8

// The types of piece. The numbers stand on tapes and never change.
const (
	PieceChunk PieceType = iota // a run of body or tunnel bytes
	PieceFrame                  // a frame's head and the first run of its payload
	PieceMore                   // a further run of the payload of the direction's last frame
	PieceGap                    // bytes that were forwarded but not recorded
)

// Piece is the unit a tape stores: what one read brought of one chunk or one
// frame. A frame whose payload came in several reads is a PieceFrame and as
// many PieceMore as were needed, with those of the other direction in between.
type Piece struct {
	Type   PieceType
	Dir    Direction
	At     time.Duration // of the read, since the exchange's start
	Since  time.Duration // PieceFrame: how long before At the frame's first byte came; nearly always 0
	Frame  FrameHead     // PieceFrame only
	Inject bool          // PieceFrame only: put in by the user, not sent by the peer
	Data   []byte        // payload as on the wire, unmasked
	Lost   uint64        // PieceGap only: how many bytes are missing
	Frames uint64        // PieceGap only: how many frames ended within it
}

// Mark is where a block of pieces begins: what had passed before it. A reader
// that wants row n starts at the last mark at or before it that is Clean.
type Mark struct {
	Pieces   uint64 // pieces before this one
	Frames   uint64 // frames begun before
	Messages uint64 // messages (or events) completed before, control frames and silent blocks included
	// Clean tells that no frame, message or event is unfinished here in either
	// direction, so that decoding can start.
	Clean bool
	// LastID is the last event ID at this point of an event stream.
	LastID string
}

// Writer is the tape as the recorder sees it. It may be used concurrently.
type Writer interface {
	// Begin starts a session, sets s.ID and keeps a copy of s.
	Begin(s *Session) error
	// Finish marks the session ended and waits until all of it is on disk.
	Finish(id SessionID, ended time.Time) error
	// Track starts recording ex: it sets ex.ID, and from then on reads and
	// stores *ex whenever it changed. mark is called, with the track locked,
	// when a new block of pieces begins.
	Track(ex *Exchange, mark func() Mark) (Track, error)
	// Reserve waits until n more bytes fit into the queue to the disk, at most
	// for the time given, and reports whether they do. The bytes count from
	// then on until they are on disk or dropped.
	Reserve(n int, wait time.Duration) bool
}

// Track is one exchange on its way to the tape. Its lock guards the exchange
// given to Writer.Track and must be held for all other calls.
type Track interface {
	sync.Locker
	// Append copies p to the open block. It never waits. The bytes must have
	// been reserved.
	Append(p *Piece) error
	// Touch says that the exchange changed.
	Touch()
	// Close says that the exchange changed for the last time.
	Close()
}

// Reader is a tape as everyone else sees it, recorded or being recorded. It
// may be used concurrently. What it returns is the caller's.
type Reader interface {
	// Sessions returns the sessions in order.
	Sessions() ([]Session, error)
	// Exchange returns one exchange, whole.
	Exchange(id ExchangeID) (*Exchange, error)
	// Exchanges yields the exchanges after the given one, in order of their
	// numbers. With brief, heads may be missing but for method, URL, protocol,
	// status and content type.
	Exchanges(after ExchangeID, brief bool) iter.Seq2[*Exchange, error]
	// Marks returns where the blocks of an exchange begin, in order.
	Marks(id ExchangeID) ([]Mark, error)
	// Pieces yields the pieces of an exchange in order, from the block that
	// begins at the mark with from.Pieces (the zero Mark: from the start). The
	// data of a piece is valid until the next one is asked for.
	Pieces(id ExchangeID, from Mark) iter.Seq2[*Piece, error]
}

// Notes is the part of an exchange that a person writes.
type Notes struct {
	Note string
	Tags []string
}
