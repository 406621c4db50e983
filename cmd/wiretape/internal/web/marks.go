package web

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/reading"
)

// markedTape is the tape with the marks of a few exchanges kept, so that each
// page of rows does not read them all again. Marks never change, and more are
// added only at the end: a list that is too short costs some decoding, no more.
//
// When ctx ends, so does all that is being read of it.
type markedTape struct {
	Source
	ctx context.Context

	mu   sync.Mutex
	kept map[capture.ExchangeID]*marks
}

// marks are those of one exchange.
type marks struct {
	list []capture.Mark
	read time.Time // when
	used time.Time
	done bool // the exchange had ended before they were read
}

const (
	// keptMarks is how many exchanges have their marks kept. Those of ten
	// million frames take about 4 MiB.
	keptMarks = 8
	// marksAge is how old the marks of an exchange that goes on may be, and
	// marksAgeWhole the same where all have to be read again.
	marksAge      = 50 * time.Millisecond
	marksAgeWhole = time.Second
)

// Exchanges implements capture.Reader.
func (t *markedTape) Exchanges(after capture.ExchangeID, brief bool) iter.Seq2[*capture.Exchange, error] {
	return reading.Until(t.ctx, t.Source).Exchanges(after, brief)
}

// Pieces implements capture.Reader.
func (t *markedTape) Pieces(id capture.ExchangeID, from capture.Mark) iter.Seq2[*capture.Piece, error] {
	return reading.Until(t.ctx, t.Source).Pieces(id, from)
}

// growingMarks is a tape that tells what was added to the marks.
type growingMarks interface {
	MarksAfter(id capture.ExchangeID, after capture.Mark) ([]capture.Mark, error)
}

// Marks implements capture.Reader. The list must not be changed.
func (t *markedTape) Marks(id capture.ExchangeID) ([]capture.Mark, error) {
	now := time.Now()
	age := marksAgeWhole
	if _, grows := t.Source.(growingMarks); grows {
		age = marksAge
	}
	t.mu.Lock()
	known := t.kept[id]
	if known != nil && (known.done || now.Sub(known.read) < age) {
		known.used = now
		defer t.mu.Unlock()
		return known.list, nil
	}
	t.mu.Unlock()
	return t.readMarks(id, known, now)
}

// readMarks reads the marks of an exchange, of those that are known what was
// added to them, and keeps them.
func (t *markedTape) readMarks(id capture.ExchangeID, known *marks, now time.Time) ([]capture.Mark, error) {
	more, grows := t.Source.(growingMarks)
	ex, err := t.Source.Exchange(id)
	if err != nil {
		return nil, err
	}
	var list, added []capture.Mark
	if known != nil && grows {
		list = known.list
		added, err = more.MarksAfter(id, list[len(list)-1])
	} else {
		list, err = t.Source.Marks(id)
	}
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = map[capture.ExchangeID]*marks{}
	}
	if newer := t.kept[id]; known != nil && newer != known {
		list = append(slices.Clone(list), added...) // its room is somebody else's
	} else {
		list = append(list, added...)
	}
	t.kept[id] = &marks{list: list, read: now, used: now, done: !growing(ex)}
	for len(t.kept) > keptMarks {
		delete(t.kept, oldest(t.kept, func(m *marks) time.Time { return m.used }))
	}
	return list, nil
}

// growing reports whether more of an exchange may come.
func growing(ex *capture.Exchange) bool { return ex.Open && !ex.Cut }
