package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay/internal/payload"
)

// recording is one recorded exchange, as a plan knows it.
type recording struct {
	ex       *capture.Exchange
	index    int        // place in the plan
	messages []*message // both directions, as they came
	pings    []ping     // the server's ping frames
	engine   bool       // the connection is one of Engine.IO
	polled   bool       // it was opened by polling
	coding   payload.Coding
	streams  [2]stream     // by direction, while messages are read
	opened   time.Duration // when the server accepted, since the exchange's start
	sent     int           // how many messages the client sent, heartbeats left out
	timers   []*timer
	waiting  []*message // messages of the client after which the server spoke unasked
	end      ending
	body     *body    // of an HTTP response
	root     *message // stands for the opening: what the server sends unasked
	whole    *message // the same with all the server sent, for LevelTape
}

// message is one recorded message, or one record of a frame that holds several;
// of an HTTP exchange, the request or the response.
type message struct {
	rec   *recording
	seq   uint64
	order int // place among all messages of the plan, in time
	part  int // place in its frame, from 0
	dir   capture.Direction
	at    time.Duration // first byte, since the exchange's start
	done  time.Duration // last byte
	doc   *payload.Doc
	label string
	space string // the namespace of a packet of Socket.IO
	shape uint64 // which fields it has; see shapeOf
	beat  beat

	opcode     capture.Opcode
	compressed bool
	fragments  []int // payload bytes of each frame, where there are several
	inject     bool
	does       verb     // see verb
	fields     []*field // of the client: those of its leaves
	verbRead   bool

	// Of the client's messages.
	variant variant    // of a request: what its header asks for
	key     uint64     // what must be equal
	tokens  []token    // leaves that are of this run
	effects []*message // what the server sent because of it, in order
	place   int        // how many came before it, heartbeats left out
	after   int        // how many of these came before anything it may depend on
	stops   []*message // subscriptions that it ends
	whole   *message   // of a part: the message that named several things

	// Of the server's messages.
	cause     *message
	needs     *message // the subscription without which it is not sent
	why       reason
	slots     []slot
	addresses []address       // of hosts that were recorded
	counts    []countSlot     // numbers that count on
	times     []payload.Leaf  // times of the moment it was sent
	heads     []headerSlot    // the same as slots, in the head of a response
	attached  int             // how many binary messages after it belong to it
	error     bool            // it looks like the protocol's error message
	batch     bool            // one element of an array that was one frame
	mentions  map[string]bool // values it has, as far as topics name them
}

// ping is a ping frame of the server.
type ping struct {
	at      time.Duration
	payload []byte
}

// ending is how a recorded connection ended, where the server ended it.
type ending struct {
	byServer bool
	at       time.Duration
	how      capture.How
	close    []byte // payload of the close frame, nil: none
	tail     []byte // frame that was cut off, as it stood on the wire
}

// wall returns the wall-clock time of a moment of the recording.
func (r *recording) wall(at time.Duration) time.Time { return r.ex.Started.Add(at) }

// loadSocket reads the messages of a WebSocket exchange.
func loadSocket(tr *transcript.Transcript, p *payload.Parser) (*recording, error) {
	ex := tr.Exchange()
	r := &recording{ex: ex, engine: isEngine(ex.Request.URL), coding: codingOf(ex)}
	if ex.Response != nil {
		r.opened = ex.Response.At
	}
	fragmented := false
	for m, err := range tr.Messages(0) {
		if err != nil {
			return nil, fmt.Errorf("read the messages of exchange %d: %w", ex.ID, err)
		}
		switch {
		case m.Dir == capture.Send && m.Origin != "":
			// Put in by the user of the recorder: the client will not say it.
		case m.Dir == capture.Receive && m.Incomplete:
			fragmented = true
		case m.Incomplete || m.Lost > 0:
		case m.Opcode == capture.OpPing && m.Dir == capture.Receive:
			r.pings = append(r.pings, ping{m.At, m.Data})
		case m.Opcode == capture.OpClose && m.Dir == capture.Receive:
			if r.end.close == nil {
				r.end = ending{byServer: true, at: m.At, how: capture.HowClose, close: m.Data}
			}
		case m.Opcode.Control():
		default:
			fragmented = fragmented || m.Fragments > 1
			r.add(m, p)
		}
	}
	if fragmented {
		if err := r.readFragments(tr); err != nil {
			return nil, err
		}
	}
	r.readEnd()
	return r, nil
}

// add takes a data message, and each record of it by itself.
func (r *recording) add(m *capture.Message, p *payload.Parser) {
	if len(r.messages) == 0 && r.coding.Format == payload.Binary {
		r.coding = codingIn(m.Data)
	}
	p.Coding = r.coding
	if m.Opcode == capture.OpBinary {
		if docs := r.streams[m.Dir].records(p, m.Data, m.Dir); docs != nil {
			r.addRecords(m, docs)
			return
		}
	}
	doc := p.Parse(m.Data, m.Opcode == capture.OpBinary)
	parts := []*payload.Doc{doc}
	batch := false
	if doc.Format == payload.Lines {
		parts = splitRecords(doc, p)
	} else if spans := payload.Elements(doc); spans != nil {
		batch = true
		parts = parts[:0]
		for _, s := range spans {
			parts = append(parts, p.Parse(m.Data[s.Start:s.End:s.End], false))
		}
	}
	for i, part := range parts {
		x := r.newMessage(m, part, i)
		x.batch = batch
		r.messages = append(r.messages, x)
	}
}

// newMessage makes a message of a part of a recorded one.
func (r *recording) newMessage(m *capture.Message, doc *payload.Doc, part int) *message {
	return &message{
		rec: r, seq: m.Seq, part: part, dir: m.Dir, at: m.At, done: m.At + m.Took,
		doc: doc, label: labelOf(doc), beat: beatOf(doc, r.engine), space: spaceOf(doc),
		opcode: m.Opcode, compressed: m.Compressed, inject: m.Origin == "inject",
	}
}

// splitRecords takes each record of a frame by itself, its end with it.
func splitRecords(doc *payload.Doc, p *payload.Parser) []*payload.Doc {
	spans := payload.Records(string(doc.Data))
	var parts []*payload.Doc
	for i, s := range spans {
		end := len(doc.Data)
		if i+1 < len(spans) {
			end = spans[i+1].Start
		}
		start := s.Start
		if i == 0 {
			start = 0
		}
		parts = append(parts, p.Parse(doc.Data[start:end:end], false))
	}
	return parts
}

// readFragments looks up where messages were cut into frames.
func (r *recording) readFragments(tr *transcript.Transcript) error {
	var lengths []int
	var frames []*capture.Frame
	bySeq := map[uint64][]int{}
	n := uint64(0)
	for f, err := range tr.LoneFrames(0) {
		if err != nil {
			return fmt.Errorf("read the frames of exchange %d: %w", r.ex.ID, err)
		}
		if f.Dir != capture.Receive {
			continue
		}
		if f.Incomplete {
			frames = append(frames, f)
			continue
		}
		if f.Opcode.Control() {
			continue
		}
		if lengths = append(lengths, len(f.Payload)); f.Fin {
			n++
			if len(lengths) > 1 {
				bySeq[n] = lengths
			}
			lengths = nil
		}
	}
	n = 0
	for _, m := range r.messages {
		if m.dir == capture.Receive && m.part == 0 {
			n++
			m.fragments = bySeq[n]
		}
	}
	for _, f := range frames {
		r.end.tail = appendCut(r.end.tail, f)
	}
	return nil
}

// readEnd learns from the exchange how the server ended the connection.
func (r *recording) readEnd() {
	e := r.ex.End
	if e == nil {
		return
	}
	if r.end.close == nil {
		r.end = ending{byServer: e.By == capture.Server, at: e.At, how: e.How, tail: r.end.tail}
		return
	}
	// A close frame that answers the client's is no ending of the server's.
	r.end.byServer = e.By != capture.Client
}

// isEngine reports whether a URL is one of Engine.IO, below Socket.IO.
func isEngine(url string) bool { return strings.Contains(url, "EIO=") }
