package capture

import "time"

// Chunk is a run of bytes as one read saw them: body bytes after the transfer
// coding is undone and before the content coding is, or the raw bytes of an
// upgraded connection or a tunnel.
type Chunk struct {
	Dir  Direction
	At   time.Duration // taken right after the read, since the session's start
	Data []byte        // the receiver copies what it keeps
}

// Recorder is where a relay hands over what it saw. A Recorder never fails
// towards the relay: what cannot be recorded is marked in the exchange, and
// the traffic goes on. It may be used concurrently.
type Recorder interface {
	// Now reads the session's clock.
	Now() time.Duration
	// Begin opens an exchange.
	Begin(Opening) Tap
}

// Opening is what is known when an exchange begins.
type Opening struct {
	At      time.Duration // since the session's start
	Tunnel  bool          // bytes will pass without a look inside
	Request Request
	Client  string // the client's address, host:port
}

// Upstream is what the relay learned by connecting.
type Upstream struct {
	Addr   string // host:port that was dialled
	Timing Timing
}

// Tap takes the copies of one exchange. All times are since the session's
// start. Chunks of one direction come in order; the two directions may come
// concurrently. Chunk may wait, but no longer than the recorder's limit, when
// the queue to the tape is full. Nothing may be called after End.
type Tap interface {
	// Upstream tells where the request went, before Response.
	Upstream(Upstream)
	// Early tells of an informational response.
	Early(at time.Duration, status int, header []Field)
	// Response tells of the final response's head, before the first received
	// chunk. A 101 that switches to websocket makes the chunks after it frames.
	Response(at time.Duration, r Response)
	// Chunk hands over a copy of bytes that are forwarded, on sockets right before
	// they are written.
	Chunk(Chunk)
	// Trailer tells of the trailer fields of one direction.
	Trailer(dir Direction, fields []Field)
	// End closes the exchange.
	End(End)
}
