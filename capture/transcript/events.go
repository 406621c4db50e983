package transcript

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/ndjson"
	"github.com/wiretape/wiretape/capture/sse"
)

// eventDecoder is what the decoders of event streams and JSON texts share.
type eventDecoder interface {
	Feed(at time.Duration, p []byte, emit func(*capture.Event))
	Close(at time.Duration, emit func(*capture.Event))
}

// Events yields the events of an event stream, or the records of a stream of
// JSON texts, whose Seq is at least from. What is yielded is the caller's. A
// content coding that breaks off ends the events with an error.
func (t *Transcript) Events(from uint64) iter.Seq2[*capture.Event, error] {
	return func(yield func(*capture.Event, error) bool) {
		e := &events{from: from, yield: yield}
		if err := e.run(t); err != nil && !e.stopped {
			yield(nil, err)
		}
	}
}

// events is one walk over a body, from pieces to events.
type events struct {
	from    uint64
	yield   func(*capture.Event, error) bool
	stopped bool
	lost    uint64 // bytes that are missing since the last block
	decoder eventDecoder
	coding  *content.Decoder
}

func (e *events) run(t *Transcript) error {
	codings := t.codings(capture.Receive)
	mark := capture.Mark{Clean: true}
	var err error
	if len(codings) == 0 {
		if mark, err = t.start(e.from, func(m capture.Mark) uint64 { return m.Messages }); err != nil {
			return err
		}
	} else if e.coding, err = content.NewDecoder(codings); err != nil {
		return err
	}
	if e.coding != nil {
		defer e.coding.Close()
	}
	var last time.Duration
	for p, err := range t.tape.Pieces(t.ex.ID, mark) {
		switch {
		case err != nil:
			return err
		case p.Dir == capture.Receive && p.Type == capture.PieceGap:
			e.lost += p.Lost
			continue
		case p.Type != capture.PieceChunk || p.Dir != capture.Receive:
			continue
		case e.decoder == nil:
			if e.decoder, err = t.decoder(mark); err != nil {
				return err
			}
		}
		last = p.At
		if err := e.feed(p); err != nil || e.stopped {
			return err
		}
	}
	if e.decoder != nil && !t.ex.Open {
		e.finish(last)
	}
	return nil
}

func (e *events) feed(p *capture.Piece) error {
	if e.coding == nil {
		e.decoder.Feed(p.At, p.Data, e.emit)
		return nil
	}
	err := e.coding.FeedTo(p.Data, func(data []byte) { e.decoder.Feed(p.At, data, e.emit) })
	if err != nil {
		return fmt.Errorf("undo the content coding: %w", err)
	}
	return nil
}

// finish lets out what the end of the body completes or cuts off. That a
// coding breaks off there is how streams end; the tail says so.
func (e *events) finish(at time.Duration) {
	if e.coding != nil {
		rest, _ := e.coding.Close()
		e.decoder.Feed(at, rest, e.emit)
	}
	e.decoder.Close(at, e.emit)
}

func (e *events) emit(ev *capture.Event) {
	ev.Lost, e.lost = e.lost, 0
	if e.stopped || ev.Seq < e.from {
		return
	}
	e.stopped = !e.yield(ev, nil)
}

// decoder returns the decoder for the exchange's events, to start at mark.
func (t *Transcript) decoder(mark capture.Mark) (eventDecoder, error) {
	switch t.ex.Kind {
	case capture.KindSSE:
		return sse.NewDecoder(&sse.Options{
			MaxEvent: t.maxEvent, LastID: mark.LastID, Seq: mark.Messages, Continued: mark.Pieces > 0,
		}), nil
	case capture.KindNDJSON:
		return ndjson.NewDecoder(&ndjson.Options{
			Format: t.recordFormat(), MaxRecord: t.maxEvent, Seq: mark.Messages, Continued: mark.Pieces > 0,
		}), nil
	}
	return nil, errNoEvents
}

var errNoEvents = errors.New("this exchange is no stream of events")

// recordFormat tells how the JSON texts of a body are set apart, wherever
// decoding starts: by what the heads say, else by how the body begins.
func (t *Transcript) recordFormat() ndjson.Format {
	media := ""
	if t.ex.Response != nil {
		media = capture.Get(t.ex.Response.Header, "Content-Type")
	}
	format, ok, more := ndjson.Detect(media, nil)
	if ok {
		return format
	}
	if ndjson.ArrayByAddress(t.ex.Request.URL, content.ParseMediaType(media).Essence) {
		return ndjson.Array
	}
	body := t.Body(capture.Receive)
	defer body.Close()
	head, run := []byte(nil), make([]byte, 4<<10)
	for err := error(nil); err == nil && (more || len(head) == 0); {
		var n int
		n, err = body.Read(run)
		head = append(head, run[:n]...)
		if format, ok, more = ndjson.Detect(media, head); ok {
			return format
		}
	}
	if array, _ := ndjson.ArrayOfObjects(head); array {
		return ndjson.Array
	}
	return ndjson.Lines
}

// codings returns the content codings of one direction's body.
func (t *Transcript) codings(dir capture.Direction) []string {
	header := t.ex.Request.Header
	if dir == capture.Receive {
		if t.ex.Response == nil {
			return nil
		}
		header = t.ex.Response.Header
	}
	return content.Codings(capture.Values(header, "Content-Encoding"))
}
