package stats

import (
	"bytes"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/merge"
	"github.com/wiretape/wiretape/capture/transcript"
)

// Of measures an exchange; one that is still open, as far as it is. Memory is
// bounded, whatever its length. The error is the tape's; a content coding that
// breaks off ends what is measured of the body.
func Of(t *transcript.Transcript) (*Stats, error) {
	ex := t.Exchange()
	s := &Stats{
		Exchange: ex.ID, Kind: ex.Kind.String(), URL: ex.Request.URL, State: "done", Duration: ex.Duration,
		Sent:     Volume{Messages: ex.Sent.Messages, Wire: ex.Sent.Bytes},
		Received: Volume{Messages: ex.Received.Messages, Wire: ex.Received.Bytes},
		Bins:     Bins{Width: ex.Duration / bins, Sent: make([]int, bins), Received: make([]int, bins)},
	}
	if ex.Open {
		s.State = "open"
	}
	if ex.Response != nil {
		at := ex.Response.At
		s.FirstByte = &at
	}
	m := &meter{Stats: s, t: t}
	var err error
	switch ex.Kind {
	case capture.KindWebSocket:
		if err = m.socket(); err == nil {
			err = m.pairs()
		}
	case capture.KindSSE, capture.KindNDJSON:
		err = m.events()
	default:
		err = m.chunks()
	}
	if err != nil {
		return nil, fmt.Errorf("measure exchange %d: %w", ex.ID, err)
	}
	if ex.Kind != capture.KindWebSocket && ex.Kind != capture.KindTunnel {
		s.Sent.Decoded, s.Received.Decoded = m.decoded(capture.Send), m.decoded(capture.Receive)
	}
	if ex.Kind != capture.KindTunnel {
		m.answer()
		s.request = m.request(ex)
	}
	s.Gaps, s.Pings = m.gaps.spread(), m.pings.spread()
	s.Sent.ratio()
	s.Received.ratio()
	return s, nil
}

// ratio fills in Ratio.
func (v *Volume) ratio() {
	if v.Wire > 0 {
		v.Ratio = float64(v.Decoded) / float64(v.Wire)
	}
}

// meter measures one exchange.
type meter struct {
	*Stats
	t     *transcript.Transcript
	gaps  sample
	pings sample
	last  time.Duration // of what was received
	any   bool
}

// received takes the time of what came from the server.
func (m *meter) received(at time.Duration) {
	m.Bins.add(capture.Receive, at)
	if m.any {
		m.gaps.add(at - m.last)
	}
	m.last, m.any = at, true
}

// events walks over an event stream or a stream of JSON texts.
func (m *meter) events() error {
	for e, err := range m.t.Events(1) {
		if err != nil {
			break // the coding breaks off; what came before counts
		}
		if e.Dispatched {
			m.first(&m.FirstEvent, e.At)
			m.received(e.At)
		}
	}
	return nil
}

// first sets a time unless it is set.
func (m *meter) first(when **time.Duration, at time.Duration) {
	if *when == nil {
		*when = &at
	}
}

// socket walks over the messages of a WebSocket.
func (m *meter) socket() error {
	var waiting [2][]capture.Message
	for msg, err := range m.t.Messages(1) {
		if err != nil {
			return err
		}
		volume := &m.Received
		if msg.Dir == capture.Send {
			volume = &m.Sent
		}
		volume.Decoded += msg.Len
		switch {
		case msg.Opcode == capture.OpPing:
			waiting[msg.Dir] = append(waiting[msg.Dir], *msg)
			if len(waiting[msg.Dir]) > 1000 {
				waiting[msg.Dir] = waiting[msg.Dir][1:]
			}
		case msg.Opcode == capture.OpPong:
			m.pong(&waiting[msg.Dir.Opposite()], msg)
		case msg.Opcode.Control():
		case msg.Dir == capture.Send:
			m.Bins.add(capture.Send, msg.At)
		default:
			m.first(&m.FirstEvent, msg.At)
			m.received(msg.At)
		}
	}
	return nil
}

// pong measures the time since the ping with the same payload. The pings before
// it need no answer any more (RFC 6455 §5.5.3).
func (m *meter) pong(waiting *[]capture.Message, pong *capture.Message) {
	for i, ping := range *waiting {
		if bytes.Equal(ping.Data, pong.Data) {
			m.pings.add(pong.At - ping.At)
			*waiting = (*waiting)[i+1:]
			return
		}
	}
}

// chunks walks over the runs of bytes of a plain body, or of a tunnel.
func (m *meter) chunks() error {
	for _, dir := range [...]capture.Direction{capture.Send, capture.Receive} {
		for c, err := range m.t.Chunks(dir) {
			if err != nil {
				return err
			}
			if dir == capture.Send {
				m.Bins.add(dir, c.At)
			} else {
				m.received(c.At)
			}
		}
	}
	return nil
}

// decoded returns the length of a body with its content coding undone, as far
// as that can be done.
func (m *meter) decoded(dir capture.Direction) uint64 {
	body := m.t.Body(dir)
	defer body.Close()
	n, _ := io.Copy(io.Discard, body) // an error ends the body
	return uint64(n)
}

// answer measures what a language model says, if that is what the exchange is.
func (m *meter) answer() {
	r, err := merge.Merge(m.t, &merge.Options{Delta: m.delta})
	if err != nil {
		return
	}
	m.Format, m.Model = r.Format, r.Model
	if r.Format == merge.PlainText {
		m.Format, m.FirstToken, m.FirstText, m.LastToken, m.Chars = "", nil, nil, nil, Rate{}
		return
	}
	if r.Usage != nil {
		m.Tokens.Input, m.Tokens.Output = r.Usage.Input, r.Usage.Output
	}
	if m.FirstToken == nil || *m.LastToken <= *m.FirstToken {
		return
	}
	seconds := (*m.LastToken - *m.FirstToken).Seconds()
	m.Chars.PerSecond = float64(m.Chars.Count) / seconds
	if n, err := m.Tokens.Output.Float64(); err == nil {
		m.Tokens.PerSecond = n / seconds
	}
}

// delta takes a piece of what a language model says.
func (m *meter) delta(d merge.Delta) {
	at := d.At
	m.first(&m.FirstToken, at)
	if m.LastToken == nil {
		m.LastToken = new(time.Duration)
	}
	*m.LastToken = at
	m.Chars.Count += utf8.RuneCountInString(d.Text)
	switch d.Kind {
	case merge.Reasoning:
		m.first(&m.FirstReasoning, at)
	case merge.Text:
		m.first(&m.FirstText, at)
	}
}
