package diff

import (
	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/transcript"
	"github.com/wiretape/wiretape/replay"
)

// Exchanges compares two exchanges and emits what stands side by side: the
// heads, the messages or events in the order of A with those that only B has in
// their places, and the ends. Memory does not grow with what is said, only with
// how many messages there are, by some 150 bytes each. An error of emit ends the
// comparison and is returned.
func Exchanges(a, b *transcript.Transcript, o *Options, emit func(*Row) error) (*Summary, error) {
	checked, ignore, err := o.check()
	if err != nil {
		return nil, err
	}
	c := newComparison(a, b, &checked, ignore, emit)
	if err := c.learn(); err != nil {
		return nil, err
	}
	err = c.run()
	return &c.summary, err
}

// comparison is one run of Exchanges.
type comparison struct {
	classes
	options *Options
	ignore  *ignorance
	a, b    *side
	toA     map[uint64]uint64 // values of B that correspond to ones of A
	emit    func(*Row) error
	summary Summary
}

func newComparison(a, b *transcript.Transcript, o *Options, ignore *ignorance, emit func(*Row) error) *comparison {
	plain := a.Exchange().Kind == capture.KindHTTP && b.Exchange().Kind == capture.KindHTTP
	return &comparison{
		classes: classes{judge: replay.NewJudge(plain), bytes: o.Level == replay.LevelBytes},
		options: o, ignore: ignore, a: newSide(a, ignore), b: newSide(b, ignore), emit: emit,
	}
}

// Bounds of what is shown to the judge, of each side.
const (
	maxShown   = 8192
	maxOfAKind = 256
	maxBytes   = 32 << 20
)

// learn shows the judge the first messages of each kind of both sides.
func (c *comparison) learn() error {
	for n, s := range [...]*side{c.a, c.b} {
		ex := *s.ex
		ex.Session = capture.SessionID(n + 1) // two runs, wherever they are from
		show := func(u *unit) {
			c.judge.Show(&ex, u.dir, u.done, u.label, u.doc)
		}
		show(s.request(c.options))
		shown, bytes := 0, 0
		kinds := map[string]int{}
		for u, err := range s.units(1) {
			if err != nil {
				return err
			}
			if u.beat {
				continue
			}
			if kinds[u.label]++; kinds[u.label] > maxOfAKind {
				continue
			}
			show(u)
			shown, bytes = shown+1, bytes+sizeOf(u)
			if shown == maxShown || bytes > maxBytes {
				break
			}
		}
		if u := s.response(c.options); u != nil {
			show(u)
		}
	}
	c.judge.Learn()
	return nil
}

// run compares part by part.
func (c *comparison) run() error {
	if err := c.part(PartRequest, c.a.request(c.options), c.b.request(c.options)); err != nil {
		return err
	}
	if err := c.part(PartResponse, c.a.response(c.options), c.b.response(c.options)); err != nil {
		return err
	}
	joined := false
	var err error
	if c.options.Merge {
		joined, err = c.answers()
	}
	if !joined && err == nil {
		err = c.rows()
	}
	if err != nil {
		return err
	}
	return c.part(PartEnd, c.a.end(), c.b.end())
}

// part compares what each side has one of; nil where it has none.
func (c *comparison) part(p Part, a, b *unit) error {
	if a == nil && b == nil || p == PartEnd && (a == nil || b == nil) {
		return nil // how one that is open will end is not known
	}
	return c.row(&Row{Part: p}, a, b)
}

// row compares two units, one of which may be nil, and emits the row.
func (c *comparison) row(r *Row, a, b *unit) error {
	switch {
	case b == nil:
		r.Status, r.A, r.Text = OnlyA, &a.seq, shown(string(a.doc.Data))
		c.about(r, a)
	case a == nil:
		r.Status, r.B, r.Text = OnlyB, &b.seq, shown(string(b.doc.Data))
		c.about(r, b)
	default:
		r.A, r.B, r.Diff = &a.seq, &b.seq, c.differ(a, b)
		c.about(r, a)
		for _, f := range r.Diff {
			if !f.OK {
				r.Status = Changed
				break
			}
			r.Status = Volatile
		}
	}
	return c.send(r)
}

// about says which way a row went, and what it is.
func (c *comparison) about(r *Row, u *unit) {
	if r.Part == PartMessage || r.Part == PartEvent {
		r.Dir, r.Kind = u.dir.String(), u.kind
	}
}

func (c *comparison) send(r *Row) error {
	r.ExchangeA, r.ExchangeB = c.a.ex.ID, c.b.ex.ID
	c.summary.Add(r)
	return c.emit(r)
}

// sums reads a side and keeps the sums of its messages.
func (c *comparison) sums(s *side) (*list, error) {
	k := &list{}
	s.beats, s.left = 0, 0
	for u, err := range s.units(1) {
		switch {
		case err != nil:
			return nil, err
		case u.beat:
			s.beats++
		case len(k.items) == c.options.MaxMessages:
			s.left++
		default:
			k.add(u, &c.classes, c.options.Level != replay.LevelMatch)
		}
	}
	return k, nil
}

// rows compares the messages.
func (c *comparison) rows() error {
	a, err := c.sums(c.a)
	if err != nil {
		return err
	}
	b, err := c.sums(c.b)
	if err != nil {
		return err
	}
	c.summary.HeartbeatsA, c.summary.HeartbeatsB = c.a.beats, c.b.beats
	c.summary.LeftA, c.summary.LeftB = c.a.left, c.b.left
	m := &mating{a: a, b: b, ordered: c.options.Level != replay.LevelMatch}
	m.find()
	c.toA = m.toA
	a.sums, b.sums = nil, nil
	w := c.walk(a, b)
	defer w.stop()
	return w.run()
}

// walk is the second reading.
type walk struct {
	*comparison
	part  Part
	a, b  *list
	inA   *cursor
	inB   *cursor
	nextB int // the first of B that may have no mate and is not told
}

func (c *comparison) walk(a, b *list) *walk {
	w := &walk{comparison: c, part: PartEvent, a: a, b: b}
	if c.a.ex.Kind == capture.KindWebSocket {
		w.part = PartMessage
	}
	needs := map[uint64]bool{}
	for i := range b.items {
		it := &b.items[i]
		if it.mate < 0 || a.items[it.mate].raw != it.raw {
			needs[it.seq] = true
		}
	}
	w.inA, w.inB = newCursor(c.a, nil), newCursor(c.b, needs)
	return w
}

func (w *walk) stop() {
	w.inA.stop()
	w.inB.stop()
}

// run goes along A, and tells what only B has before what came after it there.
func (w *walk) run() error {
	for i := range w.a.items {
		it := &w.a.items[i]
		if it.mate >= 0 {
			if err := w.onlyB(int(it.mate)); err != nil {
				return err
			}
		}
		if err := w.one(it); err != nil {
			return err
		}
	}
	return w.onlyB(len(w.b.items))
}

// one tells of a message of A.
func (w *walk) one(it *item) error {
	if it.mate < 0 {
		a, err := w.inA.get(it.seq)
		if err != nil {
			return err
		}
		return w.row(&Row{Part: w.part}, a, nil)
	}
	mate := &w.b.items[it.mate]
	if mate.raw == it.raw && mate.lane == it.lane {
		a, b := it.seq, mate.seq
		return w.send(&Row{Part: w.part, A: &a, B: &b, Dir: it.dir.String(), Kind: w.a.kinds[it.kind]})
	}
	a, err := w.inA.get(it.seq)
	if err != nil {
		return err
	}
	b, err := w.inB.get(mate.seq)
	if err != nil {
		return err
	}
	return w.row(&Row{Part: w.part}, a, b)
}

// onlyB tells what has no mate before a place in B.
func (w *walk) onlyB(before int) error {
	for ; w.nextB < before; w.nextB++ {
		it := &w.b.items[w.nextB]
		if it.mate >= 0 {
			continue
		}
		b, err := w.inB.get(it.seq)
		if err != nil {
			return err
		}
		if err := w.row(&Row{Part: w.part}, nil, b); err != nil {
			return err
		}
	}
	return nil
}
