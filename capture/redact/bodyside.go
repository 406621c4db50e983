package redact

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/content"
	"github.com/wiretape/wiretape/capture/recode"
)

// bodySide rewrites the chunks of one direction's body, decoding and coding
// them anew where they came in a content coding.
type bodySide struct {
	w       *rewriter
	media   string
	codings []string
	recode  bool
	stream  *stream
	filler  filler
	decoder *content.Decoder
	encoder *recode.Encoder
	// last is the latest decided chunk of a coded body: the end of the coding is
	// to be put there.
	last   *heldPiece
	broken bool // the coding cannot be undone from here on
	edited bool // something was found
}

func newBodySide(w *rewriter, ex *capture.Exchange, dir capture.Direction, recoded bool) *bodySide {
	s := &bodySide{w: w}
	header := ex.Request.Header
	switch {
	case dir == capture.Send:
	case ex.Response == nil:
		header = nil
	default:
		header = ex.Response.Header
	}
	s.media = capture.Get(header, "Content-Type")
	if ex.Response != nil && ex.Response.Status == 101 {
		s.media = "application/octet-stream" // another protocol from here on
		return s
	}
	s.codings = content.Codings(capture.Values(header, "Content-Encoding"))
	s.recode = recoded && len(s.codings) > 0
	return s
}

// start makes what is needed, at the first chunk.
func (s *bodySide) start() {
	s.stream = newStream(s.w.r, s.media, s.w.tally, func(n int, out []byte) {
		s.edited = s.edited || n != len(out)
		s.filler.fill(n, out)
	})
	if len(s.codings) == 0 || s.decoder != nil || s.broken {
		return
	}
	var err error
	if s.decoder, err = content.NewDecoder(s.codings); err == nil {
		s.encoder, err = recode.NewEncoder(s.codings)
	}
	s.broken = err != nil
}

func (s *bodySide) piece(h *heldPiece) {
	if h.Type == capture.PieceGap {
		s.end()
		s.broken = s.broken || len(s.codings) > 0
		h.ready = true
		return
	}
	if s.stream == nil {
		s.start()
	}
	switch {
	case s.broken:
		s.raw(h)
	case s.decoder != nil:
		s.coded(h)
	default:
		wire := h.Data
		h.Data = nil
		s.filler.expect(len(wire), func(out []byte) { h.Data, h.ready = out, true })
		s.stream.write(wire)
	}
}

// raw redacts bytes that cannot be decoded by their looks alone.
func (s *bodySide) raw(h *heldPiece) {
	f := &finder{r: s.w.r, place: "body", sameLength: true}
	f.scan(h.Data, 0, len(h.Data))
	if len(f.edits) > 0 {
		h.Data = s.w.r.applyTo(f, h.Data, s.w.tally)
	}
	h.ready = true
}

// coded redacts a chunk of a body that came in a content coding.
func (s *bodySide) coded(h *heldPiece) {
	var plain []byte
	err := s.decoder.FeedTo(h.Data, func(p []byte) { plain = append(plain, p...) })
	if !s.recode {
		h.Data, h.ready = append([]byte(nil), h.Data...), true
		s.filler.expect(len(plain), func([]byte) {})
	} else {
		h.Data = nil
		s.filler.expect(len(plain), func(out []byte) { s.encode(h, out) })
	}
	s.stream.write(plain)
	if err != nil {
		s.end()
		s.broken = true
		if !s.recode {
			s.raw(h) // what could not be decoded of it may be plain
		}
	}
}

// encode codes what a chunk brought anew, and lets the chunk before it go.
func (s *bodySide) encode(h *heldPiece, out []byte) {
	if len(out) > 0 {
		wire, err := s.encoder.Encode(out)
		if err == nil {
			h.Data = append([]byte(nil), wire...)
		}
	}
	if s.last != nil {
		s.last.ready = true
	}
	s.last = h
}

// end decides about all that is held back, and ends the coding.
func (s *bodySide) end() {
	if s.stream == nil {
		return
	}
	if s.decoder != nil && !s.broken {
		if rest, err := s.decoder.Close(); len(rest) > 0 && err == nil && s.last != nil {
			last := s.last
			s.filler.expect(len(rest), func(out []byte) { s.encode(last, out) })
			s.stream.write(rest)
		}
	}
	s.stream.close()
	s.stream = nil
	if s.last == nil {
		return
	}
	if wire, err := s.encoder.Close(); err == nil {
		s.last.Data = append(s.last.Data, wire...)
	}
	s.last.ready = true
	s.last = nil
}

func (s *bodySide) close() {
	s.end()
	if s.decoder != nil {
		_, _ = s.decoder.Close() // only to free it
	}
}
