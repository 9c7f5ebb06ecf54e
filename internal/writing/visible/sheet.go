package visible

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxRules bounds the rules of all style sheets of a document.
const maxRules = 1000

// rule is one of a style sheet.
type rule struct {
	// path are the elements that it asks for, the innermost last.
	path  []compound
	style declarations
	// sometimes says that it holds under a condition, such as on narrow
	// windows.
	sometimes bool
}

// compound is what is asked of one element.
type compound struct {
	any           bool
	name, id      string
	classes, with []string
}

// styles reads the style sheets of a document.
func (r *reader) styles(n *html.Node) error {
	if n.Type == html.ElementNode && n.Data == "style" && n.FirstChild != nil {
		r.sheet(cssComment.ReplaceAllString(n.FirstChild.Data, " "), false, 0)
	}
	if len(r.rules) > maxRules {
		return errors.New("the style sheets have too many rules")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if err := r.styles(c); err != nil {
			return err
		}
	}
	return nil
}

// sheet reads rules; sometimes is as in rule.
func (r *reader) sheet(css string, sometimes bool, depth int) {
	for len(r.rules) <= maxRules {
		open := strings.IndexAny(css, "{;")
		if open < 0 {
			return
		}
		before := strings.ToLower(strings.TrimSpace(css[:open]))
		if css[open] == ';' { // @import, @charset
			css = css[open+1:]
			continue
		}
		inside, rest := block(css[open+1:])
		css = rest
		switch {
		case !strings.HasPrefix(before, "@"):
			r.add(before, inside, sometimes)
		case depth > 8, strings.HasPrefix(before, "@media") && strings.Contains(before, "print") && !strings.Contains(before, "not"):
		case strings.HasPrefix(before, "@media"), strings.HasPrefix(before, "@supports"), strings.HasPrefix(before, "@layer"), strings.HasPrefix(before, "@container"):
			r.sheet(inside, true, depth+1)
		}
	}
}

// block is what stands before the brace that closes it, and what follows.
func block(css string) (inside, rest string) {
	depth := 1
	for i := range len(css) {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return css[:i], css[i+1:]
			}
		}
	}
	return css, ""
}

// momentary are states in which a reader brings an element, and elements that
// aren't in the document.
var momentary = regexp.MustCompile(`:(hover|active|focus|visited|checked|target|before|after|first-l|placeholder|selection)`)

func (r *reader) add(selectors, inside string, sometimes bool) {
	style := parseDeclarations(inside)
	if r.personal(inside) {
		style["display"] = declaration{value: "none"}
	}
	for selector := range strings.SplitSeq(selectors, ",") {
		if momentary.MatchString(selector) || len(r.rules) > maxRules {
			continue
		}
		path := parsePath(selector)
		if r.personal(selector) {
			path = []compound{{any: true}}
		}
		if len(path) > 0 {
			r.rules = append(r.rules, rule{path, style, sometimes})
		}
	}
}

var (
	combinators = strings.NewReplacer(">", " ", "+", " * ", "~", " * ")
	simple      = regexp.MustCompile(`\.[\w-]+|#[\w-]+|\[[^\]]*\]|:{1,2}[\w-]+(?:\([^)]*\))?|\*|[\w-]+`)
)

// parsePath reads a selector. Elements beside each other aren't looked at.
func parsePath(selector string) []compound {
	var path []compound
	for word := range strings.FieldsSeq(combinators.Replace(selector)) {
		c := compound{}
		for _, part := range simple.FindAllString(word, -1) {
			switch part[0] {
			case '.':
				c.classes = append(c.classes, part[1:])
			case '#':
				c.id = part[1:]
			case '[':
				name, _, _ := strings.Cut(strings.Trim(part, "[]"), "=")
				c.with = append(c.with, strings.TrimRight(strings.TrimSpace(name), "~|^$*"))
			case ':':
				if part == ":root" {
					c.name = "html"
				}
			case '*':
				c.any = true
			default:
				c.name = part
			}
		}
		path = append(path, c)
	}
	return path
}

// matches says whether a rule is about an element.
func (r *rule) matches(n *html.Node, unknown string) bool {
	last := len(r.path) - 1
	if !r.path[last].is(n, unknown) {
		return false
	}
	for at := n.Parent; last > 0 && at != nil; at = at.Parent {
		if r.path[last-1].any || r.path[last-1].is(at, unknown) {
			last--
		}
	}
	return last == 0 || last == 1 && r.path[0].any
}

func (c *compound) is(n *html.Node, unknown string) bool {
	if n.Type != html.ElementNode || c.name != "" && c.name != n.Data || c.id != "" && !same(attribute(n, "id"), c.id, unknown) {
		return false
	}
	if len(c.classes) > 0 {
		class := strings.Fields(attribute(n, "class"))
		for _, want := range c.classes {
			if !slices.ContainsFunc(class, func(has string) bool { return same(has, want, unknown) }) {
				return false
			}
		}
	}
	for _, want := range c.with {
		if _, ok := find(n, want); !ok {
			return false
		}
	}
	return true
}

// same compares names; one with something personal in it may be any.
func same(has, want, unknown string) bool {
	return strings.EqualFold(has, want) || unknown != "" && strings.Contains(has, unknown)
}
