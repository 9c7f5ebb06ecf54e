package plan

import (
	"strings"
	"testing"
	"text/template/parse"
)

var functions = Functions{
	One: map[string]func(string) (string, bool){
		"upper": func(s string) (string, bool) { return strings.ToUpper(s), true },
		"short": func(s string) (string, bool) { return s, len(s) < 5 },
	},
}

func derive(t *testing.T, src string, html bool) *Plan {
	t.Helper()
	tree := parse.New("test")
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(src, "", "", map[string]*parse.Tree{}); err != nil {
		t.Fatal(err)
	}
	return Derive(tree, functions, html)
}

func TestRun(t *testing.T) {
	jo := &Recipient{Name: "Jo", Email: "jo@example.gov", UnsubscribeURL: "https://x", Attributes: map[string]string{"a": "x+y", "long": "longer"}}
	for _, c := range []struct {
		src  string
		html bool
		want string
	}{
		{"Dear {{.Name}} {{.Email}} {{.UnsubscribeURL}}.", false, "Dear Jo jo@example.gov https://x."},
		{"{{with .Attributes.a}}{{upper .}} {{$.Name}}{{end}}", false, "X+Y Jo"},
		{"{{if eq .Name \"a\" \"Jo\"}}1{{else}}2{{end}}{{if not .Attributes.b}}3{{end}}", false, "13"},
		{"{{if and .Name (ne .Name \"Jo\")}}1{{else}}2{{end}}{{if or .Attributes.b .Name}}3{{end}}", false, "23"},
		{"{{or .Attributes.b .Name}}{{and .Name .Attributes.b}}{{index .Attributes \"a\"}}", false, "Jox+y"},
		{"{{.Attributes.a | _html_template_htmlescaper}}", true, "x&#43;y"},
		{"{{short .Name}}", false, "Jo"},
	} {
		p := derive(t, c.src, c.html)
		if p == nil {
			t.Errorf("%s: no plan", c.src)
			continue
		}
		var text Text
		var out strings.Builder
		ok := p.Run(jo, &text, 100)
		for _, piece := range text.Pieces() {
			out.Write(piece.Bytes())
		}
		if !ok || out.String() != c.want || text.Size() != len(c.want) {
			t.Errorf("%s: %q, %t, %d octets", c.src, out.String(), ok, text.Size())
		}
	}
}

// What a plan can't say for one recipient is left to the template.
func TestGivesUp(t *testing.T) {
	for src, value := range map[string]string{
		"{{.Name}}": "a\nb", "{{.Name}} ": "a\r", " {{.Name}}": "a\x00", "{{.Name}}.": "\xff", "{{short .Name}}": "longer",
		"{{if short .Name}}x{{end}}": "longer", "{{if eq .Name (short .Name)}}x{{end}}": "longer", "{{.Name}}{{.Name}}": strings.Repeat("x", 51),
	} {
		if derive(t, src, false).Run(&Recipient{Name: value}, &Text{}, 100) {
			t.Errorf("%s: made with %q", src, value)
		}
	}
}

// What it can't say for anybody has no plan.
func TestNoPlan(t *testing.T) {
	for _, src := range []string{
		"{{$x := .Name}}", "{{lower .Name}}", "{{len .Name}}", "{{.Name | or \"x\"}}", "{{if gt 1 2}}x{{end}}", "{{.}}", "{{.Attributes}}", "{{.Name.Other}}", "a\rb", "a\x00b", "{{range .Name}}{{end}}",
		"{{with len .Name}}x{{end}}", "{{if .Name}}{{len .Name}}{{end}}", "{{if .Name}}x{{else}}\r{{end}}", "{{true}}", "{{index .Attributes .Name}}", "{{upper .Name .Email}}",
	} {
		if derive(t, src, false) != nil {
			t.Errorf("%q has a plan", src)
		}
	}
	for _, src := range []string{"{{.Name}}", "{{.Name | upper}}", "{{.Name | _html_template_htmlescaper | upper}}", "{{.Name | _html_template_nospaceescaper}}"} {
		if derive(t, src, true) != nil {
			t.Errorf("%q has a plan in HTML", src)
		}
	}
}

func TestCut(t *testing.T) {
	p := derive(t, "{{.Name}}before after", false)
	before, after := p.Cut(len("before"))
	if string(before.Last()) != "before" || string(after.Last()) != " after" || string(p.Last()) != "before after" {
		t.Errorf("%q %q %q", before.Last(), after.Last(), p.Last())
	}
	if before, after = p.Cut(0); before.Last() != nil || string(after.Last()) != "before after" {
		t.Errorf("%q %q", before.Last(), after.Last())
	}
}
