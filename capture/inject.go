package capture

import "time"

// SocketTap is a Tap that knows where the frames of its socket stand, so that
// a relay can put frames of its user's in between.
type SocketTap interface {
	Tap
	// ID is the number of the exchange.
	ID() ExchangeID
	// Standing tells where a direction stands behind the last Chunk. It
	// reports false where that is not known: the exchange is no WebSocket, has
	// ended, or is not recorded any more.
	Standing(dir Direction) (Standing, bool)
	// Boundary returns how many of the next bytes of a direction belong to the
	// frame at hand, all of p where it does not end in p. Nothing is recorded.
	Boundary(dir Direction, p []byte) int
	// Inject records a whole frame that the user puts in, right before it is
	// written; the direction must stand between frames. It reports false, and
	// records nothing, where there is no room on the way to the tape. The
	// payload is copied. It does not run beside Chunk of the same direction.
	Inject(dir Direction, at time.Duration, head FrameHead, payload []byte) bool
}

// Standing is where the frames of one direction stand.
type Standing struct {
	InFrame   bool // inside a frame's head or payload: nothing can go in between
	InMessage bool // a fragmented message is open: only control frames can (RFC 6455 §5.4)
	Closed    bool // a close frame has passed: nothing may follow (RFC 6455 §5.5.1)
}
