package web

import (
	"math/bits"
	"net/http"
	"strconv"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// maxBins is how many bins a plot has at most.
const maxBins = 600

// binsJSON is what passed when, and how waits and sizes are spread.
type binsJSON struct {
	From    time.Duration `json:"from_ns"`
	To      time.Duration `json:"to_ns"`
	Width   time.Duration `json:"width_ns"`
	Send    binsSide      `json:"send"`
	Receive binsSide      `json:"receive"`
	Gaps    struct {
		Edges []int64  `json:"edges_ns"` // each bar counts up to its edge
		N     []uint64 `json:"n"`
	} `json:"gaps"`
	// Sampled tells that only every so-manyth block was counted, and its counts
	// multiplied; 1 for all.
	Sampled uint64 `json:"sampled"`
	Sizes   struct {
		Edges []int64  `json:"edges"`
		N     []uint64 `json:"n"`
	} `json:"sizes"`

	last       time.Duration // of the row before, -1 for none
	gaps, size [64]uint64
}

// binsSide is what passed in one direction: rows and bytes on the wire.
type binsSide struct {
	N     []uint64 `json:"n"`
	Bytes []uint64 `json:"bytes"`
}

// bins counts what passed in each part of a range of time. Chunks stand for the
// rows of what has none.
func (s *Server) bins(w http.ResponseWriter, r *http.Request, reel *reel) error {
	b := &binsJSON{To: reel.ex.Duration, Sampled: 1, last: -1}
	n := int64(120)
	for _, p := range [...]struct {
		name string
		to   *int64
	}{{"from_ns", (*int64)(&b.From)}, {"to_ns", (*int64)(&b.To)}, {"n", &n}} {
		text := r.FormValue(p.name)
		if text == "" {
			continue
		}
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil || v < 0 {
			return problem(http.StatusBadRequest, p.name+" is a number", text, "")
		}
		*p.to = v
	}
	b.begin(n)
	if reel.ex.Kind == capture.KindHTTP || reel.ex.Kind == capture.KindTunnel {
		reel = reel.on(chunks)
	}
	total, err := s.totals.rows(reel)
	if err != nil {
		return err
	}
	from := uint64(1)
	if b.From > 0 {
		if from, err = reel.at(b.From, total); err != nil {
			return err
		}
	}
	if reel.ex.Kind == capture.KindWebSocket {
		err = b.socket(reel, from, total)
	} else {
		err = b.stream(reel, from)
	}
	if err != nil {
		return err
	}
	b.end()
	return answer(w, b)
}

func (b *binsJSON) begin(n int64) {
	n = min(max(n, 1), maxBins)
	b.To = max(b.To, b.From+1)
	b.Width = max((b.To-b.From+time.Duration(n)-1)/time.Duration(n), 1)
	for _, side := range [...]*binsSide{&b.Send, &b.Receive} {
		side.N, side.Bytes = make([]uint64, n), make([]uint64, n)
	}
}

// stream counts events, records or chunks.
func (b *binsJSON) stream(r *reel, from uint64) error {
	for l, err := range r.from(from) {
		if err != nil {
			return err
		}
		if l.at > b.To {
			return nil
		}
		_, wire := l.size()
		b.add(l.dir, l.at, wire, 1)
	}
	return nil
}

// countedPieces is how many pieces are read for one plot; of more, blocks are
// left out evenly.
const countedPieces = 1 << 18

// socket counts messages by their last frames, without putting them together.
// from is the first row's number.
func (b *binsJSON) socket(r *reel, from, total uint64) error {
	list, err := r.tape.Marks(r.ex.ID)
	if err != nil {
		return err
	}
	for len(list) > 1 && list[1].Messages < from {
		list = list[1:]
	}
	b.Sampled = max((total-min(from, total))/countedPieces, 1)
	for i := 0; i < len(list); i += int(b.Sampled) {
		left := ^uint64(0)
		if next := i + 1; b.Sampled > 1 && next < len(list) {
			left = list[next].Pieces - list[i].Pieces
		}
		b.last = -1
		over, err := b.pieces(r, list[i], left)
		if err != nil || over || b.Sampled == 1 {
			return err
		}
	}
	return nil
}

// pieces counts so many pieces from a mark on. over tells that the rest is later
// than the range.
func (b *binsJSON) pieces(r *reel, from capture.Mark, left uint64) (over bool, err error) {
	for p, err := range r.tape.Pieces(r.ex.ID, from) {
		if err != nil {
			return false, err
		}
		if left == 0 || p.At > b.To {
			return left > 0, nil
		}
		left--
		if p.Type != capture.PieceFrame || p.At < b.From || !p.Frame.Fin {
			continue
		}
		b.add(p.Dir, p.At-p.Since, p.Frame.Length, b.Sampled)
	}
	return true, nil
}

// add counts a row that stands for so many.
func (b *binsJSON) add(dir capture.Direction, at time.Duration, wire, times uint64) {
	side := &b.Receive
	if dir == capture.Send {
		side = &b.Send
	}
	i := min(max(int((at-b.From)/b.Width), 0), len(side.N)-1)
	side.N[i] += times
	side.Bytes[i] += wire * times
	b.size[min(bits.Len64(wire), 63)] += times
	if b.last >= 0 {
		b.gaps[bits.Len64(uint64(max(at-b.last, 0)))] += times
	}
	b.last = at
}

// end makes bars of the counts, each twice as wide as the one before, without
// the empty ones at both ends.
func (b *binsJSON) end() {
	b.Gaps.Edges, b.Gaps.N = bars(&b.gaps)
	b.Sizes.Edges, b.Sizes.N = bars(&b.size)
}

func bars(counts *[64]uint64) (edges []int64, n []uint64) {
	edges, n = []int64{}, []uint64{}
	lo, hi := 0, len(counts)-1
	for lo <= hi && counts[lo] == 0 {
		lo++
	}
	for hi >= lo && counts[hi] == 0 {
		hi--
	}
	for i := lo; i <= hi; i++ {
		edges, n = append(edges, int64(1)<<min(i, 62)-1), append(n, counts[i])
	}
	return edges, n
}
