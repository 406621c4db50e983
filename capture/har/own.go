package har

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// ownEntry is entry._wiretape. What it tells goes before what the entry tells.
type ownEntry struct {
	there    bool
	version  int64
	session  string
	exchange capture.Exchange // what it tells of it; End nil where there was none
	request  ownHead
	response ownHead
	answered bool // there was a response, or an early one
	pieces   pieceStore
}

// ownHead is what _wiretape tells of a head.
type ownHead struct {
	at                time.Duration
	url, method       string
	proto, reason     string
	headers, trailers []capture.Field
	raw               []byte
	early             []capture.Early
}

// storedPiece is one element of frames or chunks.
type storedPiece struct {
	capture.Piece
	length uint64 // bytes of payload in this piece that the entry holds elsewhere, if Data is nil
	linked bool   // to a message
	index  uint64 // of that message
	inline bool   // Data is the payload
}

// pieceStore keeps pieces, to be read in order.
type pieceStore struct {
	spool
	n int
}

func (s *pieceStore) reset() {
	s.spool.reset()
	s.n = 0
}

func (s *pieceStore) add(p *storedPiece) error {
	flags := byte(p.Dir) & 1
	for i, on := range [...]bool{p.Frame.Fin, p.Frame.Masked, p.Inject, p.linked, p.inline} {
		if on {
			flags |= 2 << i
		}
	}
	b := append([]byte{byte(p.Type), flags, byte(p.Frame.Opcode), p.Frame.RSV, p.Frame.Size}, p.Frame.MaskKey[:]...)
	b = binary.AppendVarint(b, int64(p.At))
	b = binary.AppendVarint(b, int64(p.Since))
	for _, v := range [...]uint64{p.Frame.Length, p.Lost, p.Frames, p.length, p.index, uint64(len(p.Data))} {
		b = binary.AppendUvarint(b, v)
	}
	s.n++
	if _, err := s.Write(b); err != nil {
		return err
	}
	_, err := s.Write(p.Data)
	return err
}

// pieceReader reads stored pieces. What it returns is good until the next call.
type pieceReader struct {
	r    *bufio.Reader
	data []byte
}

func (s *pieceStore) pieces() *pieceReader {
	return &pieceReader{r: bufio.NewReaderSize(s.reader(), 64<<10)}
}

func (r *pieceReader) next(p *storedPiece) (ok bool, err error) {
	*p = storedPiece{}
	var head [9]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return false, err
	}
	p.Type, p.Dir = capture.PieceType(head[0]), capture.Direction(head[1]&1)
	p.Frame.Opcode, p.Frame.RSV, p.Frame.Size = capture.Opcode(head[2]), head[3], head[4]
	copy(p.Frame.MaskKey[:], head[5:])
	for i, on := range [...]*bool{&p.Frame.Fin, &p.Frame.Masked, &p.Inject, &p.linked, &p.inline} {
		*on = head[1]&(2<<i) != 0
	}
	for _, v := range [...]*time.Duration{&p.At, &p.Since} {
		n, err := binary.ReadVarint(r.r)
		if err != nil {
			return false, err
		}
		*v = time.Duration(n)
	}
	var length uint64
	for _, v := range [...]*uint64{&p.Frame.Length, &p.Lost, &p.Frames, &p.length, &p.index, &length} {
		if *v, err = binary.ReadUvarint(r.r); err != nil {
			return false, err
		}
	}
	if uint64(cap(r.data)) < length {
		r.data = make([]byte, length)
	}
	p.Data = r.data[:length]
	_, err = io.ReadFull(r.r, p.Data)
	return err == nil, err
}

// ownEntry reads entry._wiretape.
func (im *importer) ownEntry() error {
	const where = "_wiretape"
	o := &im.one.own
	o.exchange.Timing = capture.NoTiming
	ex := &o.exchange
	ok, err := im.members(where, func(name string) error {
		switch name {
		case "v":
			return im.integer(where+".v", &o.version)
		case "session":
			return im.string(where+".session", &o.session)
		case "kind":
			return im.named(where+".kind", func(s string) (err error) { ex.Kind, err = capture.ParseKind(s); return err })
		case "startNs":
			var ns int64
			err := im.integer(where+".startNs", &ns)
			ex.Started = time.Unix(0, ns).UTC()
			return err
		case "at":
			return im.span(where+".at", &ex.At)
		case "duration":
			return im.span(where+".duration", &ex.Duration)
		case "open":
			return im.boolean(where+".open", &ex.Open)
		case "cut":
			return im.boolean(where+".cut", &ex.Cut)
		case "client":
			return im.exact(where+".client", &ex.Client)
		case "server":
			return im.exact(where+".server", &ex.Server)
		case "timing":
			return im.ownTiming(&ex.Timing)
		case "sent":
			return im.ownCounts(where+".sent", &ex.Sent)
		case "received":
			return im.ownCounts(where+".received", &ex.Received)
		case "request":
			return im.ownHead(where+".request", &o.request)
		case "response":
			o.answered = true
			return im.ownHead(where+".response", &o.response)
		case "frames", "chunks":
			o.pieces.reset()
			_, err := im.elements(where+"."+name, func(int) error { return im.ownPiece(where + "." + name) })
			return err
		case "end":
			ex.End = &capture.End{}
			return im.ownEnd(ex.End)
		case "lost":
			return im.ownLoss(&ex.Lost)
		case "fault":
			return im.exact(where+".fault", &ex.Fault)
		case "note":
			return im.exact(where+".note", &ex.Note)
		case "tags":
			ex.Tags = nil
			return im.tags(where+".tags", &ex.Tags)
		}
		return im.skip()
	})
	o.there = ok
	return err
}

// named reads a string that must be one of a list.
func (im *importer) named(where string, parse func(string) error) error {
	var s string
	if err := im.string(where, &s); err != nil {
		return err
	}
	if err := parse(s); err != nil {
		im.defect(where, "%v", err)
	}
	return nil
}

// span reads nanoseconds.
func (im *importer) span(where string, into *time.Duration) error {
	n := int64(*into)
	err := im.integer(where, &n)
	*into = time.Duration(n)
	return err
}

func (im *importer) unsigned(where string, into *uint64) error {
	s, err := im.digits(where)
	if err != nil || s == "" {
		return err
	}
	n, perr := strconv.ParseUint(s, 10, 64)
	if perr != nil {
		im.defect(where, "is %s, not a count", clip(s))
		return nil
	}
	*into = n
	return nil
}

// exact reads a string, or an object with it in base64.
func (im *importer) exact(where string, into *string) error {
	c, err := im.peek()
	if err != nil || c != '{' {
		if err != nil {
			return err
		}
		return im.string(where, into)
	}
	var b []byte
	err = im.object(func(name string) error {
		if name == "base64" {
			return im.inline(where, &b)
		}
		return im.skip()
	})
	*into = string(b)
	return err
}

// tags reads a list of strings of ours.
func (im *importer) tags(where string, into *[]string) error {
	*into = nil
	_, err := im.elements(where, func(int) error {
		var s string
		err := im.exact(where, &s)
		*into = append(*into, s)
		return err
	})
	return err
}

// maxInline is the longest run of payload that a frame or a chunk brings along,
// in base64. A run is what one read brought, so that it is far shorter.
const maxInline = 64 << 20

// inline reads bytes in base64.
func (im *importer) inline(where string, into *[]byte) error {
	b := brief{max: maxInline, p: (*into)[:0]}
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c != '"' {
		im.defect(where, "is %s, not base64", kindOf(c))
		return im.skip()
	}
	if err := im.text(&b); err != nil {
		return err
	}
	p, err := decodeBase64(b.p)
	if err != nil || b.over {
		im.defect(where, "is not base64, or too long: taken up to there")
	}
	*into = p
	if p == nil {
		*into = []byte{}
	}
	return nil
}

func (im *importer) ownTiming(t *capture.Timing) error {
	const where = "_wiretape.timing"
	_, err := im.members(where, func(name string) error {
		switch name {
		case "blocked":
			return im.span(where, &t.Blocked)
		case "dns":
			return im.span(where, &t.DNS)
		case "connect":
			return im.span(where, &t.Connect)
		case "tls":
			return im.span(where, &t.TLS)
		case "send":
			return im.span(where, &t.Send)
		case "wait":
			return im.span(where, &t.Wait)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownCounts(where string, c *capture.Counts) error {
	_, err := im.members(where, func(name string) error {
		switch name {
		case "messages":
			return im.unsigned(where, &c.Messages)
		case "control":
			return im.unsigned(where, &c.Control)
		case "frames":
			return im.unsigned(where, &c.Frames)
		case "bytes":
			return im.unsigned(where, &c.Bytes)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownLoss(l *capture.Loss) error {
	const where = "_wiretape.lost"
	_, err := im.members(where, func(name string) error {
		switch name {
		case "gaps":
			return im.unsigned(where, &l.Gaps)
		case "bytes":
			return im.unsigned(where, &l.Bytes)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownHead(where string, h *ownHead) error {
	_, err := im.members(where, func(name string) error {
		switch name {
		case "at":
			return im.span(where+".at", &h.at)
		case "url":
			return im.exact(where+".url", &h.url)
		case "method":
			return im.exact(where+".method", &h.method)
		case "proto":
			return im.exact(where+".proto", &h.proto)
		case "reason":
			return im.exact(where+".reason", &h.reason)
		case "headers":
			return im.ownFields(where+".headers", &h.headers)
		case "trailers":
			return im.ownFields(where+".trailers", &h.trailers)
		case "raw":
			return im.inline(where+".raw", &h.raw)
		case "early":
			_, err := im.elements(where+".early", func(int) error {
				var e capture.Early
				err := im.ownEarly(where+".early", &e)
				h.early = append(h.early, e)
				return err
			})
			return err
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownEarly(where string, e *capture.Early) error {
	_, err := im.members(where, func(name string) error {
		switch name {
		case "at":
			return im.span(where+".at", &e.At)
		case "status":
			var n int64
			err := im.integer(where+".status", &n)
			e.Status = int(n)
			return err
		case "headers":
			return im.ownFields(where+".headers", &e.Header)
		}
		return im.skip()
	})
	return err
}

func (im *importer) ownFields(where string, into *[]capture.Field) error {
	_, err := im.elements(where, func(int) error {
		var f capture.Field
		_, err := im.elements(where, func(i int) error {
			switch i {
			case 0:
				return im.exact(where, &f.Name)
			case 1:
				return im.exact(where, &f.Value)
			}
			return im.skip()
		})
		*into = append(*into, f)
		return err
	})
	return err
}

func (im *importer) ownEnd(e *capture.End) error {
	const where = "_wiretape.end"
	_, err := im.members(where, func(name string) error {
		switch name {
		case "by":
			return im.named(where+".by", func(s string) (err error) { e.By, err = capture.ParseParty(s); return err })
		case "how":
			return im.named(where+".how", func(s string) (err error) { e.How, err = capture.ParseHow(s); return err })
		case "at":
			return im.span(where+".at", &e.At)
		case "code":
			var n int64
			err := im.integer(where+".code", &n)
			e.Code = int(n)
			return err
		case "reason":
			return im.exact(where+".reason", &e.Reason)
		case "noNotify":
			return im.boolean(where+".noNotify", &e.NoNotify)
		case "err":
			return im.exact(where+".err", &e.Err)
		}
		return im.skip()
	})
	return err
}

// ownPiece reads one element of frames or chunks.
func (im *importer) ownPiece(where string) error {
	p := storedPiece{Piece: capture.Piece{Dir: capture.Receive}}
	var w pieceWords
	ok, err := im.members(where, func(name string) error { return im.pieceMember(where, name, &p, &w) })
	if err != nil || !ok {
		return err
	}
	switch {
	case w.kinds == 0:
		im.defect(where, "an element says nothing: left out")
		return nil
	case w.frame:
		w.head(&p)
	}
	return im.one.own.pieces.add(&p)
}

// pieceWords is what the members of an element say of a frame's head.
type pieceWords struct {
	kinds     int
	frame     bool
	announced bool
	wire      uint64
	hasWire   bool
	first     uint64
	hasFirst  bool
	len       uint64
}

func (im *importer) pieceMember(where, name string, p *storedPiece, w *pieceWords) error {
	h := &p.Frame
	kind := func(t capture.PieceType) { p.Type = t; w.kinds++ }
	bit := func(b uint8) error {
		on := false
		err := im.boolean(where+"."+name, &on)
		if on {
			h.RSV |= b
		}
		return err
	}
	switch name {
	case "t":
		return im.span(where+".t", &p.At)
	case "dir":
		return im.named(where+".dir", func(s string) (err error) { p.Dir, err = capture.ParseDirection(s); return err })
	case "op":
		kind(capture.PieceFrame)
		w.frame = true
		var n uint64
		err := im.unsigned(where+".op", &n)
		h.Opcode = capture.Opcode(n & 15)
		return err
	case "fin":
		return im.boolean(where+".fin", &h.Fin)
	case "rsv1":
		return bit(4)
	case "rsv2":
		return bit(2)
	case "rsv3":
		return bit(1)
	case "mask":
		return im.mask(where, h)
	case "announced":
		w.announced = true
		return im.unsigned(where+".announced", &h.Length)
	case "wire":
		w.hasWire = true
		return im.unsigned(where+".wire", &w.wire)
	case "head":
		var n uint64
		err := im.unsigned(where+".head", &n)
		h.Size = uint8(min(n, 14))
		return err
	case "first":
		w.hasFirst = true
		return im.unsigned(where+".first", &w.first)
	case "since":
		return im.span(where+".since", &p.Since)
	case "inject":
		return im.boolean(where+".inject", &p.Inject)
	case "msg":
		p.linked = true
		return im.unsigned(where+".msg", &p.index)
	case "more":
		kind(capture.PieceMore)
		return im.unsigned(where+".more", &p.length)
	case "len":
		if w.kinds == 0 {
			kind(capture.PieceChunk)
		}
		err := im.unsigned(where+".len", &w.len)
		if !w.frame {
			p.length = w.len
		}
		return err
	case "chunk":
		kind(capture.PieceChunk)
		return im.unsigned(where+".chunk", &p.length)
	case "lost":
		kind(capture.PieceGap)
		return im.unsigned(where+".lost", &p.Lost)
	case "frames":
		return im.unsigned(where+".frames", &p.Frames)
	case "data":
		p.inline = true
		return im.inline(where+".data", &p.Data)
	}
	return im.skip()
}

func (im *importer) mask(where string, h *capture.FrameHead) error {
	var s string
	if err := im.string(where+".mask", &s); err != nil {
		return err
	}
	key, err := hex.DecodeString(s)
	if err != nil || len(key) != 4 {
		im.defect(where+".mask", "is %q, not four bytes in hex", clip(s))
		return nil
	}
	h.Masked = true
	copy(h.MaskKey[:], key)
	return nil
}

// head works out the length of a frame from what it took on the wire.
func (w *pieceWords) head(p *storedPiece) {
	h := &p.Frame
	p.Type = capture.PieceFrame
	switch {
	case w.announced:
	case w.hasWire:
		h.Length = payloadLength(h, w.wire)
	default:
		h.Length = w.len
	}
	if h.Size == 0 {
		h.Size = minimalSize(h)
	}
	p.length = h.Length
	if w.hasFirst {
		p.length = w.first
	}
}

// payloadLength returns the payload length of a frame that took wire bytes.
func payloadLength(h *capture.FrameHead, wire uint64) uint64 {
	if h.Size != 0 {
		return wire - min(wire, uint64(h.Size))
	}
	for _, size := range [...]uint64{2, 4, 10} {
		if h.Masked {
			size += 4
		}
		try := *h
		if try.Length = wire - min(wire, size); uint64(minimalSize(&try)) == size {
			return try.Length
		}
	}
	return wire
}
