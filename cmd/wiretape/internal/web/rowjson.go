package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/protocol"
	"github.com/wiretape/wiretape/capture/view"
)

// previewWidth is how many columns a preview has.
const previewWidth = 256

// rowJSON is a row as lists show it.
type rowJSON struct {
	Seq     uint64   `json:"seq"`
	Dir     string   `json:"dir"`
	At      int64    `json:"t_ns"`
	Took    int64    `json:"took_ns"`
	Len     uint64   `json:"len"`
	Wire    uint64   `json:"wire"`
	Opcode  *uint8   `json:"opcode,omitempty"`
	Event   *string  `json:"event,omitempty"` // nil for a block that dispatches nothing
	ID      string   `json:"id,omitempty"`
	Preview string   `json:"preview"`
	Cut     bool     `json:"cut"`
	Gap     int64    `json:"gap_ns"`
	Read    int64    `json:"read"` // when the read came that brought the row's last byte
	Origin  string   `json:"origin,omitempty"`
	Marks   []string `json:"marks"`
	Label   string   `json:"label,omitempty"`
	Fold    *folded  `json:"fold,omitempty"`
	Lost    uint64   `json:"lost,omitempty"`
}

// namedBefore is how many rows before a page are named, for what its first rows
// refer to.
const namedBefore = 8

// builder makes the rows of one page.
type builder struct {
	server *Server
	reel   *reel
	proto  string
	folds  bool
	namer  *namer
	gaps   gaps
	last   *line // the row before, nil for none
	rows   []*rowJSON
	beat   bool
}

func (s *Server) builder(r *reel, fold bool) *builder {
	proto := s.protocol(r)
	return &builder{server: s, reel: r, proto: proto, folds: fold, namer: newNamer(r.ex, proto), rows: []*rowJSON{}}
}

// run makes n rows from row seq on. Heartbeats are folded up to and with row
// scanned.
func (b *builder) run(ctx context.Context, seq, n, scanned uint64) ([]*rowJSON, error) {
	if n == 0 {
		return b.rows, nil
	}
	before := min(seq-1, gapWindow)
	for l, err := range b.reel.from(seq - before) {
		if err != nil {
			return b.rows, b.broken(err)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if l.seq+namedBefore < seq {
			b.pass(l)
			continue
		}
		unit := b.namer.name(l)
		if l.seq < seq {
			b.pass(l)
			continue
		}
		beat := b.folds && b.namer.beats(l, unit)
		if beat && b.beat && l.seq <= scanned && b.fold(l) {
			b.pass(l)
			continue
		}
		b.beat = beat && l.seq <= scanned
		if uint64(len(b.rows)) == n {
			b.tie(l)
			break
		}
		b.add(l, unit)
	}
	return b.rows, nil
}

// broken is nil for an error that ends what can be read of an exchange: the rows
// before it are shown, and the exchange says what is wrong.
func (b *builder) broken(err error) error {
	if len(b.rows) > 0 {
		return nil
	}
	return err
}

// near is how far the next row of a list may be for reading on to be cheaper
// than to look for it.
const near = 2048

// pick makes the rows with the given numbers, in order.
func (b *builder) pick(ctx context.Context, seqs []uint64) ([]*rowJSON, error) {
	for i := 0; i < len(seqs); {
		want := seqs[i]
		for l, err := range b.reel.from(want) {
			if err != nil {
				return b.rows, b.broken(err)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			unit := b.namer.name(l)
			if l.seq < want {
				continue
			}
			b.add(l, unit)
			if i++; i == len(seqs) || seqs[i] > want+near {
				break
			}
			want = seqs[i]
		}
		if i < len(seqs) && seqs[i] == want { // it went away
			break
		}
	}
	return b.rows, nil
}

// pass notes a row that is not listed.
func (b *builder) pass(l *line) {
	if b.last != nil {
		b.gaps.add(l.at - b.last.at)
	}
	b.last = l
}

// fold counts a heartbeat to the row before it.
func (b *builder) fold(l *line) bool {
	if len(b.rows) == 0 {
		return false
	}
	row := b.rows[len(b.rows)-1]
	if row.Fold == nil {
		row.Fold = &folded{N: 1}
	}
	row.Fold.N++
	row.Fold.For = time.Duration(int64(l.at) - row.At)
	return true
}

// add lists a row.
func (b *builder) add(l *line, unit *protocol.Unit) {
	row := &rowJSON{Seq: l.seq, Dir: l.dir.String(), At: int64(l.at), Took: int64(l.took), Read: int64(l.whole()), Marks: []string{}}
	row.Len, row.Wire = l.size()
	l.describe(row)
	data := l.payload()
	row.Preview = view.Preview(data, previewWidth)
	row.Cut = strings.HasSuffix(row.Preview, "…") && !strings.HasSuffix(string(data[max(0, len(data)-3):]), "…")
	if unit != nil && b.proto != "" {
		row.Label = b.proto + ": " + view.Sanitize(unit.Label) + " (" + unit.Role.String() + ")"
	}
	b.tie(l)
	if l.seq == 1 && b.reconnected() {
		row.Marks = append(row.Marks, "reconnect")
	}
	if b.last != nil {
		gap := l.at - b.last.at
		row.Gap = int64(gap)
		if b.gaps.long(gap) {
			row.Marks = append(row.Marks, "gap")
		}
		b.gaps.add(gap)
		if sameRead(b.last, l) {
			row.Marks = append(row.Marks, "burst")
		}
	}
	row.Marks = append(row.Marks, l.marks()...)
	b.rows, b.last = append(b.rows, row), l
}

// reconnected reports whether the client was connected to the same place right
// before.
func (b *builder) reconnected() bool {
	before, _, err := b.server.neighbours(b.reel.ex)
	return err == nil && before > 0
}

// tie marks the row before l when both came in one read.
func (b *builder) tie(l *line) {
	if len(b.rows) == 0 || b.last == nil || !sameRead(b.last, l) {
		return
	}
	if row := b.rows[len(b.rows)-1]; row.Seq == b.last.seq && !slices.Contains(row.Marks, "burst") {
		row.Marks = append(row.Marks, "burst")
	}
}

func sameRead(a, b *line) bool { return a.dir == b.dir && a.whole() == b.whole() }

// describe fills in what only some kinds of row have.
func (l *line) describe(row *rowJSON) {
	switch {
	case l.message != nil:
		op := uint8(l.message.Opcode)
		row.Opcode, row.Origin, row.Lost = &op, l.message.Origin, l.message.Lost
	case l.frame != nil:
		op := uint8(l.frame.Opcode)
		row.Opcode, row.Origin, row.Lost = &op, l.frame.Origin, l.frame.Lost
	case l.event != nil:
		if l.event.Dispatched && l.event.Type != "" {
			kind := view.Preview([]byte(l.event.Type), 64)
			row.Event = &kind
		}
		row.ID, row.Lost = view.Preview([]byte(l.event.ID), 64), l.event.Lost
	case l.piece != nil:
		row.Lost = l.piece.Lost
		if l.piece.Type == capture.PieceFrame {
			op := uint8(l.piece.Frame.Opcode)
			row.Opcode = &op
		}
		if l.piece.Inject {
			row.Origin = "inject"
		}
	}
}

// marks returns what is out of the ordinary with a row by itself.
func (l *line) marks() []string {
	var violation, origin string
	var incomplete bool
	var lost uint64
	switch {
	case l.message != nil:
		violation, origin, incomplete, lost = l.message.Violation, l.message.Origin, l.message.Incomplete, l.message.Lost
	case l.frame != nil:
		violation, origin, incomplete, lost = l.frame.Violation, l.frame.Origin, l.frame.Incomplete, l.frame.Lost
	case l.event != nil:
		violation, incomplete, lost = l.event.Violation, l.event.Incomplete, l.event.Lost
	case l.piece != nil:
		lost = l.piece.Lost
		if l.piece.Inject {
			origin = "inject"
		}
	}
	var out []string
	for _, m := range [...]struct {
		name string
		is   bool
	}{{"loss", lost > 0}, {"violation", violation != ""}, {"incomplete", incomplete}, {"injected", origin == "inject"}} {
		if m.is {
			out = append(out, m.name)
		}
	}
	return out
}
