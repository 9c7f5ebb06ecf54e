package layout

import (
	"maps"
	"regexp"
	"slices"

	"golang.org/x/text/unicode/norm"
)

// action is one of a template.
var action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// composed is the input with what stands in actions in normal form C, which
// attributes have: an accent is one, whichever way it was typed. Words
// of the message stay as they are.
func composed(in Input) Input {
	in.Subject = composedActions(in.Subject)
	in.Body = Body{composedActions(in.Body.Markdown), composedActions(in.Body.HTML), composedActions(in.Body.Text)}
	in.Values = maps.Clone(in.Values)
	for name, value := range in.Values {
		in.Values[name] = composedActions(value)
	}
	in.Sections = slices.Clone(in.Sections)
	for i, s := range in.Sections {
		in.Sections[i] = Section{
			Title: composedActions(s.Title), Markdown: composedActions(s.Markdown), ImageURL: composedActions(s.ImageURL),
			ImageAlt: composedActions(s.ImageAlt), LinkURL: composedActions(s.LinkURL), LinkText: composedActions(s.LinkText),
		}
	}
	if in.Template != nil {
		t := *in.Template
		t.HTML, t.Text = composedActions(t.HTML), composedActions(t.Text)
		in.Template = &t
	}
	return in
}

func composedActions(src string) string {
	if norm.NFC.IsNormalString(src) {
		return src
	}
	return action.ReplaceAllStringFunc(src, norm.NFC.String)
}
