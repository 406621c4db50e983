package stats

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// density is how many pixels of a PNG make one of the picture.
const density = 2

// WritePNG draws the same picture as WriteSVG as a PNG, in twice its measures.
func (s *Stats) WritePNG(w io.Writer) error { return writePNG(w, s) }

func writePNG(w io.Writer, of picture) error {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return fmt.Errorf("read the font: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 12 * density, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return fmt.Errorf("read the font: %w", err)
	}
	defer face.Close()
	p := &painter{image.NewRGBA(image.Rect(0, 0, plotWidth*density, of.height()*density)), face}
	of.draw(p)
	return png.Encode(w, p.img)
}

// painter paints pixels.
type painter struct {
	img  *image.RGBA
	face font.Face
}

// pixel returns the pixel at which a place lies.
func pixel(v float64) int { return int(math.Round(v * density)) }

// paint returns a colour written as #RRGGBB.
func paint(colour string) *image.Uniform {
	n, err := strconv.ParseUint(colour[1:], 16, 24)
	if err != nil {
		n = 0
	}
	return image.NewUniform(color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255})
}

func (p *painter) rect(x, y, width, height float64, colour string) {
	r := image.Rect(pixel(x), pixel(y), max(pixel(x+width), pixel(x)+1), max(pixel(y+height), pixel(y)+1))
	draw.Draw(p.img, r, paint(colour), image.Point{}, draw.Src)
}

// line draws a line along one of the axes, which all lines of the picture are.
func (p *painter) line(x1, y1, x2, y2 float64) {
	p.rect(min(x1, x2), min(y1, y2), max(math.Abs(x2-x1), 0.5), max(math.Abs(y2-y1), 0.5), colourMark)
}

func (p *painter) text(x, y float64, anchor, colour, text string) {
	d := font.Drawer{Dst: p.img, Src: paint(colour), Face: p.face}
	at := fixed.I(pixel(x))
	switch anchor {
	case "middle":
		at -= d.MeasureString(text) / 2
	case "end":
		at -= d.MeasureString(text)
	}
	d.Dot = fixed.Point26_6{X: at, Y: fixed.I(pixel(y))}
	d.DrawString(text)
}
