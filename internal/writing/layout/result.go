package layout

import (
	"errors"
	"slices"
	"strings"
	"text/template/parse"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/writing/content"
)

// document is what Markdown stands in when there is no template.
const document = `<!DOCTYPE html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{.Subject}}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 1.5em 1em; max-width: 40em; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
img { max-width: 100%; height: auto; }
table { border-collapse: collapse; }
th, td { padding: 0.3em 0.8em 0.3em 0; text-align: left; vertical-align: top; }
blockquote { margin: 1em 0; padding-left: 1em; border-left: 3px solid #888888; }
</style>
</head>
<body>
{{.Body}}</body>
</html>
`

// result puts the pieces together. They have been checked.
func (a *assembly) result() (src content.Source) {
	switch b := a.in.Body; {
	case a.in.Template != nil:
		src = a.layOut(a.in.Template)
	case !blank(b.Markdown):
		src = a.layOut(&Template{HTML: document})
	case !blank(b.HTML):
		src.HTML, src.Text = source(a.body.html), source(a.body.text)
		a.derived = a.bodyText == nil
	default:
		src.Text = source(a.body.text)
	}
	src.Subject = strings.TrimSpace(source(a.subject))
	return src
}

func (a *assembly) layOut(t *Template) (src content.Source) {
	f := a.layoutFields()
	nodes := a.side(t.place("html"), t.HTML, f, false)
	if len(a.problems) > 0 {
		return src
	}
	src.HTML = source(nodes)
	if !blank(t.Text) {
		src.Text = source(a.side(t.place("text"), t.Text, f, true))
		return src
	}
	if a.bodyText != nil {
		// What the author wrote as text stands where the body does.
		own := *a.body
		own.html = slices.Concat(literal("<pre>"), markup(a.bodyText), literal("</pre>"))
		f["Body"] = &own
		nodes = a.side(t.place("html"), t.HTML, f, false)
	}
	if len(a.problems) > 0 {
		return src
	}
	derived, problems := derive(nodes)
	a.add(problems...)
	src.Text = source(derived)
	a.derived = a.bodyText == nil
	return src
}

// side is the HTML or the text of a layout with everything in its place.
func (a *assembly) side(at content.Place, src string, f fields, inText bool) []parse.Node {
	tree, named, problems := content.ParseSet(at, src)
	a.add(problems...)
	if len(problems) > 0 {
		return nil
	}
	e := a.expander(at, src, f)
	e.inText, e.trees = inText, named
	nodes := e.list(tree.Root, top())
	a.add(e.problems...)
	return nodes
}

// verify compiles what is put together, which is what will be done with it, and
// looks at a message of it.
func (a *assembly) verify(src content.Source) {
	compiled, err := content.Compile(src, a.in.Attributes)
	var problems content.Problems
	if !errors.As(err, &problems) {
		problems = strict(src.HTML)
	}
	if len(problems) > 0 {
		for _, p := range problems {
			p.Place = together(string(p.Piece))
			a.add(p)
		}
		return
	}
	if a.derived {
		if problems := agree(src); len(problems) > 0 {
			a.add(problems...)
			return
		}
	}
	data := content.Data{Name: "Jo", Email: "jo@example.org", Attributes: map[string]string{}, UnsubscribeURL: "https://example.org/"}
	for _, name := range a.in.Attributes {
		data.Attributes[name] = "x"
	}
	rendered, err := compiled.Render(data)
	var refused *content.Refused
	if errors.As(err, &refused) {
		if refused.Part != content.PartSubject || !strings.Contains(refused.Reason, "empty") {
			a.add(content.Problem{Place: content.Place{Piece: content.Piece(refused.Part)}, Message: "a message made of it can't be sent: " + strings.Replace(refused.Reason, "the recipient's data", "it", 1) + inLayout(refused)})
		}
		return
	}
	a.look(rendered.HTML)
}

// strict is what is checked of HTML before it is frozen, of all of it together.
func strict(document string) content.Problems {
	if blank(document) {
		return nil
	}
	at := content.Place{Piece: content.PieceHTML}
	tree, _, problems := content.ParseSet(at, document)
	if len(problems) > 0 {
		return problems
	}
	return content.CheckHTML(at, document, tree.Root.Nodes)
}

// inLayout is how a value of a template is made safe.
func inLayout(refused *content.Refused) string {
	if refused.Part != content.PartHTML || !strings.Contains(refused.Reason, "the value of") {
		return ""
	}
	return ". In a style use parameters of type Color or Integer, in an address of type URL"
}

func (a *assembly) look(document string) {
	z := html.NewTokenizer(strings.NewReader(document))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if t := z.Token(); t.Data == "img" && (kind == html.StartTagToken || kind == html.SelfClosingTagToken) {
			has := slices.ContainsFunc(t.Attr, func(at html.Attribute) bool { return at.Key == "alt" })
			if !has {
				a.warn(content.Problem{
					Place: together(content.PartHTML), Rule: content.RuleImage,
					Message: `an image has no alt attribute, which is read to people who can't see it; write alt="...", or alt="" if it only decorates`,
				})
				return
			}
		}
	}
}
