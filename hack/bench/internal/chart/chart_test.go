package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestSVGIsWellFormed(t *testing.T) {
	for name, c := range map[string]Chart{
		"nothing":   {Title: "a & b"},
		"one point": {Lines: []Line{{"x", []Point{{1, 5}}}}},
		"linear":    {Lines: []Line{{"<x>", []Point{{0, 0}, {80, 1234}}}, {"y", []Point{{0, 7}, {80, 3}}}}},
		"log":       {LogX: true, LogY: true, Lines: []Line{{"x", []Point{{1, 0}, {64, 1e6}}}}},
	} {
		svg := string(c.SVG())
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s: a point is nowhere\n%s", name, svg)
		}
	}
}

func TestAxis(t *testing.T) {
	a := newAxis(false, 100, 0)
	for _, v := range []float64{3, 47} {
		a.include(v)
	}
	a.headroom()
	if a.min != 0 || a.max != 50 || a.place(25) != 50 || len(a.ticks()) != 6 {
		t.Errorf("%+v, ticks %v", a, a.ticks())
	}
	l := newAxis(true, 0, 100)
	for _, v := range []float64{2, 900} {
		l.include(v)
	}
	l.headroom()
	if l.min != 1 || l.max != 1000 || len(l.ticks()) != 4 {
		t.Errorf("%+v, ticks %v", l, l.ticks())
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 2.5: "2.5", 1000: "1k", 12345: "12.35k", 1e6: "1M"} {
		if got := number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
