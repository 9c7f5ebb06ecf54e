package plaintext

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// isHidden finds what clients don't show: the preheader, which stands beside
// the subject only, for one.
func isHidden(t html.Token) bool {
	for _, a := range t.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if hides.MatchString(squeezed(a.Val)) {
				return true
			}
		}
	}
	return false
}

// hides are declarations by which an element isn't shown.
var hides = regexp.MustCompile(`(^|[;{])(display:none|mso-hide:all|visibility:(hidden|collapse))`)

// veils are those, and others that layouts hide with, beside showing what is
// in the element otherwise. They count where a condition decides about them.
var veils = regexp.MustCompile(`(^|[;{])(display:none|mso-hide:all|visibility:(hidden|collapse)|content-visibility:hidden|` +
	`color:(transparent|rgba\([^)]*,0*(\.0*)?\)|#[0-9a-f]{6}00(!|;|\}|$)|#[0-9a-f]{3}0(!|;|\}|$))|` +
	`clip:rect\(0|clip-path:inset\((50|100)%|transform:scale\(0\)|` +
	`(text-indent|left|top|right|bottom|margin-left|margin-top):-([5-9][0-9]{2}|[0-9]{4,}|[0-9]{2,}r?em)|` +
	`(opacity:0*\.0[0-9]*|font-size:0*[0-3](\.[0-9]*)?(px|pt))(!important)?(;|\}|$)|` +
	`(opacity|font-size|line-height|max-height|max-width|height|width):0*(\.0*)?(px|pt|em|rem|%)?(!important)?(;|\}|$))`)

// veiling are the properties in veils.
var veiling = map[string]bool{
	"display": true, "mso-hide": true, "visibility": true, "opacity": true, "font-size": true, "max-height": true, "all": true, "content-visibility": true,
}

func squeezed(style string) string { return strings.ToLower(strings.Join(strings.Fields(style), "")) }

// hiders are names that rules of a style sheet hide by.
type hiders struct {
	names      map[string]bool // of classes and ids
	attributes map[string]bool
}

var (
	comments  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	selectors = regexp.MustCompile(`[.#]([A-Za-z0-9_-]+)|\[\s*([A-Za-z0-9_-]+)`)
)

// hiding finds the rules that hide. Those within an at-rule, which hold on some
// screens only, don't count.
func hiding(styles []string, marks *Marks) hiders {
	h := hiders{map[string]bool{}, map[string]bool{}}
	for _, css := range styles {
		for _, rule := range rules(comments.ReplaceAllString(css, "")) {
			if !veils.MatchString(squeezed(unmarked(rule.body, marks))) {
				continue
			}
			for _, m := range selectors.FindAllStringSubmatch(rule.selector, -1) {
				if m[1] != "" {
					h.names[m[1]] = true
				} else {
					h.attributes[strings.ToLower(m[2])] = true
				}
			}
		}
	}
	return h
}

// rule is one of a style sheet.
type cssRule struct{ selector, body string }

// rules are those that stand in no other.
func rules(css string) []cssRule { return rulesIn(css, 0) }

// deepest is how deep rules stand in each other that are looked at.
const deepest = 4

// onScreens finds what holds wherever mail is read, whatever the size.
var onScreens = regexp.MustCompile(`(?i)@(supports|layer|media\s+(only\s+)?(all|screen)\s*$)`)

func rulesIn(css string, deep int) []cssRule {
	var out []cssRule
	depth, from, open := 0, 0, 0
	for i := range len(css) {
		switch css[i] {
		case '{':
			if depth == 0 {
				open = i
			}
			depth++
		case '}':
			if depth == 1 {
				switch body := css[open+1 : i]; {
				case !strings.Contains(body, "{"):
					out = append(out, cssRule{css[from:open], body})
				case deep < deepest && onScreens.MatchString(css[from:open]):
					out = append(out, rulesIn(body, deep+1)...)
				}
			}
			depth = max(0, depth-1)
			if depth == 0 {
				from = i + 1
			}
		}
	}
	return out
}

// unmarked is a text without marks of branches, with both.
func unmarked(s string, marks *Marks) string {
	var b strings.Builder
	for _, p := range marks.Split(s) {
		if !marks.control(p) {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// styleLosses are conditions and values in a style sheet that decide what is
// shown.
func (w *witness) styleLosses() []Loss {
	var lost []Loss
	for _, css := range w.styles {
		pieces := w.marks.Split(css)
		numbers := branches(pieces)
		if len(numbers) > 0 {
			want := hiddenBy(resolved(pieces, nil))
			for _, taken := range choices(numbers) {
				if hiddenBy(resolved(pieces, taken)) != want {
					lost = append(lost, Loss{Begin, numbers[0], Hides})
					break
				}
			}
		}
		for _, rule := range rules(comments.ReplaceAllString(css, "")) {
			if number, is := valueOf(w.marks, rule.selector); is {
				lost = append(lost, Loss{Value, number, Hides})
			}
			lost = append(lost, declarationLosses(w.marks, rule.body)...)
		}
	}
	return lost
}

// hiddenBy are the rules of a style sheet that hide.
func hiddenBy(css string) string {
	var hidden, shown []string
	for _, rule := range rules(comments.ReplaceAllString(css, "")) {
		selector := strings.Join(strings.Fields(rule.selector), " ")
		switch body := squeezed(rule.body); {
		case veils.MatchString(body):
			hidden = append(hidden, selector)
		case unveils.MatchString(body):
			shown = append(shown, selector)
		}
	}
	for _, one := range shown {
		if slices.ContainsFunc(hidden, func(other string) bool { return alike(one, other) }) {
			hidden = append(hidden, one+" shown")
		}
	}
	slices.Sort(hidden)
	return strings.Join(hidden, "\n")
}

// alike says whether two selectors can be about one element: they are the same,
// or name a class, an id or an attribute that both have.
func alike(a, b string) bool {
	names := selectors.FindAllString(b, -1)
	return a == b || slices.ContainsFunc(selectors.FindAllString(a, -1), func(name string) bool { return slices.Contains(names, name) })
}

// unveils are declarations that can show again what others hide.
var unveils = regexp.MustCompile(`(^|[;{])(display|visibility|mso-hide|opacity|max-height|content-visibility):`)

// conditional finds branches around whole style sheets that decide about what
// is shown.
func (w *witness) conditional() (lost []Loss) {
	var always []string
	for i, css := range w.styles {
		if len(w.around[i]) == 0 {
			always = append(always, unmarked(css, w.marks))
		}
	}
	without := strings.Join(always, "\n")
	for i, css := range w.styles {
		if len(w.around[i]) > 0 && hiddenBy(without+"\n"+unmarked(css, w.marks)) != hiddenBy(without) {
			lost = append(lost, Loss{Begin, w.around[i][0], Hides})
		}
	}
	return lost
}

// declarationLosses are values that could be the property, or that of a
// property that hides.
func declarationLosses(marks *Marks, style string) []Loss {
	var lost []Loss
	for declaration := range strings.SplitSeq(style, ";") {
		number, is := valueOf(marks, declaration)
		if !is {
			continue
		}
		property, _, found := strings.Cut(unmarked(declaration, marks), ":")
		if _, inProperty := valueOf(marks, property); !found || inProperty || veiling[strings.ToLower(strings.TrimSpace(property))] {
			lost = append(lost, Loss{Value, number, Hides})
		}
	}
	return lost
}

// valueOf is the first value in a text.
func valueOf(marks *Marks, s string) (number int, found bool) {
	for _, p := range marks.Split(s) {
		if p.Role == Value {
			return p.Number, true
		}
	}
	return 0, false
}
