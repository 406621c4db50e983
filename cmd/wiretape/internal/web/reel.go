package web

import (
	"bytes"
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/filter"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// level is how far an exchange is taken apart into rows.
type level string

// The levels. Messages are those of a socket, the events of a stream or the
// records of one of JSON texts; chunks are what one read brought of a frame or
// of a body.
const (
	messages level = "messages"
	frames   level = "frames"
	chunks   level = "chunks"
)

// parseLevel reads a level; "" is messages.
func parseLevel(s string) (level, error) {
	switch l := level(s); l {
	case "":
		return messages, nil
	case messages, frames, chunks:
		return l, nil
	}
	return "", problem(http.StatusBadRequest, "there is no such level", s, "the levels are messages, frames and chunks")
}

// reel is one exchange at one level, as it stood when it was looked up. It may be
// used concurrently; each walk reads the tape for itself.
type reel struct {
	tape   capture.Reader
	ex     *capture.Exchange
	script *transcript.Transcript
	level  level
}

// until returns the same reel, to be read only as long as ctx lasts.
func (r *reel) until(ctx context.Context, o *transcript.Options) *reel {
	tape := reading.Until(ctx, r.tape)
	return &reel{tape, r.ex, transcript.Of(tape, r.ex, o), r.level}
}

// options bound what is decoded.
func (s *Server) options() *transcript.Options {
	return &transcript.Options{MaxMessage: s.o.MaxMessage, Stops: &s.stops}
}

// reel looks an exchange up.
func (s *Server) reel(id capture.ExchangeID, l level) (*reel, error) {
	ex, err := s.tape.Exchange(id)
	if err != nil {
		return nil, err
	}
	script := transcript.Of(s.tape, ex, s.options())
	return &reel{tape: s.tape, ex: ex, script: script, level: l}, nil
}

// on returns the same exchange at another level.
func (r *reel) on(l level) *reel { return &reel{r.tape, r.ex, r.script, l} }

// line is one row of a reel. Exactly one of its first four fields is set.
type line struct {
	message *capture.Message
	frame   *capture.Frame
	event   *capture.Event
	piece   *capture.Piece

	record   bool   // event is a record of a stream of JSON texts
	seq      uint64 // 1, 2, 3 … at the level
	dir      capture.Direction
	at, took time.Duration
}

// from yields the rows whose number is at least seq. They are the caller's.
func (r *reel) from(seq uint64) iter.Seq2[*line, error] {
	socket := r.ex.Kind == capture.KindWebSocket
	stream := r.ex.Kind == capture.KindSSE || r.ex.Kind == capture.KindNDJSON
	switch {
	case r.level == chunks:
		return r.pieces(seq)
	case r.level == frames && socket:
		return lines(r.script.Frames(seq), func(f *capture.Frame) *line {
			return &line{frame: f, seq: f.Seq, dir: f.Dir, at: f.At, took: f.Took}
		})
	case r.level == messages && socket:
		return lines(r.script.Messages(seq), func(m *capture.Message) *line {
			return &line{message: m, seq: m.Seq, dir: m.Dir, at: m.At, took: m.Took}
		})
	case r.level == messages && stream:
		return lines(r.script.Events(seq), func(e *capture.Event) *line {
			return &line{event: e, record: r.ex.Kind == capture.KindNDJSON, seq: e.Seq, dir: e.Dir, at: e.At, took: e.Took}
		})
	}
	return func(func(*line, error) bool) {}
}

// lines turns what a transcript yields into rows.
func lines[T any](rows iter.Seq2[T, error], of func(T) *line) iter.Seq2[*line, error] {
	return func(yield func(*line, error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(of(row), nil) {
				return
			}
		}
	}
}

// pieces yields the pieces of the tape; a piece's number is its place.
func (r *reel) pieces(seq uint64) iter.Seq2[*line, error] {
	return func(yield func(*line, error) bool) {
		list, err := r.tape.Marks(r.ex.ID)
		if err != nil {
			yield(nil, err)
			return
		}
		var from capture.Mark
		for _, m := range list {
			if m.Pieces < max(seq, 1) {
				from = m
			}
		}
		n := from.Pieces
		for p, err := range r.tape.Pieces(r.ex.ID, from) {
			if err != nil {
				yield(nil, err)
				return
			}
			if n++; n < seq {
				continue
			}
			c := *p
			c.Data = bytes.Clone(p.Data)
			if !yield(&line{piece: &c, seq: n, dir: c.Dir, at: c.At}, nil) {
				return
			}
		}
	}
}

// payload returns what the row holds, which must not be changed.
func (l *line) payload() []byte {
	switch {
	case l.message != nil:
		return l.message.Data
	case l.frame != nil:
		return l.frame.Payload
	case l.event != nil:
		return []byte(l.event.Data)
	}
	return l.piece.Data
}

// size returns the length of the payload, decoded and on the wire.
func (l *line) size() (size, wire uint64) {
	switch {
	case l.message != nil:
		return l.message.Len, l.message.Wire
	case l.frame != nil:
		return l.frame.Length, l.frame.Length
	case l.event != nil:
		return uint64(len(l.event.Data)), uint64(max(len(l.event.Raw), len(l.event.Data)))
	}
	return uint64(len(l.piece.Data)), uint64(len(l.piece.Data))
}

// row is the line as a filter sees it.
func (l *line) row(ex *capture.Exchange) filter.Row {
	switch {
	case l.message != nil:
		return filter.Message(l.message)
	case l.frame != nil:
		return filter.Frame(l.frame)
	case l.event != nil:
		return reading.EventRow(ex, l.event)
	}
	return filter.Body(l.piece.Dir, l.piece.At, l.piece.Data, uint64(len(l.piece.Data)))
}

// whole is when the row was complete: the time of the read that brought its last
// byte. Rows of the same direction that were complete at once came in one read.
func (l *line) whole() time.Duration { return l.at + l.took }
