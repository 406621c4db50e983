package record

import (
	"time"

	"github.com/wiretape/wiretape/capture"
)

// tap implements capture.Tap for one exchange. The track's lock guards
// everything below it, the exchange included; Chunk alone touches the queue
// before it takes the lock, because waiting for room must not hold up the
// writer that makes room.
type tap struct {
	rec   *Recorder
	track capture.Track

	ex     *capture.Exchange
	pieces uint64
	rows   uint64 // messages or events complete so far, control frames and silent blocks among them
	socket *socket
	stream *stream
	tunnel bool
	ended  bool
	gap    [2]gap
}

// gap is what of one direction could not be recorded since the last piece.
type gap struct {
	bytes, frames uint64
}

func newTap(r *Recorder, o capture.Opening) *tap {
	kind := capture.KindHTTP
	if o.Tunnel {
		kind = capture.KindTunnel
	}
	return &tap{rec: r, tunnel: o.Tunnel, ex: &capture.Exchange{
		Session: r.session.ID,
		Kind:    kind,
		Started: r.session.Started.Add(o.At),
		At:      o.At,
		Open:    true,
		Request: o.Request,
		Client:  o.Client,
		Timing:  capture.NoTiming,
	}}
}

// mark tells the tape where a block begins. The tape calls it from Append,
// before the piece at hand is counted.
func (t *tap) mark() capture.Mark {
	m := capture.Mark{Pieces: t.pieces, Messages: t.rows, Clean: true}
	switch {
	case t.socket != nil:
		m.Frames = t.socket.frames
		m.Clean = t.socket.clean()
	case t.stream != nil:
		m.Clean, m.LastID = t.stream.clean()
	}
	return m
}

// Upstream implements capture.Tap.
func (t *tap) Upstream(u capture.Upstream) {
	t.track.Lock()
	defer t.track.Unlock()
	t.ex.Server, t.ex.Timing = u.Addr, u.Timing
	t.track.Touch()
}

// Early implements capture.Tap. The responses are kept until the final one
// comes.
func (t *tap) Early(at time.Duration, status int, header []capture.Field) {
	t.track.Lock()
	defer t.track.Unlock()
	if t.ex.Response == nil {
		t.ex.Response = &capture.Response{}
	}
	t.ex.Response.Early = append(t.ex.Response.Early,
		capture.Early{At: at - t.ex.At, Status: status, Header: header})
	t.track.Touch()
}

// Response implements capture.Tap.
func (t *tap) Response(at time.Duration, r capture.Response) {
	t.track.Lock()
	defer t.track.Unlock()
	if t.ended {
		return
	}
	if t.ex.Response != nil {
		r.Early = append(t.ex.Response.Early, r.Early...)
	}
	r.At = at - t.ex.At
	t.ex.Response = &r
	t.passed(at)
	t.ex.Kind, t.socket, t.stream = kindOf(t.ex)
	t.track.Touch()
}

// Chunk implements capture.Tap.
func (t *tap) Chunk(c capture.Chunk) {
	if len(c.Data) == 0 {
		return
	}
	room := t.tunnel || t.rec.reserve(len(c.Data)+pieceOverhead)
	t.track.Lock()
	defer t.track.Unlock()
	if t.ended || t.ex.Fault != "" {
		return
	}
	t.passed(c.At)
	switch {
	case t.tunnel:
		t.counts(c.Dir).Bytes += uint64(len(c.Data))
		t.track.Touch()
	case t.socket != nil:
		t.frames(c, room)
	default:
		t.body(c, room)
	}
}

// pieceOverhead is what a chunk takes on its way beside its data, in bytes.
const pieceOverhead = 64

// body records a run of body bytes.
func (t *tap) body(c capture.Chunk, room bool) {
	n := uint64(len(c.Data))
	if !room {
		t.lose(c.Dir, n, 0)
		return
	}
	t.closeGap(c.Dir, c.At)
	t.append(&capture.Piece{Type: capture.PieceChunk, Dir: c.Dir, At: c.At - t.ex.At, Data: c.Data})
	t.counts(c.Dir).Bytes += n
	if t.stream != nil && c.Dir == capture.Receive {
		dispatched, all := t.stream.feed(c.At-t.ex.At, c.Data)
		t.events(dispatched, all)
	}
}

// events counts what a run of the body, or its end, completed.
func (t *tap) events(dispatched, all uint64) {
	t.ex.Kind = t.stream.kind()
	t.ex.Received.Messages += dispatched
	t.rows += all
	t.rec.messages.Add(dispatched)
}

// Trailer implements capture.Tap.
func (t *tap) Trailer(dir capture.Direction, fields []capture.Field) {
	t.track.Lock()
	defer t.track.Unlock()
	if dir == capture.Send {
		t.ex.Request.Trailer = fields
	} else if t.ex.Response != nil {
		t.ex.Response.Trailer = fields
	}
	t.track.Touch()
}

// End implements capture.Tap.
func (t *tap) End(e capture.End) {
	t.track.Lock()
	defer t.track.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	t.passed(e.At)
	if t.stream != nil {
		dispatched, all := t.stream.close(e.At - t.ex.At)
		t.events(dispatched, all)
	}
	if t.socket != nil {
		t.closeSocket(&e)
	}
	for _, dir := range [...]capture.Direction{capture.Send, capture.Receive} {
		t.closeGap(dir, e.At)
	}
	e.At -= t.ex.At
	t.ex.End = &e
	t.ex.Open = false
	t.track.Close()
	t.rec.forget(t)
}

// passed moves the end of the exchange to at.
func (t *tap) passed(at time.Duration) {
	if d := at - t.ex.At; d > t.ex.Duration {
		t.ex.Duration = d
	}
}

func (t *tap) counts(dir capture.Direction) *capture.Counts {
	if dir == capture.Send {
		return &t.ex.Sent
	}
	return &t.ex.Received
}

// append hands a piece to the tape. A tape that takes no more ends the
// recording of this exchange; its traffic goes on.
func (t *tap) append(p *capture.Piece) {
	if err := t.track.Append(p); err != nil {
		t.ex.Fault = err.Error()
		t.track.Touch()
		return
	}
	t.pieces++
}

// lose counts what was forwarded without being recorded.
func (t *tap) lose(dir capture.Direction, bytes, frames uint64) {
	t.gap[dir].bytes += bytes
	t.gap[dir].frames += frames
	t.ex.Lost.Bytes += bytes
	t.rec.lost.Add(bytes)
	t.track.Touch()
}

// closeGap writes down what was lost before the direction goes on, and reports
// whether anything was.
func (t *tap) closeGap(dir capture.Direction, at time.Duration) bool {
	g := t.gap[dir]
	if g == (gap{}) {
		return false
	}
	t.gap[dir] = gap{}
	t.ex.Lost.Gaps++
	t.append(&capture.Piece{
		Type: capture.PieceGap, Dir: dir, At: at - t.ex.At, Lost: g.bytes, Frames: g.frames,
	})
	return true
}

// deafTap takes everything and keeps nothing.
type deafTap struct{}

func (deafTap) Upstream(capture.Upstream)                  {}
func (deafTap) Early(time.Duration, int, []capture.Field)  {}
func (deafTap) Response(time.Duration, capture.Response)   {}
func (deafTap) Chunk(capture.Chunk)                        {}
func (deafTap) Trailer(capture.Direction, []capture.Field) {}
func (deafTap) End(capture.End)                            {}
