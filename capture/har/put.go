package har

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wiretape/wiretape/capture"
)

// put writes an entry to the tape.
func (im *importer) put(h *harEntry) error {
	if !h.request.there && !h.response.there {
		im.defect("request", "is missing, and so is the response: left out")
		return nil
	}
	im.complete(h)
	if h.own.there && h.own.version == formatVersion && !h.own.exchange.Started.IsZero() {
		return im.putOwn(h)
	}
	return im.putForeign(h)
}

// complete names what is missing in an entry and puts something in its place.
func (im *importer) complete(h *harEntry) {
	if !h.request.there {
		im.defect("request", "is missing")
	}
	if h.request.url == "" {
		im.defect("request.url", "is missing or empty: about:blank stands there now")
		h.request.url = "about:blank"
	}
	if h.request.method == "" {
		im.defect("request.method", "is missing or empty: taken for GET")
		h.request.method = "GET"
	}
	if !h.response.there {
		im.defect("response", "is missing: taken for failed")
	}
	if !h.hasStart && h.own.exchange.Started.IsZero() {
		im.defect("startedDateTime", "is missing: taken for the time of the entry before")
	}
}

// opened returns a body of the archive as bytes, its base64 undone, and how
// many they are.
func (im *importer) opened(where string, b *storedBody) (r io.Reader, n int64, err error) {
	if b.file != "" {
		return im.attached(where, b)
	}
	if !b.there {
		return nil, 0, nil
	}
	switch strings.ToLower(b.encoding) {
	case "", "utf-8", "utf8":
		return b.reader(), b.n, nil
	case "base64":
	default:
		im.defect(where+".encoding", "%q is not known: the text is taken as it stands", clip(b.encoding))
		return b.reader(), b.n, nil
	}
	n, err = io.Copy(io.Discard, lenientBase64(b.reader()))
	if err != nil {
		im.defect(where+".text", "is no base64, though it says so: taken as it stands")
		return b.reader(), b.n, nil
	}
	return lenientBase64(b.reader()), n, nil
}

// putOwn writes an entry that wiretape made, piece by piece as it was.
func (im *importer) putOwn(h *harEntry) error {
	o := &h.own
	s, err := im.session(o.session, o.exchange.Started)
	if err != nil {
		return err
	}
	ex := o.exchange
	ex.Session = s.ID
	im.ownHeads(h, &ex)
	d, err := im.record(&ex)
	if err != nil {
		return err
	}
	p := ownPieces{im: im, d: d}
	err = p.run(h)
	d.close(nil)
	s.see(&ex)
	im.counted(&ex)
	return err
}

// see moves the end of a session that does not tell its own.
func (s *sessionOf) see(ex *capture.Exchange) {
	if end := ex.Started.Add(ex.Duration); end.After(s.last) {
		s.last = end
	}
}

// counted adds an exchange to the report.
func (im *importer) counted(ex *capture.Exchange) {
	im.Entries++
	switch ex.Kind {
	case capture.KindWebSocket:
		im.Messages += int(ex.Sent.Messages + ex.Received.Messages)
	case capture.KindSSE, capture.KindNDJSON:
		im.Events += int(ex.Received.Messages)
	}
}

// ownHeads puts the heads together from the entry and from _wiretape.
func (im *importer) ownHeads(h *harEntry, ex *capture.Exchange) {
	o := &h.own
	or := func(own, har string) string {
		if own != "" {
			return own
		}
		return har
	}
	fields := func(own, har []capture.Field) []capture.Field {
		if own != nil {
			return own
		}
		return har
	}
	ex.Request = capture.Request{
		Method:  or(o.request.method, h.request.method),
		URL:     or(o.request.url, h.request.url),
		Proto:   o.request.proto,
		Header:  fields(o.request.headers, h.request.headers),
		Trailer: o.request.trailers,
		Raw:     o.request.raw,
	}
	if !o.answered {
		return
	}
	ex.Response = &capture.Response{
		At:      o.response.at,
		Status:  int(h.response.status),
		Reason:  or(o.response.reason, h.response.reason),
		Proto:   o.response.proto,
		Header:  fields(o.response.headers, h.response.headers),
		Trailer: o.response.trailers,
		Raw:     o.response.raw,
		Early:   o.response.early,
	}
}

// ownPieces puts payloads, which stand in bodies and messages, back into the
// pieces they came in.
type ownPieces struct {
	im      *importer
	d       *deck
	bodies  [2]io.Reader
	inlined [2]bool // the chunks of the direction brought their data along
	at      [2]ownMessage
}

// ownMessage is the message that the frames of one direction at hand belong to.
type ownMessage struct {
	open   bool
	index  uint64
	rest   payload
	linked bool // the frame at hand belongs to it
}

func (o *ownPieces) run(h *harEntry) (err error) {
	if h.own.exchange.Kind != capture.KindWebSocket {
		if err := o.open(h); err != nil {
			return err
		}
	}
	pieces := h.own.pieces.pieces()
	var p storedPiece
	for {
		ok, err := pieces.next(&p)
		if err != nil {
			return fmt.Errorf("read what was put aside: %w", err)
		}
		if !ok {
			break
		}
		if err := o.piece(&p); err != nil {
			return err
		}
	}
	for dir := range o.at {
		o.leftover(&o.at[dir])
	}
	return o.rest(&p)
}

func (o *ownPieces) open(h *harEntry) (err error) {
	if o.bodies[capture.Send], _, err = o.im.opened("request.postData", &h.request.body); err != nil {
		return err
	}
	o.bodies[capture.Receive], _, err = o.im.opened("response.content", &h.response.body)
	return err
}

func (o *ownPieces) piece(p *storedPiece) error {
	m := &o.at[p.Dir]
	switch {
	case p.Type == capture.PieceGap:
	case p.inline:
		o.inlined[p.Dir] = true
		if p.Type == capture.PieceFrame {
			m.linked = false
		}
	case p.Type == capture.PieceChunk:
		return o.body(p)
	case p.Type == capture.PieceFrame:
		if err := o.frame(p); err != nil {
			return err
		}
		return o.payload(p, m)
	default:
		return o.payload(p, m)
	}
	return o.d.append(&p.Piece)
}

// payload writes a piece with as much of its message as it brought.
func (o *ownPieces) payload(p *storedPiece, m *ownMessage) error {
	p.Data = nil
	n := p.length
	if !m.linked {
		n = 0
	}
	for {
		run, err := m.rest.next(n)
		if err != nil {
			return err
		}
		p.Data = run
		n -= uint64(len(run))
		if err := o.d.append(&p.Piece); err != nil || n == 0 || len(run) == 0 {
			return err
		}
		p.Piece = capture.Piece{Type: capture.PieceMore, Dir: p.Dir, At: p.At}
	}
}

// body writes what a chunk brought.
func (o *ownPieces) body(p *storedPiece) error {
	r := o.bodies[p.Dir]
	left := p.length
	for {
		var b bytes.Buffer
		if r != nil {
			n, err := io.CopyN(&b, r, int64(min(left, shortPayload)))
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			left -= uint64(n)
		}
		if p.Data = b.Bytes(); len(p.Data) == 0 {
			p.Data = nil
			break
		}
		if err := o.d.append(&p.Piece); err != nil || left == 0 {
			return err
		}
	}
	if left > 0 {
		o.im.defect("_wiretape.chunks", "the body is %d bytes shorter than its chunks", left)
		o.bodies[p.Dir] = nil
	}
	if left == p.length {
		return o.d.append(&p.Piece)
	}
	return nil
}

// rest writes what a body holds beyond its chunks: somebody edited the archive.
func (o *ownPieces) rest(last *storedPiece) error {
	for dir, r := range o.bodies {
		if r == nil || o.inlined[dir] {
			continue
		}
		buf := make([]byte, maxPiece)
		total := 0
		for {
			n, err := io.ReadFull(r, buf)
			if err := o.d.chunk(capture.Direction(dir), last.At, buf[:n]); err != nil {
				return err
			}
			total += n
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		if total > 0 {
			o.im.defect("_wiretape.chunks", "the body is %d bytes longer than its chunks", total)
		}
	}
	return nil
}

// frame finds the message that a frame belongs to.
func (o *ownPieces) frame(p *storedPiece) error {
	m := &o.at[p.Dir]
	m.linked = p.linked
	if !p.linked {
		if p.length > 0 {
			o.im.defect("_wiretape.frames", "a frame of %d bytes has no payload", p.length)
		}
		return nil
	}
	if !m.open || m.index != p.index {
		o.leftover(m)
		*m = ownMessage{open: true, index: p.index, linked: true}
		if p.index >= uint64(o.im.one.messages.n) {
			o.im.defect("_wiretape.frames", "a frame belongs to message %d, which there is not", p.index)
			return nil
		}
		stored, err := o.im.one.messages.get(int(p.index))
		if err != nil {
			return err
		}
		if m.rest, err = o.im.payload(int(p.index), &stored); err != nil {
			return err
		}
	}
	// A message of one frame that came at once may have been edited by hand.
	if n := uint64(m.rest.left); p.Frame.Fin && p.Frame.Opcode != capture.OpContinuation && p.length == p.Frame.Length && n != p.length {
		o.im.defect("_wiretape.frames", "message %d has %d bytes, its frame %d: the message goes", p.index, n, p.length)
		p.length, p.Frame.Length = n, n
		p.Frame.Size = p.Frame.MinimalSize()
	}
	return nil
}

// leftover tells of payload that no frame wanted.
func (o *ownPieces) leftover(m *ownMessage) {
	if m.open && m.rest.left > 0 {
		o.im.defect("_wiretape.frames", "message %d is %d bytes longer than its frames: cut", m.index, m.rest.left)
	}
	m.rest = payload{}
}
