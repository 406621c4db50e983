package replay

import (
	"bytes"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// segment is what counts as one message in a response: an event, a line, else
// a chunk.
type segment struct {
	at   time.Duration
	late time.Duration // by faults
	data []byte
}

// segments cuts a body.
func (p *playback) segments(body []byte, ends []chunk) []segment {
	var out []segment
	start := 0
	for start < len(body) {
		end := p.boundary(body, start, ends)
		s := segment{data: body[start:end:end]}
		for _, e := range ends {
			if s.at = e.at; e.wire >= end {
				break
			}
		}
		out = append(out, s)
		start = end
	}
	return out
}

// boundary returns where the segment that begins at start ends.
func (p *playback) boundary(body []byte, start int, ends []chunk) int {
	switch p.rec.ex.Kind {
	case capture.KindSSE:
		for at := start; at < len(body); {
			line, next := eventLine(body, at)
			if at = next; line == "" {
				return at
			}
		}
		return len(body)
	case capture.KindNDJSON:
		if i := bytes.IndexByte(body[start:], '\n'); i >= 0 {
			return start + i + 1
		}
		return len(body)
	}
	for _, e := range ends {
		if e.wire > start {
			return e.wire
		}
	}
	return len(body)
}

// disturb plays the faults on a body: it returns what is sent and when.
func (p *playback) disturb(body []byte, ends []chunk) ([]byte, []chunk) {
	t := p.trouble
	var out []segment
	var late time.Duration
	list := p.segments(body, ends)
	for i := 0; i < len(list) && p.broken == ""; i++ {
		t.sent++
		when := p.began.Add(p.server.Speed().scale(list[i].at) + late)
		if t.at(t.sent, list[i].data, when, false, DoReorder) != nil && i+1 < len(list) {
			list[i].data, list[i+1].data = list[i+1].data, list[i].data
		}
		s := list[i]
		copies := p.shake(&s, &late, when)
		for range copies {
			out = append(out, s)
		}
	}
	if t.sent == 0 {
		if f := t.now(p.began); f != nil {
			p.broken = f.Do
		}
	}
	return joined(out)
}

// shake plays the faults on a segment that is due then. late is how far behind
// everything is. It returns how often the segment is sent.
func (p *playback) shake(s *segment, late *time.Duration, when time.Time) (copies int) {
	t, text := p.trouble, s.data
	if f := t.at(t.sent, text, when, true, DoDelay); f != nil {
		*late += t.late(f)
	}
	if f := t.at(t.sent, text, when, false, DoCorrupt); f != nil {
		s.data = t.corrupted(f, s.data)
	}
	if f := t.at(t.sent, text, when, true, DoThrottle); f != nil {
		*late += time.Duration(len(s.data)) * time.Second / time.Duration(f.Rate)
	}
	s.late, copies = *late, 1
	if t.at(t.sent, text, when, false, DoDuplicate) != nil {
		copies = 2
	}
	end := t.at(t.sent, text, when, false, DoClose, DoFIN, DoReset, DoStall, DoTruncate)
	if end == nil {
		if end = t.now(when); end == nil {
			return copies
		}
		copies = 0
	}
	p.broken = end.Do
	if end.Byte > 0 || end.Do == DoTruncate {
		s.data = s.data[:min(end.Byte, len(s.data))]
	}
	return copies
}

// joined puts segments together again.
func joined(list []segment) ([]byte, []chunk) {
	var body []byte
	var ends []chunk
	for _, s := range list {
		body = append(body, s.data...)
		ends = append(ends, chunk{at: s.at, late: s.late, wire: len(body)})
	}
	return body, ends
}
