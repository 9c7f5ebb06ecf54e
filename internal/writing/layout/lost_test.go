package layout

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"crier.dev/crier/internal/writing/content"
	"crier.dev/crier/internal/writing/plaintext"
)

// Everybody would read in the text what the HTML has for some.
func TestConditionsThatTheTextCannotHaveAreRefused(t *testing.T) {
	for _, tc := range []struct {
		html, says string
		line       int
	}{
		{"<p>a</p>\n<!-- {{if .Attributes.vip}} --><p>4711</p><!-- {{else}} --><p>none</p><!-- {{end}} -->", "{{if .Attributes.vip}} stands in a comment", 2},
		{"<!-- {{with .Attributes.vip}} --><p>4711</p><!-- {{end}} -->", "{{with .Attributes.vip}} stands in a comment", 1},
		{`<div {{if .Attributes.vip}}class="a">4711{{else}}class="b">plain{{end}}</div>`, "stands in a tag", 1},
		{`<p {{if not .Attributes.vip}}hidden{{end}}>4711</p>`, "decides by a class, a style", 1},
		{`<p style="display:{{if .Attributes.vip}}block{{else}}none{{end}}">4712</p>`, "decides by a class, a style", 1},
		{`<p style="{{if not .Attributes.vip}}display: none{{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p style="{{if not .Attributes.vip}}font-size:0;{{end}}color:red">4713</p>`, "decides by a class, a style", 1},
		{`<p style="{{if not .Attributes.vip}}position:absolute; left:-9999px{{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p style="{{if not .Attributes.vip}}text-indent:-100em{{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p style="color:{{if .Attributes.vip}}#000{{else}}transparent{{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p style="color:{{if .Attributes.vip}}#000{{else}}rgba(0, 0, 0, 0){{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p style="{{if not .Attributes.vip}}clip:rect(0,0,0,0){{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p {{if not .Attributes.vip}}style="transform: scale(0)"{{end}}>4713</p>`, "decides by a class, a style", 1},
		{`<p style="{{if not .Attributes.vip}}font-size:1px{{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p style="{{if not .Attributes.vip}}opacity:.01{{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<style>.sr{position:absolute;left:-10000px}</style><p class="{{if not .Attributes.vip}}sr{{end}}">4713</p>`, "decides by a class", 1},
		{`{{if not .Attributes.vip}}<style>.code{display:none}</style>{{end}}<p class="code">4713</p>`, "decides by a class", 1},
		{`<style>.code{display:none}</style>{{if .Attributes.vip}}<style>.code{display:block}</style>{{end}}<p class="code">4713</p>`, "decides by a class", 1},
		{`<style>.code{display:none} {{if .Attributes.vip}}.code{display:block}{{end}}</style><p class="code">4713</p>`, "decides by a class", 1},
		{`<style>@media screen { .no{display:none} }</style><p class="{{if not .Attributes.vip}}no{{end}}">4713</p>`, "decides by a class", 1},
		{`<p style="visibility:{{if .Name}}visible{{else}}hidden{{end}}">4713</p>`, "decides by a class, a style", 1},
		{`<p style="display:{{.Attributes.how}}">x</p>`, "{{.Attributes.how}} stands where it can decide", 1},
		{`<p style="{{.Attributes.how}}">x</p>`, "{{.Attributes.how}} stands where it can decide", 1},
		{`<style>.no .code, #n { display:none }</style><div class="row {{if not .Attributes.vip}}no{{end}}"><p class="code">x</p></div>`, "decides by a class", 1},
		{`<style>.no{display:none}</style><p class="{{.Attributes.vip}}">x</p>`, "{{.Attributes.vip}} stands where it can decide", 1},
		{`<style>[lang=no]{display:none}</style><p lang="{{.Attributes.vip}}">x</p>`, "{{.Attributes.vip}} stands where it can decide", 1},
		{`<style>{{if not .Attributes.vip}}.code{display:none}{{end}}</style><p class="code">x</p>`, "decides by a class", 1},
		{`<style>.code{display:{{.Attributes.how}}}</style><p class="code">x</p>`, "{{.Attributes.how}} stands where", 1},
		{`<div style="display:none">{{if .Attributes.vip}}</div><p>4711</p><div style="display:none">{{end}}</div>`, "begins or ends in an element that isn't shown", 1},
		{`{{if .Name}}<div hidden>{{end}}4711</div>`, "begins or ends in an element that isn't shown", 1},
		{`<div hidden>{{if .Name}}</div>{{else}}</div>{{end}}4711`, "begins or ends in an element that isn't shown", 1},
		{`<title>{{if .Name}}</title>{{else}}</title>{{end}}x`, "begins or ends in an element that isn't shown", 1},
		{`<a {{if .Name}}href="https://x.example/{{.Name}}"{{end}}>x</a>`, "stands in a tag", 1},
		{`<img src="https://x.example/i.png" {{if .Name}}alt="a"{{else}}alt="b"{{end}}>`, "stands in a tag", 1},
		{`{{$x := "no"}}<div hidden>{{if .Attributes.vip}}{{$x = "code"}}{{end}}</div><p>{{$x}}</p>`, "sets a variable in a comment, in a tag or in an element that isn't shown", 1},
		{`{{$x := "no"}}<!-- {{$x = .Attributes.vip}} --><p>{{$x}}</p>`, "sets a variable", 1},
	} {
		_, err := Assemble(Input{Subject: "s", Body: Body{HTML: tc.html}})
		var problems content.Problems
		if !errors.As(err, &problems) || !strings.Contains(problems[0].Message, tc.says) || problems[0].Line != tc.line {
			t.Errorf("%s\n%v\nwant line %d, %s", tc.html, err, tc.line, tc.says)
		}
		if _, err := Assemble(Input{Subject: "s", Body: Body{HTML: tc.html, Text: "What the author wrote."}}); err != nil {
			t.Errorf("%s\n%v\nwith a text of the author's own", tc.html, err)
		}
		if blank(tc.html) {
			continue
		}
		err = Template{Name: "t", HTML: tc.html + "{{.Body}}"}.Check()
		if !errors.As(err, &problems) || problems[0].Line != tc.line {
			t.Errorf("%s\n%v\nas a template", tc.html, err)
		}
		if err := (Template{Name: "t", HTML: tc.html + "{{.Body}}", Text: "{{.Body}}"}).Check(); err != nil {
			t.Errorf("%s\n%v\nas a template with a text of its own", tc.html, err)
		}
	}
}

func TestMarkdownNamesTheLineOfACondition(t *testing.T) {
	for _, tc := range []struct {
		markdown string
		line     int
	}{
		{"All\n\n<!-- {{ if .Attributes.vip }} -->\n4711\n<!-- {{ else }} -->\nno code\n<!-- {{ end }} -->", 3},
		{"Hello {{.Name}}\n\n{{if .Name}}\na\n{{end}}\n\n<p {{if .Name}}hidden{{end}}>a</p>", 7},
	} {
		for _, in := range []Input{
			{Body: Body{Markdown: tc.markdown}},
			{Body: Body{Text: "x"}, Sections: []Section{{Markdown: tc.markdown}}, Template: &Template{Name: "t", HTML: "{{.Body}}{{range .Sections}}{{.Body}}{{end}}"}},
			{Body: Body{Text: "x"}, Values: map[string]string{"v": tc.markdown}, Template: &Template{Name: "t", HTML: "{{.Body}}{{.Values.v}}", Parameters: []Parameter{{Name: "v", Type: Markdown}}}},
		} {
			in.Subject = "s"
			_, err := Assemble(in)
			var problems content.Problems
			if !errors.As(err, &problems) || problems[0].Line != tc.line || !strings.Contains(problems[0].Message, "{{if .") {
				t.Errorf("%s\n%v\nwant line %d", tc.markdown, err, tc.line)
			}
		}
	}
}

// What a layout puts a value into isn't known where the value is written.
func TestConditionOfAValueInATag(t *testing.T) {
	_, err := Assemble(Input{
		Subject: "s", Values: map[string]string{"v": "{{if .Name}}no{{end}}"},
		Template: &Template{Name: "t", HTML: `<style>.no{display:none}</style><p class="{{.Values.v}}">x</p>`, Parameters: []Parameter{{Name: "v"}}},
	})
	if err == nil || !strings.Contains(err.Error(), "{{if .Name}} decides by a class") {
		t.Error(err)
	}
}

func TestConditionsThatTheTextHas(t *testing.T) {
	for _, tc := range [][3]string{
		{`<p style="color:{{if .Attributes.a}}red{{else}}blue{{end}}">x</p>`, "x\n", "x\n"},
		{`<p class="{{if .Attributes.a}}one{{else}}two{{end}}">x</p>`, "x\n", "x\n"},
		{`<p style="{{if .Attributes.a}}color:red{{end}}" {{if .Attributes.a}}align="left"{{end}}>x</p>`, "x\n", "x\n"},
		{`<style>{{if .Attributes.a}}p{color:red}{{end}} .pre{display:none} @media (max-width:600px){.{{"w"}}{display:none}}</style><p>x</p>`, "x\n", "x\n"},
		{`<style>.pre{display:none}</style>{{if .Attributes.a}}<style>.btn{display:inline-block} p{color:red} @media (max-width:600px){.m{display:none}}</style>{{end}}<p>x</p>`, "x\n", "x\n"},
		{`<style>.pre{display:none} @media (prefers-color-scheme: dark){.d{display:none}} @media print{.d{display:none}}</style><p class="{{if .Attributes.a}}d{{end}}">x</p>`, "x\n", "x\n"},
		{`<p style="{{if .Attributes.a}}margin-left:-12px;font-size:14px;opacity:.8;color:#300{{end}}">x</p>`, "x\n", "x\n"},
		{`<a href="https://x.example/{{if .Attributes.a}}a{{else}}b{{end}}">x</a>`, "x <https://x.example/a>\n", "x <https://x.example/b>\n"},
		{`<img src="https://x.example/i.png" alt="{{if .Attributes.a}}a{{else}}b{{end}}">`, "a\n", "b\n"},
		{`<div style="display:none">{{if .Attributes.a}}pre{{end}}header <b>{{.Name}}</b></div><p>x</p>`, "x\n", "x\n"},
		{`<head><title>{{if .Attributes.a}}t{{end}}</title></head><p>x</p>`, "x\n", "x\n"},
		{`<!-- {{if .Attributes.a}}a{{end}} {{.Name}} --><p>x</p>`, "x\n", "x\n"},
		{`{{if .Attributes.a}}<div class="a">{{else}}<div class="b">{{end}}x</div>`, "x\n", "x\n"},
		{`<table><tr>{{if .Attributes.a}}<td>1</td>{{end}}<td width="{{.Attributes.b}}">2</td></tr></table>`, "1 | 2\n", "2\n"},
		{`<p>x</p>{{if .Attributes.a}}<p>a</p>{{end}}tail <b>end</b>`, "x\n\na\n\ntail end\n", "x\n\ntail end\n"},
		{"<ul><li>x</li></ul>\n{{if .Attributes.a}}<p>a</p>{{else}}<p>b</p>{{end}}\ntail", "- x\n\na\n\ntail\n", "- x\n\nb\n\ntail\n"},
		{`{{if .Attributes.a}}<p>a</p>{{end}}tail`, "a\n\ntail\n", "tail\n"},
		{`<p>x</p>{{if .Attributes.a}}a{{end}} tail`, "x\n\na tail\n", "x\n\n tail\n"},
		{`<a href="https://x.example/Annual Report.pdf">x</a> <a href="mailto:a@x.example?subject=My question">y</a>`, "x <https://x.example/Annual%20Report.pdf> y\n<mailto:a@x.example?subject=My%20question>\n", "x <https://x.example/Annual%20Report.pdf> y\n<mailto:a@x.example?subject=My%20question>\n"},
	} {
		result, err := Assemble(Input{Subject: "s", Body: Body{HTML: tc[0]}})
		if err != nil {
			t.Errorf("%s\n%v", tc[0], err)
			continue
		}
		for i, d := range []content.Data{{Attributes: map[string]string{"a": "1"}}, {}} {
			if got := render(t, result, d).Text; got != tc[i+1] && strings.TrimLeft(got, " |") != tc[i+1] {
				t.Errorf("%s\n%q\nwant %q", tc[0], got, tc[i+1])
			}
		}
	}
}

// conditional puts a text under a condition, or two.
func conditional(r *rand.Rand, yes, no string) string {
	c := []string{"if .Attributes.a", "if not .Attributes.b", "with .Attributes.c", `if eq .Attributes.a "1"`}[r.IntN(4)]
	if r.IntN(2) == 0 {
		return "{{" + c + "}}" + yes + "{{end}}"
	}
	return "{{" + c + "}}" + yes + "{{else}}" + no + "{{end}}"
}

// growth makes HTML with conditions anywhere.
type growth struct {
	*rand.Rand
	words int
}

func (g *growth) word() string { g.words++; return fmt.Sprintf("w%d", g.words) }

func (g *growth) inline(depth int) string {
	switch g.IntN(14) {
	case 0:
		return "{{.Attributes.a}}"
	case 1:
		return "<b>" + g.word() + "</b>"
	case 2:
		return conditional(g.Rand, g.word(), g.word())
	case 3:
		return `<a href="https://x.example/` + conditional(g.Rand, g.word(), g.word()) + `">` + g.word() + "</a>"
	case 4:
		return `<img src="https://x.example/i.png" alt="` + conditional(g.Rand, g.word(), g.word()) + `">`
	case 5:
		return "<span" + g.attribute() + ">" + g.word() + "</span>"
	case 6:
		if depth > 0 {
			return conditional(g.Rand, g.inline(depth-1), g.inline(depth-1))
		}
	}
	return g.word()
}

func (g *growth) attribute() string {
	switch g.IntN(16) {
	case 0:
		return " " + conditional(g.Rand, "hidden", "")
	case 1:
		return ` style="` + conditional(g.Rand, "display:none", "color:red") + `"`
	case 2:
		return ` class="` + conditional(g.Rand, "gone", "there") + `"`
	case 3:
		return ` style="color:` + conditional(g.Rand, "red", "blue") + `"`
	case 4:
		return ` title="{{.Attributes.b}}"`
	case 5:
		return " hidden"
	case 6:
		return " " + conditional(g.Rand, `align="left"`, `align="right"`)
	}
	return ""
}

func (g *growth) block(depth int) string {
	if depth == 0 {
		return "<p>" + g.inline(2) + " " + g.inline(1) + "</p>\n"
	}
	in := func() string { return g.block(g.IntN(depth)) }
	switch g.IntN(16) {
	case 0:
		return "<ul>" + conditional(g.Rand, "<li>"+g.inline(1)+"</li>", "<li>"+in()+"</li>") + "<li>" + g.inline(1) + "</ul>"
	case 1:
		return "<table><tr>" + conditional(g.Rand, "<td>"+g.inline(1)+"</td>", "<td>"+g.word()+"</td>") + "<td>" + g.inline(2) + "</td></tr></table>"
	case 2:
		return "<!-- " + conditional(g.Rand, " -->"+in()+"<!-- ", " -->"+in()+"<!-- ") + " -->"
	case 3:
		return "<div" + g.attribute() + ">" + in() + in() + "</div>"
	case 4:
		return conditional(g.Rand, "<div>", "<div class=\"there\">") + in() + "</div>"
	case 5:
		return "<div hidden>" + conditional(g.Rand, "</div>"+in()+"<div hidden>", g.word()) + "</div>"
	case 6:
		return "<blockquote>" + conditional(g.Rand, in(), in()) + "</blockquote>"
	case 7:
		return "<pre>" + g.inline(2) + "\n" + g.inline(2) + "</pre>"
	case 8:
		return "<div " + conditional(g.Rand, `class="x">`+g.word(), `class="y">`+g.word()) + "</div>"
	case 9:
		return "<!--[if mso]>" + g.inline(1) + "<![endif]-->" + in()
	}
	return conditional(g.Rand, in(), in()) + in()
}

// Whatever stands wherever: for everybody the text says what the HTML says, or
// nothing is sent.
func TestRandomConditionsHoldInTheText(t *testing.T) {
	g := &growth{Rand: rand.New(rand.NewPCG(3, 4))}
	var people []content.Data
	for bits := range 8 {
		d := content.Data{Name: "Jo", Email: "jo@example.org", Attributes: map[string]string{}}
		for i, name := range []string{"a", "b", "c"} {
			if bits>>i&1 == 1 {
				d.Attributes[name] = "1"
			}
		}
		people = append(people, d)
	}
	sent, refused := 0, 0
	for range 1500 {
		document := "<style>.gone{display:none}</style>" + g.block(1+g.IntN(3))
		in := Input{Subject: "s", Body: Body{HTML: document}}
		if g.IntN(3) == 0 {
			in = Input{Subject: "s", Body: Body{Markdown: "Hello\n\n" + g.block(1)}, Template: &Template{Name: "t", HTML: document + "{{.Body}}"}}
		}
		result, err := Assemble(in)
		if err != nil {
			refused++
			if strings.Contains(err.Error(), "doesn't say what the HTML says") {
				t.Errorf("no place was named: %v\n%s", err, document)
			}
			continue
		}
		sent++
		for _, d := range people {
			got := render(t, result, d)
			html := got.HTML
			if got, want := said(got.Text), said(plaintext.FromHTML(gone.Replace(html), nil)); got != want {
				t.Fatalf("%v reads in the text\n%s\nin the HTML\n%s\n%s", d.Attributes, got, want, document)
			}
		}
	}
	if sent < 300 || refused < 300 {
		t.Errorf("%d were sent, %d refused", sent, refused)
	}
}

// Whatever of a condition is lost on the way, by whatever: the difference is
// found before anything is sent.
func TestPartsThatDisagreeAreFound(t *testing.T) {
	many := ""
	for i := range 30 {
		many += fmt.Sprintf("{{if .Attributes.a%d}}<p>w%d</p>{{end}}", i, i)
	}
	for _, tc := range []struct {
		html, text string
		agree      bool
	}{
		{"<p>{{if .Name}}a{{else}}b{{end}}</p>", "{{if .Name}}a{{else}}b{{end}}", true},
		{"<p>{{if .Name}}a{{else}}b{{end}}</p>", "ab", false},
		{"<p>{{if .Name}}a{{end}} {{.Email}}</p>", "{{.Email}}", false},
		{"<p>{{with .Attributes.x}}{{.}}{{end}}</p>", "{{with .Attributes.x}}{{$.Name}}{{end}}", false},
		{`<p><a href="https://x.example/{{if .Name}}a{{end}}">x</a></p>`, "x <https://x.example/a>", false},
		{many, strings.NewReplacer("<p>", " ", "</p>", " ").Replace(many), true},
		{many + "{{if .Attributes.z}}<p>4711</p>{{end}}", strings.NewReplacer("<p>", " ", "</p>", " ").Replace(many) + "4711", false},
	} {
		if problems := agree(content.Source{HTML: tc.html, Text: tc.text}); (len(problems) == 0) != tc.agree {
			t.Errorf("%s\n%s\n%v", tc.html, tc.text, problems)
		}
	}
}

// gone does what the style sheet of the random documents does.
var gone = strings.NewReplacer(`class="gone"`, "hidden")
