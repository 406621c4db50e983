package stats

import (
	"bufio"
	"fmt"
	"html"
	"io"
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
	colourMark     = "#57606A"
)

// WriteSVG draws events over time, with the first byte, event and token marked,
// and the histogram of the gaps, as an SVG 1.1 image.
func (s *Stats) WriteSVG(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		plotWidth, plotHeight, plotWidth, plotHeight)
	fmt.Fprintf(b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", plotWidth, plotHeight)
	write(b, left, 24, "start", "", fmt.Sprintf("exchange %d, %s, %s", s.Exchange, s.Kind, clip(s.URL, 110)))
	s.plotEvents(b)
	s.plotGaps(b)
	fmt.Fprintln(b, "</svg>")
	return b.Flush()
}

// write puts text at a place.
func write(b *bufio.Writer, x, y float64, anchor, colour, text string) {
	if colour == "" {
		colour = "#1F2328"
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, html.EscapeString(text))
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
func (s *Stats) plotEvents(b *bufio.Writer) {
	most := 1
	for i := range s.Bins.Received {
		most = max(most, s.Bins.Received[i], s.Bins.Sent[i])
	}
	const half = overHeight / 2
	middle := float64(overTop + half)
	step := float64(plotWidth-left-right) / bins
	for i := range s.Bins.Received {
		x := left + float64(i)*step
		bar(b, x, middle, step, -half*float64(s.Bins.Received[i])/float64(most), colourReceived)
		bar(b, x, middle, step, half*float64(s.Bins.Sent[i])/float64(most), colourSent)
	}
	line(b, left, middle, plotWidth-right, middle)
	write(b, left-6, middle-half/2, "end", colourReceived, "received")
	write(b, left-6, middle+half/2, "end", colourSent, "sent")
	write(b, left, overTop+overHeight+16, "start", colourMark, "0")
	write(b, plotWidth-right, overTop+overHeight+16, "end", colourMark, view.Duration(s.Duration))
	write(b, (plotWidth+left-right)/2, overTop+overHeight+16, "middle", colourMark,
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
		line(b, x, overTop-12+row*12, x, overTop+overHeight)
		anchor, shift := "start", 4.0
		if x > plotWidth/2 {
			anchor, shift = "end", -4
		}
		write(b, x+shift, overTop-4+row*12, anchor, colourMark, m.name+" "+view.Duration(*m.at))
		row++
	}
}

// plotGaps draws the histogram of the gaps.
func (s *Stats) plotGaps(b *bufio.Writer) {
	write(b, left, gapTop-12, "start", "", "gaps: "+s.Gaps.line())
	most := 1
	for _, h := range s.Gaps.Histogram {
		most = max(most, h.Count)
	}
	bottom := float64(gapTop + gapHeight)
	line(b, left, bottom, plotWidth-right, bottom)
	n := len(s.Gaps.Histogram)
	if n == 0 {
		return
	}
	step := min(float64(plotWidth-left-right)/float64(n), 60)
	for i, h := range s.Gaps.Histogram {
		x := left + float64(i)*step
		bar(b, x, bottom, step, -gapHeight*float64(h.Count)/float64(most), colourReceived)
		if i%2 == n%2 {
			write(b, x+step, bottom+16, "middle", colourMark, "≤"+view.Duration(h.Up))
		}
	}
	write(b, left-6, gapTop+8, "end", colourMark, fmt.Sprint(most))
}

// bar draws a bar from a base line, upwards where height is negative.
func bar(b *bufio.Writer, x, base, width, height float64, colour string) {
	if height == 0 {
		return
	}
	y := base
	if height < 0 {
		y, height = base+height, -height
	}
	fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, max(width-1, 1), max(height, 0.5), colour)
}

// line draws a line from one point to another.
func line(b *bufio.Writer, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, colourMark)
}
