package layout

import (
	"fmt"
	"html"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
)

// checkValues makes the values that a layout sees, or, without one, those that
// the pieces see.
func (a *assembly) checkValues() {
	if len(a.in.Values) > MaxValues {
		a.add(content.Problem{Place: content.Place{Piece: content.PieceValues}, Message: fmt.Sprintf("there are %d values, more than the %d allowed", len(a.in.Values), MaxValues)})
		return
	}
	if a.in.Template == nil {
		for _, name := range sortedKeys(a.in.Values) {
			a.values[name] = a.value(valueOf(name), Parameter{Name: name}, a.in.Values[name])
		}
		return
	}
	declared := map[string]bool{}
	for _, p := range a.in.Template.Parameters {
		declared[p.Name] = true
		raw, given := a.in.Values[p.Name]
		switch {
		case given && (!blank(raw) || !p.Required):
			a.values[p.Name] = a.given(p, raw)
		case p.Default != "":
			a.values[p.Name] = a.defaults[p.Name]
		case p.Required:
			about := ""
			if !blank(p.Description) {
				about = ": " + words.Clip(strings.TrimSuffix(strings.TrimSpace(p.Description), "."))
			}
			a.add(content.Problem{Place: valueOf(p.Name), Message: fmt.Sprintf("template %s needs it%s; add it to the values", a.in.Template.Name, about)})
		default:
			a.values[p.Name] = missing(p)
		}
	}
	e := a.expander(content.Place{}, "", a.fieldsFor(a.samples))
	for _, name := range sortedKeys(a.in.Values) {
		if !declared[name] {
			a.add(content.Problem{Place: valueOf(name), Message: fmt.Sprintf("template %s has no parameter of this name.%s %s",
				a.in.Template.Name, strings.ReplaceAll(e.didYouMean([]string{"Values", name}), ".Values.", ""), parameters(a.samples))})
		}
	}
}

func valueOf(name string) content.Place {
	return content.Place{Piece: content.PieceValue, Name: name}
}

// given is a value that isn't empty, or has no need to be anything.
func (a *assembly) given(p Parameter, raw string) *static {
	if blank(raw) {
		return missing(p)
	}
	return a.value(valueOf(p.Name), p, raw)
}

func parameters(known map[string]*static) string {
	if len(known) == 0 {
		return "It has none."
	}
	names := sortedKeys(known)
	return "It has " + strings.Join(names[:min(len(names), maxKnown)], ", ") + "."
}

func (a *assembly) checkSubject() {
	src := strings.TrimSpace(a.in.Subject)
	at := content.Place{Piece: content.PieceSubject}
	switch {
	case src == "":
		a.add(content.Problem{Place: at, Message: "the subject is empty"})
	case strings.ContainsAny(src, "\r\n"):
		a.add(content.Problem{Place: at.On(2), Message: "the subject must be a single line"})
	case misleading(src):
		a.add(content.Problem{Place: at, Message: misleadingMessage})
	default:
		a.subject, _ = a.piece(at, src, a.fieldsFor(a.values), a.fieldsFor(a.samples), form{})
	}
}

func (a *assembly) checkSections() {
	if len(a.in.Sections) > MaxSections {
		a.add(content.Problem{Place: content.Place{Piece: content.PieceSections}, Message: fmt.Sprintf("there are %d sections, more than the %d allowed", len(a.in.Sections), MaxSections)})
		return
	}
	switch {
	case len(a.in.Sections) == 0:
	case a.in.Template == nil:
		a.add(content.Problem{Place: content.Place{Piece: content.PieceSections}, Message: "sections need a template that says how they look; name one, or write them as the body"})
	case !a.usage.used["Sections"] && len(a.problems) == 0:
		a.add(content.Problem{Place: content.Place{Piece: content.PieceSections}, Message: fmt.Sprintf("template %s has no place for sections; remove them, or use another template", a.in.Template.Name)})
	}
	for i, s := range a.in.Sections {
		a.sections = append(a.sections, a.section(content.Place{Piece: content.PieceSection, Index: i}, s))
	}
}

func (a *assembly) section(section content.Place, s Section) *static {
	real, samples := a.fieldsFor(a.values), a.fieldsFor(a.samples)
	v := &static{kind: kindSection, what: section.What(), truth: true, fields: map[string]*static{}}
	for _, f := range []struct {
		fact, field, raw string
		isURL            bool
	}{
		{"Title", "title", s.Title, false}, {"ImageURL", "image.url", s.ImageURL, true}, {"ImageAlt", "image.alt", s.ImageAlt, false},
		{"LinkURL", "link.url", s.LinkURL, true}, {"LinkText", "link.text", s.LinkText, false},
	} {
		at := section
		at.Field = f.field
		if misleading(f.raw) || len(f.raw) > MaxValue {
			a.add(content.Problem{Place: at, Message: "it is too long, or " + misleadingMessage})
			continue
		}
		nodes, ok := a.piece(at, f.raw, real, samples, form{})
		if !ok {
			continue
		}
		v.fields[f.fact] = mixed(at.What(), nodes)
		if f.isURL {
			u, problem := address(at.What(), nodes)
			if problem != "" {
				a.add(content.Problem{Place: at, Message: problem})
			}
			v.fields[f.fact] = u
		}
	}
	if !blank(s.ImageURL) && blank(s.ImageAlt) {
		at := section
		at.Field = "image.alt"
		a.warn(content.Problem{Place: at, Rule: content.RuleImage, Message: "the image has no text for those who don't see it; write image.alt"})
	}
	section.Field = "markdown"
	body := &static{what: section.What() + ", text", truth: !blank(s.Markdown)}
	if misleading(s.Markdown) || len(s.Markdown) > MaxBody {
		a.add(content.Problem{Place: section, Message: "it is too long, or " + misleadingMessage})
	} else {
		markdown, plain := a.markdown(section, s.Markdown, real, samples, true)
		body.html, body.text = isolated(markdown), isolated(plain)
	}
	v.fields["Body"] = body
	return v
}

// checkBody makes the body in both forms.
func (a *assembly) checkBody() {
	b, t := a.in.Body, a.in.Template
	if !blank(b.Markdown) && !blank(b.HTML) {
		a.add(content.Problem{Place: content.Place{Piece: content.PieceBody}, Message: "there is both Markdown and HTML; write one of them"})
		return
	}
	a.checkPlace()
	real, samples := a.fieldsFor(a.values), a.fieldsFor(a.samples)
	a.body = &static{what: "body", truth: !b.empty()}
	if !blank(b.Text) {
		a.bodyText, _ = a.piece(content.Place{Piece: content.PieceText}, b.Text, real, samples, form{})
	}
	switch {
	case !blank(b.Markdown):
		a.body.html, a.body.text = a.markdown(content.Place{Piece: content.PieceMarkdown}, b.Markdown, real, samples, blank(b.Text))
	case !blank(b.HTML):
		if nodes, ok := a.piece(content.Place{Piece: content.PieceHTML}, b.HTML, real, samples, form{html: true, derived: blank(b.Text)}); ok {
			a.body.html = nodes
		}
		if blank(b.Text) && len(a.body.html) > 0 {
			var problems content.Problems
			a.body.text, problems = derive(a.body.html)
			a.add(problems...)
		}
		if low := strings.ToLower(b.HTML); t != nil && (strings.Contains(low, "<html") || strings.Contains(low, "<body")) {
			a.warn(content.Problem{
				Place:   content.Place{Piece: content.PieceHTML},
				Message: "it is a whole document within the document of template " + t.Name + "; write only what belongs between <body> and </body>",
			})
		}
	default:
		a.body.html = paragraphs(a.bodyText)
	}
	if a.bodyText != nil {
		a.body.text = a.bodyText
	}
	a.body.html, a.body.text = isolated(a.body.html), isolated(a.body.text)
}

// checkPlace finds a body that is missing, and one that nothing shows.
func (a *assembly) checkPlace() {
	b, t := a.in.Body, a.in.Template
	switch {
	case b.empty() && (t == nil || a.usage.needs("Body")):
		a.add(content.Problem{Place: content.Place{Piece: content.PieceBody}, Message: "there is no body: write it as Markdown, HTML or text"})
	case !b.empty() && t != nil && !a.usage.used["Body"] && len(a.problems) == 0:
		a.add(content.Problem{Place: content.Place{Piece: content.PieceBody}, Message: fmt.Sprintf("template %s has no place for a body; remove it, or write {{.Body}} in the template", t.Name)})
	}
}

// paragraphs is plain text as HTML.
func paragraphs(nodes []parse.Node) []parse.Node {
	if len(nodes) == 0 {
		return nil
	}
	lines := strings.NewReplacer("\r\n\r\n", "</p>\n<p>", "\n\n", "</p>\n<p>", "\r\n", "<br>\n", "\n", "<br>\n")
	out := literal("<p>")
	out = append(out, mapped(nodes, func(n parse.Node) []parse.Node {
		if t, ok := n.(*parse.TextNode); ok {
			return literal(lines.Replace(html.EscapeString(string(t.Text))))
		}
		return []parse.Node{n}
	})...)
	return append(out, text("</p>"))
}
