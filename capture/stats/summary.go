package stats

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/wiretape/wiretape/capture"
)

// Summary puts the figures of many exchanges together. The zero value is ready;
// it may not be used concurrently.
type Summary struct {
	operations operations
	lines      map[lineKey][]span
	calls      []Call      // the first exchanges, at times since the first of them
	began      []time.Time // when each of them did
	exchanges  int
}

// Add takes an exchange and its figures.
func (s *Summary) Add(ex *capture.Exchange, of *Stats) {
	s.exchanges++
	s.operations.add(of.Operations)
	if of.request != nil {
		s.operations.add([]*Operation{of.request})
	}
	if len(s.calls) < maxCalls {
		call := Call{Seq: uint64(ex.ID), Name: ex.Request.Method + " " + Pattern(ex.Request.URL), Dir: capture.Send.String(), Took: ex.Duration}
		call.Failed = of.request != nil && of.request.Errors > 0
		s.calls, s.began = append(s.calls, call), append(s.began, ex.Started)
	}
	if !lasting(ex) {
		return
	}
	endpoint, _, _ := strings.Cut(ex.Request.URL, "?")
	key := lineKey{ex.Session, ex.Kind, endpoint}
	if s.lines == nil {
		s.lines = map[lineKey][]span{}
	}
	s.lines[key] = append(s.lines[key], span{
		start: ex.At, end: ex.At + ex.Duration, open: ex.Open, resumes: capture.Get(ex.Request.Header, "Last-Event-ID") != "",
	})
}

// Operations returns all requests by what they do, the most frequent first.
func (s *Summary) Operations() []*Operation { return s.operations.figures() }

// WriteSVG draws the waterfall of the first exchanges as an SVG 1.1 image.
func (s *Summary) WriteSVG(w io.Writer) error { return writeSVG(w, s.picture()) }

// WritePNG draws the same picture as a PNG, in twice its measures.
func (s *Summary) WritePNG(w io.Writer) error { return writePNG(w, s.picture()) }

// picture is the waterfall of the exchanges, with a title.
func (s *Summary) picture() picture {
	f := &fall{waterfall{calls: slices.Clone(s.calls), what: fmt.Sprintf("%d exchanges", s.exchanges), top: 24}}
	if len(f.calls) == 0 {
		return f
	}
	zero := slices.MinFunc(s.began, time.Time.Compare)
	for i := range f.calls {
		f.calls[i].At = s.began[i].Sub(zero)
		f.lasted = max(f.lasted, f.calls[i].At+f.calls[i].Took)
	}
	slices.SortStableFunc(f.calls, func(a, b Call) int { return cmp.Compare(a.At, b.At) })
	return f
}

// fall is a waterfall as a picture of its own.
type fall struct{ waterfall }

func (f *fall) height() int { return 30 + f.waterfall.height() }

func (f *fall) draw(c canvas) {
	c.rect(0, 0, plotWidth, float64(f.height()), colourGround)
	f.waterfall.draw(c)
}
