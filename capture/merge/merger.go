package merge

import (
	"bytes"
	"fmt"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
)

// What is looked at before the format is known.
const (
	maxHeld      = 32
	maxHeldBytes = 1 << 20
)

// Merger merges a stream while it comes. It is not for concurrent use.
type Merger struct {
	ex      source
	options Options
	draft   draft
	rule    accumulator // by path or script; else nil
	known   accumulator // nil until the format is known
	held    []*event    // what came before that
	bytes   int         // in held
	given   bool        // up on finding the format
	seen    uint64      // events, of any kind
	read    uint64      // Seq of the last event that Read added
	open    bool        // more may come
	cut     bool        // the end of the stream is missing
}

// New returns a Merger for one exchange, of which at least the heads are known.
// The options may be nil.
func New(ex *capture.Exchange, o *Options) (*Merger, error) {
	m := &Merger{ex: sourceOf(ex), open: ex.Open}
	if o != nil {
		m.options = *o
	}
	if m.options.Limit <= 0 {
		m.options.Limit = defaultLimit
	}
	m.draft.room, m.draft.delta = m.options.Limit, m.options.Delta
	if err := m.choose(); err != nil {
		return nil, err
	}
	m.ended(ex)
	return m, nil
}

// choose settles how to merge, as far as that is known before the first event.
func (m *Merger) choose() error {
	o := &m.options
	if o.Path == "" && o.ReasoningPath == "" && o.Script == nil && o.Format == "" && o.Rules != nil {
		if err := o.Rules.apply(o, m.ex); err != nil {
			return err
		}
	}
	switch {
	case o.Script != nil:
		m.rule = &scripted{script: o.Script}
		m.draft.format = Scripted
	case o.Path != "" || o.ReasoningPath != "":
		paths, err := newPaths(o.Path, o.ReasoningPath)
		if err != nil {
			return err
		}
		m.rule = paths
		m.draft.format = JSONPath
	case o.Format != "":
		if !isFormat(o.Format) {
			return &FormatError{Exchange: m.ex.id, Format: o.Format, Kind: m.ex.kind}
		}
		m.know(o.Format)
	default:
		m.know(m.ex.format())
	}
	return nil
}

// know settles the format, unless it is "".
func (m *Merger) know(format string) {
	if m.known = newAccumulator(format); m.known != nil {
		m.draft.format = format
	}
}

// ended takes over how the exchange ended.
func (m *Merger) ended(ex *capture.Exchange) {
	m.open = ex.Open
	m.cut = ex.Cut || ex.Lost.Gaps > 0 || ex.Fault != "" ||
		ex.End != nil && ex.Kind != capture.KindWebSocket && ex.End.How != capture.HowClose
}

// Event adds an event of an event stream, or a record of a stream of JSON
// texts.
func (m *Merger) Event(e *capture.Event) {
	if e.Data == "" && !e.Dispatched {
		return // a comment, a lone id or retry
	}
	m.add(&event{seq: e.Seq, at: e.At, name: e.Type, id: e.ID, cut: e.Incomplete, data: []byte(e.Data)})
}

// Message adds a message of a socket, of either direction. Control messages
// add nothing.
func (m *Merger) Message(msg *capture.Message) {
	if !msg.Opcode.Control() {
		m.add(&event{seq: msg.Seq, at: msg.At, sent: msg.Dir == capture.Send, cut: msg.Incomplete, data: msg.Data})
	}
}

// done is what ends the streams of several formats.
const done = "[DONE]"

// add takes the next event.
func (m *Merger) add(e *event) {
	m.seen++
	if v, ok := parse(e.data); ok {
		e.json = v
	}
	switch {
	case m.rule != nil:
		m.put(m.rule, e)
	case m.known != nil:
		m.put(m.known, e)
	case !m.given:
		m.detect(e)
	}
}

// put hands an event to an accumulator. Most want JSON.
func (m *Merger) put(a accumulator, e *event) {
	m.draft.event = e
	if _, all := a.(takesAll); !all && e.json == nil && !isDone(e.data) {
		if m.rule == nil && !e.sent && len(bytes.TrimSpace(e.data)) > 0 {
			what := "not JSON"
			if e.cut {
				what = "cut off"
			}
			m.draft.note("event %d is %s: left out", e.seq, what)
			m.draft.failed = true
		}
		return
	}
	a.add(&m.draft, e)
}

// isDone reports whether the data is the mark behind the last event.
func isDone(data []byte) bool { return len(data) < 16 && string(bytes.TrimSpace(data)) == done }

// detect looks at an event for signs of the format. Until there are some, the
// events are held.
func (m *Merger) detect(e *event) {
	format := ""
	if e.json != nil {
		format = m.ex.shape(e)
	}
	if m.know(format); m.known == nil {
		m.held = append(m.held, e)
		m.bytes += len(e.data)
		if len(m.held) > maxHeld || m.bytes > maxHeldBytes {
			m.held, m.given = nil, true
		}
		return
	}
	for _, h := range m.held {
		m.put(m.known, h)
	}
	m.held = nil
	m.put(m.known, e)
}

// Result returns what is merged so far. More may be added afterwards; the
// result does not change with it.
func (m *Merger) Result() *Result {
	whole := !m.open && !m.cut
	if m.known == nil && m.rule == nil && len(m.held) > 0 {
		return m.guess().result(whole)
	}
	return m.draft.result(whole)
}

// guess merges what is held by the format that the address promises, in a draft
// that is thrown away when more comes.
func (m *Merger) guess() *draft {
	d := draft{room: m.options.Limit, format: m.ex.promised()}
	a := newAccumulator(d.format)
	for _, e := range m.held {
		d.event = e
		if a != nil {
			a.add(&d, e)
		}
		if d.err == nil {
			d.fail(e.json.get("error"))
		}
	}
	return &d
}

// Read adds what the transcript holds beyond what Read added before. The
// transcript is that of the exchange as it is now: read it anew for each call
// while the exchange is open.
func (m *Merger) Read(t *transcript.Transcript) error {
	m.ended(t.Exchange())
	var err error
	switch t.Exchange().Kind {
	case capture.KindWebSocket:
		err = m.messages(t)
	case capture.KindSSE, capture.KindNDJSON:
		err = m.events(t)
	case capture.KindHTTP:
		err = m.body(t)
	}
	if err != nil {
		m.cut = true
		m.draft.note("the stream breaks off: %v", err)
	}
	return err
}

// messages adds the messages that were not added yet.
func (m *Merger) messages(t *transcript.Transcript) error {
	for msg, err := range t.Messages(m.read + 1) {
		if err != nil {
			return fmt.Errorf("read the messages: %w", err)
		}
		m.read = msg.Seq
		m.Message(msg)
	}
	return nil
}

// events adds the events that were not added yet.
func (m *Merger) events(t *transcript.Transcript) error {
	for e, err := range t.Events(m.read + 1) {
		if err != nil {
			return fmt.Errorf("read the events: %w", err)
		}
		m.read = e.Seq
		m.Event(e)
	}
	return nil
}
