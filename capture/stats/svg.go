package stats

import (
	"bufio"
	"fmt"
	"html"
	"io"
)

// WriteSVG draws the picture of an exchange as an SVG 1.1 image: events over
// time, the histogram of the gaps, and of a socket the waterfall of its requests.
func (s *Stats) WriteSVG(w io.Writer) error { return writeSVG(w, s) }

func writeSVG(w io.Writer, p picture) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		plotWidth, p.height(), plotWidth, p.height())
	p.draw(svg{b})
	fmt.Fprintln(b, "</svg>")
	return b.Flush()
}

// svg writes an SVG document's elements.
type svg struct{ *bufio.Writer }

func (b svg) rect(x, y, width, height float64, colour string) {
	fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, width, height, colour)
}

func (b svg) line(x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, colourMark)
}

func (b svg) text(x, y float64, anchor, colour, text string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, html.EscapeString(text))
}
