package stats

import (
	"fmt"
	"time"

	"github.com/wiretape/wiretape/capture"
	"github.com/wiretape/wiretape/capture/view"
)

// The measures of a waterfall, in pixels, and how many rows it has at most.
const (
	waterLeft = 200
	rowHeight = 14
	maxRows   = 60
)

// waterfall draws requests one below the other, each from when it was sent to
// its last answer.
type waterfall struct {
	calls  []Call
	lasted time.Duration
	what   string
	top    float64
}

// rows returns how many requests are drawn.
func (w *waterfall) rows() int {
	if w.lasted <= 0 {
		return 0
	}
	return min(len(w.calls), maxRows)
}

func (w *waterfall) height() int {
	if n := w.rows(); n > 0 {
		return 50 + n*rowHeight
	}
	return 0
}

func (w *waterfall) draw(c canvas) {
	n := w.rows()
	if n == 0 {
		return
	}
	title := w.what
	if n < len(w.calls) {
		title += fmt.Sprintf(", the first %d", n)
	}
	c.text(left, w.top, "start", colourText, title)
	for i := range w.calls[:n] {
		w.row(c, &w.calls[i], w.top+12+float64(i*rowHeight))
	}
	bottom := w.top + 12 + float64(n*rowHeight)
	c.line(waterLeft, bottom, plotWidth-right, bottom)
	c.text(waterLeft, bottom+14, "start", colourMark, "0")
	c.text(plotWidth-right, bottom+14, "end", colourMark, view.Duration(w.lasted))
}

// row draws one request: its name, a bar, and how long it took.
func (w *waterfall) row(c canvas, call *Call, y float64) {
	scale := float64(plotWidth-waterLeft-right) / float64(w.lasted)
	x, width := waterLeft+scale*float64(call.At), max(scale*float64(call.Took), 1.5)
	colour := colourReceived
	switch {
	case call.Failed:
		colour = colourFailed
	case call.Dir == capture.Send.String():
		colour = colourSent
	}
	c.text(waterLeft-8, y+9, "end", colourMark, clip(call.Name, 28))
	c.rect(x, y+1, width, rowHeight-4, colour)
	words := "no answer"
	if call.Took > 0 {
		words = view.Duration(call.Took)
	}
	if call.Failed {
		words += ", failed"
	}
	switch {
	case x+width < plotWidth-120:
		c.text(x+width+4, y+9, "start", colourMark, words)
	case x > waterLeft+120:
		c.text(x-4, y+9, "end", colourMark, words)
	default: // it takes the whole width
		c.text(x+6, y+10, "start", colourGround, words)
	}
}
