package plaintext

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// tag is one with marks in it.
type tag struct {
	raw    string
	marks  *Marks
	hiders hiders
}

// losses are conditions in a tag that the text doesn't keep as the HTML does,
// and values that decide whether the element is shown. Conditions in the
// address of a link and in the text of an image are kept.
func (t tag) losses() []Loss {
	var lost []Loss
	pieces := t.marks.Split(t.raw)
	whole := parseTag(t.raw)
	numbers := branches(pieces)
	for _, taken := range choices(numbers) {
		if t.effect(whole, func(s string) string { return resolved(t.marks.Split(s), taken) }) != t.effect(parseTag(resolved(pieces, taken)), same) {
			lost = append(lost, Loss{Begin, numbers[0], InTag})
			if t.hidden(parseTag(resolved(pieces, taken))) != t.hidden(whole) {
				lost[len(lost)-1].Where = Hides
			}
			break
		}
	}
	for _, a := range whole.Attr {
		number, is := valueOf(t.marks, a.Val)
		switch {
		case a.Key == "style":
			lost = append(lost, declarationLosses(t.marks, a.Val)...)
		case is && ((a.Key == "class" || a.Key == "id") && len(t.hiders.names) > 0 || t.hiders.attributes[a.Key]):
			lost = append(lost, Loss{Value, number, Hides})
		}
		if number, is := valueOf(t.marks, strings.ToLower(a.Key)); is {
			lost = append(lost, Loss{Value, number, Hides})
		}
	}
	return lost
}

func same(s string) string { return s }

func parseTag(raw string) html.Token {
	z := html.NewTokenizer(strings.NewReader(raw))
	z.Next()
	return z.Token()
}

// effect is what a tag does to the text. in is what becomes of what the text
// keeps.
func (t tag) effect(token html.Token, in func(string) string) string {
	var b strings.Builder
	fmt.Fprintln(&b, token.Type, token.Data, t.hidden(token))
	switch token.Data {
	case "a":
		fmt.Fprintln(&b, strings.TrimSpace(in(attribute(token, "href"))))
	case "img":
		fmt.Fprintln(&b, in(attribute(token, "alt")))
	case "table":
		fmt.Fprintln(&b, attribute(token, "role"))
	case "ol":
		fmt.Fprintln(&b, attribute(token, "start"))
	}
	return b.String()
}

// hidden are all ways in which an element isn't shown.
func (t tag) hidden(token html.Token) string {
	var ways []string
	for _, a := range token.Attr {
		switch {
		case a.Key == "hidden":
			ways = append(ways, "hidden")
		case a.Key == "style" && veils.MatchString(squeezed(a.Val)):
			ways = append(ways, "style")
		case a.Key == "class", a.Key == "id":
			for name := range strings.FieldsSeq(a.Val) {
				if t.hiders.names[name] {
					ways = append(ways, name)
				}
			}
		case t.hiders.attributes[a.Key]:
			ways = append(ways, a.Key+"="+a.Val)
		}
	}
	slices.Sort(ways)
	return strings.Join(ways, " ")
}

// branches are the numbers of those that are whole within some pieces.
func branches(pieces []Piece) []int {
	var begun, whole []int
	for _, p := range pieces {
		switch {
		case p.Role == Begin:
			begun = append(begun, p.Number)
		case p.Role == End && slices.Contains(begun, p.Number):
			whole = append(whole, p.Number)
		}
	}
	return whole
}

// maxChoices is up to how many conditions all combinations are looked at, and
// maxAlone how many are looked at alone where there are more: a tag can be as
// large as a template.
const maxChoices, maxAlone = 4, 12

// choices are which branches are taken: all combinations of few conditions; of
// many, none and each alone, all and all but each.
func choices(numbers []int) []map[int]bool {
	var out []map[int]bool
	n := len(numbers)
	pick := func(in func(i int) bool) {
		taken := map[int]bool{}
		for i, number := range numbers {
			taken[number] = in(i)
		}
		out = append(out, taken)
	}
	switch {
	case n == 0:
		return nil
	case n <= maxChoices:
		for bits := range 1 << n {
			pick(func(i int) bool { return bits>>i&1 == 1 })
		}
		return out
	}
	for alone := -1; alone < min(n, maxAlone); alone++ {
		pick(func(i int) bool { return i == alone })
		pick(func(i int) bool { return i != alone })
	}
	return out
}

// resolved is a text with what is taken of its branches; both of those that
// aren't decided.
func resolved(pieces []Piece, taken map[int]bool) string {
	var b strings.Builder
	var open []bool // whether the branch that is open is left out
	out := 0
	set := func(left bool) {
		if open[len(open)-1] {
			out--
		}
		if open[len(open)-1] = left; left {
			out++
		}
	}
	for _, p := range pieces {
		truth, decided := taken[p.Number]
		switch {
		case p.Role == Begin && decided:
			open = append(open, false)
			set(!truth)
		case p.Role == Else && decided && len(open) > 0:
			set(truth)
		case p.Role == End && decided && len(open) > 0:
			set(false)
			open = open[:len(open)-1]
		case p.Role == Begin || p.Role == Else || p.Role == End || p.Role == Silent:
		case out == 0:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
