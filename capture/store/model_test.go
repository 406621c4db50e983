package store_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/capturetest"
	"github.com/wiretape/wiretape/capture/store"
)

// pair is one exchange recorded twice: on the tape and on the model.
type pair struct {
	ex     capture.Exchange
	tracks [2]capture.Track
	copies [2]*capture.Exchange
	mark   capture.Mark
	at     time.Duration
	open   bool
}

// random records what a recorder might, on both.
type random struct {
	*rand.Rand
	t       *testing.T
	tape    *store.Tape
	model   *capturetest.Tape
	session capture.SessionID
	pairs   []*pair
	lenient bool // the numbers of the two may differ
}

func (r *random) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32() >> 24)
	}
	return b
}

func (r *random) size() int {
	switch r.IntN(20) {
	case 0:
		return r.IntN(200_000)
	case 1, 2:
		return r.IntN(40_000)
	case 3:
		return 0
	}
	return r.IntN(600)
}

func (r *random) track() {
	p := &pair{open: true, mark: capture.Mark{Clean: true}}
	p.ex = capture.Exchange{
		Session: r.session, Open: true, Kind: capture.Kind(r.IntN(5)), At: time.Duration(r.IntN(1e9)),
		Request: capture.Request{Method: "GET", URL: fmt.Sprintf("https://h/%d", r.Uint64()), Header: []capture.Field{{Name: "a", Value: string(r.bytes(r.IntN(300)))}}},
	}
	for i, w := range []capture.Writer{r.tape, r.model} {
		ex := p.ex
		p.copies[i] = &ex
		mark := func() capture.Mark { return p.mark }
		var err error
		if p.tracks[i], err = w.Track(&ex, mark); err != nil {
			r.t.Fatal(err)
		}
	}
	if !r.lenient && p.copies[0].ID != p.copies[1].ID {
		r.t.Fatalf("exchange %d, want %d", p.copies[0].ID, p.copies[1].ID)
	}
	r.pairs = append(r.pairs, p)
}

// each changes both copies under their locks.
func (p *pair) each(fn func(k capture.Track, ex *capture.Exchange)) {
	for i, k := range p.tracks {
		k.Lock()
		fn(k, p.copies[i])
		k.Unlock()
	}
}

func (r *random) piece(p *pair) capture.Piece {
	p.at += time.Duration(r.IntN(1e6) - 1e4)
	q := capture.Piece{Type: capture.PieceType(r.IntN(4)), Dir: capture.Direction(r.IntN(2)), At: p.at, Data: r.bytes(r.size())}
	switch q.Type {
	case capture.PieceFrame:
		q.Frame = capture.FrameHead{
			Fin: r.IntN(2) == 0, RSV: uint8(r.IntN(8)), Opcode: capture.Opcode(r.IntN(16)), Masked: r.IntN(2) == 0,
			Length: uint64(len(q.Data)), Size: uint8(r.IntN(15)),
		}
		if r.IntN(3) == 0 {
			q.Frame.Length = r.Uint64()
		}
		if q.Frame.Masked {
			copy(q.Frame.MaskKey[:], r.bytes(4))
		}
		q.Inject = r.IntN(5) == 0
		if r.IntN(5) == 0 {
			q.Since = time.Duration(r.IntN(1e9))
		}
	case capture.PieceGap:
		q.Data, q.Lost, q.Frames = nil, r.Uint64(), r.Uint64()
	}
	return q
}

func (r *random) append(p *pair) {
	q := r.piece(p)
	if !r.tape.Reserve(len(q.Data), time.Second) {
		r.t.Fatal("no room")
	}
	p.each(func(k capture.Track, ex *capture.Exchange) {
		if err := k.Append(&q); err != nil {
			r.t.Fatal(err)
		}
		ex.Received.Bytes += uint64(len(q.Data))
		ex.Duration = p.at
	})
	p.mark.Pieces++
	p.mark.Messages++
	if q.Type == capture.PieceFrame {
		p.mark.Frames++
	}
	p.mark.Clean = r.IntN(2) == 0
	p.mark.LastID = string(r.bytes(r.IntN(9)))
}

func (r *random) close(p *pair) {
	p.each(func(k capture.Track, ex *capture.Exchange) {
		ex.Open = false
		ex.End = &capture.End{At: p.at, How: capture.HowFIN, By: capture.Client}
		k.Close()
	})
	p.open = false
}

func (r *random) step() {
	if len(r.pairs) == 0 || r.IntN(30) == 0 {
		r.track()
		return
	}
	p := r.pairs[r.IntN(len(r.pairs))]
	switch {
	case !p.open:
	case r.IntN(40) == 0:
		r.close(p)
	case r.IntN(20) == 0:
		p.each(func(k capture.Track, ex *capture.Exchange) {
			ex.Response = &capture.Response{Status: 200, At: p.at, Header: []capture.Field{{Name: "b", Value: "c"}}}
			k.Touch()
		})
	default:
		r.append(p)
	}
}

// seen is a piece with its data as a string, which compares faster.
type seen struct {
	capture.Piece
	Data string
}

// content joins the pieces of one exchange to what does not depend on how long
// pieces were split.
func content(t *testing.T, r capture.Reader, id capture.ExchangeID) []seen {
	t.Helper()
	var list []seen
	for p, err := range r.Pieces(id, capture.Mark{}) {
		if err != nil {
			t.Fatalf("exchange %d: %v", id, err)
		}
		q := seen{*p, string(p.Data)}
		q.Piece.Data = nil
		if n := len(list); n > 0 && len(q.Data) > 0 {
			last := &list[n-1]
			same := last.Dir == q.Dir && last.At == q.At && len(last.Data) > 0 && len(last.Data)%(56<<10) == 0
			if same && (q.Type == capture.PieceMore && last.Type != capture.PieceChunk || q.Type == capture.PieceChunk && last.Type == capture.PieceChunk) {
				last.Data += q.Data
				continue
			}
		}
		list = append(list, q)
	}
	return list
}

func compare(t *testing.T, want, got capture.Reader) {
	t.Helper()
	next := capture.ExchangeID(0)
	for ex, err := range got.Exchanges(0, false) {
		if err != nil {
			t.Fatal(err)
		}
		next++
		w, err := want.Exchange(next)
		if err != nil {
			t.Fatal(err)
		}
		ex.Cut, w.Cut = false, false
		if d := cmp.Diff(w, ex, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("exchange %d: %s", next, d)
		}
		if d := cmp.Diff(content(t, want, next), content(t, got, next)); d != "" {
			t.Fatalf("pieces of exchange %d: %s", next, d[:min(len(d), 3000)])
		}
		marks(t, got, next)
	}
	if _, err := want.Exchange(next + 1); err == nil {
		t.Fatalf("the tape ends at exchange %d", next)
	}
}

// marks checks that reading from each mark yields what stands behind it.
func marks(t *testing.T, r capture.Reader, id capture.ExchangeID) {
	t.Helper()
	list, err := r.Marks(id)
	if err != nil {
		t.Fatal(err)
	}
	var all []capture.Piece
	for p, err := range r.Pieces(id, capture.Mark{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, capture.Piece{Type: p.Type, At: p.At, Lost: uint64(len(p.Data))})
	}
	for _, m := range list {
		n := 0
		for p, err := range r.Pieces(id, m) {
			if err != nil {
				t.Fatal(err)
			}
			q := capture.Piece{Type: p.Type, At: p.At, Lost: uint64(len(p.Data))}
			if want := all[int(m.Pieces)]; !cmp.Equal(q, want) {
				t.Fatalf("exchange %d, mark %d: %+v, want %+v", id, m.Pieces, q, want)
			}
			n++
			break
		}
		if n == 0 && len(all) > 0 {
			t.Fatalf("exchange %d: nothing at mark %d of %d", id, m.Pieces, len(all))
		}
	}
}

func check(t *testing.T, path string) *store.Report {
	t.Helper()
	report, err := store.Check(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Damage {
		t.Error("damage:", d)
	}
	return report
}

func newRandom(t *testing.T, seed uint64, tape *store.Tape) *random {
	r := &random{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, tape: tape, model: &capturetest.Tape{}}
	r.session = begin(t, tape)
	if err := r.model.Begin(&capture.Session{}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTapeHoldsWhatTheModelHolds(t *testing.T) {
	for _, compress := range []bool{false, true} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("seed %d, compress %v", seed, compress), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "x.tape")
				tape := open(t, path, &store.Options{Compress: compress, NoSync: true, CommitEvery: time.Millisecond})
				r := newRandom(t, seed, tape)
				for range 800 {
					r.step()
				}
				if err := tape.Finish(r.session, time.Unix(9, 0)); err != nil {
					t.Fatal(err)
				}
				compare(t, r.model, tape)
				if err := tape.Close(); err != nil {
					t.Fatal(err)
				}
				view, err := store.Read(path, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer view.Close()
				compare(t, r.model, view)
				check(t, path)
			})
		}
	}
}
