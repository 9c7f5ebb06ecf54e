package visible

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// color of letters or of what is below them.
type color struct {
	r, g, b float64 // 0 to 1
	clear   bool    // nothing is painted
	unknown bool
}

var (
	black = color{}
	white = color{r: 1, g: 1, b: 1}
)

// sameAs is the contrast (WCAG 2.2) below which two colors are one.
const sameAs = 1.15

// like says whether letters of this color vanish on a ground.
func (c color) like(ground color) bool {
	if c.clear {
		return true
	}
	if c.unknown || ground.unknown {
		return false
	}
	a, b := c.luminance(), ground.luminance()
	return (max(a, b)+0.05)/(min(a, b)+0.05) < sameAs && math.Abs(c.r-ground.r)+math.Abs(c.g-ground.g)+math.Abs(c.b-ground.b) < 0.3
}

func (c color) luminance() float64 {
	part := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.r) + 0.7152*part(c.g) + 0.0722*part(c.b)
}

// named are colors that letters are hidden with, and the usual grounds.
var named = map[string]string{
	"white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0", "whitesmoke": "f5f5f5", "ghostwhite": "f8f8ff",
	"floralwhite": "fffaf0", "azure": "f0ffff", "mintcream": "f5fffa", "aliceblue": "f0f8ff", "seashell": "fff5ee",
	"gray": "808080", "grey": "808080", "silver": "c0c0c0", "lightgray": "d3d3d3", "lightgrey": "d3d3d3", "gainsboro": "dcdcdc",
	"red": "ff0000", "green": "008000", "blue": "0000ff", "navy": "000080", "yellow": "ffff00", "maroon": "800000",
}

var (
	hexColor = regexp.MustCompile(`^#?([0-9a-f]{3,8})$`)
	rgbColor = regexp.MustCompile(`rgba?\(\s*([0-9.]+%?)[\s,]+([0-9.]+%?)[\s,]+([0-9.]+%?)(?:[\s,/]+([0-9.]+%?))?\s*\)`)
)

// parseColor reads a color, or the one in the shorthand property background.
func parseColor(v string) color {
	v = strings.ToLower(strings.TrimSpace(v))
	if strings.Contains(v, "gradient") || strings.Contains(v, "url(") {
		return color{unknown: true}
	}
	if m := rgbColor.FindStringSubmatch(v); m != nil {
		if m[4] != "" && share(m[4], 1) < faintest {
			return color{clear: true}
		}
		return color{r: share(m[1], 255), g: share(m[2], 255), b: share(m[3], 255)}
	}
	for word := range strings.FieldsSeq(v) {
		if word == "transparent" || word == "none" || word == "initial" {
			return color{clear: true}
		}
		if hex, ok := named[word]; ok {
			word = "#" + hex
		}
		if m := hexColor.FindStringSubmatch(word); m != nil {
			return fromHex(m[1])
		}
	}
	return color{unknown: true}
}

func fromHex(hex string) color {
	if len(hex) == 3 || len(hex) == 4 {
		var long []byte
		for i := range len(hex) {
			long = append(long, hex[i], hex[i])
		}
		hex = string(long)
	}
	if len(hex) != 6 && len(hex) != 8 {
		return color{unknown: true}
	}
	n, err := strconv.ParseUint(hex[:6], 16, 32)
	if err != nil {
		return color{unknown: true}
	}
	if len(hex) == 8 && (hex[6:] == "00" || hex[6] == '0') {
		return color{clear: true}
	}
	return color{r: float64(n>>16&255) / 255, g: float64(n>>8&255) / 255, b: float64(n&255) / 255}
}

// share is a part of whole, 0 to 1.
func share(s string, whole float64) float64 {
	percent := strings.HasSuffix(s, "%")
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil {
		return 0
	}
	if percent {
		whole = 100
	}
	return min(n/whole, 1)
}
