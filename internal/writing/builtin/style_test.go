package builtin_test

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// look is what a reader sees of the text of an element.
type look struct {
	color, ground string
	size          int // pixels
}

// rule is one of the head: a class, or a class and an element within it.
type rule struct {
	class, element string
	set            map[string]string
}

// sheetRules are the rules for light and for dark that set colours.
type sheetRules struct{ light, dark []rule }

var (
	blockPattern = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	fontPattern  = regexp.MustCompile(`(\d+)px/`)
)

const darkQuery = "@media (prefers-color-scheme: dark) {"

func readRules(css string) sheetRules {
	before, dark, _ := strings.Cut(css, darkQuery)
	light, _, _ := strings.Cut(before, "@media")
	return sheetRules{blocks(light), blocks(dark)}
}

func blocks(css string) []rule {
	var rules []rule
	for _, m := range blockPattern.FindAllStringSubmatch(css, -1) {
		for selector := range strings.SplitSeq(m[1], ",") {
			class, element, _ := strings.Cut(strings.TrimSpace(selector), " ")
			if name, ok := strings.CutPrefix(class, "."); ok && !strings.Contains(element, " ") {
				rules = append(rules, rule{name, element, declarations(m[2])})
			}
		}
	}
	return rules
}

func declarations(css string) map[string]string {
	set := map[string]string{}
	for d := range strings.SplitSeq(css, ";") {
		if name, value, ok := strings.Cut(d, ":"); ok {
			value, _, _ = strings.Cut(value, "!important")
			set[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return set
}

// of is the look of an element whose parent has the look from.
func (s sheetRules) of(n *html.Node, from look, dark bool) look {
	own := map[string]string{}
	s.apply(s.light, n, own)
	if color := attribute(n, "bgcolor"); color != "" {
		own["background-color"] = color
	}
	for name, value := range declarations(attribute(n, "style")) {
		own[name] = value
	}
	if dark {
		s.apply(s.dark, n, own)
	}
	if own["color"] != "" {
		from.color = own["color"]
	}
	if own["background-color"] != "" {
		from.ground = own["background-color"]
	}
	if m := fontPattern.FindStringSubmatch(own["font"]); m != nil {
		from.size, _ = strconv.Atoi(m[1])
	}
	if own["font-size"] == "0" {
		from.size = 0
	}
	return from
}

func (s sheetRules) apply(rules []rule, n *html.Node, own map[string]string) {
	for _, r := range rules {
		fits := r.element == "" && hasClass(n, r.class)
		for p := n.Parent; p != nil && r.element == n.Data && !fits; p = p.Parent {
			fits = hasClass(p, r.class)
		}
		for name, value := range r.set {
			if fits {
				own[name] = value
			}
		}
	}
}

// texts calls see for every text that is shown.
func (s sheetRules) texts(n *html.Node, from look, dark bool, see func(string, look)) {
	switch {
	case n.Type == html.TextNode && strings.Trim(n.Data, " \n\u00a0") != "":
		see(strings.TrimSpace(n.Data), from)
	case n.Type == html.ElementNode && (n.Data == "head" || strings.Contains(attribute(n, "style"), "display:none")):
		return
	case n.Type == html.ElementNode:
		from = s.of(n, from, dark)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.texts(c, from, dark, see)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	return slices.Contains(strings.Fields(attribute(n, "class")), class)
}

// contrast is the ratio of WCAG 2.2 for two colours as #rrggbb.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is relative luminance as WCAG 2.2 defines it.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 24)
	if err != nil || len(color) != 7 {
		t.Fatalf("%q is not a colour as #rrggbb", color)
	}
	linear := func(v uint64) float64 {
		c := float64(v&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		ratio float64
	}{
		{"#000000", "#ffffff", 21}, {"#767676", "#ffffff", 4.54}, {"#777777", "#ffffff", 4.48}, {"#1a4480", "#ffffff", 9.62},
	} {
		if got := contrast(t, c.a, c.b); math.Abs(got-c.ratio) > 0.01 {
			t.Errorf("contrast of %s and %s is %.2f, want %.2f", c.a, c.b, got, c.ratio)
		}
	}
}
