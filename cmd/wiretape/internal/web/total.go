package web

import (
	"sort"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// totals remembers how many rows exchanges have, as long as they do not change.
// It may be used concurrently.
type totals struct {
	mu   sync.Mutex
	kept map[totalKey]totalOf
}

type totalKey struct {
	id    capture.ExchangeID
	level level
}

// totalOf is a count of rows and the exchange's state it is of.
type totalOf struct {
	sent, received capture.Counts
	open           bool
	at             time.Time
	rows           uint64
}

const (
	// keptTotals bounds how many counts are remembered; with more, all are
	// counted anew.
	keptTotals = 256
	// recount is how far from the last mark counting goes before the recorder's
	// own arithmetic is taken instead.
	recount = 50_000
	// recountPause is how old the count of a growing stream may be that can only
	// be counted from its start.
	recountPause = time.Second
)

// rows returns how many rows a reel has.
func (t *totals) rows(r *reel) (uint64, error) {
	key, now := totalKey{r.ex.ID, r.level}, time.Now()
	t.mu.Lock()
	known, ok := t.kept[key]
	t.mu.Unlock()
	same := ok && known.sent == r.ex.Sent && known.received == r.ex.Received && known.open == growing(r.ex)
	if same || ok && known.open && growing(r.ex) && r.costly() && now.Sub(known.at) < recountPause {
		return known.rows, nil
	}
	n, err := r.count()
	if err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= keptTotals {
		t.kept = map[totalKey]totalOf{}
	}
	t.kept[key] = totalOf{r.ex.Sent, r.ex.Received, growing(r.ex), now, n}
	return n, nil
}

// costly reports whether rows can only be counted by decoding all of a long
// body.
func (r *reel) costly() bool {
	return r.ex.Response != nil && r.ex.Received.Bytes > 1<<20 && r.level == messages &&
		capture.Get(r.ex.Response.Header, "Content-Encoding") != ""
}

// count counts the rows: from the last mark on, or by the recorder's arithmetic
// where that is exact or the mark is far.
func (r *reel) count() (uint64, error) {
	socket := r.ex.Kind == capture.KindWebSocket
	var counted uint64
	switch s, v := &r.ex.Sent, &r.ex.Received; {
	case socket && r.level == messages:
		counted = s.Messages + s.Control + v.Messages + v.Control
	case socket && r.level == frames:
		counted = s.Frames + v.Frames
	case r.level == frames:
		return 0, nil
	}
	if counted > 0 && growing(r.ex) && r.ex.Lost.Gaps == 0 && r.level == messages {
		return counted, nil
	}
	begin, err := r.last()
	if err != nil {
		return 0, err
	}
	if counted > begin+recount {
		return counted, nil
	}
	n := begin
	for l, err := range r.from(begin + 1) {
		if err != nil {
			break // the rest cannot be read, and the page will say so
		}
		n = l.seq
	}
	return n, nil
}

// last returns how many rows lie before the last mark from which they can be
// read.
func (r *reel) last() (uint64, error) {
	list, err := r.tape.Marks(r.ex.ID)
	if err != nil {
		return 0, err
	}
	for i := len(list) - 1; i >= 0; i-- {
		switch m := list[i]; {
		case r.level == chunks:
			return m.Pieces, nil
		case m.Clean && r.level == frames:
			return m.Frames, nil
		case m.Clean:
			return m.Messages, nil
		}
	}
	return 0, nil
}

// at returns the number of the first row that was not complete before a time,
// total+1 when there is none. Rows lie in the order in which they were complete.
func (r *reel) at(t time.Duration, total uint64) (uint64, error) {
	if r.ex.Kind == capture.KindWebSocket && r.level != chunks {
		return r.socketAt(t)
	}
	begin, err := r.last()
	if err != nil {
		return 0, err
	}
	if begin+recount < total { // no marks to jump to: one walk is cheaper
		for l, err := range r.from(1) {
			if err != nil {
				return 0, err
			}
			if l.whole() >= t {
				return l.seq, nil
			}
		}
		return total + 1, nil
	}
	n := sort.Search(int(total), func(i int) bool {
		for l, lineErr := range r.from(uint64(i) + 1) {
			if lineErr != nil {
				err = lineErr
				return true
			}
			return l.whole() >= t
		}
		return true
	})
	return uint64(n) + 1, err
}

// socketAt is at for sockets: by the times of the blocks, and within one by
// counting its frames, so that nothing has to be inflated. Where a block begins
// inside a frame, it may be the row before.
func (r *reel) socketAt(t time.Duration) (uint64, error) {
	list, err := r.tape.Marks(r.ex.ID)
	if err != nil {
		return 0, err
	}
	i := sort.Search(len(list), func(i int) bool {
		for p, pieceErr := range r.tape.Pieces(r.ex.ID, list[i]) {
			if pieceErr != nil {
				err = pieceErr
				return true
			}
			return p.At >= t
		}
		return true
	})
	if err != nil {
		return 0, err
	}
	from := list[max(i-1, 0)]
	n := from.Messages
	if r.level == frames {
		n = from.Frames
	}
	more, err := r.rowsUntil(t, from)
	return n + more + 1, err
}

// rowsUntil counts the rows of a socket that a time sees complete, from a mark
// on.
func (r *reel) rowsUntil(t time.Duration, from capture.Mark) (n uint64, err error) {
	var left [2]uint64
	var ends [2]bool
	for p, err := range r.tape.Pieces(r.ex.ID, from) {
		if err != nil {
			return 0, err
		}
		if p.At >= t {
			break
		}
		if p.Type == capture.PieceFrame {
			left[p.Dir] = p.Frame.Length
			ends[p.Dir] = p.Frame.Fin || r.level == frames
		}
		if p.Type == capture.PieceFrame || p.Type == capture.PieceMore {
			left[p.Dir] -= min(uint64(len(p.Data)), left[p.Dir])
			if left[p.Dir] == 0 && ends[p.Dir] {
				n, ends[p.Dir] = n+1, false
			}
		}
	}
	return n, nil
}
