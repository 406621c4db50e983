package har

import (
	"encoding/hex"
	"strconv"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// frames writes the frames of a socket, read by read. A frame tells which
// message it belongs to, and brings its payload along only where the message
// does not hold it byte for byte.
func (n *entry) frames() error {
	n.array("frames")
	var inline [2]bool // whether the direction's frame at hand brings its payload
	for p, err := range n.tape.Pieces(n.ex.ID, capture.Mark{Clean: true}) {
		if err != nil {
			return err
		}
		n.flatElement()
		n.ns("t", int64(p.At))
		n.text("dir", p.Dir.String())
		switch p.Type {
		case capture.PieceFrame:
			if inline[p.Dir], err = n.frame(p); err != nil {
				return err
			}
		case capture.PieceMore:
			n.number("more", int64(len(p.Data)))
			n.payload(p, inline[p.Dir])
		case capture.PieceGap:
			n.gap(p)
		case capture.PieceChunk:
			n.number("chunk", int64(len(p.Data)))
			n.payload(p, true)
		}
		n.close("}")
	}
	n.close("]")
	return nil
}

func (n *entry) payload(p *capture.Piece, inline bool) {
	if inline {
		n.base64("data", p.Data)
	}
}

// frame writes a frame's head and returns whether its payload is written here.
//
// len is what the frame adds to the message: of a compressed message the last
// frame tells all. wire is the length of head and payload on the wire.
func (n *entry) frame(p *capture.Piece) (inline bool, err error) {
	h := &p.Frame
	seq, m, last, err := n.links[p.Dir].of(h.Opcode.Control())
	if err != nil {
		return false, err
	}
	linked := m != nil && m.whole && !n.survey.gaps
	inline = !linked || m.compressed
	n.number("op", int64(h.Opcode))
	n.yes("fin", h.Fin)
	n.flag("rsv1", h.RSV&4 != 0)
	n.flag("rsv2", h.RSV&2 != 0)
	n.flag("rsv3", h.RSV&1 != 0)
	if h.Masked {
		n.text("mask", hex.EncodeToString(h.MaskKey[:]))
	}
	switch {
	case h.Length > 1<<53:
		n.text("announced", strconv.FormatUint(h.Length, 10))
	case linked && m.compressed && last:
		n.count("len", m.length)
	case linked && m.compressed:
		n.number("len", 0)
	default:
		n.count("len", h.Length)
	}
	if h.Length <= 1<<53 {
		n.count("wire", h.Length+uint64(h.Size))
	}
	if h.Size != h.MinimalSize() {
		n.number("head", int64(h.Size))
	}
	if uint64(len(p.Data)) != h.Length {
		n.number("first", int64(len(p.Data)))
	}
	if p.Since != 0 {
		n.ns("since", int64(p.Since))
	}
	n.flag("inject", p.Inject)
	if linked {
		n.count("msg", m.index)
	}
	n.some("violation", n.survey.violations[seq])
	n.payload(p, inline)
	return inline, nil
}

// deflate writes what was agreed on about compression, for people.
func (n *entry) deflate() {
	if n.ex.Response == nil {
		return
	}
	d, _ := wsframe.Negotiated(capture.Values(n.ex.Response.Header, "Sec-WebSocket-Extensions"))
	if !d.Enabled {
		return
	}
	n.object("deflate")
	n.yes("server_no_context_takeover", d.ServerNoTakeover)
	n.yes("client_no_context_takeover", d.ClientNoTakeover)
	n.number("server_max_window_bits", int64(d.ServerBits))
	n.number("client_max_window_bits", int64(d.ClientBits))
	n.close("}")
}
