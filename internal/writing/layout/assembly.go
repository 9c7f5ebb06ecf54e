package layout

import (
	"fmt"
	"slices"
	"strings"
	"text/template/parse"

	"crier.dev/crier/internal/words"
	"crier.dev/crier/internal/writing/content"
)

// assembly is one run of Assemble.
type assembly struct {
	in       Input
	language string
	problems content.Problems
	warnings content.Problems
	usage    usage

	values   map[string]*static // what was given, or a default
	defaults map[string]*static
	samples  map[string]*static // what stands for it in checks
	list     *static
	subject  []parse.Node
	body     *static
	bodyText []parse.Node // what the author wrote as text; nil: nothing
	sections []*static
	derived  bool   // the text part says what the HTML says
	marks    *marks // in place of what the footer says; nil: it is said
}

func newAssembly(in Input) *assembly {
	if in.Template != nil { // it isn't ours to change
		t := *in.Template
		in.Template = &t
	}
	a := &assembly{in: in, language: in.Language, values: map[string]*static{}, samples: map[string]*static{}, defaults: map[string]*static{}}
	if a.language == "" {
		a.language = "en"
	}
	a.list = &static{kind: kindList, what: ".List", fields: map[string]*static{}, truth: true}
	for _, name := range []string{"Name", "Address", "PostalAddress", "Footer", "UnsubscribeURL", "Author"} {
		a.list.fields[name] = plainText("list", "x")
	}
	if in.Template != nil {
		for _, p := range in.Template.Parameters {
			a.samples[p.Name] = sample(p)
		}
	} else {
		for name := range in.Values {
			a.samples[name] = plainText("value "+name, "x")
		}
	}
	return a
}

func (a *assembly) add(problems ...content.Problem) { a.problems = append(a.problems, problems...) }

func (a *assembly) warn(warnings ...content.Problem) {
	a.warnings = append(a.warnings, warnings...)
	a.warnings = a.warnings[:min(len(a.warnings), maxProblems)]
}

func (a *assembly) failed() content.Problems { return a.problems[:min(len(a.problems), maxProblems)] }

// check finds everything that is wrong, each piece for itself, and makes the
// pieces on the way.
func (a *assembly) check() {
	if a.in.Template != nil {
		a.checkTemplate()
	}
	a.checkValues()
	a.checkList()
	a.checkSubject()
	a.checkSections()
	a.checkBody()
}

func (a *assembly) checkList() {
	l := a.in.List
	for name, s := range map[string]string{"Name": l.Name, "Address": l.Address, "Author": l.Author, "PostalAddress": l.PostalAddress, "Footer": l.Footer} {
		v := plainText("."+"List."+name, s)
		if lines := strings.Split(strings.TrimSpace(s), "\n"); len(lines) > 1 {
			v.html = nil
			for i, line := range lines {
				if i > 0 {
					v.html = append(v.html, text("<br>\n"))
				}
				v.html = append(v.html, constant(strings.TrimSpace(line))...)
			}
		}
		if misleading(s) {
			a.add(content.Problem{Place: ofList(name), Message: misleadingMessage})
		}
		a.list.fields[name] = a.marks.on(name, v)
	}
	v := &static{what: ".List.UnsubscribeURL", html: ownURL(), text: ownURL(), truth: true}
	if !l.UnsubscribePersonal {
		var problem string
		if v, problem = address(v.what, literal(l.UnsubscribeURL)); problem != "" {
			a.add(content.Problem{Place: ofList("UnsubscribeURL"), Message: problem})
		}
	}
	a.list.fields["UnsubscribeURL"] = a.marks.on("UnsubscribeURL", v)
	if misleading(a.language) || strings.ContainsAny(a.language, " \t\r\n<>\"'{}") || len(a.language) > maxNameLength {
		a.add(content.Problem{Place: content.Place{Piece: content.PieceLanguage}, Message: fmt.Sprintf("%q isn't a language; write a tag such as en or es-MX", words.Clip(a.language))})
	}
}

// ofList is the field of a MailingList that a fact of .List is taken from.
func ofList(fact string) content.Place {
	field := map[string]string{
		"Name": "displayName", "Address": "address", "Author": "from.name", "PostalAddress": "postalAddress",
		"Footer": "footer", "UnsubscribeURL": content.FieldUnsubscribe,
	}[fact]
	return content.Place{Piece: content.PieceList, Field: field}
}

// ownURL prints where this recipient leaves the list.
func ownURL() []parse.Node {
	field := &parse.FieldNode{NodeType: parse.NodeField, Ident: []string{content.FieldUnsubscribeURL}}
	return []parse.Node{&parse.ActionNode{NodeType: parse.NodeAction, Pipe: pipeOf(field)}}
}

// fieldsFor are what a piece may use. The pieces of a Broadcast see values and
// facts, a layout sees the pieces too.
func (a *assembly) fieldsFor(values map[string]*static) fields {
	return fields{
		"Values":   {kind: kindValues, what: ".Values", fields: values, truth: true},
		"List":     a.list,
		"Language": plainText("language", a.language),
	}
}

func (a *assembly) sampleFields() fields {
	f := a.fieldsFor(a.samples)
	markup := &static{what: "body", html: literal("<p>x</p>"), text: literal("x\n"), truth: true}
	section := &static{kind: kindSection, what: "section", truth: true, fields: map[string]*static{"Body": markup}}
	for _, name := range []string{"Title", "ImageURL", "ImageAlt", "LinkURL", "LinkText"} {
		section.fields[name] = plainText("section", "https://example.org/")
	}
	f["Body"], f["Subject"] = markup, plainText("subject", "x")
	f["Sections"] = &static{kind: kindSections, what: ".Sections", many: []*static{section}, truth: true}
	return f
}

func (a *assembly) layoutFields() fields {
	f := a.fieldsFor(a.values)
	f["Body"], f["Subject"] = a.body, mixed("subject", a.subject)
	f["Sections"] = &static{kind: kindSections, what: ".Sections", many: a.sections, truth: len(a.sections) > 0}
	return f
}

func (a *assembly) expander(at content.Place, src string, f fields) *expander {
	return &expander{
		at: at, src: src, fields: f, attributes: a.in.Attributes,
		printed: map[string]bool{}, asked: map[string]bool{}, called: map[string]bool{},
	}
}

// piece checks a template that isn't a layout, and puts what is static in its
// place.
func (a *assembly) piece(at content.Place, src string, real, samples fields, as form) ([]parse.Node, bool) {
	tree, named, problems := content.ParseSet(at, src)
	if len(problems) > 0 {
		a.add(problems...)
		return nil, false
	}
	if len(named) > 0 {
		a.add(content.Problem{Place: at, Message: "{{define}} and {{block}} can't be used here; write the text where it belongs"})
		return nil, false
	}
	e := a.expander(at, src, samples)
	e.checking, e.inText = true, !as.html
	if !a.addChecked(e, at, src, e.list(tree.Root, top()), as) {
		return nil, false
	}
	e = a.expander(at, src, real)
	e.inText, e.oneLine = !as.html, at.Piece == content.PieceSubject
	nodes := e.list(tree.Root, top())
	a.add(e.problems...)
	return nodes, len(e.problems) == 0
}

// markdown is a text as HTML and, if that is wanted, as plain text.
func (a *assembly) markdown(at content.Place, src string, real, samples fields, derived bool) (html, text []parse.Node) {
	if blank(src) {
		return nil, nil
	}
	if _, ok := a.piece(at, src, real, samples, form{}); !ok {
		return nil, nil
	}
	made, problems, warnings := toHTML(at, src)
	a.warn(warnings...)
	if len(problems) > 0 {
		a.add(problems...)
		return nil, nil
	}
	html, problems = a.checkMade(at, made, real, derived)
	if len(problems) == 0 && derived {
		text, problems = newDeriver(html).text()
	}
	a.add(problems...)
	return html, text
}

// checkMade checks the HTML that Markdown has become. Its lines are none that
// the author sees, so problems have those of the Markdown.
func (a *assembly) checkMade(at content.Place, made fromMarkdown, real fields, derived bool) ([]parse.Node, content.Problems) {
	tree, _, problems := content.ParseSet(at, made.html)
	if len(problems) > 0 {
		return nil, unlined(problems)
	}
	e := a.expander(at, made.html, real)
	nodes := e.list(tree.Root, top())
	if problems = slices.Concat(e.problems, content.CheckHTML(at, made.html, nodes)); len(problems) > 0 {
		return nil, unlined(problems)
	}
	// Actions could have put together what the Markdown alone isn't.
	d := newDeriver(nodes)
	if message := dangerous(d.doc.String(), d.prefix); message != "" {
		return nil, content.Problems{{Place: at, Message: message}}
	}
	if derived {
		problems = checkDerivable(nodes, func(pos parse.Pos) content.Place { return at.On(made.line(int(pos))) })
	}
	return nodes, problems
}

// unlined are problems of HTML that the author doesn't see.
func unlined(problems content.Problems) content.Problems {
	for i := range problems {
		problems[i].Line = 0
	}
	return problems
}
