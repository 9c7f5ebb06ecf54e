// Package chart draws lines through measured points as SVG.
package chart

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// Chart is one plot. An axis that isn't logarithmic begins at 0.
type Chart struct {
	Title, X, Y string
	LogX, LogY  bool
	Lines       []Line
}

// Line is one set of points with a name.
type Line struct {
	Name   string
	Points []Point
}

// Point is one measurement.
type Point struct{ X, Y float64 }

// Sizes of the picture and of the space around the plot, in pixels.
const (
	width, height            = 720, 400
	left, right, top, bottom = 72, 24, 48, 56
)

// colours of the lines in their order, told apart with most kinds of colour
// blindness.
var colours = []string{"#0b5cad", "#c2410c", "#4d7c0f", "#7e22ce"}

// Save writes the SVG, and the folder that it is in.
func (c Chart) Save(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, c.SVG(), 0o644)
}

// SVG draws it.
func (c Chart) SVG() []byte {
	x, y := c.axes()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="Helvetica,Arial,sans-serif" font-size="13" role="img">`+"\n", width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(c.Title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="26" font-size="16" font-weight="bold" fill="#1d2733">%s</text>`+"\n", left, html.EscapeString(c.Title))
	c.grid(&b, x, y)
	for i, line := range c.Lines {
		draw(&b, line, x, y, colours[i%len(colours)], i)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (c Chart) axes() (x, y axis) {
	x, y = newAxis(c.LogX, left, width-right), newAxis(c.LogY, height-bottom, top)
	for _, line := range c.Lines {
		for _, p := range line.Points {
			x.include(p.X)
			y.include(p.Y)
		}
	}
	y.headroom()
	return x, y
}

func (c Chart) grid(b *bytes.Buffer, x, y axis) {
	for _, v := range y.ticks() {
		at := y.place(v)
		fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#d5dbe3"/>`+"\n", left, width-right, at, at)
		fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end" fill="#53606e">%s</text>`+"\n", left-8, at+4, number(v))
	}
	for _, v := range c.places(x) {
		at := x.place(v)
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#97a3b0"/>`+"\n", at, at, height-bottom, height-bottom+5)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle" fill="#53606e">%s</text>`+"\n", at, height-bottom+20, number(v))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="#1d2733">%s</text>`+"\n", (left+width-right)/2, height-12, html.EscapeString(c.X))
	middle := (top + height - bottom) / 2
	fmt.Fprintf(b, `<text x="16" y="%d" text-anchor="middle" fill="#1d2733" transform="rotate(-90 16 %d)">%s</text>`+"\n", middle, middle, html.EscapeString(c.Y))
}

// places are where measurements were made.
func (c Chart) places(x axis) []float64 {
	if len(c.Lines) == 0 || len(c.Lines[0].Points) > 12 {
		return x.ticks()
	}
	var out []float64
	for _, p := range c.Lines[0].Points {
		out = append(out, p.X)
	}
	return out
}

func draw(b *bytes.Buffer, line Line, x, y axis, colour string, index int) {
	path := ""
	for i, p := range line.Points {
		if i > 0 {
			path += " "
		}
		path += fmt.Sprintf("%.1f,%.1f", x.place(p.X), y.place(p.Y))
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2.5"/>`+"\n", path, colour)
	for _, p := range line.Points {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"><title>%s: %s, %s</title></circle>`+"\n",
			x.place(p.X), y.place(p.Y), colour, html.EscapeString(line.Name), number(p.X), number(p.Y))
	}
	at := left + index*220
	fmt.Fprintf(b, `<rect x="%d" y="35" width="18" height="4" fill="%s"/><text x="%d" y="42" fill="#1d2733">%s</text>`+"\n", at, colour, at+24, html.EscapeString(line.Name))
}

// number writes a value as people do: 1,000,000 as 1M.
func number(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= unit.size {
			return strconv.FormatFloat(math.Round(v/unit.size*100)/100, 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}
