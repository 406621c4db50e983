package transcript

import (
	"iter"
	"slices"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/wsframe"
)

// Frames yields the WebSocket frames whose Seq is at least from, with the rules
// they break; what only the whole message breaks, text that is not UTF-8 or a
// broken compression, stands in its last frame. What is yielded is the caller's.
// Frames that never became whole come last.
func (t *Transcript) Frames(from uint64) iter.Seq2[*capture.Frame, error] {
	return t.checked(from, &wsframe.Options{MaxMessage: t.maxMessage})
}

// LoneFrames is Frames for those who do not ask what messages the frames make:
// nothing is inflated, and only the rules for frames are checked.
func (t *Transcript) LoneFrames(from uint64) iter.Seq2[*capture.Frame, error] {
	return t.checked(from, &wsframe.Options{SkipData: true})
}

// checked yields frames with the rules that assembling by o finds broken.
func (t *Transcript) checked(from uint64, o *wsframe.Options) iter.Seq2[*capture.Frame, error] {
	return func(yield func(*capture.Frame, error) bool) {
		mark, err := t.start(from, func(m capture.Mark) uint64 { return m.Frames })
		if err != nil {
			yield(nil, err)
			return
		}
		rules := t.assemblers(o)
		for f, err := range t.frames(mark) {
			if err != nil {
				yield(nil, err)
				return
			}
			rules[f.Dir].Frame(f)
			if f.Seq >= from && !yield(f, nil) {
				return
			}
		}
	}
}

// Messages yields the WebSocket messages, control frames among them, whose Seq
// is at least from. What is yielded is the caller's. Messages that never became
// whole come last.
func (t *Transcript) Messages(from uint64) iter.Seq2[*capture.Message, error] {
	return func(yield func(*capture.Message, error) bool) {
		mark, err := t.start(from, func(m capture.Mark) uint64 { return m.Messages })
		if err != nil {
			yield(nil, err)
			return
		}
		seq := mark.Messages
		emit := func(m *capture.Message) bool {
			if m == nil {
				return true
			}
			seq++
			m.Seq = seq
			return seq < from || yield(m, nil)
		}
		sides := t.assemblers(&wsframe.Options{MaxMessage: t.maxMessage})
		for f, err := range t.frames(mark) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !emit(sides[f.Dir].Frame(f)) {
				return
			}
		}
		if t.ex.Open {
			return // the rest may still come
		}
		for _, side := range sides {
			for m := side.Tail(); m != nil; m = side.Tail() {
				if !emit(m) {
					return
				}
			}
		}
	}
}

// assemblers returns one assembler for each direction, by what the handshake
// negotiated.
func (t *Transcript) assemblers(o *wsframe.Options) [2]*wsframe.Assembler {
	var d wsframe.Deflate
	if r := t.ex.Response; r != nil {
		// An extension that cannot be understood leaves the messages as they
		// are; the frames that use it say so.
		d, _ = wsframe.Negotiated(capture.Values(r.Header, "Sec-WebSocket-Extensions"))
	}
	return [2]*wsframe.Assembler{
		capture.Send:    wsframe.NewAssembler(capture.Send, d, o),
		capture.Receive: wsframe.NewAssembler(capture.Receive, d, o),
	}
}

// frames joins the pieces from mark on into frames, in the order in which they
// were complete.
func (t *Transcript) frames(mark capture.Mark) iter.Seq2[*capture.Frame, error] {
	return func(yield func(*capture.Frame, error) bool) {
		stopped := false
		j := joiner{seq: mark.Frames, max: t.maxMessage, emit: func(f *capture.Frame) {
			stopped = stopped || !yield(f, nil)
		}}
		for p, err := range t.tape.Pieces(t.ex.ID, mark) {
			if err != nil {
				yield(nil, err)
				return
			}
			if j.piece(p); stopped {
				return
			}
		}
		if t.ex.Open {
			return // the rest may still come
		}
		j.cut(capture.Send)
		j.cut(capture.Receive)
	}
}

// joiner puts pieces together to frames.
type joiner struct {
	seq  uint64
	max  int64
	emit func(*capture.Frame)
	open [2]*capture.Frame
	got  [2]uint64 // payload bytes seen of the open frame
	lost [2]uint64 // bytes that are missing before the next frame
}

// piece takes the next piece and emits the frames it completes or cuts off.
func (j *joiner) piece(p *capture.Piece) {
	switch p.Type {
	case capture.PieceGap:
		j.cut(p.Dir)
		j.lost[p.Dir] += p.Lost
	case capture.PieceFrame:
		j.cut(p.Dir)
		j.open[p.Dir] = &capture.Frame{
			FrameHead: p.Frame, Dir: p.Dir, At: p.At - p.Since, Took: p.Since, Lost: j.lost[p.Dir],
		}
		j.got[p.Dir], j.lost[p.Dir] = 0, 0
		if p.Inject {
			j.open[p.Dir].Origin = "inject"
		}
		j.more(p)
	case capture.PieceMore:
		j.more(p)
	}
}

func (j *joiner) more(p *capture.Piece) {
	f := j.open[p.Dir]
	if f == nil {
		return
	}
	if f.Payload == nil && uint64(len(p.Data)) == f.Length {
		f.Payload = slices.Clone(p.Data)
	} else if room := j.max - int64(len(f.Payload)); room > 0 {
		f.Payload = append(f.Payload, p.Data[:min(int64(len(p.Data)), room)]...)
	}
	f.Took = max(f.Took, p.At-f.At)
	if j.got[p.Dir] += uint64(len(p.Data)); j.got[p.Dir] >= f.Length {
		j.done(p.Dir)
	}
}

func (j *joiner) done(dir capture.Direction) {
	f := j.open[dir]
	j.open[dir] = nil
	j.seq++
	f.Seq = j.seq
	j.emit(f)
}

// cut ends a direction's open frame where it stands.
func (j *joiner) cut(dir capture.Direction) {
	if f := j.open[dir]; f != nil {
		f.Incomplete = true
		j.done(dir)
	}
}
