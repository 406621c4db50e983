package har

import (
	"errors"
	"io"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/sse"
)

// eventTimes deals out the times of _eventSourceMessages to the events that the
// body holds, in order.
type eventTimes struct {
	f        *foreign
	events   eventReader
	taken    int
	mismatch int
}

// events writes the body of an event stream: each block at the time that the
// archive tells for its event, or all of it at once.
func (f *foreign) events() error {
	t := &eventTimes{f: f, events: f.h.events.events()}
	if f.body == nil {
		return f.madeEvents(t)
	}
	w, err := f.coded(capture.Receive)
	if err != nil {
		return err
	}
	var werr error
	var held []byte // blocks that wait for the event they stand before
	decoder := sse.NewDecoder(nil)
	emit := func(e *capture.Event) {
		f.count(e)
		held = append(held, e.Raw...)
		if !e.Dispatched || werr != nil {
			return
		}
		if werr = t.event(e); werr == nil {
			werr = w.write(f.latest, held)
		}
		held = held[:0]
	}
	if err := f.feed(decoder, emit); err != nil {
		return err
	}
	if werr != nil {
		return werr
	}
	if err := w.write(f.latest, append(held, decoder.Rest()...)); err != nil {
		return err
	}
	t.done()
	return w.close(f.latest)
}

// feed decodes the body.
func (f *foreign) feed(d *sse.Decoder, emit func(*capture.Event)) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := f.body.Read(buf)
		d.Feed(0, buf[:n], emit)
		if errors.Is(err, io.EOF) {
			d.Close(0, emit)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// event moves the time on to that of the next event.
func (t *eventTimes) event(e *capture.Event) error {
	told, ok, err := t.events.next()
	if err != nil || !ok {
		if err == nil && t.f.h.events.count > 0 {
			t.mismatch++
		}
		return err
	}
	t.taken++
	if told.data != e.Data && told.data != "" {
		t.mismatch++
	}
	t.f.latest = max(t.f.latest, timeOr(told.at, t.f.ex.Started, t.f.latest))
	return nil
}

// done tells where body and list do not agree.
func (t *eventTimes) done() {
	if left := t.f.h.events.count - t.taken; left > 0 {
		t.mismatch += left
	}
	if t.mismatch > 0 {
		t.f.im.defect("_eventSourceMessages", "%d events are others than those in the body, which is taken", t.mismatch)
	}
}

// madeEvents writes a stream that only the list of its events tells of.
func (f *foreign) madeEvents(t *eventTimes) error {
	if f.h.events.count == 0 {
		return nil
	}
	f.im.defect("response.content.text", "is missing: the stream is made of _eventSourceMessages, without its comments and line ends")
	w, err := f.coded(capture.Receive)
	if err != nil {
		return err
	}
	var last string
	for {
		told, ok, err := t.events.next()
		if err != nil {
			return err
		}
		if !ok {
			return w.close(f.latest)
		}
		e := capture.Event{Dispatched: true, Type: told.name, Data: told.data}
		if told.id != last {
			e.ID, last = told.id, told.id
		}
		f.count(&e)
		f.latest = max(f.latest, timeOr(told.at, f.ex.Started, f.latest))
		if err := w.write(f.latest, sse.AppendEvent(nil, &e)); err != nil {
			return err
		}
	}
}
