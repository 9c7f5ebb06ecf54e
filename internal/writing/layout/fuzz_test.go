package layout

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"crier.dev/crier/internal/writing/content"
)

// FuzzAssemble holds that nothing panics, and that what comes out compiles, or
// Problems say why nothing does.
func FuzzAssemble(f *testing.F) {
	for _, s := range [][5]string{
		{"<p>{{.Values.v}}</p>{{.Body}}", "x {{.Name}}", "# a {{.Name}}\n\n{{if .Name}}\nb\n{{end}}", "{{.Values.v}}", "t"},
		{`{{define "b"}}{{.Title}}{{$.LinkURL}}{{end}}{{range .Sections}}{{template "b" .}}{{.Body}}{{end}}{{.Body}}`, "{{", "[x](https://x.example/{{.Email}})", "s", "{{.Name}}"},
		{`<a href="{{.Values.u}}" style="color:{{.Values.c}}">{{with .Values.v}}{{.}}{{$.Name}}{{end}}</a>{{.Body}}{{if .Sections}}{{range .Sections}}{{end}}{{end}}`, "{{if .Name}}a{{else}}b{{end}}", "| a |\n|---|\n| {{.Name}} |", "{{.Name}}", "x"},
		{"{{with .Attributes.a}}{{.}}{{$.Values.v}}{{$.Body}}{{end}}", "{{$x := .Name}}{{$x}}", "{{{{}}", "{{/* x */}}s", "{"},
		{`{{index .Values "v"}}{{len .Sections}}{{.Subject}}{{.List.Footer}}{{.Body}}`, "{{with .Attributes}}{{.a}}{{end}}", "\\{{\"{\"}}", "{", "}}"},
	} {
		f.Add(s[0], s[1], s[2], s[3], s[4])
	}
	f.Fuzz(func(t *testing.T, layout, value, markdown, subject, title string) {
		for _, in := range []Input{
			{Template: &Template{Name: "t", HTML: layout, Parameters: []Parameter{{Name: "v"}, {Name: "m", Type: Markdown}, {Name: "u", Type: URL}, {Name: "c", Type: Color}}},
				Values: map[string]string{"v": value, "m": markdown}, Sections: []Section{{Title: title, Markdown: value, LinkURL: "https://x.example/?" + title}}},
			{Template: &Template{Name: "t", HTML: layout, Text: layout}, Values: map[string]string{}},
			{Values: map[string]string{"v": value}},
		} {
			in.Subject, in.Body, in.List = subject, Body{Markdown: markdown}, List{Footer: title, Name: value, PostalAddress: markdown}
			r, err := Assemble(in)
			if err != nil {
				var p content.Problems
				if !errors.As(err, &p) || len(p) == 0 || len(p) > maxProblems {
					t.Fatalf("%T %v", err, err)
				}
				if strings.Contains(err.Error(), "the message put together, text: ") && !strings.Contains(err.Error(), "there is no body") &&
					!strings.Contains(err.Error(), "KiB") && !strings.Contains(err.Error(), "nested") && !strings.Contains(err.Error(), "more than") {
					t.Fatalf("%v\n%+v", err, in)
				}
				continue
			}
			if _, err := content.Compile(r.Source, nil); err != nil {
				t.Fatalf("%v\n%+v", err, r.Source)
			}
		}
	})
}

// structure is the elements of a document and the names of their attributes.
func structure(t *testing.T, document string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode || n.Type == html.CommentNode {
			fmt.Fprintf(&b, "<%d %s", n.Type, strings.TrimSpace(n.Data))
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		b.WriteString("/")
	}
	walk(root)
	// How texts are divided into nodes doesn't matter.
	return strings.ReplaceAll(b.String(), "/", "")
}

// places are where a value may stand; V is it.
var places = []string{
	"<p>V</p>", `<p title="V">x</p>`, `<p title='V'>x</p>`, `<p title=V>x</p>`, `<a href="V">x</a>`, `<a href="https://x.example/V?q=V">x</a>`, `<img src='V' alt="">`,
	`<p style="color:V">x</p>`, `<style>p{color:V}</style>`, `<title>V</title>`, `<p id="a-V">x</p>`, `<td bgcolor="V">x</td>`, `<textarea>V</textarea>`,
	`<div style="background:url('V')">x</div>`, `<p>{{if .Name}}V{{else}}V{{end}}</p>`,
}

// FuzzInjection holds that no value, of the author or of a subscriber, changes
// the structure of a message, wherever it stands.
func FuzzInjection(f *testing.F) {
	for _, s := range []string{
		"x", `"><script>alert(1)</script>`, "' onmouseover='x", "javascript:alert(1)", "a\r\nBcc: x@y.example", "</style><b>", "</title>", "{{.Email}}", `{{"{{"}}`, "\\\"`", "<!--", "-->", "]]>",
		"https://x.example/\"><b>", "a b=c", "expression(1)", "\u2028\u202e\u0000", "url(x)", "red;position:fixed", "&lt;b&gt;", "{", "}}",
	} {
		f.Add(s, s, uint8(len(s)))
	}
	f.Fuzz(func(t *testing.T, value, data string, at uint8) {
		place := places[int(at)%len(places)]
		for _, field := range []string{"{{.Values.v}}", "{{.Values.u}}", "{{.Name}}", "{{.List.Name}}", "{{range .Sections}}{{.Title}}{{end}}", "{{range .Sections}}{{.LinkURL}}{{end}}"} {
			inject(t, strings.ReplaceAll(place, "V", field), value, data)
		}
	})
}

func inject(t *testing.T, layout, value, data string) {
	t.Helper()
	assemble := func(value, query string) (Result, error) {
		return Assemble(Input{
			Template: &Template{Name: "t", HTML: layout + "{{if .Body}}{{.Body}}{{end}}{{range .Sections}}{{end}}", Parameters: []Parameter{{Name: "v"}, {Name: "u", Type: URL}}},
			Subject:  "{{.Values.v}} {{.Name}}", Values: map[string]string{"v": value, "u": "https://x.example/?a=" + query + "&b={{.Name}}"},
			Sections: []Section{{Title: value, LinkURL: "https://x.example/" + query}}, List: List{Name: strings.ReplaceAll(value, "{{", "{ {")},
		})
	}
	harmless, err := assemble("x", "x")
	if err != nil {
		return // a place where this field can't stand
	}
	query := value
	if strings.Contains(value, "{{") {
		query = "x"
	}
	got, err := assemble(value, query)
	if err != nil {
		return
	}
	d := content.Data{Name: data, Email: data, Attributes: map[string]string{"a": data}}
	tpl, err := content.Compile(got.Source, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tpl.Render(d)
	if err != nil {
		return // refused, and not sent
	}
	if strings.ContainsAny(out.Subject, "\r\n") {
		t.Fatalf("subject %q", out.Subject)
	}
	plain := render(t, harmless, content.Data{Name: "Jo", Email: "x", Attributes: map[string]string{"a": "x"}})
	if want, is := structure(t, plain.HTML), structure(t, out.HTML); is != want && (data != "" || !strings.Contains(layout, "{{if")) {
		t.Fatalf("layout %s\nvalue %q data %q\n%s\n%s\nwant %s", layout, value, data, out.HTML, is, want)
	}
}
