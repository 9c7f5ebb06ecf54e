package visible

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// look is what an element has from those around it.
type look struct {
	gone      bool // it and all in it: nothing in it can change that
	invisible bool // by visibility, which an element within can undo
	size      float64
	ink       color
	ground    color
	href      string
}

const (
	normalSize   = 16  // CSS pixels
	smallestSize = 4   // below it nobody reads
	faintest     = 0.1 // opacity that is seen
	farOut       = 500 // pixels that move something out of the window
)

func firstLook() look { return look{size: normalSize, ink: black, ground: white} }

// readable says whether words can be seen with it.
func (l look) readable() bool {
	return !l.gone && !l.invisible && l.size >= smallestSize && !l.ink.like(l.ground)
}

// dress is the look of an element.
func (r *reader) dress(n *html.Node, l look) look {
	for _, a := range n.Attr {
		switch {
		case a.Key == "hidden", r.personal(a.Key), a.Key == "style" && r.personal(a.Val):
			l.gone = true
			return l
		case a.Key == "bgcolor":
			l.ground = parseColor(a.Val)
		case a.Key == "background" && a.Val != "":
			l.ground = color{unknown: true} // an image
		case a.Key == "text" && n.Data == "body", a.Key == "color" && n.Data == "font":
			l.ink = parseColor(a.Val)
		}
	}
	style := declarations{}
	for i := range r.rules {
		if rule := &r.rules[i]; rule.matches(n, r.unknown) {
			if rule.sometimes {
				// Only what the rule does: what it stands in may be hidden or
				// without a size, and what stands in it shown.
				if worst := apply(firstLook(), rule.style); worst.gone || worst.invisible || worst.size < smallestSize {
					l.gone = true
					return l
				}
				continue
			}
			style.add(rule.style)
		}
	}
	style.add(parseDeclarations(attribute(n, "style")))
	return apply(l, style)
}

func (r *reader) personal(s string) bool {
	return r.unknown != "" && strings.Contains(strings.ToLower(s), strings.ToLower(r.unknown))
}

// declaration is the value of a property.
type declaration struct {
	value     string // lower case
	important bool
}

// declarations are by property.
type declarations map[string]declaration

// add lets later ones win, unless the earlier is important.
func (d declarations) add(later declarations) {
	for name, value := range later {
		if !d[name].important || value.important {
			d[name] = value
		}
	}
}

var cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)

func parseDeclarations(s string) declarations {
	d := declarations{}
	for part := range strings.SplitSeq(cssComment.ReplaceAllString(s, " "), ";") {
		name, value, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		v := declaration{value: strings.ToLower(strings.TrimSpace(value))}
		if before, ok := strings.CutSuffix(v.value, "important"); ok {
			if before, ok = strings.CutSuffix(strings.TrimSpace(before), "!"); ok {
				v.value, v.important = strings.TrimSpace(before), true
			}
		}
		d.add(declarations{strings.ToLower(strings.TrimSpace(name)): v})
	}
	return d
}

// fontSize finds the size in the shorthand property font.
var fontSize = regexp.MustCompile(`(?:^|\s)([0-9.]+(?:px|pt|em|rem|%)?)(?:\s|/)`)

// apply is the look of an element with a style.
func apply(l look, d declarations) look {
	if removes(d, l.size) {
		l.gone = true
		return l
	}
	switch v := d["visibility"].value; v {
	case "hidden", "collapse":
		l.invisible = true
	case "visible":
		l.invisible = false
	}
	if m := fontSize.FindStringSubmatch(d["font"].value); m != nil {
		l.size = sizeOf(m[1], l.size)
	}
	if v, ok := d["font-size"]; ok {
		l.size = sizeOf(v.value, l.size)
	}
	if v, ok := d["color"]; ok && v.value != "inherit" {
		l.ink = parseColor(v.value)
	}
	for _, name := range []string{"background", "background-color", "background-image"} {
		if v, ok := d[name]; ok {
			if ground := parseColor(v.value); !ground.clear {
				l.ground = ground
			}
		}
	}
	return l
}

func sizeOf(v string, around float64) float64 {
	if size, ok := pixels(v, around); ok {
		return size
	}
	return normalSize // a word, such as small
}

// removes finds what takes an element away with all that is in it.
func removes(d declarations, size float64) bool {
	zero := func(name string) bool {
		v, ok := pixels(d[name].value, normalSize) // what a part is of isn't the font, which may have no size here
		return ok && v < 1 && !(strings.HasSuffix(d[name].value, "%") && v > 0)
	}
	clipped := strings.Contains(d["overflow"].value+d["overflow-y"].value+d["overflow-x"].value, "hidden")
	opacity, err := strconv.ParseFloat(strings.TrimSuffix(d["opacity"].value, "%"), 64)
	if strings.HasSuffix(d["opacity"].value, "%") {
		opacity /= 100
	}
	switch {
	case d["display"].value == "none", strings.Contains(d["mso-hide"].value, "all"), d["content-visibility"].value == "hidden":
		return true
	case err == nil && opacity < faintest:
		return true
	case zero("max-height"), zero("max-width"), clipped && (zero("height") || zero("width")):
		return true
	case strings.HasPrefix(strings.ReplaceAll(d["transform"].value, " ", ""), "scale(0)"):
		return true
	case strings.HasPrefix(strings.ReplaceAll(d["clip"].value, " ", ""), "rect(0"), strings.Contains(d["clip-path"].value, "(50%)"), strings.Contains(d["clip-path"].value, "(100%)"):
		return true
	}
	for _, name := range []string{"text-indent", "left", "top", "right", "bottom", "margin-left", "margin-top"} {
		if v, ok := pixels(d[name].value, size); ok && v <= -farOut {
			return true
		}
	}
	return false
}

var length = regexp.MustCompile(`^([+-]?[0-9]*\.?[0-9]+)\s*(px|pt|pc|in|cm|mm|em|rem|ex|ch|vw|vh|%)?$`)

// unitSize is how many CSS pixels a unit has; those that depend on something
// are left out.
var unitSize = map[string]float64{"": 1, "px": 1, "pt": 4.0 / 3, "pc": 16, "in": 96, "cm": 37.8, "mm": 3.78, "rem": normalSize, "vw": 4, "vh": 6}

// pixels is a length in CSS pixels; size is that of the letters around.
func pixels(v string, size float64) (float64, bool) {
	m := length.FindStringSubmatch(strings.TrimSpace(v))
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, false
	}
	switch m[2] {
	case "em":
		return n * size, true
	case "%":
		return n / 100 * size, true
	case "ex", "ch":
		return n / 2 * size, true
	}
	return n * unitSize[m[2]], true
}
