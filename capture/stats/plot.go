package stats

import (
	"fmt"
	"time"

	"github.com/wiretape/wiretape/capture/view"
)

// The measures of the picture, in pixels.
const (
	plotWidth  = 960
	plotHeight = 450
	left       = 60
	right      = 20
	overTop    = 90 // events over time
	overHeight = 130
	gapTop     = 290 // the histogram of the gaps
	gapHeight  = 110
)

// Colours that keep apart for everyone: sent is blue, received orange.
const (
	colourSent     = "#0B5FA5"
	colourReceived = "#9A4B00"
	colourFailed   = "#B00020"
	colourMark     = "#57606A"
	colourText     = "#1F2328"
	colourGround   = "#FFFFFF"
)

// canvas is what a picture is drawn on, in pixels from the upper left corner.
// Texts stand on y, and are anchored at x by their "start", "middle" or "end".
type canvas interface {
	rect(x, y, width, height float64, colour string)
	line(x1, y1, x2, y2 float64)
	text(x, y float64, anchor, colour, text string)
}

// picture is what can be drawn.
type picture interface {
	height() int
	draw(c canvas)
}

func (s *Stats) height() int { return plotHeight + s.waterfall().height() }

// waterfall returns that of the requests of a socket, below the rest.
func (s *Stats) waterfall() *waterfall {
	return &waterfall{calls: s.Calls, lasted: s.Duration, what: "requests and answers", top: plotHeight + 10}
}

// draw draws events over time, with the first byte, event and token marked, the
// histogram of the gaps, and the requests of a socket with their answers.
func (s *Stats) draw(c canvas) {
	c.rect(0, 0, plotWidth, float64(s.height()), colourGround)
	c.text(left, 24, "start", colourText, fmt.Sprintf("exchange %d, %s, %s", s.Exchange, s.Kind, clip(s.URL, 110)))
	s.plotEvents(c)
	s.plotGaps(c)
	s.waterfall().draw(c)
}

// clip makes text printable and not too long.
func clip(s string, most int) string {
	runes := []rune(view.Sanitize(s))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

// plotEvents draws what was received upwards, what was sent downwards.
func (s *Stats) plotEvents(c canvas) {
	most := 1
	for i := range s.Bins.Received {
		most = max(most, s.Bins.Received[i], s.Bins.Sent[i])
	}
	const half = overHeight / 2
	middle := float64(overTop + half)
	step := float64(plotWidth-left-right) / bins
	for i := range s.Bins.Received {
		x := left + float64(i)*step
		bar(c, x, middle, step, -half*float64(s.Bins.Received[i])/float64(most), colourReceived)
		bar(c, x, middle, step, half*float64(s.Bins.Sent[i])/float64(most), colourSent)
	}
	c.line(left, middle, plotWidth-right, middle)
	c.text(left-6, middle-half/2, "end", colourReceived, "received")
	c.text(left-6, middle+half/2, "end", colourSent, "sent")
	c.text(left, overTop+overHeight+16, "start", colourMark, "0")
	c.text(plotWidth-right, overTop+overHeight+16, "end", colourMark, view.Duration(s.Duration))
	c.text((plotWidth+left-right)/2, overTop+overHeight+16, "middle", colourMark,
		fmt.Sprintf("at most %d in %s", most, view.Duration(s.Bins.Width)))
	row := 0.0
	for _, m := range []struct {
		name string
		at   *time.Duration
	}{{"first byte", s.FirstByte}, {"first event", s.FirstEvent}, {"first token", s.FirstToken}} {
		if m.at == nil || s.Duration <= 0 {
			continue
		}
		x := left + float64(plotWidth-left-right)*min(1, float64(*m.at)/float64(s.Duration))
		c.line(x, overTop-12+row*12, x, overTop+overHeight)
		anchor, shift := "start", 4.0
		if x > plotWidth/2 {
			anchor, shift = "end", -4
		}
		c.text(x+shift, overTop-4+row*12, anchor, colourMark, m.name+" "+view.Duration(*m.at))
		row++
	}
}

// plotGaps draws the histogram of the gaps.
func (s *Stats) plotGaps(c canvas) {
	c.text(left, gapTop-12, "start", colourText, "gaps: "+s.Gaps.line())
	most := 1
	for _, h := range s.Gaps.Histogram {
		most = max(most, h.Count)
	}
	bottom := float64(gapTop + gapHeight)
	c.line(left, bottom, plotWidth-right, bottom)
	n := len(s.Gaps.Histogram)
	if n == 0 {
		return
	}
	step := min(float64(plotWidth-left-right)/float64(n), 60)
	for i, h := range s.Gaps.Histogram {
		x := left + float64(i)*step
		bar(c, x, bottom, step, -gapHeight*float64(h.Count)/float64(most), colourReceived)
		if i%2 == n%2 {
			c.text(x+step, bottom+16, "middle", colourMark, "≤"+view.Duration(h.Up))
		}
	}
	c.text(left-6, gapTop+8, "end", colourMark, fmt.Sprint(most))
}

// bar draws a bar from a base line, upwards where height is negative.
func bar(c canvas, x, base, width, height float64, colour string) {
	if height == 0 {
		return
	}
	y := base
	if height < 0 {
		y, height = base+height, -height
	}
	c.rect(x, y, max(width-1, 1), max(height, 0.5), colour)
}
