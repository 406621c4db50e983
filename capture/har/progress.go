package har

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/ndjson"
	"github.com/wiretape/wiretape/capture/sse"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// progress follows the pieces of an exchange, as a recorder would, to tell the
// tape where reading may start later, and to count.
type progress struct {
	pieces uint64
	frames uint64 // complete
	rows   uint64 // messages or events complete
	counts [2]capture.Counts
	sides  [2]side
	blind  bool // nothing can be read from the middle
	events eventCounter
}

// side is where one direction of a socket stands.
type side struct {
	inFrame, inMessage bool
	head               capture.FrameHead
	got                uint64
}

// eventCounter is what the decoders of event streams and JSON texts share.
type eventCounter interface {
	feed(p []byte) (complete uint64)
	clean() (bool, string)
}

func (g *progress) begin(ex *capture.Exchange) {
	if ex.Response == nil {
		return
	}
	switch ex.Kind {
	case capture.KindWebSocket:
		d, err := wsframe.Negotiated(capture.Values(ex.Response.Header, "Sec-WebSocket-Extensions"))
		g.blind = err == nil && d.Enabled && !(d.ServerNoTakeover && d.ClientNoTakeover)
	case capture.KindSSE, capture.KindNDJSON:
		g.blind = len(codings(ex, capture.Receive)) > 0
	}
	if g.blind {
		return
	}
	switch ex.Kind {
	case capture.KindSSE:
		g.events = &sseCounter{sse.NewDecoder(&sse.Options{CountOnly: true})}
	case capture.KindNDJSON:
		g.events = &recordCounter{mediaType: capture.Get(ex.Response.Header, "Content-Type")}
	}
}

// mark tells where a block that begins now stands.
func (g *progress) mark() capture.Mark {
	m := capture.Mark{Pieces: g.pieces, Frames: g.frames, Messages: g.rows, Clean: g.pieces == 0 || !g.blind}
	for i := range g.sides {
		m.Clean = m.Clean && !g.sides[i].inFrame && !g.sides[i].inMessage
	}
	if g.events != nil && m.Clean {
		m.Clean, m.LastID = g.events.clean()
	}
	return m
}

// piece counts a piece that was written.
func (g *progress) piece(p *capture.Piece) {
	g.pieces++
	g.counts[p.Dir].Bytes += uint64(len(p.Data))
	d := &g.sides[p.Dir]
	switch p.Type {
	case capture.PieceGap:
		g.blind = true
		d.inFrame = false
	case capture.PieceFrame:
		g.blind = g.blind || d.inFrame
		*d = side{inFrame: true, inMessage: d.inMessage, head: p.Frame}
		g.counts[p.Dir].Frames++
		g.payload(p, d)
	case capture.PieceMore:
		g.payload(p, d)
	case capture.PieceChunk:
		if g.events != nil && p.Dir == capture.Receive {
			g.rows += g.events.feed(p.Data)
		}
	}
}

// payload counts payload bytes, and what they complete.
func (g *progress) payload(p *capture.Piece, d *side) {
	d.got += uint64(len(p.Data))
	if !d.inFrame || d.got < d.head.Length {
		return
	}
	d.inFrame = false
	g.frames++
	switch op := d.head.Opcode; {
	case op.Control():
		g.counts[p.Dir].Control++
		g.rows++
	case d.inMessage != (op == capture.OpContinuation):
		g.blind = true // what such frames amount to is for others to say
		d.inMessage = !d.head.Fin
	case d.head.Fin:
		g.counts[p.Dir].Messages++
		g.rows++
		d.inMessage = false
	default:
		d.inMessage = true
	}
}

// sseCounter counts the blocks of an event stream.
type sseCounter struct{ *sse.Decoder }

func (c *sseCounter) feed(p []byte) (complete uint64) {
	c.Decoder.Feed(0, p, func(*capture.Event) { complete++ })
	return complete
}

func (c *sseCounter) clean() (bool, string) { return !c.Pending(), c.LastID() }

// recordCounter counts the records of a stream of JSON texts, whose format the
// first bytes tell.
type recordCounter struct {
	mediaType string
	decoder   *ndjson.Decoder
}

func (c *recordCounter) feed(p []byte) (complete uint64) {
	if c.decoder == nil {
		c.decoder = newRecordDecoder(c.mediaType, p)
	}
	c.decoder.Feed(0, p, func(*capture.Event) { complete++ })
	return complete
}

func (c *recordCounter) clean() (bool, string) {
	return c.decoder == nil || !c.decoder.Pending(), ""
}

// newRecordDecoder returns a decoder that counts the records of a body that
// begins with head.
func newRecordDecoder(mediaType string, head []byte) *ndjson.Decoder {
	format, ok, _ := ndjson.Detect(content.ParseMediaType(mediaType).Essence, head)
	if !ok && len(head) > 0 && head[0] == '[' {
		format = ndjson.Array
	}
	return ndjson.NewDecoder(&ndjson.Options{Format: format, CountOnly: true})
}
