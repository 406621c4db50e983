package transcript

import (
	"iter"
	"slices"
	"sort"

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
		at, err := t.begin(from, func(m capture.Mark) uint64 { return m.Frames })
		if err != nil {
			yield(nil, err)
			return
		}
		rules := t.assemblers(o, at)
		for f, err := range t.frames(t.joiner(at.mark), at.mark) {
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
		at, err := t.begin(from, func(m capture.Mark) uint64 { return m.Messages })
		if err != nil {
			yield(nil, err)
			return
		}
		seq := at.mark.Messages
		emit := func(m *capture.Message) bool {
			if m == nil {
				return true
			}
			seq++
			m.Seq = seq
			return seq < from || yield(m, nil)
		}
		sides := t.assemblers(&wsframe.Options{MaxMessage: t.maxMessage}, at)
		j := t.joiner(at.mark)
		for f, err := range t.frames(j, at.mark) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !emit(sides[f.Dir].Frame(f)) {
				return
			}
			if !f.Incomplete {
				t.look(j, sides, seq)
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

// begin returns where to start for a row: at a mark of the tape, or at a stop
// behind it.
func (t *Transcript) begin(from uint64, of func(capture.Mark) uint64) (stop, error) {
	mark, err := t.start(from, of)
	if s, ok := t.stops.before(t.ex.ID, from, of); ok && err == nil && s.mark.Pieces > mark.Pieces {
		return s, nil
	}
	return stop{mark: mark}, err
}

// assemblers returns one assembler for each direction, by what the handshake
// negotiated.
func (t *Transcript) assemblers(o *wsframe.Options, at stop) [2]*wsframe.Assembler {
	var d wsframe.Deflate
	if r := t.ex.Response; r != nil {
		// An extension that cannot be understood leaves the messages as they
		// are; the frames that use it say so.
		d, _ = wsframe.Negotiated(capture.Values(r.Header, "Sec-WebSocket-Extensions"))
	}
	var out [2]*wsframe.Assembler
	for _, dir := range [...]capture.Direction{capture.Send, capture.Receive} {
		side := *o
		side.Window, side.SharePayload = at.windows[dir], true
		out[dir] = wsframe.NewAssembler(dir, d, &side)
	}
	return out
}

// joiner returns what joins pieces from a mark on.
func (t *Transcript) joiner(mark capture.Mark) *joiner {
	return &joiner{seq: mark.Frames, pieces: mark.Pieces, max: t.maxMessage}
}

// frames joins the pieces from mark on into frames, in the order in which they
// were complete. A mark that is a stop may lie inside a block.
func (t *Transcript) frames(j *joiner, mark capture.Mark) iter.Seq2[*capture.Frame, error] {
	return func(yield func(*capture.Frame, error) bool) {
		block, err := t.block(mark)
		if err != nil {
			yield(nil, err)
			return
		}
		stopped := false
		j.emit = func(f *capture.Frame) { stopped = stopped || !yield(f, nil) }
		skip := mark.Pieces - block.Pieces
		for p, err := range t.tape.Pieces(t.ex.ID, block) {
			if err != nil {
				yield(nil, err)
				return
			}
			if skip > 0 {
				skip--
				continue
			}
			j.pieces++
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

// block returns the mark of the block in which a mark lies.
func (t *Transcript) block(at capture.Mark) (capture.Mark, error) {
	if t.stops == nil || at.Pieces == 0 {
		return at, nil
	}
	marks, err := t.tape.Marks(t.ex.ID)
	if err != nil {
		return at, err
	}
	i := sort.Search(len(marks), func(i int) bool { return marks[i].Pieces > at.Pieces })
	return marks[i-1], nil
}

// joiner puts pieces together to frames.
type joiner struct {
	seq    uint64
	pieces uint64 // taken, or passed over before
	max    int64
	emit   func(*capture.Frame)
	open   [2]*capture.Frame
	got    [2]uint64 // payload bytes seen of the open frame
	lost   [2]uint64 // bytes that are missing before the next frame
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
		if f.Payload == nil && f.Length > uint64(len(p.Data)) {
			f.Payload = make([]byte, 0, min(f.Length, uint64(room), ahead))
		}
		f.Payload = append(f.Payload, p.Data[:min(int64(len(p.Data)), room)]...)
	}
	f.Took = max(f.Took, p.At-f.At)
	if j.got[p.Dir] += uint64(len(p.Data)); j.got[p.Dir] >= f.Length {
		j.done(p.Dir)
	}
}

// ahead is how much room is made for the payload of a frame that came in parts,
// at most, in bytes. What a broken head says is not to be believed.
const ahead = 256 << 20

// settled reports whether nothing is unfinished behind the frame that was
// emitted last.
func (j *joiner) settled() bool {
	return j.open == [2]*capture.Frame{} && j.lost == [2]uint64{}
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
