package main

import (
	"cmp"
	"image"
	"image/color"
	"maps"
	"slices"
)

// crop cuts off the backdrop below the tallest message, down to a margin.
func crop(img image.Image, margin int) image.Image {
	b := img.Bounds()
	ground := img.At(b.Min.X, b.Min.Y)
	bottom := b.Max.Y
	for y := b.Max.Y - 1; y >= b.Min.Y; y-- {
		if slices.ContainsFunc(columns(b), func(x int) bool { return img.At(x, y) != ground }) {
			bottom = y + 1
			break
		}
	}
	return img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(image.Rect(b.Min.X, b.Min.Y, b.Max.X, min(bottom+margin, b.Max.Y)))
}

func columns(b image.Rectangle) []int {
	var xs []int
	for x := b.Min.X; x < b.Max.X; x++ {
		xs = append(xs, x)
	}
	return xs
}

// reduce gives the picture a palette of the colours that it has most of. Each
// of the others becomes its nearest, which only touches the edges of letters.
func reduce(img image.Image, colors int) *image.Paletted {
	b := img.Bounds()
	count := map[color.RGBA]int{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[at(img, x, y)]++
		}
	}
	palette := choose(count, colors)
	index := map[color.RGBA]uint8{}
	out := image.NewPaletted(image.Rect(0, 0, b.Dx(), b.Dy()), palette)
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := at(img, b.Min.X+x, b.Min.Y+y)
			i, known := index[c]
			if !known {
				i = uint8(palette.Index(c))
				index[c] = i
			}
			out.Pix[y*out.Stride+x] = i
		}
	}
	return out
}

func at(img image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
}

// grounds are how many of the colours are kept as they are: those of areas and
// of letters, which may differ little from each other.
const grounds = 24

// choose takes the most frequent colours; after the grounds, none that is
// nearly another.
func choose(count map[color.RGBA]int, colors int) color.Palette {
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], key(a)-key(b))
	})
	var palette color.Palette
	for i, c := range all {
		nearly := func(p color.Color) bool { return distance(p.(color.RGBA), c) <= 24 }
		if len(palette) < colors && (i < grounds || !slices.ContainsFunc(palette, nearly)) {
			palette = append(palette, c)
		}
	}
	return palette
}

func key(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

func distance(a, b color.RGBA) int {
	return abs(int(a.R)-int(b.R)) + abs(int(a.G)-int(b.G)) + abs(int(a.B)-int(b.B))
}

func abs(n int) int { return max(n, -n) }
