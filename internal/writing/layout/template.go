package layout

import (
	"fmt"
	"regexp"
	"slices"
	"text/template/parse"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
)

// usage is which of the static roots a layout puts somewhere, and which it asks
// for first.
type usage struct{ used, asked map[string]bool }

// needs says that a layout has a place for something, and takes it for granted.
func (u usage) needs(root string) bool { return u.used[root] && !u.asked[root] }

// place is a field of the template, or, with "", the whole.
func (t Template) place(field string) content.Place {
	return content.Place{Piece: content.PieceTemplate, Template: t.Name, Field: field}
}

// Check says what is wrong with a template whatever it is used for. The error
// is content.Problems. Names of attributes are checked when it is used.
func (t Template) Check() error {
	a := newAssembly(Input{Template: &t})
	a.checkTemplate()
	if len(a.problems) > 0 {
		return a.failed()
	}
	return nil
}

// nameOfParameter also allows names that {{index .Values "a-name"}} can reach.
var nameOfParameter = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

func (a *assembly) checkTemplate() {
	t := a.in.Template
	at := t.place("")
	a.checkParameters(at)
	if blank(t.HTML) {
		a.add(content.Problem{Place: at, Message: "it has no HTML; write the HTML of the whole message, with {{.Body}} where the text of a Broadcast goes"})
	}
	a.usage = usage{map[string]bool{}, map[string]bool{}}
	a.checkSide(t.place("html"), t.HTML, false)
	a.checkSide(t.place("text"), t.Text, true)
}

func (a *assembly) checkParameters(at content.Place) {
	t := a.in.Template
	if len(t.Parameters) > MaxValues {
		a.add(content.Problem{Place: at, Message: fmt.Sprintf("it has %d parameters, more than the %d allowed", len(t.Parameters), MaxValues)})
		t.Parameters = t.Parameters[:MaxValues]
	}
	seen := map[string]bool{}
	for i, p := range t.Parameters {
		at := content.Place{Piece: content.PieceParameter, Template: t.Name, Name: p.Name, Index: i}
		switch {
		case !nameOfParameter.MatchString(p.Name) || len(p.Name) > maxNameLength:
			a.add(content.Problem{Place: at, Message: "the name of a parameter begins with a letter and has only letters, digits, _ and -, at most 63"})
		case seen[p.Name]:
			a.add(content.Problem{Place: at, Message: "there are two parameters of this name"})
		}
		seen[p.Name] = true
		if !slices.Contains([]ParameterType{"", String, Markdown, URL, Color, Integer, Boolean, Date}, p.Type) {
			a.add(content.Problem{Place: at, Message: fmt.Sprintf("unknown type %q; write String, Markdown, URL, Color, Integer, Boolean or Date", words.Clip(string(p.Type)))})
			continue
		}
		if p.Default != "" {
			at.Field = "default"
			a.defaults[p.Name] = a.value(at, p, p.Default)
		}
	}
}

// checkSide checks the HTML or the text of a layout, both branches of every
// condition in it, with something in the place of each value.
func (a *assembly) checkSide(at content.Place, src string, inText bool) {
	if blank(src) {
		return
	}
	tree, named, problems := content.ParseSet(at, src)
	if len(problems) > 0 {
		a.add(problems...)
		return
	}
	e := a.expander(at, src, a.sampleFields())
	e.checking, e.inText, e.trees = true, inText, named
	nodes := e.list(tree.Root, top())
	for root := range e.printed {
		a.usage.used[root] = true
	}
	for root := range e.asked {
		a.usage.asked[root] = true
	}
	a.addChecked(e, at, src, nodes, form{html: !inText, derived: !inText && blank(a.in.Template.Text)})
}

// form is what becomes of a piece.
type form struct {
	html    bool // it is HTML
	derived bool // and the text part is made from it
}

// addChecked adds what the expander found, and what the checks of package
// content find in what it left.
func (a *assembly) addChecked(e *expander, at content.Place, src string, nodes []parse.Node, f form) bool {
	found := slices.Clone(e.problems)
	lines := map[int]bool{}
	for _, p := range found {
		lines[p.Line] = true
	}
	for _, p := range content.CheckNodes(at, src, nodes, a.in.Attributes) {
		// What is on the same line probably follows from the other; a block that
		// is used twice is checked twice.
		if !lines[p.Line] && !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	if len(found) == 0 && f.html {
		found = content.CheckHTML(at, src, nodes)
	}
	if len(found) == 0 && f.derived {
		found = checkDerivable(nodes, within(at, src))
	}
	slices.SortStableFunc(found, func(x, y content.Problem) int { return x.Line - y.Line })
	a.add(found...)
	return len(found) == 0
}
